"""Two shown cells, one inside the other, that differ by a few units: what they leave is a small cell too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy

from engine.core.disclosure.cells import Bools, Ints, Layer, Register

Rest = tuple[tuple[int, int], ...]
"""Parts, each with how often it is counted."""


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
    matrix, units, turned = layer.matrix, layer.sums, layer.by_part
    kind = layer.of_rows if len(layer.of_rows) else numpy.zeros(len(units), dtype=bool)
    degrees = numpy.diff(turned.indptr)
    most = (floor - 1) * int(matrix.data.max(initial=1))
    for inner in numpy.flatnonzero(there).tolist():
        parts = matrix.indices[matrix.indptr[inner] : matrix.indptr[inner + 1]]
        rarest = parts[numpy.argmin(degrees[parts])]
        around = turned.indices[turned.indptr[rarest] : turned.indptr[rarest + 1]]
        more = units[around] - units[inner]
        near = there[around] & (more > 0) & (more <= most) & (kind[around] == kind[inner])
        for outer in around[near].tolist():
            rest = matrix[outer] - matrix[inner]
            rest.eliminate_zeros()
            if rest.data.min() > 0 and layer.weights[rest.indices].sum() < floor:
                yield tuple(sorted(zip(rest.indices.tolist(), rest.data.tolist(), strict=True)))


def _grown(layer: Layer, rests: list[Rest], cells: Ints) -> Layer:
    from scipy.sparse import csr_matrix, vstack

    rows = numpy.repeat(numpy.arange(len(rests)), [len(rest) for rest in rests])
    columns = numpy.asarray([part for rest in rests for part, _ in rest], dtype=numpy.int64)
    times = numpy.asarray([n for rest in rests for _, n in rest], dtype=numpy.int64)
    more = csr_matrix((times, (rows, columns)), (len(rests), layer.matrix.shape[1]))
    return Layer(vstack([layer.matrix, more]).tocsr(), layer.weights, numpy.append(layer.cells, cells))
