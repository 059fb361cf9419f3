"""`engine policy`: test, bundle and push what the files say."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.options import now_option
from engine.cli.output import EXIT_FAILURE, format_option, print_diagnostics, print_json, reports_failures
from engine.diagnostics import WorldFailure, counted
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.core.document import SourceFile
    from engine.usecases.policy_cases import Outcome

CASES = "policy-tests"
"""The folder beside the specs folder whose files `policy test` runs when none is named."""


@click.group("policy")
def command() -> None:
    """Test the policy that the files say, bundle it for OPA, push it to an OPA server."""


@command.command("test")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@now_option
@format_option
@click.pass_obj
@reports_failures
def test_command(workspace: Workspace, files: tuple[Path, ...], now: datetime.date, output: str) -> None:
    """Decide the cases in FILES (or in policy-tests/) by the specs as they are, not as applied."""
    from engine.usecases.policy_cases import read_cases, run_cases

    cases, mistakes = read_cases(_read(files or _usual(workspace)), now)
    if print_diagnostics(mistakes):
        if output == "json":
            print_json({"cases": [], "diagnostics": [d.as_json() for d in mistakes]})
        sys.exit(EXIT_FAILURE)
    outcomes = run_cases(workspace.plan_policy(_written_policy(workspace)), cases)
    if output == "json":
        print_json({"cases": [_as_json(outcome) for outcome in outcomes]})
    else:
        _report(outcomes)
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(EXIT_FAILURE)


@command.command("bundle")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.pass_obj
@reports_failures
def bundle_command(workspace: Workspace, out: Path) -> None:
    """Write rules and data as a bundle for `opa run --server -b`; equal specs give equal bytes."""
    from engine.policy.bundle import bundle

    content = bundle(_written_policy(workspace))
    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(out)
    except OSError as failure:
        raise WorldFailure(f"cannot write {out}: {failure.strerror}.", "choose another --out.") from None
    click.echo(f"{out}: {len(content):,} bytes; ask it with POST /v1/data/dataspace/decision.", err=True)


@command.command("lint")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
@reports_failures
def lint_command(workspace: Workspace, files: tuple[Path, ...]) -> None:
    """Find Rego that engines answer differently or that permits in doubt: FILES, or policies/*.rego."""
    from engine.policy.lint import lint

    chosen = files or tuple(sorted((workspace.specs_folder / "policies").glob("*.rego")))
    texts = {file.path: file.content.decode("utf-8", "replace") for file in _read(chosen)}
    found = lint(texts)
    if print_diagnostics(found):
        sys.exit(EXIT_FAILURE)
    click.echo(
        f"{counted(len(texts), 'module')}, {counted(len(found), 'warning') if found else 'nothing to say'}."
    )


@command.command("push")
@click.pass_obj
@reports_failures
def push_command(workspace: Workspace) -> None:
    """Push rules and data of the specs to the OPA server of the space."""
    from engine.adapters.opa_server import OpaServer

    settings = workspace.settings.policy
    if settings.engine != "opa":
        raise WorldFailure(
            "the space decides in this process.",
            "set `policy: {engine: opa, url: ...}` in the Space document.",
        )
    root = OpaServer(settings, _written_policy(workspace)).push()
    click.echo(f"pushed to {settings.url}; asked under /v1/data/{root}/decisions.")


def _written_policy(workspace: Workspace) -> dict[str, Any]:
    """The policy data of the files as they are; diagnostics and exit 1 when they have errors."""
    from engine.policy.compile import policy_data
    from engine.usecases.validate import validate

    checked = validate(workspace)
    if print_diagnostics(checked.diagnostics) or checked.space is None:
        sys.exit(EXIT_FAILURE)
    return policy_data(checked.space, checked.compiled)


def _usual(workspace: Workspace) -> tuple[Path, ...]:
    found = tuple(sorted((workspace.root / CASES).glob("*.y*ml")))
    if not found:
        raise WorldFailure(f"there are no policy tests in {CASES}/.", "name a file: engine policy test FILE.")
    return found


def _read(files: tuple[Path, ...]) -> list[SourceFile]:
    from engine.core.document import SourceFile

    try:
        return [SourceFile(file.as_posix(), file.read_bytes()) for file in files]
    except OSError as failure:
        raise WorldFailure(f"cannot read {failure.filename}: {failure.strerror}.") from None


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.case.name,
        "allow": outcome.decision.allow,
        "expect": outcome.case.expect,
        "ok": outcome.ok,
        "reasons": list(outcome.decision.reasons),
    }


def _report(outcomes: tuple[Outcome, ...]) -> None:
    for outcome in outcomes:
        click.echo(f"{'ok    ' if outcome.ok else 'FAILED'}  {outcome.case.name}")
        if not outcome.ok:
            click.echo(f"        expected {outcome.case.expect}: {'; '.join(outcome.decision.reasons)}")
    failed = sum(not outcome.ok for outcome in outcomes)
    click.echo(f"{counted(len(outcomes), 'case')}, {failed} failed.")
