"""Rows of people's data, laid out so that any table over them can be cut: who is in which cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy

from engine.core.disclosure.cells import Ints, Members, PublishedTable, different, distinct_owners
from engine.core.pages.answers import plain
from engine.core.pages.ledger import Ledger, ReleasedTable, TableName, unit_hash
from engine.core.pages.measures import Floats, added_up, same_measures
from engine.core.pages.questions import Cut
from engine.core.pages.release import Row

Rows = Sequence[Sequence[Any]]
SPARSE = 10_000
"""So many numbers may be counted one by one more than there are values, rather than sorting these."""


def condition_sql(cut: Cut) -> str:
    """Whether a row is in a table."""
    return f"coalesce(CAST(({cut.condition}) AS BOOLEAN), FALSE)"


def expressions_of(cuts: Iterable[Cut]) -> tuple[str, ...]:
    """Everything that the tables are cut by: conditions as truth values, and keys."""
    found: dict[str, None] = {}
    for cut in cuts:
        found |= dict.fromkeys((condition_sql(cut), *cut.keys))
    return tuple(found)


def rows_sql(source: str, expressions: Sequence[str], measures: Sequence[str], most: int) -> str:
    """Each row of a source: its unit, its number and the value of everything; one over `most`."""
    selected = "".join(f", {e} AS e{i}" for i, e in enumerate(expressions))
    selected += "".join(f", TRY_CAST(({m}) AS DOUBLE) AS m{i}" for i, m in enumerate(measures))
    return (
        f"SELECT CAST(__unit AS VARCHAR) AS u, __row AS r{selected} FROM ({source}) AS self LIMIT {most + 1}"
    )


@dataclass(frozen=True)
class Counted:
    """The rows of one source as `rows_sql` gives them."""

    source: str
    expressions: tuple[str, ...]
    rows: Rows
    numbered: str = ""
    """The file whose rows the numbers are of; empty where they are of none."""
    measures: tuple[str, ...] = ()
    """What is added up; its values come after those of `expressions`."""


@dataclass(frozen=True)
class _Column:
    codes: Ints
    values: tuple[Any, ...]


@dataclass(frozen=True)
class _Laid:
    """One source: its universe, the place of each of its rows there, and its columns."""

    universe: int
    places: Ints
    columns: Mapping[str, _Column]
    measures: Mapping[str, Floats] = field(default_factory=dict)


@dataclass
class Tabulation:
    """All sources of some people's data over the same units, numbered by their hash."""

    counted: Sequence[Counted]
    earlier: Sequence[Ledger] = ()
    owners: list[Ints] = field(init=False, default_factory=list)
    """For each universe of rows, the unit of every row."""
    _units: dict[str, int] = field(init=False)
    _laid: dict[str, _Laid] = field(init=False, default_factory=dict)
    _shared: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        hashes = [[unit_hash(row[0] or "") for row in c.rows] for c in self.counted]
        told = {h for ledger in self.earlier for part in ledger.parts for h in part}
        self._units = {h: i for i, h in enumerate(sorted({*told, *(h for of in hashes for h in of)}))}
        for counted, named in zip(self.counted, hashes, strict=True):
            owner = numpy.asarray([self._units[h] for h in named], dtype=numpy.int64)
            self._laid[counted.source] = self._lay(counted, owner)

    def table(self, name: TableName, keys: frozenset[Row] | None = None) -> PublishedTable:
        """The cells of a table, of those `keys` only if they are given."""
        laid = self._laid[name.source]
        inside = _truth(laid.columns[condition_sql(name.cut)])
        found, labels = _labelled([laid.columns[key] for key in name.cut.keys], inside)
        if keys is not None:
            kept = [key in keys for key in found]
            renamed = numpy.where(kept, numpy.cumsum(kept) - 1, -1)
            found = tuple(key for key, stays in zip(found, kept, strict=True) if stays)
            labels = numpy.where(labels >= 0, renamed[labels] if len(renamed) else -1, -1)
        spread = numpy.full(len(self.owners[laid.universe]), -1, dtype=numpy.int64)
        spread[laid.places] = labels
        return PublishedTable(found, spread, laid.universe, figure=self._figure(name))

    def _figure(self, name: TableName) -> str:
        """What a table tells of its cells; one measure has one name, whatever it is called."""
        added = added_up(name.figure)
        return self._measures[(name.source, added)] if added else name.figure

    @cached_property
    def _measures(self) -> Mapping[tuple[str, str], str]:
        members = Members.of(self.owners)
        values = {
            (source, measure): (members.added(laid.universe)[laid.places], told)
            for source, laid in self._laid.items()
            for measure, told in laid.measures.items()
        }
        return same_measures(values, len(members.owner))

    def attributes(self) -> dict[int, list[Ints]]:
        """For each universe what its rows are cut by: a number for every row, -1 where it is not cut."""
        found: dict[int, list[Ints]] = {}
        for laid in self._laid.values():
            for column in laid.columns.values():
                spread = numpy.full(len(self.owners[laid.universe]), -1, dtype=numpy.int64)
                spread[laid.places] = column.codes
                found.setdefault(laid.universe, []).append(spread)
        return found

    def units(self, table: PublishedTable) -> dict[Row, int]:
        """The distinct units of every cell."""
        counts = distinct_owners(table.labels, self.owners[table.universe], len(table.keys))
        return dict(zip(table.keys, counts.tolist(), strict=True))

    def unnamed(self, table: PublishedTable, gone: frozenset[Row], floor: int) -> frozenset[Row]:
        """Of these cells those whose name is about too few: itself, or what is left of it without a key."""
        if not gone:
            return frozenset()
        owner, width = self.owners[table.universe], len(table.keys[0]) if table.keys else 0
        if width < 2:
            return frozenset(key for key, n in self.units(table).items() if key in gone and n < floor and key)
        rare = numpy.zeros(len(table.keys), dtype=bool)
        for place in range(width):
            names: dict[Row, int] = {}
            group = numpy.asarray(
                [names.setdefault((*k[:place], *k[place + 1 :]), len(names)) for k in table.keys]
            )
            counts = distinct_owners(
                numpy.where(table.labels >= 0, group[table.labels], -1), owner, len(names)
            )
            rare |= counts[group] < floor
        return frozenset(key for key, few in zip(table.keys, rare, strict=True) if few and key in gone)

    def published(self, ledger: Ledger) -> list[PublishedTable]:
        """What is out already: cut again where its rows are at hand, else by whose units were shown."""
        told = (table for _, table in sorted(ledger.tables.items()) if table.name.figure != "names")
        return [self._published(table, ledger) for table in told if table.shown or table.inside]

    def members(
        self, tables: Iterable[ReleasedTable]
    ) -> tuple[tuple[tuple[str, ...], ...], dict[TableName, dict[Row, tuple[int, ...]]]]:
        """Parts of units, by hash, that the cells of these tables are made of; and which each is.

        Also those of withheld cells: who is in one must stay hidden though the table is not shown any more.
        """
        units, places = [], []
        cells: list[tuple[TableName, Row]] = []
        for released in tables:
            if released.name.figure == "names":
                continue
            table = self.table(released.name)
            place = numpy.full(len(table.keys) + 1, -1, dtype=numpy.int64)  # the last one is for no cell
            for i, key in enumerate(table.keys):
                if key in released.shown or key in released.withheld:
                    place[i] = len(cells)
                    cells.append((released.name, key))
            found = place[table.labels]
            units.append(self.owners[table.universe][found >= 0])
            places.append(found[found >= 0])
        pairs = _joined(units), _joined(places)
        return _parted(list(self._units), pairs, cells, {released.name for released in tables})

    def _published(self, table: ReleasedTable, ledger: Ledger) -> PublishedTable:
        laid = self._laid.get(table.name.source)
        if laid is not None and condition_sql(table.name.cut) in laid.columns:
            made = self.table(table.name)
            return replace(made, shown=frozenset(made.keys) & table.shown, earlier=True)
        keys = tuple(sorted(table.inside, key=repr))
        pairs = [
            (place, self._units[h])
            for place, key in enumerate(keys)
            for part in table.inside[key]
            for h in ledger.parts[part]
        ]
        self.owners.append(numpy.asarray([u for _, u in pairs], dtype=numpy.int64))
        labels = numpy.asarray([place for place, _ in pairs], dtype=numpy.int64)
        shown = table.shown & frozenset(keys)
        return PublishedTable(keys, labels, len(self.owners) - 1, shown=shown, earlier=True)

    def _lay(self, counted: Counted, owner: Ints) -> _Laid:
        columns = {
            e: _column([row[2 + i] for row in counted.rows]) for i, e in enumerate(counted.expressions)
        }
        after = 2 + len(counted.expressions)
        measures = {
            m: numpy.asarray([row[after + i] for row in counted.rows], dtype=numpy.float64)
            for i, m in enumerate(counted.measures)
        }
        numbers = [row[1] for row in counted.rows]
        if counted.numbered and None not in numbers and len(set(numbers)) == len(numbers):
            places = numpy.asarray(numbers, dtype=numpy.int64)
            return _Laid(self._universe(counted.numbered, places, owner), places, columns, measures)
        self.owners.append(owner)
        return _Laid(len(self.owners) - 1, numpy.arange(len(owner)), columns, measures)

    def _universe(self, file: str, places: Ints, owner: Ints) -> int:
        """The universe of a file's rows, as long as any source needs it."""
        if file not in self._shared:
            self._shared[file] = len(self.owners)
            self.owners.append(numpy.zeros(0, dtype=numpy.int64))
        at, size = self._shared[file], int(places.max(initial=-1)) + 1
        known = self.owners[at]
        grown = numpy.concatenate([known, numpy.zeros(max(0, size - len(known)), dtype=numpy.int64)])
        grown[places] = owner
        self.owners[at] = grown
        return at


