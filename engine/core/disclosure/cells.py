"""The cells of several tables as sets of units: which are one and the same, and how many units each holds.

A reader may set any two tables side by side, so every cell is laid over the same units, whichever dataset,
page or environment it is of. In the layer of *numbers* a cell that counts units holds each once, and one that
counts rows holds a unit as often as it has rows there. What is added up depends on rows: in a layer of *sums*
a cell is the set of its rows. A cell has to be safe in all that it is in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy

Key = tuple[Any, ...]
Ints = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
Bools = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]
Hashes = numpy.ndarray[Any, numpy.dtype[numpy.uint64]]

UNITS, ROWS = "units", "rows"
LINES_OF = 2
"""Keys of a table up to which the totals of its lines are taken as known from elsewhere."""


@dataclass(frozen=True)
class PublishedTable:
    """The cells of one table over the rows of one universe, and what is known of them beforehand."""

    keys: tuple[Key, ...]
    labels: Ints
    """For every row the place of its cell in `keys`, or -1."""
    universe: int = 0
    sensitive: frozenset[Key] = frozenset()
    """Cells to withhold however many units they have."""
    shown: frozenset[Key] = frozenset()
    """Cells that were published earlier: they are known whatever is withheld now."""
    earlier: bool = False
    """Whether it is out already: what is not among `shown` was withheld then, and is not known from it."""
    nameless: frozenset[Key] = frozenset()
    """Cells that nobody is told of where they are withheld: not even that anybody is in them."""
    lines: bool = True
    """Whether the totals of its lines may be known from elsewhere."""
    told: bool = True
    """Whether it is published; else nobody shows it, and its cells must not be worked out all the same."""
    figure: str = UNITS
    """What is shown of its cells: numbers of units, numbers of rows, or something else that adds up."""


@dataclass(frozen=True)
class Layer:
    """Cells as sets of parts: parts are what no table tells apart."""

    matrix: Any
    """Cells by parts, sparse: how often each counts a unit of the part."""
    weights: Ints
    """Units of each part."""
    cells: Ints
    """Which cell each row of the matrix is."""
    of_rows: Bools = field(default_factory=lambda: numpy.zeros(0, dtype=bool))
    """For each row of the matrix whether it counts rows of people who have several; empty: none does."""

    @cached_property
    def sums(self) -> Ints:
        """What each row adds up to."""
        found: Ints = self.matrix @ self.weights
        return found

    @cached_property
    def by_part(self) -> Any:
        """The matrix turned: parts by cells."""
        return self.matrix.T.tocsr()


@dataclass(frozen=True)
class Register:
    """All cells of all tables, each once."""

    numbers: tuple[Ints, ...]
    """For each table the cell that each of its keys is."""
    units: Ints
    layers: tuple[Layer, ...]
    lines: tuple[tuple[int, Ints], ...]
    """Totals that nobody publishes as such: the cell that each is, and the cells it is the total of."""
    published: Bools
    """Whether a cell is in a table; else it is a total only."""
    known_totals: Bools
    """Totals that a reader may know from elsewhere as soon as any of their cells is shown."""
    named: Bools
    """Cells that have their place on a page where they are withheld: somebody is known to be in them."""


def register(universes: Sequence[Ints], tables: Sequence[PublishedTable]) -> Register:
    """The cells of `tables`. Each universe says of every row whose it is, as numbers of units."""
    lines = [line for place, table in enumerate(tables) for line in _lines(place, table)]
    spread = [*tables, *(line.table for line in lines)]
    members = Members.of(universes)
    by_rows = [table.figure != UNITS and not members.single[table.universe] for table in spread]
    cell_of, first = _same(_identity(spread, members))
    numbers = _split(cell_of, [len(table.keys) for table in spread])
    own, totals = numbers[: len(tables)], numbers[len(tables) :]
    published, known = numpy.zeros(len(first), dtype=bool), numpy.zeros(len(first), dtype=bool)
    named = numpy.zeros(len(first), dtype=bool)
    for table, cells in zip(tables, own, strict=True):
        if not table.told:
            continue
        published[cells] = True
        named[cells] |= numpy.asarray([key not in table.nameless for key in table.keys], dtype=bool)
    for line, cells in zip(lines, totals, strict=True):
        known[cells] |= line.known
    incidence = _incidence(spread, [universes[table.universe] for table in spread], by_rows)
    units = numpy.bincount(incidence.cells, minlength=incidence.count)[first]
    told = numpy.zeros(len(first), dtype=bool)
    for table, cells in zip(spread, numbers, strict=True):
        told[cells] |= table.figure in (UNITS, ROWS)
    counted = numpy.flatnonzero(told)
    numbered = _layer(_with_possible(incidence, spread, members, by_rows), first[counted], counted)
    of_rows = numpy.repeat(numpy.asarray(by_rows, dtype=bool), [len(table.keys) for table in spread])
    layers = [replace(numbered, of_rows=of_rows[first[counted]])]
    for figure in sorted({t.figure for t in spread} - {UNITS, ROWS}):
        own_tables = [i for i, t in enumerate(spread) if t.figure == figure]
        chosen = [spread[i] for i in own_tables], [numbers[i] for i in own_tables]
        layers.append(_layer_of_sums(members, *chosen))
    every = tuple(
        pair for line, cells in zip(lines, totals, strict=True) for pair in _totals(line, own[line.of], cells)
    )
    return Register(tuple(own), units, tuple(layers), every, published, known, named)


@dataclass(frozen=True)
class _Line:
    """The totals of a table's lines along one of its keys, or of the whole table."""

    table: PublishedTable
    of: int
    """The place of the table."""
    parents: Ints
    """For every key of the table the total it belongs to."""
    known: bool


