"""One layer as it is seen by somebody who looks for room: how low and how high each cell can surely go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from engine.core.disclosure.cells import Bools, Ints, Layer
from engine.core.disclosure.exchange import NEAR, Effort, Exchange, Knowledge, Search
from engine.core.disclosure.room import room
from engine.core.disclosure.shuffle import Another, Shuffle, aimed

WHOLE = 3
"""How many of them are asked for in whole numbers, too: that takes longer."""
MANY = 8
"""Cells in doubt from which on other tables are looked at."""
WORTH = 0.95
"""The part of cells in doubt that another table may leave so, if one more is to be looked at."""
ROUNDED = 1e-6
SLOW = 20_000
"""Entries from which on a programme takes longer than a projection."""
LARGE = 2_000
"""Parts from which room in any numbers is taken for room in whole ones."""


class Sight:
    """One layer as it is seen: how low and how high each row is known to be able to go."""

    def __init__(self, layer: Layer, floor: int) -> None:
        self.layer, self._floor = layer, floor
        self._low, self._high = layer.sums.copy(), layer.sums.copy()
        self._least, self._most = layer.sums.astype(float), layer.sums.astype(float)
        self.loose: Bools = numpy.full(len(layer.cells), layer.matrix.shape[1] > LARGE)
        """Rows of which it is enough that they vary in any numbers: nobody shows them, or there are so many
        parts that whole numbers are never far."""
        self._places: dict[int, list[int]] = {}
        for row, cell in enumerate(layer.cells.tolist()):
            self._places.setdefault(cell, []).append(row)

    def safe(self, known: Bools, filled: Bools, asked: Bools) -> Bools:
        """Of the cells asked for those all of whose rows here can vary by the floor, seen at a glance."""
        rows = numpy.flatnonzero(asked[self.layer.cells] & self._in_doubt())
        room = self._room(rows, known[self.layer.cells], filled[self.layer.cells])
        unsafe = numpy.zeros(len(asked), dtype=bool)
        unsafe[self.layer.cells[rows[room < self._floor]]] = True
        return ~unsafe

    def shuffle(self, turns: int, price: Any, filled: Bools, asked: Bools, effort: Effort) -> None:
        """Look at other tables in which many of the cells asked for vary, as long as it is worth it."""
        cells = self.layer.cells
        known = Knowledge(self.layer, price[cells], filled[cells])
        if self.layer.matrix.nnz > SLOW:
            self._give_way(known, numpy.flatnonzero(asked[cells] & self._in_doubt() & self.loose), effort)
        rows = numpy.flatnonzero(asked[cells] & self._in_doubt())
        shuffle = Shuffle(known, self._floor)
        for turn in range(turns):
            if len(rows) < MANY or effort.spent:
                return
            whole = turn < WHOLE and int((~self.loose[rows]).sum()) >= MANY
            found = shuffle.another(rows, turn, effort, whole=whole)
            if found.any is None:
                return
            self._seen(found)
            left = rows[self._in_doubt()[rows]]
            if len(left) >= WORTH * len(rows):
                return
            rows = left

    def _give_way(self, known: Knowledge, rows: Ints, effort: Effort) -> None:
        """See how far rows vary, in any numbers, when all parts give way a little."""
        found = room(known, rows, self._floor, effort)
        sums = self.layer.sums[rows]
        self._least[rows] = numpy.minimum(self._least[rows], sums - found.down + ROUNDED)
        self._most[rows] = numpy.maximum(self._most[rows], sums + found.up - ROUNDED)

    def _in_doubt(self) -> Bools:
        """Rows that are not known to vary by the floor; of such as nobody shows it may be in any numbers."""
        narrow = self._high - self._low < self._floor
        found: Bools = narrow & ~(self.loose & (self._most - self._least >= self._floor))
        return found

    def unsafe_rows(self, cell: int) -> list[int]:
        """The rows of a cell that are in doubt."""
        return [r for r in self._places.get(cell, ()) if self._in_doubt()[r]]

    def near(self, cells: Sequence[int]) -> Ints:
        """All cells that have a part in common with any of these."""
        rows = [row for cell in cells for row in self._places.get(cell, ())]
        parts = numpy.zeros(self.layer.matrix.shape[1], dtype=numpy.int64)
        parts[self.layer.matrix[rows].indices] = 1
        found: Ints = self.layer.cells[numpy.flatnonzero(self.layer.matrix @ parts)]
        return found

    def exchange(
        self, row: int, price: Any, filled: Bools, effort: Effort, most: int = NEAR
    ) -> Exchange | None:
        """The cheapest exchange, of up to `most` parts, that makes a row vary by the floor.

        What it shows is remembered.
        """
        layer = self.layer
        search = Search(Knowledge(layer, price[layer.cells], filled[layer.cells]), row, effort, most)
        found: Exchange | None = None
        total, least = int(layer.sums[row]), int(filled[layer.cells[row]])
        up = self._floor - int(total - self._low[row])
        down = self._floor - int(self._high[row] - total)
        for more in (up, -down):
            if more < 0 and total + more < least:
                continue
            tried = search.best(more)
            if tried is not None and (found is None or tried.cost < found.cost):
                found = tried
            if found is not None and not len(found.notice):
                break
        if found is None:
            return self._both(search, total - least)
        if not len(found.notice):
            self._remember(found)
        return found

    def aim(self, row: int, price: Any, filled: Bools, effort: Effort) -> bool:
        """Whether a row can vary by the floor when units of all parts change places, not of the nearest."""
        cells, total = self.layer.cells, int(self.layer.sums[row])
        known = Knowledge(self.layer, price[cells], filled[cells])
        least, whole = int(filled[cells[row]]), not self.loose[row]
        for more in (self._floor - int(total - self._low[row]), int(self._high[row] - total) - self._floor):
            if more >= 0 or total + more >= least:
                found = aimed(known, row, more, self._floor, effort, whole=whole)
                self._seen(found)
                if (found.whole if whole else found.any) is not None:
                    return True
        return False

    def _both(self, search: Search, most: int) -> Exchange | None:
        """A little up and a little down (by `most`), where neither alone is enough."""
        for down in range(min(most, self._floor - 1), 0, -1):
            lower = search.best(-down)
            higher = None if lower is None else search.best(self._floor - down)
            if lower is not None and higher is not None:
                notice = numpy.unique(numpy.concatenate([lower.notice, higher.notice]))
                if not len(notice):
                    self._remember(lower)
                    self._remember(higher)
                return Exchange(lower.change, notice, lower.cost + higher.cost)
        return None

    def _remember(self, found: Exchange) -> None:
        """A table that agrees with all that is known widens what is known of every row."""
        self._widen(found.change)

    def _seen(self, found: Another) -> None:
        """What another table widens of every row."""
        if found.whole is not None:
            self._widen(found.whole)
        if found.any is not None:
            sums = self.layer.matrix @ (self.layer.weights + found.any)
            self._least = numpy.minimum(self._least, sums + ROUNDED)
            self._most = numpy.maximum(self._most, sums + ROUNDED)

    def _widen(self, change: Ints) -> None:
        sums = self.layer.matrix @ (self.layer.weights + change)
        self._low, self._high = numpy.minimum(self._low, sums), numpy.maximum(self._high, sums)

    def _room(self, rows: Ints, known: Bools, filled: Bools) -> Ints:
        """By how much each row can vary when only parts in the same shown rows exchange units.

        Such parts are a group. A row that does not count all of a group's parts alike can vary by all that
        these can spare; where a group is in no shown row, by anything.
        """
        layer = self.layer
        groups, free = _grouped(layer, known)
        watched = layer.by_part @ filled.astype(numpy.int64) > 0
        spare = numpy.bincount(groups, numpy.maximum(layer.weights - watched, 0)).astype(numpy.int64)
        sizes = numpy.bincount(groups)
        matrix, which = layer.matrix[rows], _indicator(groups, len(sizes))
        touched = (matrix @ which).tocoo()
        squares = (matrix.multiply(matrix) @ which).tocoo().data
        alike = squares * sizes[touched.col] == touched.data**2
        room = numpy.where(alike, 0, spare[touched.col])
        room = numpy.where(free[touched.col], self._floor, room)
        return numpy.bincount(touched.row, room, minlength=len(rows)).astype(numpy.int64)


def _grouped(layer: Layer, known: Bools) -> tuple[Ints, Bools]:
    """The group of every part by the known rows it is in, and which groups are in none."""
    turned = layer.by_part
    drawn = numpy.random.Generator(numpy.random.PCG64(3)).integers(
        1, 1 << 62, size=len(known), dtype=numpy.uint64
    )
    marks = numpy.where(known, drawn, numpy.uint64(0))
    hashes = numpy.zeros(turned.shape[0], dtype=numpy.uint64)
    filled = numpy.flatnonzero(numpy.diff(turned.indptr))
    if len(filled):
        hashes[filled] = numpy.add.reduceat(
            marks[turned.indices] * turned.data.astype(numpy.uint64), turned.indptr[filled]
        )
    found, groups = numpy.unique(hashes, return_inverse=True)
    return groups.reshape(-1), found == 0


def _indicator(groups: Ints, count: int) -> Any:
    """Which group each part is in, as a sparse matrix, parts by groups."""
    from scipy.sparse import csr_matrix

    ones = numpy.ones(len(groups), dtype=numpy.int64)
    return csr_matrix((ones, (numpy.arange(len(groups)), groups)), (len(groups), count))
