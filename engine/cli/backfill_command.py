"""`engine backfill`."""

from __future__ import annotations

import datetime
import sys
from typing import TYPE_CHECKING

import click

from engine.cli.apply_command import carry_out, occasion
from engine.cli.options import actor_options, confirmed, now_option, yes_option
from engine.cli.output import EXIT_FAILURE, format_option, print_diagnostics, reports_failures
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.policy.decision import Caller
    from engine.usecases.backfill import Restated


def _day(_ctx: click.Context, _param: click.Parameter, value: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(f"{value}-01" if len(value) == 7 else value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day like 2026-01-31, and no month like 2026-01.") from None


@click.command("backfill")
@click.argument("address")
@click.option("--from", "first", required=True, metavar="DATE", callback=_day, help="The first day or month.")
@click.option("--to", "end", required=True, metavar="DATE", callback=_day, help="The day after the last.")
@yes_option
@actor_options
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    address: str,
    first: datetime.date,
    end: datetime.date,
    yes: bool,
    actor: Caller | None,
    now: datetime.date,
    output: str,
) -> None:
    """Compute the intervals of an incremental dataset from one day up to, not including, another again.

    Also those that had settled; what is made of them follows. Works on what is applied, as `engine run`.
    """
    from engine.usecases.backfill import plan_backfill, restated_by
    from engine.usecases.look_around import find
    from engine.usecases.published import load_published
    from engine.usecases.run import may_run

    if end <= first:
        raise click.UsageError("--to is to be after --from; the day it names is not included.")
    published = load_published(workspace.state, workspace.environment)
    target = find(published.space, address)
    if actor is not None and print_diagnostics(may_run(workspace, published, (target,), actor)):
        sys.exit(EXIT_FAILURE)
    planned = plan_backfill(workspace, published, target, (first, end), now)
    for step in restated_by(planned, published):
        click.echo(_in_words(step), err=output == "json")
    confirmed("Backfill?", yes)
    carry_out(workspace, planned.plan, planned.desired, occasion(workspace, actor, now, "backfill"), output)


def _in_words(step: Restated) -> str:
    from engine.core.foreseen import first_few

    again = f"restates {first_few(step.intervals)}" if step.intervals else "what changed is computed"
    return f"  ~ {step.address}  {again}"