def _lines(place: int, table: PublishedTable) -> list[_Line]:
    """The totals that come with a table: of its lines, and of all of it."""
    if len(table.keys) < 2 or not table.told:
        return []
    width = len(table.keys[0])
    taken = table.lines and width <= LINES_OF
    kept = [tuple(i for i in range(width) if i != p) for p in range(width)] if taken else []
    if () not in kept:
        kept.append(())
    return [_line(place, table, keys, taken and len(keys) == width - 1) for keys in kept]


def _line(place: int, table: PublishedTable, keys: tuple[int, ...], known: bool) -> _Line:
    found: dict[Key, int] = {}
    numbered = [found.setdefault(tuple(key[i] for i in keys), len(found)) for key in table.keys]
    parents = numpy.asarray(numbered, dtype=numpy.int64)
    labels = numpy.where(table.labels >= 0, parents[table.labels], -1)
    totals = PublishedTable(tuple(found), labels, table.universe, figure=table.figure)
    return _Line(totals, place, parents, known)


def _totals(line: _Line, own: Ints, cells: Ints) -> Iterator[tuple[int, Ints]]:
    """Every total of a line with the cells that it is the total of."""
    order = numpy.argsort(line.parents, kind="stable")
    ends = numpy.searchsorted(line.parents[order], numpy.arange(len(cells) + 1))
    for i, total in enumerate(cells):
        yield int(total), numpy.unique(own[order[ends[i] : ends[i + 1]]])


# ---- who is in which cell ----


@dataclass(frozen=True)
class _Incidence:
    """Cells (all keys of all tables, one after the other) by members, each pair once; cells sorted."""

    cells: Ints
    members: Ints
    times: Ints
    """How often a cell counts a member."""
    count: int
    real: int = numpy.iinfo(numpy.int64).max
    """Members from this number on are nobody: such as there could be."""


@dataclass(frozen=True)
class Members:
    """Numbers for whatever is added up: units where each has one row of a universe, else its rows."""

    single: tuple[bool, ...]
    """For each universe whether no unit has several rows."""
    rows: tuple[Ints, ...]
    """For each universe the number of every row as itself."""
    units: tuple[Ints, ...]
    """For each universe the unit of every row."""
    owner: Ints
    """The unit of every number."""

    @classmethod
    def of(cls, universes: Sequence[Ints]) -> Members:
        """The numbers for these universes: first come units, then the rows of each universe."""
        most = max((int(owner.max(initial=-1)) for owner in universes), default=-1) + 1
        starts = most + numpy.cumsum([0, *map(len, universes)])
        return cls(
            tuple(len(owner) == len(different(owner)) for owner in universes),
            tuple(numpy.arange(len(o)) + start for o, start in zip(universes, starts, strict=False)),
            tuple(universes),
            numpy.concatenate([numpy.arange(most), *universes]).astype(numpy.int64),
        )

    def added(self, universe: int) -> Ints:
        """What is added up of each row of a universe."""
        return self.units[universe] if self.single[universe] else self.rows[universe]


