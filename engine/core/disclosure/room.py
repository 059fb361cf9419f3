"""Room in any numbers, without a programme: by how much a cell can vary when everybody gives way a little.

A change of all parts that no known row notices lies in the null space of these rows. The one that moves a
cell the most for what it takes from each part is the cell's own row, less what known rows have in common
with it: a projection, weighted by how many units a part has (the step of affine scaling: Dikin 1967). How far
it can be followed until a part is empty says how far the cell can vary at least. One factorization is
enough for all cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from engine.core.disclosure.cells import Ints
from engine.core.disclosure.exchange import Effort, Knowledge, alike_rows

KNOWN = 6_500
"""Known rows up to which they are factorized."""
FORMED, FACTORIZED, FOLLOWED = 8_000.0, 1_500_000.0, 5_000.0
"""What counts as one step: products of entries, operations of the factorization, entries for one cell."""
NOTHING = 1e-9
NOTICED = 1e-7
FARTHEST = 10
"""Floors up to which a change is followed upwards: nobody looks for more room."""


@dataclass(frozen=True)
class Room:
    """By how much each row can surely sink and rise, in any numbers."""

    down: Any
    up: Any


def room(known: Knowledge, rows: Ints, floor: int, effort: Effort) -> Room:
    """The room of these rows; none where it would take more steps than are left."""
    found = Room(numpy.zeros(len(rows)), numpy.zeros(len(rows)))
    if not len(rows):
        return found
    projection = _Projection(known)
    steps = projection.steps(len(rows))
    if projection.count > KNOWN or steps > effort.left:
        return found
    effort.spend(steps)
    projection.factorize()
    for place, row in enumerate(rows.tolist()):
        found.down[place], found.up[place] = projection.room(row, floor)
    return found


class _Projection:
    """What known rows leave of a row, over the parts that somebody is in."""

    def __init__(self, known: Knowledge) -> None:
        layer = known.layer
        real = numpy.flatnonzero(layer.weights > 0)
        self._matrix = layer.matrix[:, real].tocsr().astype(float)
        self._weights = layer.weights[real].astype(float)
        # A row that must not become empty and has one unit is held as it is.
        fixed = numpy.flatnonzero((known.price > 0) | (known.filled & (layer.sums <= 1)))
        self._fixed = alike_rows(self._matrix[fixed], fixed, numpy.ones(len(fixed)))[0].tocsr()
        filled = numpy.flatnonzero(known.filled & (layer.sums > 1))
        self._filled, self._spare = self._matrix[filled], layer.sums[filled] - 1.0

    @property
    def count(self) -> int:
        """How many different known rows there are."""
        return int(self._fixed.shape[0])

    def steps(self, rows: int) -> float:
        """What so many rows take."""
        degrees = numpy.bincount(self._fixed.indices, minlength=self._fixed.shape[1]).astype(float)
        followed = rows * (self._fixed.nnz + self._filled.nnz) / FOLLOWED
        return float((degrees**2).sum() / FORMED + self.count**3 / 2 / FACTORIZED + followed)

    def factorize(self) -> None:
        """Find known rows that say all that the others say, and factorize what they have in common."""
        from scipy.linalg.lapack import dpstrf

        weighted = self._fixed.multiply(self._weights[None, :]).tocsr()
        products = numpy.asfortranarray((weighted @ self._fixed.T).toarray())
        factor, order, rank, _ = dpstrf(products, lower=1, overwrite_a=1)
        self._factor = numpy.tril(factor[:rank, :rank])
        self._chosen = self._fixed[order[:rank] - 1]
        self._turned = self._chosen.T.tocsr()

    def room(self, row: int, floor: int) -> tuple[float, float]:
        """How far a row can sink and rise."""
        own = self._matrix[row].toarray().ravel()
        left = self._left(self._left(own))  # twice: the second time takes away what rounding has left
        left[numpy.abs(left) < NOTHING] = 0.0
        change = self._weights * left
        moved = float(own @ change)
        if moved < NOTICED or numpy.abs(self._fixed @ change).max(initial=0.0) > NOTICED:
            return 0.0, 0.0
        lost = self._filled @ change
        up = min(_until(-left, 1.0), _until(-lost, self._spare), FARTHEST * floor / moved)
        down = min(_until(left, 1.0), _until(lost, self._spare))
        return down * moved, up * moved

    def _left(self, row: Any) -> Any:
        """A row less what known rows have in common with it."""
        from scipy.linalg import solve_triangular

        if not len(self._factor):
            return row
        common = self._chosen @ (self._weights * row)
        half = solve_triangular(self._factor, common, lower=True)
        return row - self._turned @ solve_triangular(self._factor, half, lower=True, trans="T")


def _until(taken: Any, there: Any) -> float:
    """How often these can be taken away until one of them is used up."""
    used = taken > NOTHING
    return float((numpy.broadcast_to(there, used.shape)[used] / taken[used]).min(initial=numpy.inf))
