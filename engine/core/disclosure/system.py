"""Which cells to withhold: ever more, the cheapest first, until every withheld cell is shown to be safe.

A withheld cell is safe when two tables of whole numbers agree with all that a reader knows and differ in
that cell by the floor. Most are seen at a glance: parts that lie in the same shown cells can change places.
For the others an exchange is looked for; if one is only to be had by withholding more, that is withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy

from engine.core.disclosure.cells import Bools, Ints, Register
from engine.core.disclosure.exchange import FIXED, NEAR, Effort
from engine.core.disclosure.sight import Sight

GLANCE = 1e-4
"""Steps that looking at one entry of a layer's matrix counts as."""
LOOK_AGAIN = 4
"""Changes after which all cells are looked at again: what was withheld for one often hides others."""
SHUFFLES = 16
"""Other tables that are looked at before any cell is looked at by itself."""
FAR = 20_000
"""Parts among which the cheapest cells to withhold are looked for."""
SEEN = 200_000
"""Entries of a layer's matrix up to which so many are looked among."""
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
        self._sights = [Sight(layer, floor) for layer in register.layers]
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
            self._shuffle()
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
            sight.shuffle(SHUFFLES, price, filled, asked, self._effort)

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
                if sight.layer.matrix.shape[1] > NEAR and sight.layer.matrix.nnz <= SEEN:
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


def _line_matrix(register: Register) -> tuple[Any, Ints, Ints]:
    """The lines by cells, sparse; the total that each is of, and how many cells it has."""
    from scipy.sparse import csr_matrix

    sizes = numpy.asarray([len(cells) for _, cells in register.lines], dtype=numpy.int64)
    columns = numpy.concatenate([numpy.zeros(0, dtype=numpy.int64), *(cells for _, cells in register.lines)])
    rows = numpy.repeat(numpy.arange(len(sizes)), sizes)
    ones = numpy.ones(len(rows), dtype=numpy.int64)
    totals = numpy.asarray([total for total, _ in register.lines], dtype=numpy.int64)
    return csr_matrix((ones, (rows, columns)), (len(sizes), len(register.units))), totals, sizes
