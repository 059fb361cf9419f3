"""`engine query`."""

from __future__ import annotations

import datetime

import click

from engine.cli.options import ip_option, now_option
from engine.cli.output import reports_failures
from engine.cli.rows import as_option, print_rows
from engine.wiring import Workspace


@click.command("query")
@click.argument("sql")
@as_option
@ip_option
@now_option
@click.option(
    "--format", "form", type=click.Choice(["csv", "json", "table"]), default="table", show_default=True
)
@click.pass_obj
@reports_failures
def command(workspace: Workspace, sql: str, reader: str, ip: str, now: datetime.date, form: str) -> None:
    """Run one SELECT over what a user may use.

    Tables are project.dataset or catalog.entry, quoted where SQL needs it: "studio-romain".doctors.
    """
    from engine.usecases.published import load_published
    from engine.usecases.query import query

    published = load_published(workspace.state, workspace.environment)
    table = query(workspace, published, sql, reader, ip, now)
    print_rows(table, form)
    if table.truncated:
        click.echo(f"note: only the first {len(table.rows):,} rows are shown; there are more.", err=True)