def _joined(arrays: Sequence[Ints]) -> Ints:
    return numpy.concatenate([numpy.zeros(0, dtype=numpy.int64), *arrays])


def _parted(
    names: Sequence[str],
    pairs: tuple[Ints, Ints],
    cells: Sequence[tuple[TableName, Row]],
    tables: Iterable[TableName],
) -> tuple[tuple[tuple[str, ...], ...], dict[TableName, dict[Row, tuple[int, ...]]]]:
    """Units that are in the same cells are a part; `pairs` are units, and a cell of each by its place."""
    told: dict[TableName, dict[Row, tuple[int, ...]]] = {name: {} for name in tables}
    size = max(len(cells), 1)
    units, inside = numpy.divmod(different(pairs[0] * size + pairs[1]), size)
    if not len(units):
        return (), told
    starts = numpy.flatnonzero(numpy.diff(units, prepend=-1))
    part_of, first = _numbered(inside, starts, size)
    parts: list[list[str]] = [[] for _ in first]
    for unit, part in zip(units[starts].tolist(), part_of.tolist(), strict=True):
        parts[part].append(names[unit])
    ends = numpy.append(starts[1:], len(units))
    of_cell: dict[int, list[int]] = {}
    for number, place in enumerate(first.tolist()):
        for cell in inside[starts[place] : ends[place]].tolist():
            of_cell.setdefault(cell, []).append(number)
    for cell, found in sorted(of_cell.items()):
        name, key = cells[cell]
        told[name][key] = tuple(found)
    return tuple(map(tuple, parts)), told


