"""What the tables of a page show, as comma-separated text: published cells only, in words where withheld."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.core.pages.release import PageModel
from engine.diagnostics import WorldFailure, did_you_mean
from engine.model.tiles import Table
from renderers.html.chart_svg import Remembers
from renderers.html.dashboard import sitting_of, tab_views
from renderers.html.tables import CellView, TableView
from renderers.html.tile_views import TileView


@dataclass(frozen=True)
class PageTable:
    """A table of a page: the tile's id (behind the page's name where there are several), title and cells."""

    id: str
    title: str
    own: bool
    """Whether the tile is a table, not a chart that has one behind it."""
    cells: TableView


def page_tables(model: PageModel, code: str, cache: Remembers | None = None) -> tuple[PageTable, ...]:
    """Every table that the page offers for download, in reading order, in one of its languages."""
    return tuple(
        PageTable(f"{sheet.slug}-{view.id}".strip("-"), view.plain_title, view.kind == "table", view.table)
        for sheet in model.sheets
        for _, _, rows in tab_views(sitting_of(model, sheet, code, cache))
        for row in rows
        for view in row
        if view.table is not None and _offered(view)
    )


def _offered(view: TileView) -> bool:
    spec = view.body.get("spec")
    return not (isinstance(spec, Table) and spec.download is False)


def one_table(tables: tuple[PageTable, ...], tile: str | None) -> PageTable:
    """The table whose tile has that id or title; without one, the page's only table.

    A table behind a chart counts where there is no other. Raises WorldFailure when none is meant.
    """
    if tile is not None:
        found = [t for t in tables if tile.casefold() in (t.id.casefold(), t.title.casefold())]
        names = [name for t in tables for name in (t.id, t.title)]
        missing = f'the page has no table "{tile}" to download.'
        hint = did_you_mean(tile, names) or _named(tables)
    else:
        own = [t for t in tables if t.own]
        found = own or list(tables)
        missing, hint = "the page has no table to download.", "choose --format pdf or png."
    if not found:
        raise WorldFailure(missing, hint)
    if len(found) > 1:
        raise WorldFailure(
            f"{len(found)} tables of the page are meant.", f"{_named(found)} Or write all to --out FILE.zip."
        )
    return found[0]


def _named(tables: Iterable[PageTable]) -> str:
    names = ", ".join(f'{t.id} "{t.title}"' if t.title else t.id for t in tables)
    return f"Name one with --tile: {names}." if names else ""


def table_csv(table: TableView) -> bytes:
    """RFC 4180 with a byte order mark, as the page's own download: values as they are, a withheld one in
    words. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    lines = [[heading for heading, _ in table.headings]]
    lines += [[_value(cell) for cell in row] for row in table.rows]
    return ("\ufeff" + "".join(",".join(map(_quoted, line)) + "\r\n" for line in lines)).encode()


def _value(cell: CellView) -> str:
    return cell.value or cell.text.strip()


_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def _quoted(text: str) -> str:
    safe = f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
    return '"' + safe.replace('"', '""') + '"' if re.search(r'[",\r\n]', safe) else safe


def tables_zip(tables: tuple[PageTable, ...]) -> bytes:
    """All tables as files of one archive, named by id and title. The same tables give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(tables):
            # The archive's clock is fixed: what is in it depends on the tables alone.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def _files(tables: tuple[PageTable, ...]) -> Iterator[tuple[str, bytes]]:
    for table in tables:
        slug = re.sub(r"[^\w]+", "-", table.title).strip("-").lower()
        yield f"{table.id}-{slug}.csv" if slug else f"{table.id}.csv", table_csv(table.cells)
