"""Which expressions add up the same: their sums can be subtracted from each other."""

from __future__ import annotations

import numpy
import pytest

from engine.core.disclosure.cells import ROWS
from engine.core.pages.measures import same_measures

INCOME = numpy.asarray([1200.5, 0.0, 31.0, 87.25, 500.0, numpy.nan])
ALL = numpy.arange(6)


def figures(**measures: object) -> dict[str, str]:
    """The figure of each measure over six rows."""
    told = {("s", name): (ALL, numpy.asarray(values, dtype=float)) for name, values in measures.items()}
    return {name: figure for (_, name), figure in same_measures(told, 6).items()}


@pytest.mark.parametrize(
    "other",
    [INCOME, INCOME * 2, INCOME * -0.5 + 7, numpy.where(INCOME > 100, INCOME, numpy.nan), INCOME + 1e-13],
)
def test_a_measure_is_the_same_under_another_name_shifted_scaled_or_of_some_rows(other: object) -> None:
    found = figures(a=INCOME, b=other)
    assert found["a"] == found["b"] != ROWS


@pytest.mark.parametrize("other", [INCOME**2, [5.0, 1, 2, 9, 4, 3], numpy.sqrt(INCOME)])
def test_another_measure_is_another(other: object) -> None:
    found = figures(a=INCOME, b=other)
    assert found["a"] != found["b"]


@pytest.mark.parametrize("one", [[1, 0, 1, 1, 0, 0], [7.5] * 6, [numpy.nan, 3, 3, 3, numpy.nan, 3]])
def test_a_measure_of_one_number_counts_rows(one: object) -> None:
    assert figures(a=one) == {"a": ROWS}


def test_the_same_measure_in_two_sources_is_told_by_the_rows_they_share() -> None:
    told = {
        ("one", "income"): (ALL, INCOME),
        ("two", "i"): (numpy.asarray([0, 2, 3]), INCOME[[0, 2, 3]]),
        ("three", "income"): (numpy.asarray([0, 2, 3]), INCOME[[3, 0, 2]]),
    }
    found = same_measures(told, 6)
    assert found[("one", "income")] == found[("two", "i")] != found[("three", "income")]
