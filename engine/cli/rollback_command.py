"""`engine rollback`."""

from __future__ import annotations

import datetime

import click

from engine.cli.apply_command import occasion
from engine.cli.options import actor_option, now_option, yes_option
from engine.cli.output import format_option, reports_failures
from engine.cli.pointer_moves import move_and_report
from engine.wiring import Workspace


@click.command("rollback")
@click.argument("run", required=False)
@yes_option
@actor_option
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace, run: str | None, yes: bool, actor: str | None, now: datetime.date, output: str
) -> None:
    """Point at what RUN published (default: what was published before); nothing is computed."""
    from engine.usecases.pointers import earlier_state

    target = earlier_state(workspace.state, workspace.environment, run)
    move_and_report(workspace, target, yes, actor, occasion(workspace, actor, now, "rollback"), output)
