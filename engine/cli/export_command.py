"""`engine export`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import click

from engine.addresses import Address
from engine.cli.options import now_option
from engine.cli.output import reports_failures
from engine.cli.rows import address_argument, as_option, ip_option
from engine.wiring import Workspace


@click.command("export")
@address_argument
@as_option
@ip_option
@now_option
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, whole or not at all.",
)
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    address: Address,
    reader: str,
    ip: str,
    now: datetime.date,
    form: Literal["csv", "parquet"],
    out: Path,
) -> None:
    """Write the whole dataset to a file, as policy allows."""
    from engine.usecases.export import export
    from engine.usecases.published import load_published

    workspace = workspace.with_trail()
    published = load_published(workspace.state, workspace.environment)
    reading = export(workspace, published, address, reader, ip, now, out, form)
    click.echo(f"{reading.address} written to {out}.", err=True)
