"""Mistakes in Vega-Lite that an author wrote are told by plan, at their place, and never with rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.diagnostics import WorldFailure
from renderers.html.chart_svg import compiled, draw
from tests.pages.harness import messages, site
from tests.pages.spaces import dashboard

PAGE = "datasets: {d: by_both}\nrows: [[{vega_lite: CHART, from: d, title: Chart}]]\n"
X = "encoding: {x: {field: doctors, type: quantitative}}"


def page(chart: str) -> dict[str, str]:
    """A page of one chart; X in it stands for an encoding."""
    return dashboard(PAGE.replace("CHART", chart.replace("X}", X + "}")))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{mrk: point}", "does not take this: Invalid specification Make sure the specification includes"),
        ("{mark: pointy, X}", 'There is no mark "pointy". Did you mean "point"'),
        ("{mark: {type: barr}, X}", 'There is no mark "barr". Did you mean "bar"'),
        (
            "{mark: point, encoding: {x: {field: dep, type: nominall}}}",
            'type of field "nominall". Did you mean',
        ),
        ("{mark: point, transform: [{filter: 'datum.doctors >'}], X}", "Unexpected end of input"),
        (
            "{mark: point, encoding: {x: {field: doctrs, type: quantitative}}}",
            'no column "doctrs". Did you mean',
        ),
        (
            "{layer: [{mark: rule}, {mark: text, encoding: {text: {field: name}}}]}",
            'Dataset "d" has no column "name"',
        ),
        ("{mark: point, data: {url: 'https://example.org/x.csv'}}", "A page reads nothing from outside"),
    ],
)
def test_a_mistake_in_vega_lite_is_told_at_its_place(tmp_path: Path, written: str, said: str) -> None:
    found = messages(tmp_path, page(written))
    assert len(found) == 1, found
    assert "page.yaml:4:" in found[0]
    assert said in found[0]


@pytest.mark.parametrize(
    "written",
    [
        "{mark: point, X}",
        "{mark: bar, transform: [{calculate: 'datum.doctors * 2', as: twice}], encoding: "
        "{y: {field: twice, type: quantitative}, x: {field: dep, sort: {field: doctors}}}}",
        "{mark: bar, transform: [{fold: [doctors, years]}], encoding: "
        "{x: {field: key}, y: {field: value, type: quantitative}}}",
        "{hconcat: [{mark: tick, X}, {mark: arc, encoding: {theta: {field: years, type: quantitative}}}]}",
        "{data: {values: [{own: 1}]}, mark: point, encoding: {x: {field: own, type: quantitative}}}",
    ],
)
def test_what_vega_lite_draws_is_no_mistake(tmp_path: Path, written: str) -> None:
    assert messages(tmp_path, page(written)) == []


def test_a_chart_that_cannot_be_drawn_is_told_without_its_rows() -> None:
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "mrk": "point",
            "data": {"name": "rows", "values": [{"name": "CANARY", "n": 77}]}}  # fmt: skip
    for make in (lambda: draw(spec, "t1", "A chart"), lambda: compiled(spec)):
        with pytest.raises(WorldFailure) as raised:
            make()
        assert "CANARY" not in str(raised.value)
        assert raised.value.__suppress_context__


def test_a_chart_that_fails_over_its_rows_tells_its_page_and_tile_and_no_value(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    written = (
        "datasets: {d: doctors}\nrows: [[{vega_lite: {mark: point, transform: [{calculate: "
        "\"regexp('x', datum.oa)\", as: n}], encoding: {x: {field: n}}}, from: d, title: Own}]]\n"
    )
    files = dashboard(written, data="id,oa,dep,month,age,active\nd1,CANARY,75,2024-01-01,3,true\n")
    with pytest.raises(WorldFailure, match=r"^dashboard/p/page, tile 1: the chart") as raised:
        site(tmp_path, files, "page")
    assert "CANARY" not in f"{raised.value}{raised.value.hint}{raised.value.__cause__}{capfd.readouterr()}"
