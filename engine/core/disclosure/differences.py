"""Two shown cells, one inside the other, that differ by a few units: what they leave is a small cell too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy

from engine.core.disclosure.cells import Bools, Ints, Layer, Register


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
        units.append(numpy.asarray([int(layer.weights[list(r)].sum()) for r in rests], dtype=numpy.int64))
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


def _rests(layer: Layer, there: Bools, floor: int) -> Iterator[tuple[int, ...]]:
    """The parts that each shown row has beyond a shown row inside it, where they are few units."""
    matrix, units = layer.matrix, layer.sums
    degrees = numpy.diff(layer.by_part.indptr)
    members = {
        r: matrix.indices[matrix.indptr[r] : matrix.indptr[r + 1]] for r in numpy.flatnonzero(there).tolist()
    }
    for inner, parts in members.items():
        rarest = parts[numpy.argmin(degrees[parts])]
        around = layer.by_part.indices[layer.by_part.indptr[rarest] : layer.by_part.indptr[rarest + 1]]
        more = units[around] - units[inner]
        for outer in around[there[around] & (more > 0) & (more < floor)].tolist():
            rest = numpy.setdiff1d(members[outer], parts, assume_unique=True)
            if layer.weights[rest].sum() == units[outer] - units[inner]:
                yield tuple(rest.tolist())


def _grown(layer: Layer, rests: list[tuple[int, ...]], cells: Ints) -> Layer:
    from scipy.sparse import csr_matrix, vstack

    rows = numpy.repeat(numpy.arange(len(rests)), [len(rest) for rest in rests])
    columns = numpy.asarray([part for rest in rests for part in rest], dtype=numpy.int64)
    ones = numpy.ones(len(rows), dtype=numpy.int64)
    more = csr_matrix((ones, (rows, columns)), (len(rests), layer.matrix.shape[1]))
    return Layer(vstack([layer.matrix, more]).tocsr(), layer.weights, numpy.append(layer.cells, cells))
