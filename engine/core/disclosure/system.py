"""Which cells to withhold: ever more, the cheapest first, until every withheld cell is shown to be safe.

A withheld cell is safe when two tables of whole numbers agree with all that a reader knows and differ in
that cell by the floor. Most are seen at a glance: parts that lie in the same shown cells can change places.
For the others an exchange is looked for; if one is only to be had by withholding more, that is withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from engine.core.disclosure.cells import Bools, Ints, Layer, Register
from engine.core.disclosure.exchange import FIXED, NEAR, Effort, Exchange, Knowledge, Search
from engine.core.disclosure.shuffle import Another, aimed, shuffled

GLANCE = 1e-4
"""Steps that looking at one entry of a layer's matrix counts as."""
LOOK_AGAIN = 4
"""Changes after which all cells are looked at again: what was withheld for one often hides others."""
SHUFFLES = 16
"""Other tables that are looked at before any cell is looked at by itself."""
WHOLE = 3
"""How many of them are asked for in whole numbers, too: that takes longer."""
MANY = 8
"""Cells in doubt from which on other tables are looked at."""
WORTH = 0.95
"""The part of cells in doubt that another table may leave so, if one more is to be looked at."""
ROUNDED = 1e-6
LARGE = 2_000
"""Parts from which room in any numbers is taken for room in whole ones."""
FAR = 20_000
"""Parts among which the cheapest cells to withhold are looked for."""
TOTAL_PRICE = 10.0
"""How much dearer than a cell of its size is a total that is known from elsewhere: its line shows nothing."""


class System:
    """All cells of a register; first all are shown, then ever more withheld, so what is safe stays safe."""

    def __init__(self, register: Register, floor: int, positive: bool, effort: Effort | None = None) -> None:
        """`positive` says that a reader knows every withheld cell to hold at least one unit."""
        self.register, self._floor, self._positive = register, floor, positive
        self._effort = effort or Effort()
        count = len(register.units)
        self.withheld: Bools = numpy.zeros(count, dtype=bool)
        self.kept: Bools = numpy.zeros(count, dtype=bool)
        """Known to everybody already: withholding them changes nothing."""
        self.watched: Bools = numpy.zeros(count, dtype=bool)
        """In no table, and yet not to be worked out: what two shown cells leave."""
        self._opened: Bools = numpy.zeros(count, dtype=bool)
        self._safe: Bools = numpy.zeros(count, dtype=bool)
        self._sights = [_Sight(layer, floor) for layer in register.layers]
        self._lines = _line_matrix(register)
        self.unproven: set[int] = set()
        """Cells that were still in doubt when there was no effort left."""

    def withhold(self, cells: Iterable[int] | Ints) -> None:
        """Show these no more."""
        self.withheld[numpy.asarray(list(cells), dtype=numpy.int64)] = True

    def watch(self, cells: Iterable[int]) -> None:
        """Cells that are in no table and must not be worked out either."""
        listed = list(cells)
        self.watched[listed] = True
        self.withheld[listed] = True
        for sight in self._sights:
            sight.loose |= (self.watched & ~self.register.published)[sight.layer.cells]

    def protect(self) -> frozenset[int]:
        """Withhold more until nothing is exposed; returns what nothing can hide any more."""
        helpless: set[int] = set()
        self._shuffle()
        while doubtful := self._doubtful(helpless):
            changes = 0
            for cell in doubtful:
                if self._effort.spent:
                    self.unproven |= set(doubtful)
                    helpless |= self._in_bulk(doubtful)
                    break
                changes += self._hide(cell, helpless)
                if changes >= LOOK_AGAIN:
                    break
        return frozenset(helpless)

    def exposed(self) -> tuple[int, ...]:
        """Withheld cells that are not shown to be safe."""
        return tuple(c for c in self._doubtful(()) if not self._proven(c))

    # ---- what a reader knows ----

    def known(self) -> Bools:
        """The cells that a reader knows: shown, published earlier, or totals known from elsewhere."""
        shown = self.register.published & (~self.withheld | self.kept)
        return (shown | self._totals(shown)) & ~(self.watched & ~self.kept)

    def _totals(self, shown: Bools) -> Bools:
        """Totals of lines of which anything is shown, or all of which is."""
        lines, totals, sizes = self._lines
        told = lines @ shown.astype(numpy.int64)
        known = (told == sizes) | (self.register.known_totals[totals] & (told > 0))
        found = numpy.zeros(len(shown), dtype=bool)
        found[totals[known]] = True
        large = self.register.units >= self._floor
        return found & large & ~self.register.published & ~self._opened

    def _prices(self, known: Bools) -> Any:
        """What it costs to withhold each cell that is known."""
        price = numpy.where(known, 1.0 + self.register.units.astype(float) ** 1.5, 0.0)
        price[known & ~self.register.published] *= TOTAL_PRICE
        price[known & self.kept] = FIXED
        return price

    def _filled(self) -> Bools:
        return self.withheld & self.register.named & self._positive

    # ---- the search ----

    def _shuffle(self) -> None:
        """Look at some other tables that agree with what is known: most cells vary in one of them."""
        known = self.known()
        price, filled = numpy.where(known, FIXED, 0.0), self._filled()
        asked = self.withheld & (~self.kept | self.watched)
        for sight in self._sights:
            for turn in range(SHUFFLES):
                if not sight.shuffle(turn, price, filled, asked, self._effort):
                    break

    def _doubtful(self, apart: Iterable[int]) -> list[int]:
        """Withheld cells that are not safe at a glance, the smallest first."""
        known, filled = self.known(), self._filled()
        asked = self.withheld & ~self._safe & (~self.kept | self.watched)
        asked[list(apart)] = False
        safe = asked.copy()
        for sight in self._sights:
            safe &= sight.safe(known, filled, asked)
            self._effort.spend(sight.layer.matrix.nnz * GLANCE)
        self._safe |= safe
        left = numpy.flatnonzero(asked & ~safe).tolist()
        return sorted(left, key=lambda cell: (self.register.units[cell], cell))

    def _hide(self, cell: int, helpless: set[int]) -> bool:
        """Make one cell safe, or withhold more for it: then it is looked at again. Says whether it did."""
        known = self.known()
        price, filled = self._prices(known), self._filled()
        for sight in self._sights:
            for row in sight.unsafe_rows(cell):
                if sight.loose[row] and sight.aim(row, price, filled, self._effort):
                    continue
                found = sight.exchange(row, price, filled, self._effort)
                if found is not None and not len(found.notice):
                    continue
                if not sight.loose[row] and sight.aim(row, price, filled, self._effort):
                    continue
                if sight.layer.matrix.shape[1] > NEAR:
                    wider = sight.exchange(row, price, filled, self._effort, FAR)
                    found = wider if found is None or (wider and wider.cost < found.cost) else found
                if found is None:
                    helpless |= self._coarsely(cell)
                else:
                    self._open(sight.layer.cells[found.notice])
                return True
        self._safe[cell] = True
        return False

    def _proven(self, cell: int) -> bool:
        """Whether a cell is safe as things are."""
        price = numpy.where(self.known(), FIXED, 0.0)
        for sight in self._sights:
            for row in sight.unsafe_rows(cell):
                if sight.exchange(row, price, self._filled(), self._effort) is None:
                    return False
        return True

    def _open(self, cells: Ints) -> None:
        """Withhold these; of a total, all that its lines show."""
        for cell in numpy.unique(cells).tolist():
            if self.register.published[cell]:
                self.withheld[cell] = True
            else:
                self._open_total(cell)

    def _open_total(self, total: int) -> None:
        self._opened[total] = True
        for found, cells in self.register.lines:
            if found == total:
                self.withheld[cells[~self.kept[cells]]] = True

    def _in_bulk(self, doubtful: Sequence[int]) -> set[int]:
        """Without any effort left: withhold the smaller half of all shown cells that are near these.

        Returns all of them when there is nothing near that could be withheld.
        """
        free, totals = self._around(doubtful)
        if len(free):
            units = self.register.units[free]
            self.withheld[free[units <= numpy.median(units)]] = True
            return set()
        if len(totals):
            self._open(totals)
            return set()
        return set(doubtful)

    def _coarsely(self, cell: int) -> set[int]:
        """Without looking any further: withhold the smallest shown cell near this one.

        Returns the cell itself when there is nothing near that could be withheld.
        """
        free, totals = self._around([cell])
        if len(free):
            self.withheld[free[numpy.argmin(self.register.units[free])]] = True
            return set()
        if len(totals):
            self._open(totals)
            return set()
        return {cell}

    def _around(self, cells: Sequence[int]) -> tuple[Ints, Ints]:
        """The nearest cells that could be withheld, and totals that could be opened.

        Nearest are those with a part in common; where all these are fixed, those with a part in common with
        one of them, and so on.
        """
        known = self.known()
        reached = numpy.zeros(len(known), dtype=bool)
        reached[list(cells)] = True
        while True:
            near = reached.copy()
            for sight in self._sights:
                near[sight.near(numpy.flatnonzero(reached).tolist())] = True
            free = numpy.flatnonzero(near & known & self.register.published & ~self.kept)
            totals = numpy.flatnonzero(near & known & ~self.register.published & ~self.kept)
            if len(free) or len(totals) or (near == reached).all():
                return free, totals
            reached = near


