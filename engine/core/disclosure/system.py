"""All cells of several tables as one system of equations, and how narrowly it confines a withheld one.

What is not known is how many units each part has. Every cell that is shown fixes the sum of its parts.
The bounds of a withheld cell are the least and the greatest sum of its parts that agree with all of that:
a linear programme in whole numbers, solved by HiGHS. Most cells need none: parts that lie in the same
shown cells can give each other units without anybody noticing, which is often room enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy

from engine.core.disclosure.audit import Key, order
from engine.core.disclosure.programme import Programme

MOST = 4_000
"""Parts beyond which nothing is solved: whatever is not safe at a glance is taken as exposed."""

Cell = int
Ints = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
Bools = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]


class System:
    """Cells by number; first all are shown, then ever more are withheld, so what is safe stays safe."""

    def __init__(
        self,
        parts: Sequence[int],
        tables: Sequence[Mapping[Key, tuple[int, ...]]],
        floor: int,
        positive: bool,
    ) -> None:
        """`positive` says that a reader knows every withheld cell to hold at least one unit."""
        self._floor = floor
        self._positive = positive
        self._members: list[tuple[int, ...]] = []
        self._numbers: dict[frozenset[int], Cell] = {}
        self._named: list[dict[Key, Cell]] = []
        for cells in tables:
            named = {key: self._number(cells[key]) for key in sorted(cells, key=order)}
            self._named.append(named)
        self._merge(numpy.asarray(parts, dtype=numpy.int64))
        count = len(self._members)
        self._withheld: Bools = numpy.zeros(count, dtype=bool)
        self._virtual: Bools = numpy.zeros(count, dtype=bool)
        self._kept: Bools = numpy.zeros(count, dtype=bool)
        self._safe: Bools = numpy.zeros(count, dtype=bool)
        self._low, self._high = self._totals.copy(), self._totals.copy()
        self._made: Programme | None = None

    def cell_of(self, table: int, key: Key) -> Cell:
        """The number of a cell; the same parts have one number in whichever table they are."""
        return self._named[table][key]

    def is_withheld(self, cell: Cell) -> bool:
        """Whether a cell is withheld by now."""
        return bool(self._withheld[cell])

    def keep(self, cells: Iterable[Cell]) -> None:
        """These are known to everybody already: withholding them changes nothing."""
        self._kept[list(cells)] = True

    def withhold(self, cells: Iterable[Cell]) -> None:
        """Show these no more."""
        self._withheld[list(cells)] = True

    def withhold_differences(self) -> None:
        """Watch what is left of a cell without another one inside it, where that is below the floor."""
        found = {rest for i in range(len(self._named)) for rest in self._rests(i)}
        for rest in sorted(found, key=sorted):
            if rest not in self._numbers:
                self._number(tuple(sorted(rest)))
        added = len(self._members) - len(self._withheld)
        if added:
            self._grow(added)
        small = [self._numbers[rest] for rest in found]
        fresh = [cell for cell in small if cell >= len(self._members) - added]
        self._withheld[small] = True
        self._virtual[fresh] = True

    def protect(self) -> frozenset[Cell]:
        """Withhold more until nothing is exposed; returns what nothing can hide any more."""
        helpless: set[Cell] = set()
        while True:
            for cell in self._doubtful(helpless):
                if self._is_safe(cell):
                    continue
                more = self._more(cell)
                if more is None:
                    helpless.add(cell)
                    continue
                self._withheld[more] = True
                break
            else:
                return frozenset(helpless)

    def exposed(self) -> tuple[Cell, ...]:
        """The withheld cells that can be worked out to within less than the floor."""
        return tuple(cell for cell in self._doubtful(()) if not self._is_safe(cell))

    def interval(self, cell: Cell) -> tuple[int, int | None]:
        """The lowest and highest a withheld cell can be; None for no highest."""
        return self._programme().interval(cell)

    # ---- how it is built ----

    def _number(self, parts: Iterable[int]) -> Cell:
        members = frozenset(parts)
        if members not in self._numbers:
            self._numbers[members] = len(self._members)
            self._members.append(tuple(sorted(members)))
        return self._numbers[members]

    def _merge(self, parts: Ints) -> None:
        """Parts that lie in the same cells count as one."""
        labels = numpy.full((len(self._named), len(parts)), -1, dtype=numpy.int64)
        for i, named in enumerate(self._named):
            for cell in named.values():
                labels[i, list(self._members[cell])] = cell
        self._labels, classes = numpy.unique(labels, axis=1, return_inverse=True)
        classes = classes.reshape(-1)
        self._units = numpy.bincount(classes, parts, minlength=self._labels.shape[1]).astype(numpy.int64)
        renamed = {frozenset(classes[list(m)].tolist()): cell for m, cell in self._numbers.items()}
        self._numbers = renamed
        by_cell = {cell: tuple(sorted(members)) for members, cell in renamed.items()}
        self._members = [by_cell[cell] for cell in range(len(self._members))]
        self._count()

    def _count(self) -> None:
        """Cells as rows and parts as columns, and the units of every cell."""
        from scipy.sparse import csr_matrix

        sizes = [len(members) for members in self._members]
        rows = numpy.repeat(numpy.arange(len(sizes)), sizes)
        columns = numpy.fromiter((part for members in self._members for part in members), dtype=numpy.int64)
        shape = (len(sizes), len(self._units))
        self._matrix = csr_matrix((numpy.ones(len(rows), dtype=numpy.int64), (rows, columns)), shape)
        self._sizes = numpy.asarray(sizes)
        self._totals: Ints = self._matrix @ self._units

    def _grow(self, added: int) -> None:
        self._count()
        self._made = None
        self._low = numpy.append(self._low, self._totals[-added:])
        self._high = numpy.append(self._high, self._totals[-added:])
        for name in ("_withheld", "_virtual", "_kept", "_safe"):
            setattr(self, name, numpy.append(getattr(self, name), numpy.zeros(added, dtype=bool)))

    def _rests(self, outer: int) -> Iterable[frozenset[int]]:
        """What is left of the cells of one table without a cell of another one inside them, if small."""
        around = self._labels[outer]
        for inner in range(len(self._named)):
            labels = self._labels[inner]
            inside = labels >= 0
            if inner == outer or not inside.any():
                continue
            size = len(self._members)
            lowest, highest = numpy.full(size, size), numpy.full(size, -2)
            numpy.minimum.at(lowest, labels[inside], around[inside])
            numpy.maximum.at(highest, labels[inside], around[inside])
            nested = numpy.flatnonzero((lowest == highest) & (lowest >= 0))
            left = self._totals[lowest[nested]] - self._totals[nested]
            for cell in nested[(left > 0) & (left < self._floor)]:
                yield frozenset(self._members[lowest[cell]]) - frozenset(self._members[cell])

    # ---- what a reader knows ----

    @property
    def _known(self) -> Bools:
        return ~self._withheld | self._kept & ~self._virtual

    def _doubtful(self, apart: Iterable[Cell]) -> list[Cell]:
        """Withheld cells that are not safe at a glance, the smallest first."""
        self._safe |= self._high - self._low >= self._floor
        asked = numpy.flatnonzero(self._withheld & ~self._safe & (~self._kept | self._virtual))
        room = self._room(asked)
        self._safe[asked[room >= self._floor]] = True
        left = set(asked[room < self._floor].tolist()) - set(apart)
        return sorted(left, key=lambda cell: (self._totals[cell], cell))

    def _room(self, cells: Ints) -> Ints:
        """By how much each cell can vary when only parts in the same shown cells exchange units.

        Such parts are a group. A cell that has some of a group, but not all, can vary by all that the group's
        parts can spare; where a group is in no shown cell, by anything.
        """
        known = numpy.where(self._known[self._labels] & (self._labels >= 0), self._labels, -1)
        _, groups = numpy.unique(known, axis=1, return_inverse=True)
        groups = groups.reshape(-1)
        spare = numpy.bincount(groups, self._spare()).astype(numpy.int64)
        sizes = numpy.bincount(groups)
        free = numpy.zeros(len(sizes), dtype=bool)
        free[groups[(known < 0).all(axis=0)]] = True
        touched = (self._matrix[cells] @ _indicator(groups, len(sizes))).tocoo()
        room = numpy.where(touched.data < sizes[touched.col], spare[touched.col], 0)
        room = numpy.where(free[touched.col], self._floor, room)
        return numpy.bincount(touched.row, room, minlength=len(cells)).astype(numpy.int64)

    def _spare(self) -> Ints:
        """The units that each part can give away: all, or all but one where it is known not to be empty."""
        if not self._positive:
            return self._units
        watched: Ints = self._matrix.T @ (self._withheld & ~self._virtual).astype(numpy.int64)
        return numpy.asarray(numpy.maximum(self._units - (watched > 0), 0))

    def _is_safe(self, cell: Cell) -> bool:
        """Whether a cell can vary by the floor, by programming; what is found widens all other cells."""
        if len(self._units) > MOST:
            return False
        programme = self._programme()
        for table in (programme.greatest(cell), programme.least(cell)):
            sums = self._matrix @ table
            self._low, self._high = numpy.minimum(self._low, sums), numpy.maximum(self._high, sums)
        return bool(self._high[cell] - self._low[cell] >= self._floor)

    def _programme(self) -> Programme:
        """The programme of what is known now."""
        if self._made is None:
            self._made = Programme(self._units, self._matrix, self._totals, self._floor)
            self._told = numpy.zeros(len(self._members), dtype=bool)
        for cell in numpy.flatnonzero(~self._known & ~self._told):
            self._made.free(int(cell), int(self._positive and not self._virtual[cell]))
            self._told[cell] = True
        return self._made

    def _more(self, cell: Cell) -> Cell | None:
        """The smallest shown cell that confines an exposed one; None when none can be withheld."""
        found = self._programme().confining(cell) if len(self._units) <= MOST else None
        if found is None:
            row = numpy.zeros(len(self._units), dtype=numpy.int64)
            row[list(self._members[cell])] = 1
            found = numpy.flatnonzero(self._matrix @ row)
        given = found[self._known[found] & ~self._kept[found]]
        return min(given.tolist(), key=lambda c: (self._totals[c], c), default=None)


def _indicator(groups: Ints, count: int) -> Any:
    """Which group each part is in, as a sparse matrix, parts by groups."""
    from scipy.sparse import csr_matrix

    ones = numpy.ones(len(groups), dtype=numpy.int64)
    return csr_matrix((ones, (numpy.arange(len(groups)), groups)), (len(groups), count))
