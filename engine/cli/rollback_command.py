"""`engine rollback`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from engine.cli.apply_command import occasion
from engine.cli.options import actor_options, now_option, yes_option
from engine.cli.output import format_option, reports_failures
from engine.cli.pointer_moves import move_and_report
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.policy.decision import Caller


@click.command("rollback")
@click.argument("run", required=False)
@yes_option
@actor_options
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace, run: str | None, yes: bool, actor: Caller | None, now: datetime.date, output: str
) -> None:
    """Point at what RUN published (default: what was published before); nothing is computed."""
    from engine.usecases.pointers import earlier_state

    target = earlier_state(workspace.state, workspace.environment, run)
    move_and_report(workspace, target, yes, actor, occasion(workspace, actor, now, "rollback"), output)