class _Sight:
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

    def shuffle(self, turn: int, price: Any, filled: Bools, asked: Bools, effort: Effort) -> bool:
        """Look at another table in which many of the cells asked for vary; says whether to look at one more."""
        cells = self.layer.cells
        rows = numpy.flatnonzero(asked[cells] & self._in_doubt())
        if len(rows) < MANY or effort.spent:
            return False
        known = Knowledge(self.layer, price[cells], filled[cells])
        whole = turn < WHOLE and int((~self.loose[rows]).sum()) >= MANY
        found = shuffled(known, rows, self._floor, turn, effort, whole=whole)
        if found.any is None:
            return False
        self._seen(found)
        return int(self._in_doubt()[rows].sum()) < WORTH * len(rows)

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
        """Whether a row can vary by the floor when units of all parts change places, not only of the nearest."""
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


def _line_matrix(register: Register) -> tuple[Any, Ints, Ints]:
    """The lines by cells, sparse; the total that each is of, and how many cells it has."""
    from scipy.sparse import csr_matrix

    sizes = numpy.asarray([len(cells) for _, cells in register.lines], dtype=numpy.int64)
    columns = numpy.concatenate([numpy.zeros(0, dtype=numpy.int64), *(cells for _, cells in register.lines)])
    rows = numpy.repeat(numpy.arange(len(sizes)), sizes)
    ones = numpy.ones(len(rows), dtype=numpy.int64)
    totals = numpy.asarray([total for total, _ in register.lines], dtype=numpy.int64)
    return csr_matrix((ones, (rows, columns)), (len(sizes), len(register.units))), totals, sizes


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
