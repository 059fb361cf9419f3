"""Rows of the warehouse made into a page's values: plain, guarded, and cut by filters."""

from __future__ import annotations

import datetime
import decimal
import itertools
import json
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core.pages.expressions import Formula, Leaf
from engine.core.pages.queries import Query
from engine.core.pages.release import Cell, Field, Grid, LeafCells, LeafKind, Mark, Row, Value
from engine.core.pages.sql import Guard
from engine.model.base import Text

Rows = Sequence[Sequence[Any]]
Marks = Sequence[Sequence[Mark | None]]
WORDS = {1: Mark.SUPPRESSED, 2: Mark.UNAVAILABLE, 3: Mark.SUPPRESSED}
"""What a guard says of a row: it is withheld, or a part of it is; or it is, and has no place on a page."""
UNNAMED = 3
Hidden = Sequence[Container[Row] | None]
"""The withheld cells of the tables that a number comes from; None for all of them."""


@dataclass(frozen=True)
class AllBut:
    """Every cell but those shown, empty ones too: what is withheld where zeros are."""

    shown: frozenset[Row]

    def __contains__(self, key: object) -> bool:
        return key not in self.shown


def with_empty(rows: Rows, keys: Sequence[int], last: object, most: int) -> list[Sequence[Any]]:
    """The rows and one for every combination of the keys' values that has none, `last` ending it.

    Rows that were in the order of their keys still are. At most `most` rows.
    """
    values = [list(dict.fromkeys(row[i] for row in rows)) for i in keys]
    there = {tuple(row[i] for i in keys) for row in rows}
    found = list(rows)
    for key in itertools.product(*values):
        if key not in there and len(found) < most:
            row: list[Any] = [None] * len(rows[0])
            for i, value in zip(keys, key, strict=True):
                row[i] = value
            row[-1] = last
            found.append(row)
    return found


def mark_of(key: Row, tables: Hidden) -> Mark | None:
    """Whether a cell is withheld in one of the tables."""
    return Mark.SUPPRESSED if any(cells is None or key in cells for cells in tables) else None


PLAIN = frozenset({str, int, bool, type(None)})
"""Types whose values pages carry as they are: most values are of these, and a page has many."""


def plain(value: Any) -> Value:
    """A value as pages carry it: numbers that are finite, text, true, false or nothing."""
    if type(value) in PLAIN:
        return value  # type: ignore[no-any-return]  # of one of four types
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case decimal.Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime.datetime():
            return value.isoformat(sep="T", timespec="seconds")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case list() | dict() | tuple():
            return json.dumps(value, default=str, ensure_ascii=False)
        case bytes():
            return value.hex()
        case _:
            return str(value)


def fields_of(
    query: Query, types: Sequence[str], labels: Mapping[str, Text], measured: frozenset[str]
) -> tuple[Field, ...]:
    """The fields of a query's grid. `measured` are columns of a listing that count or compute."""
    return tuple(
        Field(
            shown.name,
            labels.get(shown.name, shown.name),
            kind,
            shown.measure is not None or (query.listing and shown.name in measured),
            shown.format,
            shown.step.width if shown.step else None,
        )
        for shown, kind in zip(query.shown, types, strict=False)
    )


def grid_of(fields: tuple[Field, ...], rows: Rows, marks: Marks = ()) -> Grid:
    """The grid of fetched rows, `marks` in place of the measures that are withheld.

    `marks` has for each row one mark (or None) for each field; it is empty without a floor.
    """
    width = len(fields)
    plains = [tuple(map(plain, row[:width])) for row in rows]
    if not marks:
        return Grid(fields, tuple(plains))
    return Grid(fields, tuple(_marked(row, fields, own) for row, own in zip(plains, marks, strict=True)))


def _told(value: Any) -> Cell:
    return value if isinstance(value, Mark) else plain(value)


def without_names(rows: Rows, unnamed: Sequence[bool], groups: int, keys: int) -> list[Sequence[Any]]:
    """Rows of which some are about too few to be named; the first `groups` of their `keys` say where.

    A group that has no other rows is left out. Elsewhere a value of a filter that no other row has becomes
    a mark: that somebody is there stays known, for sums over them are not complete.
    """
    if not any(unnamed):
        return list(rows)
    named = [row for row, gone in zip(rows, unnamed, strict=True) if not gone]
    told = [{plain(row[i]) for row in named} for i in range(keys)]
    places = {tuple(map(plain, row[:groups])) for row in named}
    found: list[Sequence[Any]] = []
    for row, gone in zip(rows, unnamed, strict=True):
        if not gone:
            found.append(row)
        elif not groups or tuple(map(plain, row[:groups])) in places:
            point = [v if plain(v) in told[i] else Mark.SUPPRESSED for i, v in enumerate(row[:keys])]
            if point == [*row[:keys]] and keys > groups:
                point[-1] = Mark.SUPPRESSED
            found.append((*point, *row[keys:]))
    return found


