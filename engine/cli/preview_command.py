"""`engine preview`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import click

from engine.addresses import Address
from engine.cli.options import ip_option, now_option
from engine.cli.output import format_option, print_json, reports_failures
from engine.cli.rows import address_argument, aligned, as_option, plain, print_rows, row_objects
from engine.diagnostics import counted
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.usecases.preview import Preview


@click.command("preview")
@address_argument
@as_option
@ip_option
@now_option
@click.option("--rows", type=click.IntRange(0, 1000), default=10, show_default=True, help="First rows shown.")
@format_option
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace, address: Address, reader: str, ip: str, now: datetime.date, rows: int, output: str
) -> None:
    """Show the first rows, a profile of every column and the last checks, as a user may see them."""
    from engine.usecases.preview import preview
    from engine.usecases.published import load_published

    published = load_published(workspace.state, workspace.environment)
    seen = preview(workspace, published, address, reader, ip, now, rows)
    if output == "json":
        print_json(_as_json(seen))
    else:
        _print(seen)


def _as_json(seen: Preview) -> dict[str, Any]:
    return {
        "address": str(seen.address),
        "data_time": seen.data_time,
        "row_count": seen.rows,
        "columns": [
            {
                "name": c.name,
                "type": c.type,
                "mask": c.mask,
                "nulls": c.nulls,
                "distinct": c.distinct,
                "min": plain(c.minimum),
                "max": plain(c.maximum),
            }
            for c in seen.columns
        ],
        "rows": row_objects(seen.first),
        "checks": [
            {"name": c.name, "status": c.status, "severity": c.severity, "failures": c.failures}
            for c in seen.checks
        ],
    }


def _print(seen: Preview) -> None:
    click.echo(f"{seen.address}  {counted(seen.rows, 'row')}, data of {seen.data_time}\n")
    print_rows(seen.first, "table")
    head = ["column", "type", "mask", "nulls", "distinct", "min", "max"]
    lines = [
        [c.name, c.type, c.mask, f"{c.nulls:,}", f"{c.distinct:,}", _said(c.minimum), _said(c.maximum)]
        for c in seen.columns
    ]
    click.echo()
    for line in aligned([head, *lines]):
        click.echo(line)
    for check in seen.checks:
        failures = f" ({counted(check.failures, 'row')})" if check.failures else ""
        click.echo(f"\ncheck {check.name}: {check.status}{failures}", nl=False)
    if seen.checks:
        click.echo()


def _said(value: Any) -> str:
    return "" if value is None else str(value)
