"""Lines, bands, notes and formats fit what a chart or number shows, or plan says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.harness import messages, model
from tests.pages.spaces import dashboard

OVER_TIME = "chart: line, from: d, x: month, y: count(*)"
BY_BODY = "chart: bar, from: d, x: count(*), y: oa"


def page(tile: str) -> dict[str, str]:
    return dashboard(f"datasets: {{d: doctors}}\nrows: [[{{title: T, {tile}}}]]\n")


@pytest.mark.parametrize(
    ("tile", "said"),
    [
        (f"{OVER_TIME}, lines: [{{x: zzz}}]", "`x` of this chart nothing stands at 'zzz'. Write a date"),
        (f"{OVER_TIME}, lines: [{{x: 2024}}]", "nothing stands at 2024. Write a date such as 2024-01-31"),
        (f"{OVER_TIME}, lines: [{{x: 2024-13-01}}]", "nothing stands at '2024-13-01'"),
        (f"{OVER_TIME}, lines: [{{x: \"2024-01-01')+alert('\"}}]", "nothing stands at"),
        (f"{OVER_TIME}, lines: [{{y: high}}]", "`y` of this chart nothing stands at 'high'. Write"),
        (f"{OVER_TIME}, lines: [{{label: Where}}]", "A line stands at `x` or at `y`, exactly one"),
        (f"{OVER_TIME}, bands: [{{x: [2024-01-01, soon]}}]", "nothing stands at 'soon'"),
        (f"{OVER_TIME}, notes: [{{x: 2024-01-01, y: null, text: N}}]", "nothing stands at None"),
        (f"{BY_BODY}, lines: [{{x: ORL}}]", "nothing stands at 'ORL'. Write a number"),
        (f"{BY_BODY}, lines: [{{y: 4}}]", "Along `y` of this chart nothing stands at 4. Write a text"),
        ("chart: scatter, from: d, x: age, y: age, lines: [{x: old}]", "nothing stands at 'old'"),
        ("chart: histogram, from: d, x: age, lines: [{x: 40}]", "A histogram chart has no lines."),
        ("chart: pie, from: d, x: oa", "A pie chart needs `x` and `value`."),
        ("chart: pie, from: d, value: count(*)", "A pie chart needs `x` and `value`."),
        ("chart: treemap, from: d, value: count(*), y: oa", "A treemap chart needs `x` and `value`."),
    ],
)  # fmt: skip
def test_what_cannot_stand_on_a_chart_is_told_at_its_place(tmp_path: Path, tile: str, said: str) -> None:
    (found,) = messages(tmp_path, page(tile))
    assert "page.yaml:4:" in found
    assert "error[" in found
    assert said in found


@pytest.mark.parametrize(
    ("tile", "said"),
    [
        ("kpi: count(*), from: d, format: date", '"count(*)" is integer, which is not written as date.'),
        ("kpi: max(month), from: d, format: eur", '"max(month)" is date, which is not written as eur.'),
        (f"{OVER_TIME}, format: month", '"count(*)" is integer, which is not written as month.'),
        ("table: d, columns: [{column: month, format: pct1}]", '"month" is date'),
        ("table: d, columns: [{column: active, format: year}]", '"active" is boolean'),
        ("table: d, columns: [{column: oa, format: integer}]", '"oa" is string'),
    ],
)
def test_a_format_that_its_values_do_not_take_is_a_warning(tmp_path: Path, tile: str, said: str) -> None:
    (found,) = messages(tmp_path, page(tile))
    assert "page.yaml:4:" in found
    assert "warning[format-type]" in found
    assert said in found


@pytest.mark.parametrize(
    "tile",
    [
        f"{OVER_TIME}, format: compact, lines: [{{x: 2024-01}}, {{y: 4.5}}]",
        f"{OVER_TIME}, notes: [{{x: 2024-02-03, y: 1, text: N}}]",
        f"{BY_BODY}, bands: [{{x: [1, 2]}}], notes: [{{x: 3, y: ORL, text: N}}]",
        "chart: column, from: d, x: age, y: count(*), lines: [{x: 40}]",
        "chart: scatter, from: d, x: month, y: age, lines: [{x: 2024-02-01}]",
        "kpi: max(month), from: d, format: month",
        "kpi: max(age), from: d, format: year",
        "table: d, columns: [{column: oa, format: text}, {column: age, format: year}]",
    ],
)
def test_what_fits_is_drawn_without_a_word(tmp_path: Path, tile: str) -> None:
    assert messages(tmp_path, page(tile)) == []
    assert model(tmp_path, page(tile), "page").sheets[0].tiles
