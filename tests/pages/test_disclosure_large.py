"""Large data: tables that are left out where there are too many, and room proven without a programme."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.disclosure.cells import Layer, PublishedTable
from engine.core.disclosure.exchange import FIXED, Effort, Knowledge
from engine.core.disclosure.room import room
from engine.core.disclosure.rules import Rules
from engine.core.disclosure.scope import MINUTE
from engine.core.disclosure.tables import withheld

FLOOR = 5
RULES = Rules(FLOOR)


# ---- room ----


def layer(rows: Sequence[Sequence[int]], weights: Sequence[int]) -> Layer:
    from scipy.sparse import csr_matrix

    return Layer(csr_matrix(numpy.asarray(rows)), numpy.asarray(weights), numpy.arange(len(rows)))


def extremes(given: Layer, known: Sequence[int], filled: Sequence[int], row: int) -> tuple[float, float]:
    """The least and the most that a row can be, of all tables in any numbers that agree."""
    from scipy.optimize import linprog

    matrix = given.matrix.toarray()
    equal, least = matrix[list(known)], matrix[list(filled)]
    found = [
        linprog(
            sign * matrix[row],
            A_ub=-least if len(least) else None,
            b_ub=-numpy.ones(len(least)) if len(least) else None,
            A_eq=equal if len(equal) else None,
            b_eq=equal @ given.weights if len(equal) else None,
            bounds=(0, None),
        )
        for sign in (1, -1)
    ]
    return found[0].fun, -found[1].fun if found[1].status == 0 else numpy.inf


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_room_is_never_more_than_there_is(data: st.DataObject) -> None:
    parts, count = data.draw(st.integers(2, 9)), data.draw(st.integers(2, 7))
    rows = data.draw(
        st.lists(
            st.lists(st.sampled_from([0, 0, 1, 1, 2]), min_size=parts, max_size=parts),
            min_size=count,
            max_size=count,
        )
    )
    weights = data.draw(st.lists(st.integers(0, 12), min_size=parts, max_size=parts))
    told = layer(rows, weights)
    known = data.draw(st.lists(st.integers(1, count - 1), unique=True))
    hidden = [r for r in range(count) if r not in known and told.sums[r] > 0]
    filled = data.draw(st.lists(st.sampled_from(hidden), unique=True)) if hidden else []
    price, inside = numpy.zeros(count), numpy.zeros(count, dtype=bool)
    price[known], inside[filled] = FIXED, True
    found = room(Knowledge(told, price, inside), numpy.asarray([0]), FLOOR, Effort())
    least, most = extremes(told, known, filled, 0)
    assert told.sums[0] - found.down[0] >= least - 1e-6
    assert told.sums[0] + found.up[0] <= most + 1e-6


def test_a_square_has_all_the_room_there_is() -> None:
    # Two by two with both margins known: one number decides all.
    square = layer([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]], [3, 4, 6, 2])
    price = numpy.asarray([0, FIXED, FIXED, FIXED, FIXED])
    found = room(Knowledge(square, price, price < 0), numpy.asarray([0]), FLOOR, Effort())
    assert (found.down[0], found.up[0]) == pytest.approx((2, 4))


def test_what_known_cells_leave_of_each_other_has_no_room() -> None:
    nested = layer([[1, 0], [1, 1], [0, 1]], [3, 40])
    price = numpy.asarray([0, FIXED, FIXED])
    found = room(Knowledge(nested, price, price < 0), numpy.asarray([0]), FLOOR, Effort())
    assert (found.down[0], found.up[0]) == (0, 0)


def test_without_any_effort_left_nothing_is_shown_to_have_room() -> None:
    free = layer([[1, 0], [1, 1]], [30, 40])
    price = numpy.asarray([0, FIXED])
    found = room(Knowledge(free, price, price < 0), numpy.asarray([0]), FLOOR, Effort(0.0))
    assert (found.down[0], found.up[0]) == (0, 0)


# ---- too many tables ----


def crossed(count: int, *cuts: int) -> PublishedTable:
    """A table by one or more ways to cut so many people, each into as many groups as it says."""
    joined = numpy.zeros(count, dtype=numpy.int64)
    for cut in cuts:
        joined = joined * cut + (numpy.arange(count) * 7 + numpy.arange(count) // cut) % cut
    values, labels = numpy.unique(joined, return_inverse=True)
    return PublishedTable(tuple((int(v),) for v in values), labels.reshape(-1).astype(numpy.int64))


def share(part: float) -> Effort:
    """So much of a minute."""
    return Effort(MINUTE * part)


def test_of_too_many_tables_the_coarsest_are_shown() -> None:
    people = 3_000
    coarse, fine, sparse = crossed(people, 4), crossed(people, 8, 9), crossed(people, 30, 40)
    little, much = (
        withheld([numpy.arange(people)], [sparse, fine, coarse], RULES, share(part)) for part in (0.01, 1)
    )
    assert little.left_out == {0, 1}
    assert little.tables[:2] == (frozenset(sparse.keys), frozenset(fine.keys))
    assert little.tables[2] == frozenset()
    assert much.left_out == frozenset()
    assert len(much.tables[1]) < len(fine.keys)


def test_cells_that_are_left_out_are_told_with_their_units() -> None:
    people = 3_000
    fine = crossed(people, 8, 9)
    found = withheld([numpy.arange(people)], [crossed(people, 4), fine], RULES, share(0.01))
    assert sum(found.units[1].values()) == people
    assert found.unproven == sum(n >= FLOOR for n in found.units[1].values()) > 0


def test_what_is_out_already_is_always_audited() -> None:
    people = 3_000
    fine = crossed(people, 8, 9)
    shown = frozenset(fine.keys)
    earlier = PublishedTable(fine.keys, fine.labels, shown=shown, earlier=True)
    found = withheld([numpy.arange(people)], [crossed(people, 4), earlier], RULES, share(0.01))
    assert 1 not in found.left_out


def test_a_table_that_cuts_as_an_audited_one_is_audited_too() -> None:
    people = 3_000
    coarse = crossed(people, 4)
    again = PublishedTable(coarse.keys, coarse.labels, figure="sum(income)")
    found = withheld([numpy.arange(people)], [coarse, again, crossed(people, 8, 9)], RULES, share(0.01))
    assert found.left_out == {2}


def test_of_few_people_everything_is_audited() -> None:
    people = 60
    tables = [crossed(people, *cuts) for cuts in [(4,), (8, 9), (30, 40), (7, 11), (12, 13), (5, 6)]]
    assert sum(len(table.keys) for table in tables) > 200
    assert withheld([numpy.arange(people)], tables, RULES, share(0.01)).left_out == frozenset()


def test_without_a_bound_everything_is_audited() -> None:
    people = 3_000
    tables = [crossed(people, 4), crossed(people, 8, 9)]
    assert withheld([numpy.arange(people)], tables, RULES).left_out == frozenset()
