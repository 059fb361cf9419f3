"""`engine lineage`."""

from __future__ import annotations

import click

from engine.cli.output import format_option, print_json, reports_failures
from engine.wiring import Workspace


@click.command("lineage")
@click.argument("address", metavar="ADDRESS[.column]")
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, address: str, output: str) -> None:
    """Where a dataset or one of its columns comes from, and what it goes into."""
    from engine.usecases.look_around import find, lineage
    from engine.usecases.published import load_published

    published = load_published(workspace.state, workspace.environment)
    resource, _, column = address.partition(".")
    found = lineage(published, find(published.space, resource), column or None)
    if output == "json":
        print_json(found)
        return
    for direction, words in (("upstream", "comes from"), ("downstream", "goes into")):
        click.echo(f"{address} {words}:")
        for line in found[direction] or ["nothing"]:
            click.echo(f"  {line}")
