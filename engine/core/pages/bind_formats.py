"""Formats that say nothing of what they are written for: a date in euros, a number as a date."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.document import Path
from engine.core.pages.bind_expressions import kind_of
from engine.core.pages.context import PageContext
from engine.core.pages.queries import axes, is_number
from engine.diagnostics import Diagnostic, warning
from engine.model.tiles import Chart, Kpi, Map, Table, TableColumn, Tile

OF_NUMBERS = ("integer", "dec1", "dec2", "compact", "pct0", "pct1", "pp", "eur", "duration", "bytes")
OF_DATES = ("date", "month")
OF_NO_BOOLEAN = (*OF_DATES, "year")
"""`year` is also for numbers that are one, `text` for everything; a text may hold a date."""


def format_diagnostics(page: PageContext, tile: Tile, path: Path) -> Iterator[Diagnostic]:
    """A warning for every format of a tile that its values do not take. The tile's columns exist."""
    match tile:
        case Kpi():
            yield from _format(page, tile.from_, tile.kpi, tile.format, path)
        case Chart():
            for text in axes(tile, page.types(tile.from_)).measures:
                yield from _format(page, tile.from_, text, tile.format, path)
        case Map() if tile.value:
            yield from _format(page, tile.from_, tile.value, tile.format, path)
        case Table():
            for k, column in enumerate(tile.columns or ()):
                if isinstance(column, TableColumn):
                    at = (*path, "columns", k)
                    yield from _format(page, tile.table, column.column, column.format, at)
        case _:
            pass


def _format(page: PageContext, name: str, text: str, format: str | None, path: Path) -> Iterator[Diagnostic]:
    if format is not None:
        kind = kind_of(page, text, name)
        if not fits(format, kind):
            yield misplaced(page, format, text, kind, (*path, "format"))


def misplaced(page: PageContext, format: str, text: str, kind: str, path: Path) -> Diagnostic:
    """The warning that a format says nothing of what stands there."""
    summary = f'"{text}" is {kind}, which is not written as {format}.'
    return warning("format-type", page.resource.span(*path), summary, "Choose another format, or none.")


def fits(format: str, kind: str) -> bool:
    """Whether values of a type can be written in a format."""
    if format in OF_NUMBERS:
        return is_number(kind)
    if format in OF_NO_BOOLEAN and kind == "boolean":
        return False
    return not (format in OF_DATES and is_number(kind))