def _numbered(inside: Ints, starts: Ints, size: int) -> tuple[Ints, Ints]:
    """The part of every unit, in the order in which parts come first, and the first unit of every part."""
    drawn = numpy.random.Generator(numpy.random.PCG64(13))
    marks = drawn.integers(1, 1 << 63, size=size, dtype=numpy.uint64)
    hashes = numpy.add.reduceat(marks[inside], starts)
    _, first, inverse = numpy.unique(hashes, return_index=True, return_inverse=True)
    order = numpy.argsort(first)
    number = numpy.empty_like(order)
    number[order] = numpy.arange(len(order))
    return number[inverse.reshape(-1)], first[order]


def _column(values: Sequence[Any]) -> _Column:
    """The values of a column by number."""
    found: dict[Any, int] = {}
    codes = numpy.empty(len(values), dtype=numpy.int64)
    for i, value in enumerate(values):
        plainly = plain(value)
        codes[i] = found.setdefault((type(plainly), plainly), len(found))
    return _Column(codes, tuple(value for _, value in found))


def _truth(column: _Column) -> Any:
    true = numpy.asarray([value is True for value in column.values] or [False])
    return true[column.codes] if len(column.codes) else numpy.zeros(0, dtype=bool)


def _labelled(columns: Sequence[_Column], inside: Any) -> tuple[tuple[Row, ...], Ints]:
    """The keys of the cells, and for every row which it is in, -1 for none."""
    labels = numpy.where(inside, 0, -1).astype(numpy.int64)
    keys: list[Row] = [()] if inside.any() else []
    for column in columns:
        joined = labels * max(len(column.values), 1) + column.codes
        found, numbers = _dense(joined[inside], len(keys) * max(len(column.values), 1))
        keys = [
            (*keys[j // len(column.values)], column.values[j % len(column.values)]) for j in found.tolist()
        ]
        labels[inside] = numbers
    return tuple(keys), labels


def _dense(values: Ints, limit: int) -> tuple[Ints, Ints]:
    """The different values, in order, all being below `limit`; and for each its place among them."""
    if limit > len(values) + SPARSE:
        found, places = numpy.unique(values, return_inverse=True)
        return found, places.reshape(-1)
    found = numpy.flatnonzero(numpy.bincount(values, minlength=limit))
    place = numpy.empty(limit, dtype=numpy.int64)
    place[found] = numpy.arange(len(found))
    return found, place[values]