def _identity(spread: Sequence[PublishedTable], members: Members) -> _Incidence:
    """What makes cells one and the same: their units, or their rows where these are what is added up.

    The same units may have more rows in one cell than in another: these are two cells.
    """
    of = [members.units[t.universe] if t.figure == UNITS else members.added(t.universe) for t in spread]
    return _incidence(spread, of, [False] * len(spread))


def _incidence(
    spread: Sequence[PublishedTable], members: Sequence[Ints], by_rows: Sequence[bool]
) -> _Incidence:
    """All pairs of a cell and a member of it; for each table `members` says which every row is.

    A member counts once, or where a table is `by_rows` as often as it has rows.
    """
    nothing = numpy.zeros(0, dtype=numpy.int64)
    cells, inside, times, offset = [nothing], [nothing], [nothing], 0
    orders: dict[int, Ints] = {}
    for table, of_rows, rows in zip(spread, members, by_rows, strict=True):
        order = orders.setdefault(id(of_rows), nothing)
        if not len(order):
            order = orders[id(of_rows)] = numpy.argsort(of_rows, kind="stable")
        labels, member, count = _pairs(table.labels[order], of_rows[order], len(table.keys))
        cells.append(labels + offset)
        inside.append(member)
        times.append(count if rows else numpy.ones_like(count))
        offset += len(table.keys)
    return _Incidence(numpy.concatenate(cells), numpy.concatenate(inside), numpy.concatenate(times), offset)


