"""`engine list`."""

from __future__ import annotations

import click

from engine.addresses import PROJECT_KINDS, SPACE_KINDS
from engine.cli.output import format_option, print_json, reports_failures
from engine.diagnostics import counted
from engine.wiring import Workspace


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(sorted((PROJECT_KINDS | SPACE_KINDS) - {"space"})))
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, kind: str | None, output: str) -> None:
    """Everything in the space as applied, or all of one KIND."""
    from engine.usecases.look_around import listing
    from engine.usecases.published import load_published

    lines = listing(load_published(workspace.state, workspace.environment), kind)
    if output == "json":
        print_json(lines)
        return
    width = max((len(line["address"]) for line in lines), default=0)
    for line in lines:
        rows = (
            "" if line.get("rows") is None else f"  ({counted(line['rows'], 'row')}, {line['sensitivity']})"
        )
        click.echo(f"{line['address']:<{width}}  {line['title']}{rows}".rstrip())
