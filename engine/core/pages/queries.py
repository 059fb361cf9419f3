"""What each tile asks of its dataset: a pure description, one query per purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.core.pages.bins import Step, Steps
from engine.core.pages.expressions import Measure, is_aggregate, measure, quoted
from engine.model.tiles import AnyTile, Chart, Image, Kpi, Map, Table, TableColumn, TextTile, Use, VegaLite

NUMBERS = ("integer", "float", "decimal")
ADDED_UP = ("integer", "decimal")
"""Types of columns that a total adds up; a float is as likely a rate, whose sum means nothing."""

Types = Mapping[str, str]
"""Columns of one dataset and their types in SPECS.md's words."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of an answer: a column of the dataset, or a measure."""

    name: str
    """As the author wrote it."""
    measure: Measure | None = None
    format: str | None = None
    step: Step | None = None
    """The bins that the values of a column are put into; None: as they are."""

    @property
    def sql(self) -> str:
        """What is selected."""
        if self.measure:
            return self.measure.sql
        return self.step.sql(quoted(self.name)) if self.step else quoted(self.name)


@dataclass(frozen=True, slots=True)
class Query:
    """Columns of one of the page's datasets, aggregated at those that are no measures."""

    dataset: str
    """Its name in the page."""
    shown: tuple[Shown, ...]
    listing: bool = False
    """Rows as they are, not aggregated."""
    sort: tuple[str, bool] | None = None
    """Name of the column that orders the rows, and whether downwards."""
    limit: int | None = None
    where: str = ""

    @property
    def dimensions(self) -> tuple[Shown, ...]:
        """What it is grouped by."""
        return tuple(s for s in self.shown if s.measure is None)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is computed for each group."""
        return tuple(s.measure for s in self.shown if s.measure is not None)


def is_number(type_word: str) -> bool:
    """Whether values of this type are numbers."""
    return type_word.startswith(NUMBERS)


def as_measure(text: str, types: Types) -> Shown:
    """An aggregate, or a column that stands for the sum of its values at what the tile shows."""
    if is_aggregate(text):
        return Shown(text, measure(text))
    if is_number(types.get(text, "integer")):
        return Shown(text, measure(f"sum({quoted(text)})"))
    return Shown(text, measure(f"any_value({quoted(text)})"))


NO_STEPS: Steps = {}


def tile_queries(tile: AnyTile, types: Mapping[str, Types], steps: Steps = NO_STEPS) -> dict[str, Query]:
    """The queries of a tile by purpose; `main` is what it shows. Its columns are known to exist."""
    match tile:
        case Kpi():
            return dict(_kpi(tile, types))
        case Chart():
            return {"main": _binned(tile, _chart(tile, types[tile.from_]), steps)}
        case Table():
            return dict(_table(tile, types[tile.table]))
        case Map():
            return {"main": _map(tile, types[tile.from_])}
        case VegaLite():
            return {"main": _vega_lite(tile, types[tile.from_])}
        case TextTile() | Image() | Use():
            return {}


def _kpi(tile: Kpi, types: Mapping[str, Types]) -> Iterator[tuple[str, Query]]:
    yield "main", Query(tile.from_, (Shown(tile.kpi, measure(tile.kpi), tile.format),))
    if tile.compare is not None and is_aggregate(tile.compare.to):
        yield "compare", Query(tile.from_, (Shown(tile.compare.to, measure(tile.compare.to)),))
    if tile.spark is not None:
        line = tile.spark
        shown = (Shown(line.x), as_measure(line.y, types[line.from_]))
        yield "spark", Query(line.from_, shown, sort=(line.x, False))


@dataclass(frozen=True, slots=True)
class Axes:
    """Which of a chart's columns are categories and which are measures."""

    categories: tuple[str, ...]
    measures: tuple[str, ...]
    flat: bool = False
    """Whether measures lie along x: bars and dots in rows."""


