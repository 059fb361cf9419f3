"""People with several rows: what is told of rows and what is told of people are audited together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy
import pytest

from engine.core.disclosure.cells import ROWS, UNITS, Ints, Key, PublishedTable
from engine.core.disclosure.rules import Rules
from engine.core.disclosure.tables import withheld

RULES = Rules(floor=5)
Rowed = Sequence[tuple[int, Key]]
"""Rows: whose it is, and its values."""


def rows_of(*groups: tuple[int, int, Key]) -> list[tuple[int, Key]]:
    """Rows of groups: so many people, each with so many rows of these values."""
    found, unit = [], itertools.count()
    for people, each, values in groups:
        for _ in range(people):
            owner = next(unit)
            found += [(owner, values)] * each
    return found


def cut(
    rows: Rowed, *dimensions: int, figure: str, only: Key | None = None, universe: int = 0
) -> PublishedTable:
    """The table of these dimensions, of the rows that begin with `only`."""
    found: dict[Key, int] = {}
    labels = [
        found.setdefault(tuple(values[i] for i in dimensions), len(found))
        if only is None or values[: len(only)] == only
        else -1
        for _, values in rows
    ]
    return PublishedTable(tuple(found), numpy.asarray(labels), universe, figure=figure)


def owners(rows: Rowed) -> Ints:
    return numpy.asarray([owner for owner, _ in rows])


@pytest.mark.parametrize("figure", [ROWS, UNITS, "sum income"])
def test_two_numbers_that_differ_by_a_few_peoples_rows_are_not_both_shown(figure: str) -> None:
    rows = rows_of((12, 2, ("a", "x")), (2, 3, ("a", "y")), (20, 1, ("b", "x")))
    every, some = cut(rows, 0, figure=figure, only=("a",)), cut(rows, 0, figure=figure, only=("a", "x"))
    told = withheld([owners(rows)], [every, some], RULES)
    assert any(told.tables)


def test_many_rows_of_one_person_are_few() -> None:
    rows = rows_of((1, 9, ("a",)), (20, 2, ("b",)), (20, 2, ("c",)))
    told = withheld([owners(rows)], [cut(rows, 0, figure=ROWS)], RULES)
    assert ("a",) in told.tables[0]
    assert len(told.tables[0]) == 2, "else it is the total without the others"


def test_rows_of_the_same_people_are_cells_of_their_own() -> None:
    """Everybody has a row of each kind: the people are the same, what is added up is not."""
    rows = [(i, (kind,)) for i in range(9) for kind in ("x", "x", "y")]
    told = withheld([owners(rows)], [cut(rows, 0, figure="sum income")], RULES)
    assert told.tables == (frozenset(),)


def test_people_are_not_known_from_how_many_rows_there_are() -> None:
    """Of b there are five people with a row each; of these all but one are said to be of x."""
    rows = rows_of((6, 1, ("x", "a")), (4, 1, ("x", "b")), (30, 1, ("x", "c")), (4, 1, ("y", "a")))
    rows += [(i, ("y", "b")) for i in (6, 44)] + [(100 + i // 2, ("y", "c")) for i in range(18)]
    people = [cut(rows, 1, figure=UNITS), cut(rows, 0, figure=UNITS)]
    shown = [cut(rows, 1, figure=ROWS, only=("x",)), cut(rows, 0, 1, figure=ROWS)]
    told = withheld([owners(rows)], [*people, *shown], Rules(floor=3))
    assert ("y", "b") in told.tables[3]
    assert len(told.tables[3]) > 1


def test_copies_with_a_row_for_each_person_are_subtracted_as_one() -> None:
    """The same people in two files, three of them only in one: sums tell of the three by difference."""
    first, second = rows_of((40, 1, ("a",))), rows_of((37, 1, ("a",)))
    tables = [cut(first, 0, figure="sum 0"), cut(second, 0, figure="sum 0", universe=1)]
    told = withheld([owners(first), owners(second)], tables, RULES)
    assert any(told.tables)


def test_what_is_out_already_of_a_copy_counts() -> None:
    first, second = rows_of((40, 1, ("a",))), rows_of((37, 1, ("a",)))
    out = cut(first, 0, figure="sum 0")
    out = PublishedTable(out.keys, out.labels, 0, shown=frozenset(out.keys), earlier=True, figure="sum 0")
    told = withheld([owners(first), owners(second)], [out, cut(second, 0, figure="sum 0", universe=1)], RULES)
    assert told.tables[1] == {("a",)}
