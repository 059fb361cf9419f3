"""`engine undo`."""

from __future__ import annotations

import click

from engine.cli.output import format_option, print_json, reports_failures
from engine.diagnostics import counted
from engine.wiring import Workspace


@click.command("undo")
@click.option("--yes", is_flag=True, expose_value=False, help="Accepted; bringing back never asks.")
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, output: str) -> None:
    """Bring back every version that `engine gc` put away and has not deleted yet."""
    from engine.usecases.clearing import undo

    count = undo(workspace)
    if output == "json":
        print_json({"brought_back": count})
    else:
        click.echo(f"{counted(count, 'version')} brought back.")
