"""Cells that no table has, and that tables about many people tell all the same."""

from __future__ import annotations

import numpy

from engine.core.disclosure.cells import Ints, PublishedTable
from engine.core.disclosure.rules import Rules
from engine.core.disclosure.tables import withheld
from engine.core.pages.crosses import small_crosses

FLOOR = 5


def people(**groups: int) -> tuple[Ints, Ints]:
    """Region and sex of people by group (`R1f=20`), as numbers."""
    region = [int(name[1]) for name, n in groups.items() for _ in range(n)]
    sex = ["fm".index(name[2]) for name, n in groups.items() for _ in range(n)]
    return numpy.asarray(region), numpy.asarray(sex)


def small(attributes: list[Ints]) -> list[set[int]]:
    """The people in each small cell."""
    tables = small_crosses({0: attributes}, [numpy.arange(len(attributes[0]))], {}, FLOOR)
    return [set(numpy.flatnonzero(t.labels == i).tolist()) for t in tables for i in range(len(t.keys))]


def test_the_smallest_combinations_are_found_and_none_inside_another() -> None:
    region, sex = people(R1f=20, R1m=2, R2f=9, R2m=9, R3f=1, R3m=2)
    found = small([region, sex])
    assert found == [{40, 41, 42}, {20, 21}], "of R3 all, and of R1 the men"


def test_attributes_that_cut_alike_count_once_and_those_that_cut_nothing_not_at_all() -> None:
    region, sex = people(R1f=20, R1m=2, R2f=9, R2m=9)
    assert small([region, region * 7 + 3, sex, numpy.zeros(40, dtype=numpy.int64)]) == [{20, 21}]


def test_people_with_several_rows_count_once() -> None:
    owner = numpy.asarray([0] * 9 + list(range(1, 30)))
    column = numpy.asarray([0] * 9 + [1] * 29)
    (table,) = small_crosses({0: [column]}, [owner], {}, FLOOR)
    assert (table.labels >= 0).sum() == 9, "nine rows of one person"


def test_each_kind_of_figure_has_its_cells() -> None:
    region, sex = people(R1f=20, R1m=2, R2f=9, R2m=9)
    owner = [numpy.arange(len(region))]
    tables = small_crosses({0: [region, sex]}, owner, {0: ["sum 0", "rows"]}, FLOOR)
    assert sorted(t.figure for t in tables) == ["rows", "sum 0", "units"]
    assert not any(t.told for t in tables)


def table(labels: Ints) -> PublishedTable:
    """A table of the people that have a number of zero or more."""
    keys = tuple((i,) for i in range(int(labels.max()) + 1))
    return PublishedTable(keys, labels)


def test_a_cell_that_only_a_chain_of_subtractions_tells_is_hidden() -> None:
    """All, those not in R2, and the women of R1: the men of R1 are what is left."""
    region, sex = people(R1f=20, R1m=3, R2f=9, R2m=9)
    every = table(numpy.zeros(41, dtype=numpy.int64))
    second = table(numpy.where(region == 2, 0, -1))
    women = table(numpy.where((region == 1) & (sex == 0), 0, -1))
    owner = [numpy.arange(41)]
    assert withheld(owner, [every, second, women], Rules(FLOOR)).tables == (frozenset(),) * 3
    watched = small_crosses({0: [region, sex]}, owner, {}, FLOOR)
    assert any(withheld(owner, [every, second, women, *watched], Rules(FLOOR)).tables[:3])
