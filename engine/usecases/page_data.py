"""Reads what a page shows: every query of its tiles, over the files its reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.core.pages.answers import (
    UNNAMED,
    CubeBuilder,
    Hidden,
    Marks,
    Rows,
    fields_of,
    grid_of,
    joined,
    plain,
    telling_nothing,
    with_empty,
    without_names,
)
from engine.core.pages.bins import Steps
from engine.core.pages.expressions import Leaf
from engine.core.pages.marks import cell_marks, row_marks
from engine.core.pages.protection import (
    Compiled,
    computed_columns,
)
from engine.core.pages.queries import Query
from engine.core.pages.questions import Told, all_rows, cube_cut, figure_of, grid_cuts, picked
from engine.core.pages.release import Answer, Cube, Field, Grid, LeafCells, Value
from engine.core.pages.sql import Guard, combinations_sql, enough_sql, grid_sql, leaf_sql, listing_sql
from engine.core.pages.walk import types_of
from engine.model.dashboard import PageFilter
from engine.ports import Table
from engine.usecases.page_doors import Door
from engine.usecases.page_releases import Releases

ADDED = ("sum", "count", "min", "max")
"""Leaves that have a cell wherever there are rows."""
MOST_CELLS = 60_000
"""Cells beyond which empty ones are not filled in: such a page is refused anyway."""


@dataclass
class Desk:
    """Asks the warehouse for one sheet of a page; every distinct query once."""

    releases: Releases
    """What all pages together withhold."""
    compiled: Compiled
    doors: Mapping[str, Door]
    conditions: Mapping[str, str]
    """The row condition of each dataset of the page."""
    filters: Mapping[str, Mapping[str, PageFilter]]
    """The filters that act on each dataset of the page, by name."""
    chosen: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """What each filter has chosen at first."""
    steps: Steps = field(default_factory=dict)
    """How wide the bins of histograms are."""
    _guards: dict[str, Guard | None] = field(default_factory=dict)

    def fetch(self, name: str, sql: str) -> Table:
        """Rows of one of our own queries over a dataset of the page."""
        return self.releases.asking.fetch(self.doors[name].path, sql)

    def types(self) -> dict[str, dict[str, str]]:
        """Columns and types of every dataset of the page."""
        return {name: types_of(door.dataset) for name, door in self.doors.items()}

    def guard(self, name: str) -> Guard | None:
        """How a dataset is read under its floor; None without one."""
        if name not in self._guards:
            self._guards[name] = self.releases.guard(self.doors[name])
        return self._guards[name]

    def _hidden(self, name: str, tables: Sequence[Told]) -> Hidden:
        """The withheld cells of tables of a dataset of units; None for all."""
        return tuple(self.releases.hidden(self.doors[name], told) for told in tables)

    def answer(self, query: Query) -> Answer:
        """What a query yields: the grid for the first choice of the filters, and the cube for all others."""
        grid = self.grid(query)
        names = [shown.name for shown in query.shown]
        sort = (names.index(query.sort[0]), query.sort[1]) if query.sort else None
        cube = self._cube(query, grid) if self.filters[query.dataset] else None
        return Answer(grid, cube, sort, query.limit)

    def grid(self, query: Query, chosen: Mapping[str, tuple[Value, ...]] | None = None) -> Grid:
        """The rows of a query under a choice of the filters (the first one when none is given)."""
        name, guard = query.dataset, self.guard(query.dataset)
        choice = self.chosen if chosen is None else chosen
        where = picked(query, self.conditions.get(name, ""), self.filters[name], choice)
        table = self.fetch(name, grid_sql(query, where, guard))
        door = self.doors[name]
        rows = self._named(query, table.rows, where)
        rows = rows if query.listing else self._whole(query, rows)
        computed = computed_columns(door.dataset, self.compiled, door.origin)
        fields = fields_of(query, [c.type for c in table.columns], door.labels, computed)
        made = grid_of(fields, rows, self._marks(query, rows, where, fields))
        return replace(made, rows=tuple(made.rows[at] for at in _order(query, made, guard)))

    def _named(self, query: Query, rows: Rows, where: Sequence[str]) -> Rows:
        """The rows without those whose very names are about too few."""
        guard, width = self.guard(query.dataset), len(query.shown)
        if guard is None:
            return rows
        if guard.unit is None:
            return [row for row in rows if int(row[width] or 0) != UNNAMED]
        keys = [i for i, shown in enumerate(query.shown) if shown.measure is None]
        nameless = self.releases.unnamed(self.doors[query.dataset], all_rows(query, where))
        return [row for row in rows if tuple(plain(row[i]) for i in keys) not in nameless]

    def _whole(self, query: Query, rows: Rows) -> Rows:
        """The rows of an answer, with those for empty cells where nobody is to know which are empty."""
        keys = [i for i, shown in enumerate(query.shown) if shown.measure is None]
        if self.doors[query.dataset].held.zeros_shown or not rows or not keys:
            return rows
        return with_empty(rows, keys, 1, MOST_CELLS)

    def _marks(self, query: Query, rows: Rows, where: Sequence[str], fields: Sequence[Field]) -> Marks:
        """What becomes of each number of a grid's rows."""
        guard = self.guard(query.dataset)
        if guard is None:
            return ()
        if guard.unit is None or query.listing:
            return row_marks(rows, len(fields))
        hidden = [self._hidden(query.dataset, cuts) for cuts in grid_cuts(query, where)]
        return cell_marks(query, rows, hidden)

    def _cube(self, query: Query, grid: Grid) -> Cube:
        name, guard = query.dataset, self.guard(query.dataset)
        specs = self.filters[name]
        columns = [spec.column for spec in specs.values()]
        where = (self.conditions.get(name, ""), query.where)
        builder = CubeBuilder(len(query.dimensions), len(columns), guard)
        if query.listing:
            return self._listing(query, grid, builder, columns, where)
        formulas, leaves = joined([(m.formula, m.leaves) for m in query.measures])
        if query.dimensions and not any(leaf.kind in ADDED and not leaf.where for leaf in leaves):
            # A group is shown when it has rows, also where nothing of what is measured is there.
            leaves = (*leaves, Leaf("count", "*"))
        cells = tuple(self._leaf(builder, query, leaf, columns) for leaf in leaves if leaf.kind != "whole")
        return Cube(tuple(specs), tuple(builder.points), tuple(builder.groups), cells, formulas)

    def _leaf(self, builder: CubeBuilder, query: Query, leaf: Leaf, columns: Sequence[str]) -> LeafCells:
        name, guard = query.dataset, self.guard(query.dataset)
        where = (self.conditions.get(name, ""), query.where)
        rows: Rows = self.fetch(name, leaf_sql(query, leaf, columns, where, guard)).rows
        keys = range(len(query.dimensions) + len(columns))
        if guard is None:
            return builder.leaf(leaf, rows)
        groups, told = len(query.dimensions), Told(cube_cut(query, leaf, columns, where), figure_of(leaf))
        if guard.unit is None:
            unnamed = [int(row[len(keys) + 1] or 0) == UNNAMED for row in rows]
        else:
            nameless = self.releases.unnamed(self.doors[name], all_rows(query, where, columns))
            unnamed = [tuple(map(plain, row[: len(keys)])) in nameless for row in rows]
        rows = without_names(rows, unnamed, groups, len(keys))
        if not self.doors[name].held.zeros_shown and rows:
            rows = with_empty(rows, keys, 1, MOST_CELLS)
        return builder.leaf(leaf, rows, () if guard.unit is None else self._hidden(name, (told,)))

    def _listing(
        self, query: Query, grid: Grid, builder: CubeBuilder, columns: Sequence[str], where: Sequence[str]
    ) -> Cube:
        name, guard = query.dataset, self.guard(query.dataset)
        width, end = len(query.shown), len(query.shown) + len(columns)
        rows = self.fetch(name, listing_sql(query, columns, where, guard)).rows
        if guard is not None:
            rows = tuple(row for row in rows if int(row[end] or 0) != UNNAMED)
        kept = [(*row[:width], *row[end:]) for row in rows]
        shown = grid_of(grid.fields, kept, () if guard is None else row_marks(kept, width))
        order = _order(query, shown, guard)
        points = tuple(builder.point(rows[at][width:end]) for at in order)
        filters = tuple(self.filters[name])
        return Cube(filters, tuple(builder.points), tuple(shown.rows[at] for at in order), rows=points)

    def combinations(self, name: str, columns: Sequence[str]) -> tuple[tuple[Value, ...], ...]:
        """The values of columns of a dataset that occur together, in order.

        Under a floor only those of enough units: the name of a smaller group is withheld with it.
        """
        where, door = (self.conditions.get(name, ""),), self.doors[name]
        source = self.releases.source(door) if door.floor else None
        if source is None:
            rows = (
                ()
                if door.floor and door.dataset.unit
                else self.fetch(name, combinations_sql(columns, where)).rows
            )
        else:
            sql = enough_sql(source.sql, columns, where, door.floor)
            rows = self.releases.bench.warehouse.fetch(sql, source.tables).rows
        return tuple(tuple(map(plain, row)) for row in rows)


def _order(query: Query, grid: Grid, guard: Guard | None) -> Sequence[int]:
    """The order of a grid's rows, which tells nothing of what is withheld in them."""
    by = next((i for i, s in enumerate(query.shown) if query.sort and s.name == query.sort[0]), None)
    if guard is None:
        return range(len(grid.rows))
    if by is None and query.listing:
        return telling_nothing(grid, None)
    places = sorted(range(len(grid.fields)), key=lambda i: i != by)
    return telling_nothing(grid, places, query.sort is not None and query.sort[1])
