"""Which tables are audited where they are too many: the coarsest. The others are withheld whole.

What an audit costs grows with the kinds of people that the tables tell apart, and with the cells that a
reader knows. Tables that cut the same people ever finer show little and cost the most: they go first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy

from engine.core.disclosure.cells import Hashes, Ints, PublishedTable, different, distinct_owners

MINUTE = 1_200_000.0
"""Steps of an audit for which the bounds are; one of fewer reaches less far."""
ENTRIES = 10_000_000
"""Kinds of people that the audited tables tell apart, times the ways in which these cut."""
LARGE, SMALL = 6_000, 2_000
"""Cells that are audited together: of at least the floor, and smaller ones."""
FEW = 200_000
"""People, times tables, up to which everything is audited: of few people it takes little."""
SPARSE = 0.25
"""The share of small cells from which on a table shows so little that it comes last."""


def within_reach(
    universes: Sequence[Ints], tables: Sequence[PublishedTable], floor: int, steps: float
) -> list[bool]:
    """For each table whether it is audited: all that show something already, and then the coarsest.

    A table is left out when with it there would be too many kinds or cells; one that cuts as another does
    comes with it. Without a bound on the `steps` of the audit all are.
    """
    people = max((int(owner.max(initial=-1)) for owner in universes), default=-1) + 1
    reach = min(1.0, steps / MINUTE)
    if steps == math.inf or people * len(tables) <= FEW * reach:
        return [True] * len(tables)
    chosen = [not table.told or (table.earlier and bool(table.shown)) for table in tables]
    scope = _Scope(universes, people, floor, reach)
    for table, taken in zip(tables, chosen, strict=True):
        if taken and table.told:
            scope.take(table)
    for place in sorted(range(len(tables)), key=lambda i: (*scope.worth(tables[i]), i)):
        if not chosen[place]:
            chosen[place] = scope.reaches(tables[place])
    return chosen


class _Scope:
    """The tables taken so far: what they tell apart, and how much there is of it."""

    def __init__(self, universes: Sequence[Ints], people: int, floor: int, reach: float) -> None:
        self._universes, self._floor, self._reach = universes, floor, reach
        self._kinds: Hashes = numpy.zeros(people, dtype=numpy.uint64)
        self._large = self._small = 0
        self._drawn = numpy.random.Generator(numpy.random.PCG64(11))
        self._taken: set[tuple[int, bytes]] = set()
        self._sized: dict[int, tuple[int, int]] = {}

    def worth(self, table: PublishedTable) -> tuple[bool, int]:
        """What says when its turn is: the coarser come first, and those that show little last."""
        large, small = self._sizes(table)
        return small > SPARSE * (large + small), large + small

    def take(self, table: PublishedTable) -> None:
        """Audit this one, whatever it costs."""
        if self._cut(table) not in self._taken:
            self._add(table, self._kinds_with(table))

    def reaches(self, table: PublishedTable) -> bool:
        """Whether there is room for this one, too; then it is taken."""
        if self._cut(table) in self._taken:
            return True
        large, small = self._sizes(table)
        if self._large + large > LARGE * self._reach or self._small + small > SMALL * self._reach:
            return False
        kinds = self._kinds_with(table)
        if len(different(kinds)) * (len(self._taken) + 1) > ENTRIES * self._reach:
            return False
        self._add(table, kinds)
        return True

    def _add(self, table: PublishedTable, kinds: Hashes) -> None:
        large, small = self._sizes(table)
        self._kinds = kinds
        self._large, self._small = self._large + large, self._small + small
        self._taken.add(self._cut(table))

    def _cut(self, table: PublishedTable) -> tuple[int, bytes]:
        return table.universe, hashlib.sha256(table.labels.tobytes()).digest()

    def _sizes(self, table: PublishedTable) -> tuple[int, int]:
        """Its cells of at least the floor, and its smaller ones."""
        place = id(table)
        if place not in self._sized:
            owner = self._universes[table.universe]
            counts = distinct_owners(table.labels, owner, len(table.keys))
            large = int((counts >= self._floor).sum())
            self._sized[place] = large, len(counts) - large
        return self._sized[place]

    def _kinds_with(self, table: PublishedTable) -> Hashes:
        """For every unit a hash of the cells that it is in, this table's among them."""
        marks = self._drawn.integers(1, 1 << 63, size=len(table.keys) + 1, dtype=numpy.uint64)
        marks[-1] = 0  # for -1, which is no cell
        found = self._kinds.copy()
        numpy.add.at(found, self._universes[table.universe], marks[table.labels])
        return found