def _pairs(labels: Ints, members: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Each pair of a label, below `count`, and a member, in order; and how often it is there.

    Members come in order: then labels that fit 16 bits are sorted by counting, and nothing else need be.
    """
    here = labels >= 0
    labels, members = labels[here], members[here]
    short = labels.astype(numpy.int16) if count < 1 << 15 else labels
    order = numpy.argsort(short, kind="stable")
    labels, members = labels[order], members[order]
    new = numpy.append(True, (labels[1:] != labels[:-1]) | (members[1:] != members[:-1]))
    starts = numpy.flatnonzero(new[: len(labels)])
    return labels[starts], members[starts], numpy.diff(starts, append=len(labels))


def _with_possible(
    incidence: _Incidence, spread: Sequence[PublishedTable], members: Members, by_rows: Sequence[bool]
) -> _Incidence:
    """And with people that there could be, where they have several rows: of one or two rows of every kind.

    How somebody's rows are spread is hardly ever the same twice, and no reader knows that nobody else's could
    be. Only where all tables are of one set of rows: elsewhere such people would have to be told of, too.
    """
    if {table.universe for table in spread} != {0} or members.single[0]:
        return incidence
    rows = _incidence(spread, [numpy.arange(len(members.units[0]))] * len(spread), [False] * len(spread))
    kinds, chosen, _ = _parts(rows.cells, rows.members, rows.times)
    pick = numpy.isin(rows.members, chosen)
    cells, kind = rows.cells[pick], kinds[rows.members[pick]]
    of_rows = numpy.repeat(numpy.asarray(by_rows, dtype=bool), [len(table.keys) for table in spread])
    real, count = int(members.units[0].max(initial=-1)) + 1, len(chosen)
    return _Incidence(
        numpy.concatenate([incidence.cells, cells, cells]),
        numpy.concatenate([incidence.members, real + kind, real + count + kind]),
        numpy.concatenate([incidence.times, numpy.ones_like(cells), numpy.where(of_rows[cells], 2, 1)]),
        incidence.count,
        real,
    )


def _hashes(groups: Ints, values: Ints, times: Ints, count: int) -> Hashes:
    """For every group a hash of its values, each so many times; `groups` is sorted. Zero for empty ones."""
    drawn = numpy.random.Generator(numpy.random.PCG64(20_261_130))
    marks = drawn.integers(1, 1 << 63, size=int(values.max(initial=0)) + 1, dtype=numpy.uint64)
    found = numpy.zeros(count, dtype=numpy.uint64)
    if len(groups):
        starts = numpy.flatnonzero(numpy.diff(groups, prepend=-1))
        found[groups[starts]] = numpy.add.reduceat(marks[values] * times.astype(numpy.uint64), starts)
    return found


def _same(incidence: _Incidence) -> tuple[Ints, Ints]:
    """For every key its cell, cells with the same members being one; and one key of every cell.

    Cells are numbered by what is in them, so that the order of tables and keys decides nothing.
    """
    hashes = _hashes(incidence.cells, incidence.members, numpy.ones_like(incidence.cells), incidence.count)
    _, first, inverse = numpy.unique(hashes, return_index=True, return_inverse=True)
    return inverse.reshape(-1), first


def _split(cells: Ints, sizes: Sequence[int]) -> list[Ints]:
    return numpy.split(cells, numpy.cumsum(sizes)[:-1]) if sizes else []


def _layer(incidence: _Incidence, first: Ints, cells: Ints, owner: Ints | None = None) -> Layer:
    """A layer of the cells that `first` names one key of each; members that lie in the same are a part.

    A part weighs as many units as are in it: its members, or where they are rows, whoever owns these.
    """
    from scipy.sparse import csr_matrix

    place = numpy.full(incidence.count, -1, dtype=numpy.int64)
    place[first] = numpy.arange(len(first))
    rows = place[incidence.cells]
    kept = rows >= 0
    rows, members, times = rows[kept], incidence.members[kept], incidence.times[kept]
    parts, chosen, sizes = _parts(rows, members, times, incidence.real)
    count = int(parts.max(initial=-1)) + 1
    pick = numpy.isin(members, chosen)
    matrix = csr_matrix((times[pick], (rows[pick], parts[members[pick]])), (len(first), count))
    return Layer(
        matrix, sizes if owner is None else distinct_owners(parts, owner[: len(parts)], count), cells
    )


def different(values: Any) -> Any:
    """The different values, in order: by sorting, ten times as fast as by NumPy's hashes."""
    ordered = numpy.sort(values)
    return ordered[numpy.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def distinct_owners(labels: Ints, owner: Ints, count: int) -> Ints:
    """How many units have a member of each label, below `count`; -1 is no label."""
    inside = labels >= 0
    size = int(owner.max(initial=0)) + 1
    pairs = different(labels[inside] * size + owner[inside])
    return numpy.bincount(pairs // size, minlength=count).astype(numpy.int64)


def _parts(
    rows: Ints, members: Ints, times: Ints, real: int = numpy.iinfo(numpy.int64).max
) -> tuple[Ints, Ints, Ints]:
    """For every member its part (-1 for those in no cell), one member of every part, and parts' sizes.

    Members from `real` on make parts, and do not count.
    """
    order = numpy.argsort(members, kind="stable")
    hashes = _hashes(members[order], rows[order], times[order], int(members.max(initial=-1)) + 1)
    there = numpy.unique(members)
    _, first, inverse = numpy.unique(hashes[there], return_index=True, return_inverse=True)
    parts = numpy.full(len(hashes), -1, dtype=numpy.int64)
    parts[there] = inverse.reshape(-1)
    counts = numpy.bincount(parts[there[there < real]], minlength=len(first))
    return parts, there[first], counts.astype(numpy.int64)


def _layer_of_sums(members: Members, tables: Sequence[PublishedTable], numbers: Sequence[Ints]) -> Layer:
    """The layer of what is added up in these tables; a part weighs as many units as are in it."""
    added = [members.added(table.universe) for table in tables]
    incidence = _incidence(tables, added, [False] * len(tables))
    _, first = _same(incidence)
    cells = numpy.concatenate([numpy.zeros(0, dtype=numpy.int64), *numbers])
    return _layer(incidence, first, cells[first], members.owner)
