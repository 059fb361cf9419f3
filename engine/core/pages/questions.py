"""What a page asks of its datasets, told before anything is asked: every query, and every table it cuts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.core.pages.alerts import asked as numbers_in
from engine.core.pages.bins import Steps
from engine.core.pages.expectations import asked_aggregates
from engine.core.pages.expressions import Leaf, measure, quoted
from engine.core.pages.queries import NO_STEPS, Query, Shown, Types, tile_queries
from engine.core.pages.release import Value
from engine.core.pages.selection import condition, previous
from engine.core.pages.texts import hole_query, holes
from engine.core.pages.walk import Placed, tiles
from engine.model.base import Text
from engine.model.dashboard import Dashboard, PageFilter
from engine.model.tiles import Chart, Kpi

Filters = Mapping[str, Mapping[str, PageFilter]]
"""The filters that act on each dataset of a page, by name."""
Choice = Mapping[str, tuple[Value, ...]]
"""What each filter has chosen."""


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """One table of cells: the rows of a dataset that a condition leaves, cut by keys (both in SQL)."""

    conditions: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def condition(self) -> str:
        """The conditions as one; `TRUE` when there is none."""
        return " AND ".join(f"({c})" for c in self.conditions) or "TRUE"


Figure = str
"""What a table tells of its cells: `rows` or `units`, how many they have; `sum x`, what is added up; `names`.

Only figures of one kind can be added to and subtracted from each other.
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A table that a page shows cells of, and what it tells of them."""

    cut: Cut
    figure: Figure = "rows"
    added: str = ""
    """What its cells add up, in SQL; empty where they are no sums."""


def figure_of(leaf: Leaf) -> Figure:
    """What an aggregate tells of a cell."""
    match leaf.kind:
        case "distinct":
            return "units"
        case "sum":
            return f"sum {leaf.argument}"
        case _:
            return "rows"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query under a choice of the filters."""

    query: Query
    chosen: Choice
    filtered: bool = True
    """Whether the page's filters act on it at all."""
    everywhere: bool = False
    """Whether it is about all rows, also those that the page's own condition leaves out."""


def cut(where: Iterable[str], keys: Iterable[str]) -> Cut:
    """The table of these conditions and keys; conditions that say nothing are left out."""
    return Cut(tuple(dict.fromkeys(w for w in where if w)), tuple(keys))


def leaf_cut(leaf: Leaf, where: Sequence[str], keys: Iterable[str]) -> Cut:
    """The cells that one aggregate is about: rows under its own condition in which its argument is there."""
    return cut((*where, leaf.where, leaf.there), keys)


def grid_cuts(query: Query, where: Sequence[str]) -> tuple[tuple[Told, ...], ...]:
    """For each measure of a query the tables its values come from: those of its aggregates."""
    keys = [shown.sql for shown in query.dimensions]
    return tuple(
        tuple(dict.fromkeys(Told(leaf_cut(leaf, where, keys), figure_of(leaf)) for leaf in measure.leaves))
        for measure in query.measures
    )


def all_rows(query: Query, where: Sequence[str], filters: Iterable[str] = ()) -> Cut:
    """The table of all rows of each group (cut further by filters): which groups there are at all."""
    return cut(where, [*(shown.sql for shown in query.dimensions), *map(quoted, filters)])


def cube_cut(query: Query, leaf: Leaf, filters: Iterable[str], where: Sequence[str]) -> Cut:
    """The table that the cells of one aggregate come from when filters (columns) cut it further."""
    return leaf_cut(leaf, where, [*(shown.sql for shown in query.dimensions), *map(quoted, filters)])


def all_cuts(asked: Asked, filters: Mapping[str, PageFilter], where: str) -> Iterator[Told]:
    """Every table that a query's answer shows cells of, in the page and under its filters."""
    query = asked.query
    if query.listing:
        return
    acting = filters if asked.filtered else {}
    where = "" if asked.everywhere else where
    chosen = picked(query, where, acting, asked.chosen)
    keys = [shown.sql for shown in query.dimensions]
    columns = [spec.column for spec in acting.values()]
    if keys:
        yield Told(all_rows(query, chosen), "names")
    if acting:
        yield Told(all_rows(query, (where, query.where), columns), "names")
    for leaf in (leaf for one in query.measures for leaf in one.leaves):
        added = leaf.argument if leaf.kind == "sum" else ""
        yield Told(leaf_cut(leaf, chosen, keys), figure_of(leaf), added)
        if acting:
            yield Told(cube_cut(query, leaf, columns, (where, query.where)), figure_of(leaf), added)


def picked(query: Query, where: str, filters: Mapping[str, PageFilter], chosen: Choice) -> tuple[str, ...]:
    """The conditions of a query under a choice: the page's, its own, and the filters'."""
    return (where, query.where, *(condition(spec, chosen.get(f, ())) for f, spec in filters.items()))


def questions(
    page: Dashboard,
    types: Mapping[str, Types],
    filters: Filters,
    chosen: Choice,
    parameters: Mapping[str, Value],
    steps: Steps = NO_STEPS,
) -> Iterator[Asked]:
    """Every query of one sheet of a page: tiles, what they are compared with, and numbers in texts."""
    for placed in tiles(page):
        for query in tile_queries(placed.tile, types, steps).values():
            yield Asked(query, chosen)
        before = period_before(placed.tile, filters, chosen) if isinstance(placed.tile, Kpi) else None
        if before is not None:
            yield Asked(tile_queries(placed.tile, types)["main"], before)
        yield from (Asked(query, chosen) for query in text_queries(texts(placed), parameters).values())
    about = (page.title, page.summary, page.description)
    yield from (Asked(query, chosen) for query in text_queries(about, parameters).values())
    for test in page.tests:
        if test.expect is not None:
            yield from test_questions(test.expect, types)
    for alert in page.alerts:
        yield from (Asked(hole_query(inside), {}, filtered=False) for inside in numbers_in(alert.when))


def test_questions(expect: str, names: Iterable[str]) -> Iterator[Asked]:
    """What a page's own test asks: that it holds tells of its numbers, so they are released as any other."""
    for name, sql in asked_aggregates(expect, names):
        yield Asked(Query(name, (Shown(sql, measure(sql)),)), {}, filtered=False, everywhere=True)


def period_before(tile: Kpi, filters: Filters, chosen: Choice) -> Choice | None:
    """The choice in which a number's period is the one of equal length just before; None without one."""
    if tile.compare is None or tile.compare.to != "previous_period":
        return None
    for name, spec in filters[tile.from_].items():
        ends = previous(chosen.get(name, ())) if spec.type == "date_range" else None
        if ends is not None:
            return {**chosen, name: ends}
    return None


def texts(placed: Placed) -> Iterator[Text | None]:
    """The texts of a tile that may hold numbers."""
    tile = placed.tile
    yield from (tile.title, tile.subtitle, tile.alt, getattr(tile, "text", None))
    if isinstance(tile, Chart):
        yield from (conditional.title for conditional in tile.title_if)
        yield from (line.label for line in tile.lines)
        yield from (band.label for band in tile.bands)
        yield from (note.text for note in tile.notes)


def text_queries(words: Iterable[Text | None], parameters: Mapping[str, Value]) -> dict[str, Query]:
    """The queries of the numbers in texts, by the text between the braces."""
    return {
        inside.text: hole_query(inside)
        for text in words
        for inside in holes(text)
        if inside.expression != "as_of" and inside.expression not in parameters
    }
