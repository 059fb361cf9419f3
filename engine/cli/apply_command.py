"""`engine apply`."""

from __future__ import annotations

import datetime
import getpass
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.options import actor_options, confirmed, now_option, yes_option
from engine.cli.output import (
    EXIT_FAILURE,
    format_option,
    print_diagnostics,
    print_json,
    reports_failures,
)
from engine.cli.run_report import report, run_as_json
from engine.diagnostics import StalePlan, WorldFailure
from engine.wiring import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.core.plan import Desired, Plan
    from engine.core.state import RunKind
    from engine.policy.decision import Caller
    from engine.usecases.apply import Occasion


CI_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN")
"""Where CI says for whom it works: named in the record when no --actor is, and judged by nobody."""


@click.command("apply")
@click.argument("planfile", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--expect",
    metavar="FINGERPRINT",
    help="Apply only the plan of this fingerprint: the one that was approved.",
)
@yes_option
@actor_options
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    planfile: Path | None,
    expect: str | None,
    yes: bool,
    actor: Caller | None,
    now: datetime.date,
    output: str,
) -> None:
    """Make the space what the specs say, all at once or not at all."""
    from engine.core.plan_json import plan_as_json
    from engine.usecases.plan import make_plan

    planned = make_plan(workspace, now, actor)
    broken = print_diagnostics(planned.diagnostics)
    if planned.plan is None or planned.desired is None or broken:
        if output == "json":
            print_json({"run": "", "status": "failed", "steps": [], "checks": []})
        sys.exit(EXIT_FAILURE)
    saved = saved_plan(planfile) if planfile is not None else None
    approved = saved["fingerprint"] if saved is not None else None
    if any(known not in (None, planned.plan.fingerprint) for known in (approved, expect)):
        raise StalePlan(
            "what was approved is not what would be done: the state, the specs or their data moved since.",
            "plan again, review it, then apply.",
        )
    if saved is not None and shown(saved) != shown(plan_as_json(planned.plan)):
        raise StalePlan(
            f"{planfile} does not say what its fingerprint stands for.", "plan again, review it, then apply."
        )
    if planned.plan.is_empty:
        nothing_to_do(output)
        return
    confirm(planned.plan, yes or approved is not None or expect is not None, output)
    carry_out(workspace, planned.plan, planned.desired, occasion(workspace, actor, now), output)


def saved_plan(planfile: Path) -> dict[str, object]:
    """A saved plan, with a fingerprint. Raises WorldFailure when the file is no plan."""
    try:
        saved = json.loads(planfile.read_text(encoding="utf-8"))
        return {**saved, "fingerprint": str(saved["fingerprint"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise WorldFailure(
            f"{planfile} is no saved plan.", "make one with `engine plan --out FILE`."
        ) from None


def shown(plan: Mapping[str, object]) -> dict[str, object]:
    """What a reviewer reads of a plan and its fingerprint covers: all but warnings."""
    return {key: value for key, value in plan.items() if key != "diagnostics"}


def nothing_to_do(output: str) -> None:
    """Report an empty plan."""
    if output == "json":
        print_json({"run": "", "status": "unchanged", "steps": [], "checks": []})
    else:
        click.echo("No changes: the space is what the specs say.")


def confirm(plan: Plan, yes: bool, output: str) -> None:
    """Show the plan and, on a terminal, ask."""
    from renderers.terminal.plan import plan_text

    click.echo(plan_text(plan), err=output == "json")
    confirmed("Apply?", yes)


def occasion(
    workspace: Workspace, actor: Caller | None, now: datetime.date, kind: RunKind = "apply"
) -> Occasion:
    """Who, when and from which commit, for the record."""
    from engine.adapters.git import head_commit
    from engine.usecases.apply import Occasion

    person = (
        (actor and actor.name)
        or next(filter(None, map(os.environ.get, CI_ACTORS)), None)
        or getpass.getuser()
    )
    return Occasion(
        actor=person,
        today=now,
        clock=lambda: datetime.datetime.now(datetime.UTC),
        commit=head_commit(workspace.root),
        holder=f"{person}@{socket.gethostname()} (process {os.getpid()})",
        kind=kind,
    )


def carry_out(workspace: Workspace, plan: Plan, desired: Desired, when: Occasion, output: str) -> None:
    """Apply, report, and exit with 1 if it failed."""
    from engine.usecases.apply import apply
    from renderers.terminal.progress import TerminalProgress

    outcome = apply(workspace, plan, desired, when, workspace.draw_site, TerminalProgress())
    print_diagnostics(outcome.diagnostics)
    for message in outcome.warnings:
        click.echo(f"warning: {message}", err=True)
    if output == "json":
        print_json(run_as_json(outcome.record))
    else:
        report(outcome.record)
    if outcome.record.status != "succeeded":
        sys.exit(EXIT_FAILURE)
    if output == "human":
        click.echo(f"Site: {workspace.site_index()}")