def _listed(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else value


def axes(chart: Chart, types: Types) -> Axes:
    """The axes of a chart: the axis with aggregates or numbers is measured, the other categorised."""
    x, y = _listed(chart.x), _listed(chart.y)
    value = _listed(chart.value)
    match chart.chart:
        case "bar" | "dot":
            upright = _measured(y, types) and not _measured(x, types)
            return Axes(x, y) if upright else Axes(y, x, flat=True)
        case "range":
            ends = (*y, *_listed(chart.y2))
            return Axes(x, ends) if _measured(ends, types) and len(ends) == 2 else Axes(y, x, flat=True)
        case "column" | "line" | "area":
            return Axes(x, y)
        case "heatmap":
            return Axes((*x, *y), value or ("count(*)",))
        case "pie" | "treemap":
            return _parts(x, y, value, types)
        case "scatter":
            return Axes((), (*x, *y))
        case "histogram":
            return Axes(x, ("count(*)",))
        case "box":
            flat = _measured(x, types) and not _measured(y, types)
            return Axes(y, x, flat=True) if flat else Axes(x, y)


def _parts(x: tuple[str, ...], y: tuple[str, ...], value: tuple[str, ...], types: Types) -> Axes:
    if value:
        return Axes((*x, *y), value)
    return Axes(x, y) if _measured(y, types) or not x else Axes(y, x)


def _measured(columns: tuple[str, ...], types: Types) -> bool:
    return bool(columns) and all(is_aggregate(c) or is_number(types.get(c, "")) for c in columns)


QUARTILES = ("min({0})", "quantile_cont({0}, 0.25)", "median({0})", "quantile_cont({0}, 0.75)", "max({0})")
"""What a box is drawn from."""


def _chart(chart: Chart, types: Types) -> Query:
    found = axes(chart, types)
    groups = [*found.categories, *_listed(chart.series)]
    if chart.facet is not None:
        groups.append(chart.facet.by)
    if chart.chart == "scatter":
        return _scatter(chart, types, groups)
    if chart.chart == "box":
        five = tuple(Shown(q, measure(q)) for q in (t.format(quoted(found.measures[0])) for t in QUARTILES))
        return Query(chart.from_, (*map(Shown, dict.fromkeys(groups)), *five))
    measures = [*found.measures, *_listed(chart.size)]
    shown = [*map(Shown, dict.fromkeys(groups)), *(as_measure(m, types) for m in dict.fromkeys(measures))]
    sort = chart_sorting(chart) or _natural_sort(chart, found)
    return Query(chart.from_, tuple(shown), sort=sort, limit=chart.limit)


def binned_column(tile: AnyTile) -> tuple[str, str] | None:
    """The dataset's name and the column whose values a histogram counts; None of any other tile."""
    if not isinstance(tile, Chart) or tile.chart != "histogram" or not isinstance(tile.x, str):
        return None
    return tile.from_, tile.x


def _binned(tile: Chart, query: Query, steps: Steps) -> Query:
    """The query of a histogram whose values are put into bins, or the query as it is."""
    column = binned_column(tile)
    step = steps.get(column) if column else None
    if step is None:
        return query
    shown = (replace(s, step=step) if s.measure is None and s.name == tile.x else s for s in query.shown)
    return replace(query, shown=tuple(shown))


def _scatter(chart: Chart, types: Types, groups: list[str]) -> Query:
    columns = dict.fromkeys([*_listed(chart.x), *_listed(chart.y), *_listed(chart.size)])
    if any(map(is_aggregate, columns)):
        plain = [c for c in columns if not is_aggregate(c)]
        measures = (as_measure(c, types) for c in columns if is_aggregate(c))
        return Query(
            chart.from_, (*map(Shown, dict.fromkeys([*groups, *plain])), *measures), limit=chart.limit
        )
    names = tuple(map(Shown, dict.fromkeys([*columns, *groups])))
    return Query(chart.from_, names, listing=True, sort=chart_sorting(chart), limit=chart.limit)


def _natural_sort(chart: Chart, found: Axes) -> tuple[str, bool] | None:
    """Time and numbers run forwards; categories come in their own order."""
    return (
        (found.categories[0], False) if found.categories and chart.chart not in ("pie", "treemap") else None
    )


def sorting(text: str | None) -> tuple[str, bool] | None:
    """`-doctors` as (`doctors`, downwards)."""
    return None if text is None else (text.removeprefix("-"), text.startswith("-"))


def chart_sorting(chart: Chart) -> tuple[str, bool] | None:
    """The order of a chart's rows; `x`, `y`, `value` and `series` stand for what is drawn along them."""
    found = sorting(chart.sort)
    if found is None or found[0] not in ("x", "y", "value", "series"):
        return found
    along = _listed(getattr(chart, found[0]))
    return (along[0], found[1]) if along else None


def table_columns(table: Table, types: Types) -> tuple[TableColumn, ...]:
    """The columns a table shows, each in full form."""
    written = table.columns if table.columns is not None else tuple(types)
    return tuple(c if isinstance(c, TableColumn) else TableColumn(column=c) for c in written)


def _table(table: Table, types: Types) -> Iterator[tuple[str, Query]]:
    if table.pivot is not None:
        yield from _pivot(table, types)
        return
    columns = table_columns(table, types)
    grouped = any(is_aggregate(c.column) for c in columns)
    shown = tuple(
        Shown(c.column, measure(c.column) if is_aggregate(c.column) else None, c.format) for c in columns
    )
    yield "main", Query(table.table, shown, listing=not grouped, sort=sorting(table.sort))
    sums = tuple(
        replace(as_measure(s.name, types), format=s.format)
        for s in shown
        if s.measure or types.get(s.name, "").startswith(ADDED_UP)
    )
    if table.totals and sums:
        yield "total", Query(table.table, sums)


def _pivot(table: Table, types: Types) -> Iterator[tuple[str, Query]]:
    assert table.pivot is not None
    down, across = tuple(map(Shown, table.pivot.rows)), tuple(map(Shown, table.pivot.columns))
    values = tuple(as_measure(v, types) for v in table.pivot.values)
    yield "main", Query(table.table, (*down, *across, *values), sort=sorting(table.sort))
    shares = table.share_of != "none"
    if "row" in table.totals or table.share_of == "row":
        yield "row_totals", Query(table.table, (*down, *values))
    if "column" in table.totals or table.share_of == "column":
        yield "column_totals", Query(table.table, (*across, *values))
    if table.totals or shares:
        yield "total", Query(table.table, values)


def _map(tile: Map, types: Types) -> Query:
    if tile.map == "choropleth":
        key = next(iter(tile.join or {}), "")
        return Query(
            tile.from_, (Shown(key), replace(as_measure(tile.value or "", types), format=tile.format))
        )
    columns = dict.fromkeys(c for c in (tile.lat, tile.lon, tile.size, tile.value) if c)
    return Query(tile.from_, tuple(map(Shown, columns)), listing=True)


def _vega_lite(tile: VegaLite, types: Types) -> Query:
    words = " ".join(_strings(tile.vega_lite))
    names = [name for name in types if name in words] or list(types)
    return Query(tile.from_, tuple(map(Shown, names)), listing=True)


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for part in value.values():
                yield from _strings(part)
        case list() | tuple():
            for part in value:
                yield from _strings(part)
