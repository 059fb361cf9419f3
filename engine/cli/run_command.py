"""`engine run`."""

from __future__ import annotations

import datetime
import sys
from typing import TYPE_CHECKING

import click

from engine.addresses import Address
from engine.cli.apply_command import carry_out, occasion
from engine.cli.options import actor_options, now_option
from engine.cli.output import EXIT_FAILURE, format_option, print_diagnostics, print_json, reports_failures
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.policy.decision import Caller


@click.command("run")
@click.argument("address", required=False)
@click.option("--due", "only_due", is_flag=True, help="What its schedule says is due.")
@click.option("--yes", is_flag=True, expose_value=False, help="Accepted; a run never asks.")
@actor_options
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    address: str | None,
    only_due: bool,
    actor: Caller | None,
    now: datetime.date,
    output: str,
) -> None:
    """Run a dataflow, or collect a dataset, now; everything when no ADDRESS is given.

    Works on what is applied: a change of the specs is deployed with `engine apply`.
    """
    from engine.usecases.look_around import find
    from engine.usecases.published import load_published
    from engine.usecases.run import due, may_run, plan_run

    if address and only_due:
        raise click.UsageError("give an ADDRESS or --due, not both.")
    published = load_published(workspace.state, workspace.environment)
    targets: tuple[Address, ...] = (find(published.space, address),) if address else ()
    if only_due:
        moment = datetime.datetime.now(datetime.UTC)
        targets = due(published, workspace.state.runs(workspace.environment, limit=1_000_000), moment)
        if not targets:
            report_nothing(output)
            return
    if actor is not None and print_diagnostics(may_run(workspace, published, targets, actor)):
        sys.exit(EXIT_FAILURE)
    planned = plan_run(workspace, published, targets, now)
    carry_out(workspace, planned.plan, planned.desired, occasion(workspace, actor, now, "run"), output)


def report_nothing(output: str) -> None:
    """Say that nothing is due."""
    if output == "json":
        print_json({"run": "", "status": "unchanged", "steps": [], "checks": []})
    else:
        click.echo("Nothing is due.")
