"""Two shown cells, one inside the other, that differ by a few units: what they leave is a small cell too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy

from engine.core.disclosure.cells import Bools, Ints, Layer, Register

Rest = tuple[tuple[int, int], ...]
"""Parts, each with how often it is counted."""

AT_ONCE = 256
"""Rows that are laid beside all others at once."""


def complete_totals(register: Register, shown: Bools) -> Bools:
    """Totals all of whose cells are shown: anybody can add them up."""
    found = numpy.zeros(len(shown), dtype=bool)
    for total, cells in register.lines:
        found[total] |= bool(shown[cells].all())
    return found


def with_differences(register: Register, shown: Bools, floor: int) -> tuple[Register, Ints]:
    """The register with one more cell for whatever shown cells leave of each other that is below the floor.

    Also says which cells are new.
    """
    before, layers, units = len(register.units), list[Layer](), [register.units]
    for layer in register.layers:
        rests = sorted(set(_rests(layer, shown[layer.cells], floor)))
        fresh = numpy.arange(before, before + len(rests))
        layers.append(_grown(layer, rests, fresh) if rests else layer)
        units.append(numpy.asarray([_units_of(layer, rest) for rest in rests], dtype=numpy.int64))
        before += len(rests)
    count = before - len(register.units)
    none = numpy.zeros(count, dtype=bool)
    grown = replace(
        register,
        units=numpy.concatenate(units),
        layers=tuple(layers),
        published=numpy.append(register.published, none),
        known_totals=numpy.append(register.known_totals, none),
        named=numpy.append(register.named, none),
    )
    return grown, numpy.arange(before - count, before)


def _units_of(layer: Layer, rest: Rest) -> int:
    return int(layer.weights[[part for part, _ in rest]].sum())


def _rests(layer: Layer, there: Bools, floor: int) -> Iterator[Rest]:
    """The parts that each shown row has beyond a shown row inside it, where they are few units.

    Only rows of which one adds up to little more than the other are looked at: as much as few units make.
    Numbers of rows are not subtracted from numbers of units: that somebody has several rows is no cell.
    """
    for inner, outer in _nested(layer, numpy.flatnonzero(there), floor):
        rest = layer.matrix[outer] - layer.matrix[inner]
        rest.eliminate_zeros()
        least = numpy.minimum.reduceat(rest.data, rest.indptr[:-1])
        units = rest.astype(bool).astype(numpy.int64) @ layer.weights
        for row in numpy.flatnonzero((least > 0) & (units < floor)).tolist():
            own = slice(rest.indptr[row], rest.indptr[row + 1])
            yield tuple(sorted(zip(rest.indices[own].tolist(), rest.data[own].tolist(), strict=True)))


def _nested(layer: Layer, shown: Ints, floor: int) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of shown rows of one kind, the first with no part that the second has not, and nearly as much.

    Many at a time: the first of each pair, and the second of each.
    """
    matrix, sums = layer.matrix[shown], layer.sums[shown]
    kind = layer.of_rows[shown] if len(layer.of_rows) else numpy.zeros(len(shown), dtype=bool)
    most = (floor - 1) * int(layer.matrix.data.max(initial=1))
    has = matrix.astype(bool).astype(numpy.int32)
    sizes, parts = numpy.diff(has.indptr), has.T.tocsr()
    for start in range(0, len(shown), AT_ONCE):
        common = (has[start : start + AT_ONCE] @ parts).tocoo()
        inner, outer = common.row + start, common.col
        more = sums[outer] - sums[inner]
        near = (common.data == sizes[inner]) & (more > 0) & (more <= most) & (kind[inner] == kind[outer])
        if near.any():
            yield shown[inner[near]], shown[outer[near]]


def _grown(layer: Layer, rests: list[Rest], cells: Ints) -> Layer:
    from scipy.sparse import csr_matrix, vstack

    rows = numpy.repeat(numpy.arange(len(rests)), [len(rest) for rest in rests])
    columns = numpy.asarray([part for rest in rests for part, _ in rest], dtype=numpy.int64)
    times = numpy.asarray([n for rest in rests for _, n in rest], dtype=numpy.int64)
    more = csr_matrix((times, (rows, columns)), (len(rests), layer.matrix.shape[1]))
    return Layer(vstack([layer.matrix, more]).tocsr(), layer.weights, numpy.append(layer.cells, cells))
