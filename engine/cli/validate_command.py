"""`engine validate`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from engine.cli.output import EXIT_FAILURE, format_option, print_diagnostics, print_json, reports_failures
from engine.diagnostics import Severity, WorldFailure, counted, has_errors, in_order
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.core.space import Space
    from engine.diagnostics import Diagnostic


@click.command("validate")
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, output: str) -> None:
    """Every mistake in the specs at once: shape, references, SQL, dashboards, tests of dataflows."""
    space, diagnostics = checked(workspace)
    broken = has_errors(diagnostics)
    if output == "json":
        print_json([diagnostic.as_json() for diagnostic in diagnostics])
    else:
        print_diagnostics(diagnostics)
        if diagnostics:
            click.echo(_numbers(diagnostics), err=True)
        if space is not None and not broken:
            click.echo(
                f"specs are valid: {counted(len(space.resources), 'document')}, "
                f"{counted(len(space.datasets), 'dataset')}."
            )
    if broken:
        sys.exit(EXIT_FAILURE)


def checked(workspace: Workspace) -> tuple[Space | None, tuple[Diagnostic, ...]]:
    """The space and all that is wrong with it, in order of place; also where its settings are wrong."""
    try:
        _ = workspace.settings
    except WorldFailure:
        return unsettled(workspace)
    from engine.usecases.validate import validate

    result = validate(workspace)
    return result.space, in_order(result.diagnostics)


def unsettled(workspace: Workspace) -> tuple[None, tuple[Diagnostic, ...]]:
    """What is wrong with specs whose Space document cannot be used: nothing more can be looked at."""
    from engine.core.load import load
    from engine.core.resolve import resolve

    resources, shape = load(workspace.specs.read())
    _, references = resolve(resources)
    return None, in_order((*shape, *references))


def _numbers(diagnostics: tuple[Diagnostic, ...]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    return f"{counted(errors, 'error')}, {counted(len(diagnostics) - errors, 'warning')}"
