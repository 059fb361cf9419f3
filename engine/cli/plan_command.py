"""`engine plan`."""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.options import actor_options, now_option
from engine.cli.output import EXIT_CHANGES, EXIT_FAILURE, print_diagnostics, print_json, reports_failures
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.core.plan import Plan
    from engine.policy.decision import Caller
    from engine.usecases.plan import Baseline, Planned


@click.command("plan")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for apply.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 3 when changes are pending.")
@click.option(
    "--format", "output", type=click.Choice(["human", "json", "markdown"]), default="human", show_default=True
)
@click.option(
    "--against", metavar="GITREF", help="Compare with the specs of a commit, not with what is applied."
)
@click.option("--no-refresh", is_flag=True, help="Do not look whether store and site are as last applied.")
@actor_options
@now_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    out: Path | None,
    detailed_exitcode: bool,
    output: str,
    against: str | None,
    no_refresh: bool,
    actor: Caller | None,
    now: datetime.date,
) -> None:
    """Say what apply would change: data, dashboards and people's access."""
    from engine.core.plan_json import plan_as_json
    from engine.usecases.plan import make_plan

    if against is not None and out is not None:
        raise click.UsageError("a plan made with --against is for reading and cannot be saved for apply.")
    with baseline_at(workspace, against) as compared:
        planned = make_plan(workspace, now, actor, against=compared, refresh=not no_refresh)
    broken = print_diagnostics(planned.diagnostics)
    plan = planned.plan
    if plan is None or broken:
        _print_refusal(workspace.environment, planned, output)
        sys.exit(EXIT_FAILURE)
    if out is not None:
        write_whole(out, json.dumps(plan_as_json(plan), ensure_ascii=False, indent=2) + "\n")
    _print_plan(plan, output)
    if detailed_exitcode and not plan.is_empty:
        sys.exit(EXIT_CHANGES)


def _print_plan(plan: Plan, output: str) -> None:
    from engine.core.plan_json import plan_as_json

    if output == "json":
        print_json(plan_as_json(plan))
    elif output == "markdown":
        from renderers.markdown.plan import plan_markdown

        click.echo(plan_markdown(plan), nl=False)
    else:
        from renderers.terminal.plan import plan_text

        click.echo(plan_text(plan))


def _print_refusal(environment: str, planned: Planned, output: str) -> None:
    """On stdout what programs and comments read; people have seen the diagnostics on stderr."""
    if output == "json":
        print_json(_refused(environment, [d.as_json() for d in planned.diagnostics]))
    elif output == "markdown":
        from renderers.markdown.plan import refusal_markdown

        click.echo(refusal_markdown(planned.diagnostics, planned.refused), nl=False)


@contextlib.contextmanager
def baseline_at(workspace: Workspace, ref: str | None) -> Iterator[Baseline | None]:
    """The specs at a commit to compare with; None without a commit."""
    if ref is None:
        yield None
        return
    from engine.adapters.git import checked_out
    from engine.usecases.against import baseline, nothing_before

    with checked_out(workspace.root, ref) as root:
        other = workspace.elsewhere(root)
        there = other.specs_folder.is_dir()
        yield baseline(workspace, other, ref) if there else nothing_before(workspace)


def _refused(environment: str, diagnostics: list[dict[str, str | int]]) -> dict[str, object]:
    """The json of a plan that could not be made: no changes, the diagnostics, no fingerprint."""
    from engine.core.plan import FORMAT_VERSION

    return {
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "changes": [],
        "access": [],
        "diagnostics": diagnostics,
        "fingerprint": "",
    }


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises WorldFailure."""
    from engine.diagnostics import WorldFailure

    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as failure:
        raise WorldFailure(f"cannot write {path}: {failure.strerror}.", "choose another --out.") from None
