"""Mistakes in the tiles of a dashboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.core.document import Path
from engine.core.pages.bind_expressions import aggregate, each_shown, kind_of, measures, number, shown
from engine.core.pages.bind_formats import fits, format_diagnostics, misplaced
from engine.core.pages.bind_headlines import headline_diagnostics
from engine.core.pages.bind_marks import mark_diagnostics
from engine.core.pages.bind_protection import box_diagnostics
from engine.core.pages.bind_vega import vega_diagnostics
from engine.core.pages.context import PageContext
from engine.core.pages.expressions import NotAnExpression, is_aggregate
from engine.core.pages.queries import Query, axes, is_number, tile_queries
from engine.core.pages.texts import FORMATS, WORDS, Hole, hole_query, holes
from engine.core.pages.walk import Placed, dashboard_reference
from engine.diagnostics import Diagnostic, did_you_mean
from engine.model.base import Text
from engine.model.dashboard import Dashboard
from engine.model.tiles import Chart, Image, Kpi, Link, Map, Table, TableColumn, TextTile, Tile, Use, VegaLite

NEEDS: dict[str, tuple[str, ...]] = {
    "bar": ("x", "y"), "column": ("x", "y"), "line": ("x", "y"), "area": ("x", "y"), "scatter": ("x", "y"),
    "dot": ("x", "y"), "range": ("x", "y"), "histogram": ("x",), "box": ("x", "y"), "heatmap": ("x", "y"),
    "pie": (), "treemap": (),
}  # fmt: skip
"""What each chart cannot be drawn without."""


def tile_diagnostics(page: PageContext, placed: Placed) -> Iterator[Diagnostic]:
    """Every mistake of one tile."""
    tile, path = placed.tile, placed.path
    for key in ("title", "subtitle", "alt"):
        yield from text_diagnostics(page, getattr(tile, key), (*path, key))
    yield from _link(page, tile, path)
    found = list(_columns(page, tile, path))
    yield from found
    if not found and _ready(page, tile):
        yield from dict.fromkeys(_queries(page, tile, path))


def _columns(page: PageContext, tile: Tile, path: Path) -> Iterator[Diagnostic]:
    match tile:
        case Kpi():
            yield from _kpi(page, tile, path)
        case Chart():
            yield from _chart(page, tile, path)
        case Table():
            yield from _table(page, tile, path)
        case Map():
            yield from _map(page, tile, path)
        case VegaLite():
            yield from _vega_lite(page, tile, path)
        case TextTile():
            yield from text_diagnostics(page, tile.text, (*path, "text"))
        case Image():
            if tile.alt is None:
                yield page.error("no-alt", path, "A picture needs `alt`: what it shows, in words.")
        case Use():
            pass


def _dataset(tile: Tile) -> str | None:
    match tile:
        case Kpi() | Chart() | Map() | VegaLite():
            return tile.from_
        case Table():
            return tile.table
        case _:
            return None


def _ready(page: PageContext, tile: Tile) -> bool:
    spark = tile.spark if isinstance(tile, Kpi) else None
    return _dataset(tile) in page.datasets and (spark is None or spark.from_ in page.datasets)


def _source(page: PageContext, path: Path, name: str) -> Iterator[Diagnostic]:
    if not page.knows(name):
        yield page.unknown_dataset(path, name)


def _kpi(page: PageContext, tile: Kpi, path: Path) -> Iterator[Diagnostic]:
    yield from _source(page, (*path, "from"), tile.from_)
    if tile.from_ in page.datasets:
        yield from number(page, (*path, "kpi"), tile.kpi, tile.from_)
    if tile.spark is not None:
        yield from _source(page, (*path, "spark", "from"), tile.spark.from_)
        for key in ("x", "y"):
            yield from shown(page, (*path, "spark", key), getattr(tile.spark, key), tile.spark.from_)
    if tile.compare is not None and tile.from_ in page.datasets:
        yield from _compare(page, tile, (*path, "compare", "to"))


def _compare(page: PageContext, tile: Kpi, path: Path) -> Iterator[Diagnostic]:
    assert tile.compare is not None
    match tile.compare.to:
        case "target":
            if tile.target is None:
                yield page.error("compare", path, "There is no `target` to compare with.")
        case "previous_period":
            if not any(f.type == "date_range" for f in page.filters(tile.from_)):
                yield page.error(
                    "compare", path, f'No date_range filter acts on "{tile.from_}", so it has no period.',
                    "Add one, or compare with an aggregate or `target`.",
                )  # fmt: skip
        case text if is_aggregate(text):
            yield from aggregate(page, path, text, tile.from_)
        case text:
            yield page.error(
                "compare", path, f'A number is not compared with "{text}".',
                "Write previous_period, target, or an aggregate.",
            )  # fmt: skip


def _chart(page: PageContext, tile: Chart, path: Path) -> Iterator[Diagnostic]:
    yield from _source(page, (*path, "from"), tile.from_)
    for key in NEEDS[tile.chart]:
        if getattr(tile, key) is None:
            yield page.error("chart-needs", path, f"A {tile.chart} chart needs `{key}`.")
    if tile.chart in ("pie", "treemap") and not (tile.x and (tile.value or tile.y)):
        yield page.error("chart-needs", path, f"A {tile.chart} chart needs `x` and `value`.")
    for key in ("x", "y", "y2", "series", "size", "value"):
        yield from each_shown(page, (*path, key), getattr(tile, key), tile.from_)
    if tile.facet is not None:
        yield from shown(page, (*path, "facet", "by"), tile.facet.by, tile.from_)
    for k, conditional in enumerate(tile.title_if):
        yield from text_diagnostics(page, conditional.title, (*path, "title_if", k, "title"))
    for key in ("lines", "bands", "notes"):
        for k, mark in enumerate(getattr(tile, key)):
            text = mark.text if key == "notes" else mark.label
            yield from text_diagnostics(page, text, (*path, key, k, "text" if key == "notes" else "label"))


def _table(page: PageContext, tile: Table, path: Path) -> Iterator[Diagnostic]:
    yield from _source(page, (*path, "table"), tile.table)
    for k, column in enumerate(tile.columns or ()):
        if isinstance(column, TableColumn):
            yield from shown(page, (*path, "columns", k, "column"), column.column, tile.table)
            yield from text_diagnostics(page, column.title, (*path, "columns", k, "title"))
        else:
            yield from shown(page, (*path, "columns", k), column, tile.table)
    if tile.pivot is not None:
        if tile.columns is not None:
            yield page.error("table-form", path, "A table has `columns` or `pivot`, not both.")
        for key in ("rows", "columns", "values"):
            yield from each_shown(page, (*path, "pivot", key), getattr(tile.pivot, key), tile.table)
    elif tile.share_of != "none":
        yield page.error("table-form", (*path, "share_of"), "Shares belong to a table with `pivot`.")


def _map(page: PageContext, tile: Map, path: Path) -> Iterator[Diagnostic]:
    yield from _source(page, (*path, "from"), tile.from_)
    needed = ("geometry", "join", "value") if tile.map == "choropleth" else ("lat", "lon")
    for key in needed:
        if not getattr(tile, key):
            yield page.error("map-needs", path, f"A map of {tile.map} needs `{key}`.")
    if tile.join is not None and len(tile.join) != 1:
        yield page.error("map-needs", (*path, "join"), "`join` is one pair: {column: property of the areas}.")
    for column in tile.join or {}:
        yield from shown(page, (*path, "join"), column, tile.from_)
    for key in ("value", "lat", "lon", "size"):
        yield from shown(page, (*path, key), getattr(tile, key), tile.from_)


def _vega_lite(page: PageContext, tile: VegaLite, path: Path) -> Iterator[Diagnostic]:
    yield from _source(page, (*path, "from"), tile.from_)
    yield from vega_diagnostics(page, tile, path)
    if tile.alt is None and tile.title is None:
        yield page.error("no-alt", path, "No words can be made up for this chart: give it `title` or `alt`.")


def _link(page: PageContext, tile: Tile, path: Path) -> Iterator[Diagnostic]:
    if not isinstance(tile.link, Link):
        return
    target = page.space.resources.get(dashboard_reference(tile.link.dashboard, page.resource.address.project))
    if target is None or not isinstance(target.spec, Dashboard):
        names = (str(r.address).removeprefix("dashboard/") for r in page.space.of(Dashboard))
        local = f"{page.resource.address.project}/"
        known = (name.removeprefix(local) for name in names)
        yield page.error(
            "unknown-dashboard", (*path, "link", "dashboard"),
            f'There is no dashboard "{tile.link.dashboard}".', did_you_mean(tile.link.dashboard, known),
        )  # fmt: skip
        return
    filters = {f.name for f in target.spec.filters}
    for name in tile.link.with_:
        if name not in filters:
            yield page.error(
                "unknown-filter", (*path, "link", "with", name),
                f'{target.address} has no filter "{name}".', did_you_mean(name, filters),
            )  # fmt: skip
    yield from _row_values(page, tile, tile.link, path)
    lost = {s.to for s in page.resource.spec.share} - {s.to for s in target.spec.share} - {"everyone"}
    if lost and not any(s.to == "everyone" for s in target.spec.share):
        yield page.error(
            "link-audience", (*path, "link"),
            f"{', '.join(sorted(lost))} may read this page but not {target.address}.",
            "Share that page with them too, or leave the link out.",
        )  # fmt: skip


def _row_values(page: PageContext, tile: Tile, link: Link, path: Path) -> Iterator[Diagnostic]:
    """`{column}` in a link's values is a column of the tile's dataset."""
    name = _dataset(tile)
    for key, value in link.with_.items():
        for column in re.findall(r"\{(\w+)\}", value):
            if name is None:
                yield page.error("unknown-column", (*path, "link", "with", key), "This tile has no rows.")
            elif name in page.datasets and column not in page.types(name):
                yield page.unknown_column((*path, "link", "with", key), column, name)


def text_diagnostics(page: PageContext, text: Text | None, path: Path) -> Iterator[Diagnostic]:
    """Mistakes between the braces of a text."""
    for inside in holes(text):
        where = (*path, inside.language) if inside.language else path
        span = page.resource.document.text_span(where, inside.line, inside.column)
        yield from (replace(found, span=span) for found in hole_diagnostics(page, inside, path))


def hole_diagnostics(page: PageContext, inside: Hole, path: Path) -> Iterator[Diagnostic]:
    """Mistakes in what stands between two braces, or in a number that is asked for like that."""
    parameters = (*WORDS, *(page.resource.spec.each or {}))
    if inside.format is not None and inside.format not in FORMATS:
        detail = did_you_mean(inside.format, FORMATS)
        yield page.error("unknown-format", path, f'There is no format "{inside.format}".', detail)
    if inside.expression in parameters:
        return
    try:
        query = hole_query(inside)
    except NotAnExpression as mistake:
        if "(" in inside.expression:
            yield page.not_understood(path, mistake)
            return
        detail = did_you_mean(inside.expression, parameters) or f"{mistake}."
        yield page.error("bad-expression", path, f'"{inside.expression}" is unknown here.', detail)
        return
    if not page.knows(query.dataset):
        yield page.unknown_dataset(path, query.dataset)
    elif query.dataset in page.datasets:
        yield from _asked(page, query, inside, path)


def _asked(page: PageContext, query: Query, inside: Hole, path: Path) -> Iterator[Diagnostic]:
    """Mistakes in a number of a text whose dataset is known."""
    sql = query.measures[0].sql
    found = list(aggregate(page, path, sql, query.dataset))
    yield from found or measures(page, query, path)
    if (
        not found
        and inside.format in FORMATS
        and not fits(inside.format, kind := kind_of(page, sql, query.dataset))
    ):
        yield misplaced(page, inside.format, inside.expression, kind, path)


def _queries(page: PageContext, tile: Tile, path: Path) -> Iterator[Diagnostic]:
    assert isinstance(tile, Kpi | Chart | Table | Map | VegaLite)
    types = {name: page.types(name) for name in page.datasets}
    if isinstance(tile, Chart) and (found := list(box_diagnostics(page, tile, path))):
        yield from found
        return
    for purpose, query in tile_queries(tile, types).items():
        yield from measures(page, query, path)
        if purpose == "main" and query.sort and query.sort[0] not in {s.name for s in query.shown}:
            names = [s.name for s in query.shown]
            yield page.error(
                "unknown-column", (*path, "sort"), f'"{query.sort[0]}" is not shown, so it orders nothing.',
                did_you_mean(query.sort[0], names),
            )  # fmt: skip
        if isinstance(tile, Chart):
            yield from headline_diagnostics(page, tile, query, path)
    if isinstance(tile, Chart):
        yield from _measured(page, tile, types[tile.from_], path)
        yield from mark_diagnostics(page, tile, path)
    yield from format_diagnostics(page, tile, path)


def _measured(page: PageContext, tile: Chart, types: dict[str, str], path: Path) -> Iterator[Diagnostic]:
    """What a chart measures is a number."""
    for text in axes(tile, types).measures if tile.chart != "scatter" else ():
        kind = kind_of(page, text, tile.from_)
        if not is_number(kind):
            yield page.error(
                "not-a-number", path, f'"{text}" is {kind}, which is nothing to measure.',
                "Write an aggregate, like count(*).",
            )  # fmt: skip
