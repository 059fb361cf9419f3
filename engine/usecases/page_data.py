"""Reads what a page shows: every query of its tiles, over the files its reader may see."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import digest
from engine.core.pages.answers import CubeBuilder, fields_of, grid_of, joined, plain
from engine.core.pages.expressions import Leaf
from engine.core.pages.protection import Compiled, computed_columns, guard_of, rows_sql
from engine.core.pages.queries import Query
from engine.core.pages.release import Answer, Cube, Grid, Value
from engine.core.pages.selection import condition
from engine.core.pages.sql import Guard, grid_sql, leaf_sql, listing_sql
from engine.core.pages.walk import types_of
from engine.core.state import VersionColumn
from engine.model.base import Text
from engine.model.dashboard import PageFilter
from engine.ports import Cache, Table, Warehouse

ADDED = ("sum", "count", "min", "max")
"""Leaves that have a cell wherever there are rows."""


@dataclass(frozen=True)
class Door:
    """One dataset of a page as its reader may see it: the file, and the floor that holds."""

    dataset: CompiledDataset
    path: Path
    floor: int
    labels: Mapping[str, Text] = field(default_factory=dict)
    complementary: bool = True


@dataclass
class Desk:
    """Asks the warehouse for one sheet of a page; every distinct query once."""

    warehouse: Warehouse
    cache: Cache
    """Remembers answers: a file's name says what is in it, so the same question has the same answer."""
    compiled: Compiled
    doors: Mapping[str, Door]
    conditions: Mapping[str, str]
    """The row condition of each dataset of the page."""
    filters: Mapping[str, Mapping[str, PageFilter]]
    """The filters that act on each dataset of the page, by name."""
    chosen: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """What each filter has chosen at first."""
    _guards: dict[str, Guard | None] = field(default_factory=dict)
    _tables: dict[str, Table] = field(default_factory=dict)

    def fetch(self, name: str, sql: str) -> Table:
        """Rows of one of our own queries over a dataset of the page."""
        path = self.doors[name].path
        key = f"page-{digest([path.name, sql])}"
        if key not in self._tables:
            kept = self.cache.get(key)
            if kept is None:
                kept = _packed(self.warehouse.fetch(sql, {"self": path}))
                self.cache.put(key, kept)
            self._tables[key] = _unpacked(kept)
        return self._tables[key]

    def types(self) -> dict[str, dict[str, str]]:
        """Columns and types of every dataset of the page."""
        return {name: types_of(door.dataset) for name, door in self.doors.items()}

    def guard(self, name: str) -> Guard | None:
        """How a dataset is read under its floor; None without one."""
        if name not in self._guards:
            self._guards[name] = self._make_guard(name, self.doors[name])
        return self._guards[name]

    def _make_guard(self, name: str, door: Door) -> Guard | None:
        if not door.floor:
            return None
        if door.dataset.unit is not None:
            return Guard(door.floor, door.dataset.unit)
        rows = self.fetch(name, rows_sql(door.dataset, self.compiled)).rows
        return guard_of(door.dataset, self.compiled, door.floor, rows, door.complementary)

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
        picked = [condition(spec, choice.get(f, ())) for f, spec in self.filters[name].items()]
        sql = grid_sql(query, (self.conditions.get(name, ""), query.where, *picked), guard)
        table = self.fetch(name, sql)
        door = self.doors[name]
        computed = computed_columns(door.dataset, self.compiled)
        fields = fields_of(query, [c.type for c in table.columns], door.labels, computed)
        return grid_of(fields, table.rows, guard, door.complementary)

    def _cube(self, query: Query, grid: Grid) -> Cube:
        name, guard = query.dataset, self.guard(query.dataset)
        specs = self.filters[name]
        columns = [spec.column for spec in specs.values()]
        where = (self.conditions.get(name, ""), query.where)
        builder = CubeBuilder(len(query.dimensions), len(columns), guard, self.doors[name].complementary)
        if query.listing:
            return self._listing(query, grid, builder, columns, where)
        formulas, leaves = joined([(m.formula, m.leaves) for m in query.measures])
        if query.dimensions and not any(leaf.kind in ADDED and not leaf.where for leaf in leaves):
            # A group is shown when it has rows, also where nothing of what is measured is there.
            leaves = (*leaves, Leaf("count", "*"))
        cells = tuple(
            builder.leaf(leaf, self.fetch(name, leaf_sql(query, leaf, columns, where, guard)).rows)
            for leaf in leaves
            if leaf.kind != "whole"
        )
        return Cube(tuple(specs), tuple(builder.points), tuple(builder.groups), cells, formulas)

    def _listing(
        self, query: Query, grid: Grid, builder: CubeBuilder, columns: Sequence[str], where: Sequence[str]
    ) -> Cube:
        name, guard = query.dataset, self.guard(query.dataset)
        width, end = len(query.shown), len(query.shown) + len(columns)
        rows = self.fetch(name, listing_sql(query, columns, where, guard)).rows
        points = tuple(builder.point(row[width:end]) for row in rows)
        shown = grid_of(grid.fields, [(*row[:width], *row[end:]) for row in rows], guard)
        filters = tuple(self.filters[name])
        return Cube(filters, tuple(builder.points), shown.rows, rows=points)

    def values(self, name: str, sql: str) -> tuple[tuple[Value, ...], ...]:
        """Plain rows of a query about a dataset's describing columns."""
        return tuple(tuple(map(plain, row)) for row in self.fetch(name, sql).rows)


def _packed(table: Table) -> bytes:
    """A fetched table as json, its values as pages carry them."""
    rows = [[_places(value) for value in row] for row in table.rows]
    text = json.dumps([[[c.name, c.type] for c in table.columns], rows], ensure_ascii=False)
    return text.encode()


def _unpacked(kept: bytes) -> Table:
    columns, rows = json.loads(kept)
    return Table(tuple(VersionColumn(*c) for c in columns), tuple(map(tuple, rows)))


def _places(value: Any) -> Any:
    """A value as pages carry it; the points a unit occurs at stay a list of their values."""
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        return [{name: plain(part) for name, part in point.items()} for point in value]
    return plain(value)
