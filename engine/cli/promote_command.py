"""`engine promote`."""

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


@click.command("promote")
@click.argument("environment", metavar="ENV")
@yes_option
@actor_options
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace, environment: str, yes: bool, actor: Caller | None, now: datetime.date, output: str
) -> None:
    """Make prod point at what ENV points at; nothing is computed."""
    from engine.usecases.environments import BASE
    from engine.usecases.pointers import promotable

    target = promotable(workspace.state, environment)
    base = workspace.in_environment(BASE)
    move_and_report(base, target, yes, actor, occasion(base, actor, now, "promote"), output)
