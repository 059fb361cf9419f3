"""`engine render`."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from engine.cli.options import now_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.wiring import Workspace


@click.command("render")
@click.option("--as", "reader", metavar="PRINCIPAL", help="Only what this principal may read.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build/site"),
    show_default=True,
    help="The folder to draw into: new, empty, or drawn before.",
)
@now_option
@format_option
@click.pass_obj
@reports_failures
def command(workspace: Workspace, reader: str | None, out: Path, now: datetime.date, output: str) -> None:
    """Draw the static site of what is applied: all of it, or what one principal may read."""
    from engine.adapters.out_folder import write_tree
    from engine.usecases.published import load_published
    from engine.usecases.site import site_model
    from renderers.html.site import site_files

    published = load_published(workspace.state, workspace.environment)
    runs = workspace.state.runs(workspace.environment)
    files = site_files(site_model(workspace, published, runs, now, reader))
    index = write_tree(out, files) / "index.html"
    pages = sum(name.endswith(".html") for name in files)
    if output == "json":
        print_json({"out": str(out), "files": len(files), "pages": pages, "index": index.as_uri()})
    else:
        click.echo(f"{pages} pages in {out}. Open {index.as_uri()}")
