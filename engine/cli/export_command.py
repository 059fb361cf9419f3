"""`engine export`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from engine.addresses import Address
from engine.cli.options import ip_option, now_option
from engine.cli.output import reports_failures
from engine.cli.rows import address_argument, as_option
from engine.wiring import Workspace

if TYPE_CHECKING:
    from engine.core.pages.release import PageModel
    from engine.model.theme import Theme

FORMS = {"dashboard": ("pdf", "png", "csv"), "": ("csv", "parquet")}
"""What a dashboard and what everything else is written as."""


@click.command("export")
@address_argument
@as_option
@ip_option
@now_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet", "pdf", "png"]),
    default="csv",
    show_default=True,
    help="csv or parquet for a dataset; pdf, png or csv for a dashboard.",
)
@click.option("--tile", help="The table of a dashboard to write as csv: its title, or its id (t3).")
@click.option("--language", help="The language of a dashboard (default: the space's first).")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, whole or not at all; folders that it lacks are made. "
    "csv of several tables goes into a .zip.",
)
@click.pass_obj
@reports_failures
def command(
    workspace: Workspace,
    address: Address,
    reader: str,
    ip: str,
    now: datetime.date,
    form: str,
    tile: str | None,
    language: str | None,
    out: Path,
) -> None:
    """Write a whole dataset, or a dashboard as PDF, PNG or CSV, to a file, as policy allows."""
    from engine.policy.decision import Caller
    from engine.usecases.export import export
    from engine.usecases.pages import page_as
    from engine.usecases.published import load_published

    page = address.kind == "dashboard"
    if form not in FORMS["dashboard" if page else ""]:
        raise click.UsageError(f"{address} is not written as {form}.")
    if not page and (tile is not None or language is not None):
        raise click.UsageError("--tile and --language are for dashboards.")
    published = load_published(workspace.state, workspace.environment)
    if page:
        model = page_as(workspace, published, address, Caller(reader, ip, now))
        _write(out, model, Wish(form, tile, language, published.space.settings.spec.theme), workspace)
    else:
        kind: Literal["csv", "parquet"] = "csv" if form == "csv" else "parquet"
        address = export(workspace, published, address, reader, ip, now, out, kind).address
    click.echo(f"{address} written to {out}.", err=True)


@dataclass(frozen=True)
class Wish:
    """How a page is to be written."""

    form: str
    tile: str | None
    language: str | None
    theme: Theme | None


def _write(out: Path, model: PageModel, wish: Wish, workspace: Workspace) -> None:
    from engine.adapters.out_file import write_file

    language = wish.language or model.languages[0]
    if language not in model.languages:
        raise click.UsageError(f"--language is one of {', '.join(model.languages)}.")
    if wish.form == "csv":
        write_file(out, _tables(out, model, language, wish.tile, workspace))
        return
    if wish.tile is not None:
        raise click.UsageError("--tile is for --format csv.")
    from renderers.paper.page import paper_page
    from renderers.paper.pdf import pdf_bytes, png_bytes

    document = paper_page(model, language, wish.theme, workspace.cache)
    write_file(out, pdf_bytes(document) if wish.form == "pdf" else png_bytes(document))


def _tables(out: Path, model: PageModel, language: str, tile: str | None, workspace: Workspace) -> bytes:
    from renderers.csv.page import one_table, page_tables, table_csv, tables_zip

    tables = page_tables(model, language, workspace.cache)
    if tile is None and out.suffix.lower() == ".zip":
        return tables_zip(tables)
    return table_csv(one_table(tables, tile).cells)
