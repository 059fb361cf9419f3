"""Small cells that nobody publishes, and that must not be worked out: combinations of what tables are cut by.

Tables that are all about many people may together tell what is in a cell of few that none of them has: all
people, less those of one region, less those of another region and sex. So the smallest combinations are
watched: those that are small though none of their parts is (as minimal sample uniques in SUDA: Elliot,
Manning and Ford 2002).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy

from engine.core.disclosure.cells import UNITS, Bools, Ints, PublishedTable, distinct_owners

WIDE = 3
"""Attributes that are combined."""
MOST = 100_000_000
"""Rows looked at, over all combinations, up to which more are combined."""
CELLS = 1_000
"""Small cells that are watched: of very fine data the coarser ones, where few are known most is told."""


def small_crosses(
    attributes: Mapping[int, Sequence[Ints]],
    owners: Sequence[Ints],
    figures: Mapping[int, Iterable[str]],
    floor: int,
) -> list[PublishedTable]:
    """The small combinations of each universe, once for each kind of figure that is shown of it."""
    return [
        replace(table, figure=figure)
        for universe, columns in sorted(attributes.items())
        for table in _small(universe, _distinct_columns(columns), owners[universe], floor)
        for figure in sorted({UNITS, *figures.get(universe, ())})
    ]


def _distinct_columns(columns: Iterable[Ints]) -> list[Ints]:
    """Each way to cut once, however its values are called; those that cut nothing are left out."""
    found: dict[bytes, Ints] = {}
    for column in columns:
        values, first, codes = numpy.unique(column, return_index=True, return_inverse=True)
        if len(values) > 1:
            renamed = numpy.argsort(numpy.argsort(first))[codes.reshape(-1)]
            found.setdefault(renamed.tobytes(), renamed)
    return list(found.values())


def _small(universe: int, columns: Sequence[Ints], owner: Ints, floor: int) -> Iterator[PublishedTable]:
    """The small cells of ever more attributes combined, without those that are in a smaller combination.

    Of as many attributes those come first that make the fewest small cells, up to `CELLS` of all.
    """
    gone: dict[tuple[int, ...], Bools] = {}
    looked = cells = 0
    for width in range(1, WIDE + 1):
        chosen = list(itertools.combinations(range(len(columns)), width))
        looked += len(chosen) * len(owner)
        if looked > MOST and width > 1:
            return
        found = []
        for places in chosen:
            out = _within(places, gone, len(owner))
            labels = _labels([columns[i] for i in places], ~out)
            few = _few(labels, owner, floor)
            gone[places] = out | few[labels]
            if few.any():
                found.append((int(few.sum()), places, numpy.where(few[labels], labels, -1)))
        for count, _, kept in sorted(found, key=lambda entry: entry[:2]):
            cells += count
            if cells > CELLS:
                return
            codes = numpy.unique(kept, return_inverse=True)[1].reshape(-1) - int((kept < 0).any())
            keys = tuple((i,) for i in range(count))
            yield PublishedTable(keys, codes, universe, told=False)


def _within(places: tuple[int, ...], gone: Mapping[tuple[int, ...], Bools], count: int) -> Bools:
    """Rows in a small cell of fewer of these attributes."""
    found = numpy.zeros(count, dtype=bool)
    for fewer in itertools.combinations(places, len(places) - 1):
        if fewer:
            found |= gone[fewer]
    return found


def _labels(columns: Sequence[Ints], inside: Bools) -> Ints:
    """For every row inside its combination's number."""
    labels = numpy.where(inside, 0, -1).astype(numpy.int64)
    for column in columns:
        joined = labels[inside] * (int(column.max(initial=0)) + 1) + column[inside]
        labels[inside] = numpy.unique(joined, return_inverse=True)[1].reshape(-1)
    return labels


def _few(labels: Ints, owner: Ints, floor: int) -> Bools:
    """For every label whether fewer units than the floor have rows of it; last comes a False, for -1."""
    counts = distinct_owners(labels, owner, int(labels.max(initial=-1)) + 1)
    return numpy.append(counts < floor, False)
