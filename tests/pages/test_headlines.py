"""Titles that depend on what a chart shows: columns and aggregates, checked by plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.pages.headlines import holds
from engine.core.pages.queries import Query, Shown, as_measure
from engine.core.pages.release import Field, Grid, Mark
from tests.pages.harness import messages, model
from tests.pages.spaces import dashboard

PAGE = """
datasets: {d: doctors, c: by_oa}
rows:
  - - {chart: column, TILE, title: Usual, title_if: [{when: "WHEN", title: Other}]}
"""
COUNTED = "from: d, x: dep, y: count(*)"
SHOWN = "from: c, x: oa, y: doctors"


def page(tile: str, when: str) -> dict[str, str]:
    return dashboard(PAGE.replace("TILE", tile).replace("WHEN", when))


@pytest.mark.parametrize(
    ("tile", "when", "expected"),
    [
        (COUNTED, "count(*) = 300", 0),
        (COUNTED, "count(*) > 300", None),
        (COUNTED, "max(count(*)) < 300 and delta(count(*)) < 200", 0),
        ("from: d, x: dep, y: sum(age)", "sum(age) > 0 and max(age) > 999 and count(age) = 3", 0),
        ("from: d, x: dep, y: [sum(age), max(age)]", "max(age) < 99", 0),
        ("from: d, x: dep, y: avg(age)", "last(avg(age)) > 200", None),
        ("from: d, x: dep, y: count(*), series: oa", "count(*) = 300", 0),
        (SHOWN, "sum(doctors) > 0 and count(doctors) = 4", 0),
        (SHOWN, "doctors > 0", 0),
        ("from: d, x: month, y: count(*)", "delta(count(*)) = 0", 0),
        ("from: d, x: month, y: count(*), series: oa", "delta(count(*)) = 0 and max(count(*)) < 25", 0),
        ("from: d, x: month, y: count(*), facet: {by: oa}", "first(count(*)) = 25", 0),
        ("from: d, x: month, y: max(age), series: oa", "last(max(age)) >= 30 and max(age) <= 70", 0),
    ],
)
def test_a_title_is_chosen_by_what_the_chart_shows(
    tmp_path: Path, tile: str, when: str, expected: int | None
) -> None:
    made = model(tmp_path, page(tile, when), "page")
    assert made.sheets[0].tiles[0].headline == expected


@pytest.mark.parametrize(
    ("tile", "when", "said"),
    [
        (SHOWN, "delta(doctrs) < 0", 'The chart measures no "doctrs". Did you mean "doctors"?'),
        (SHOWN, "oa < 0 or delta(doctors) < 0", "Write one of avg, count, delta"),
        (SHOWN, "delta(doctors) <", '"delta(doctors) <" is not understood'),
        (SHOWN, "nonsense((", "is not understood"),
        (SHOWN, "delta(doctors)", "Write a comparison, like delta(doctors) < 0."),
        (COUNTED, "max(age) > 3", 'The chart measures no "age"'),
        ("from: d, x: dep, y: avg(age)", "avg(age) > 3", 'The values of "avg(age)" do not add up to one'),
        ("from: d, x: month, y: avg(age), series: oa", "delta(avg(age)) < 0", "do not add up to one"),
        ("from: d, x: month, y: count(*), series: oa", "max(oa) > 3", 'The chart measures no "oa"'),
    ],
)
def test_a_condition_that_asks_for_what_is_not_shown_is_told(
    tmp_path: Path, tile: str, when: str, said: str
) -> None:
    (found,) = messages(tmp_path, page(tile, when))
    assert "page.yaml:5:" in found
    assert said in found
    assert "sqlglot" not in found


def test_a_withheld_value_or_none_at_all_makes_no_title() -> None:
    fields = (Field("oa", "oa", "string", False), Field("n", "n", "integer", True))
    query = Query("d", (Shown("oa"), as_measure("n", {"n": "integer"})))
    for rows in ((("a", 3), ("b", Mark.SUPPRESSED)), ()):
        grid = Grid(fields, rows)
        assert not any(
            holds(f"{word}(n) > 0", query, grid) for word in ("delta", "last", "avg", "min", "max")
        )