def telling_nothing(grid: Grid, by: Sequence[int] | None, down: bool = False) -> list[int]:
    """The order of a grid's rows, by position, in which none is at a place that only its value gives.

    `by` are the fields that order them, the first of them `down`: where a number is withheld its mark does,
    last, so a row that names or dates order keeps its place. None is for an order that comes with the data:
    rows with something withheld come last in that, by name.
    """
    if by is not None:
        return _in_order(grid, by, down)
    names = [i for i, f in enumerate(grid.fields) if not f.measure]

    def gone(row: Row) -> bool:
        return any(isinstance(cell, Mark) for cell in row)

    def name(at: int) -> list[tuple[str, str]]:
        return [(type(grid.rows[at][i]).__name__, str(grid.rows[at][i])) for i in names]

    withheld = [at for at, row in enumerate(grid.rows) if gone(row)]
    return [*(at for at, row in enumerate(grid.rows) if not gone(row)), *sorted(withheld, key=name)]


def _in_order(grid: Grid, by: Sequence[int], down: bool) -> list[int]:
    """Positions of the rows in the order of what they show; nothing and marks come last either way."""
    found = list(range(len(grid.rows)))
    for place in reversed(by):
        cells: list[Any] = [row[place] for row in grid.rows]
        lacking = [at for at in found if cells[at] is None or isinstance(cells[at], Mark)]
        told = [at for at in found if cells[at] is not None and not isinstance(cells[at], Mark)]
        found = [*sorted(told, key=cells.__getitem__, reverse=down and place == by[0]), *lacking]
    return found


def _marked(row: Row, fields: tuple[Field, ...], marks: Sequence[Mark | None]) -> Row:
    return tuple(
        mark if f.measure and mark is not None else cell
        for cell, f, mark in zip(row, fields, marks, strict=True)
    )


@dataclass
class CubeBuilder:
    """Collects the leaves of one query, numbering groups and filter points as they come."""

    dimensions: int
    filters: int
    guard: Guard | None
    groups: dict[Row, int] = field(default_factory=dict)
    points: dict[Row, int] = field(default_factory=dict)

    def group(self, values: Sequence[Any]) -> int:
        """The number of a group."""
        return self.groups.setdefault(tuple(map(_told, values)), len(self.groups))

    def point(self, values: Sequence[Any]) -> int:
        """The number of a filter point; a mark stands for a value that is about too few to be named."""
        return self.points.setdefault(tuple(map(_told, values)), len(self.points))

    def leaf(self, leaf: Leaf, rows: Rows, hidden: Hidden = ()) -> LeafCells:
        """The cells of one leaf from its rows (as `leaf_sql` selects them).

        `hidden` are the withheld cells of the tables it comes from, None for all of them.
        """
        d, end = self.dimensions, self.dimensions + self.filters
        groups = tuple(self.group(row[:d]) for row in rows)
        if leaf.kind == "distinct" and self.guard is None:
            places = tuple(tuple(self.point(list(at.values())) for at in row[d]) for row in rows)
            return LeafCells("distinct", groups, places, tuple(row[d + 1] for row in rows))
        points = tuple(self.point(row[d:end]) for row in rows)
        values: tuple[Cell, ...] = tuple(plain(row[end]) for row in rows)
        if leaf.kind == "values" and self.guard is None:
            counts = tuple(int(row[end + 1]) for row in rows)
            return LeafCells("values", groups, points, values, counts, leaf.quantile)
        if self.guard is not None:
            marks = [self._mark(leaf, row, end, hidden) for row in rows]
            values = tuple(m if m is not None else v for m, v in zip(marks, values, strict=True))
        return LeafCells(_kind(leaf), groups, points, values)

    def _mark(self, leaf: Leaf, row: Sequence[Any], end: int, hidden: Hidden) -> Mark | None:
        """What becomes of one cell: by the release of its units, or by the guard's word after its value.

        An aggregate that takes more units than the floor is withheld where the word counts too few.
        """
        assert self.guard is not None
        if any(isinstance(value, Mark) for value in row[:end]):
            return Mark.SUPPRESSED
        if self.guard.unit is None:
            return WORDS.get(int(row[end + 1] or 0))
        if leaf.floors > 1 and int(row[end + 1] or 0) < leaf.floors * self.guard.floor:
            return Mark.SUPPRESSED
        return mark_of(tuple(map(plain, row[:end])), hidden)


def _kind(leaf: Leaf) -> LeafKind:
    match leaf.kind:
        case "sum" | "count" | "min" | "max":
            return leaf.kind
        case "distinct" | "values":
            return "lone"
        case "whole":
            raise AssertionError(f"{leaf.kind} has no cells of its own")


def joined(
    measures: Sequence[tuple[Formula, Sequence[Leaf]]],
) -> tuple[tuple[Formula, ...], tuple[Leaf, ...]]:
    """Formulas of several measures over one list of leaves, each leaf once."""
    leaves: dict[Leaf, int] = {}
    formulas = []
    for formula, own in measures:
        numbers = [leaves.setdefault(leaf, len(leaves)) for leaf in own]
        formulas.append(_renumbered(formula, numbers))
    return tuple(formulas), tuple(leaves)


def _renumbered(formula: Formula, numbers: Sequence[int]) -> Formula:
    match formula:
        case ("leaf", int(i)):
            return ("leaf", numbers[i])
        case ("number", _):
            return formula
        case (name, *operands):
            return (name, *(_renumbered(operand, numbers) for operand in operands))
        case _:
            raise AssertionError("a formula is never empty")
