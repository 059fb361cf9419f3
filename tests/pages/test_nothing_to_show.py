"""Charts that no row is left for: the page says so in words, and draws nothing of infinite height."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.pages.harness import site
from tests.pages.spaces import dashboard

PAGE = """
datasets: {d: doctors}
filters:
  - {name: oa, from: d, column: oa, type: select}
  - {name: month, from: d, column: month, type: date_range, default: last_12_months}
rows:
  - - {chart: bar, from: d, x: count(*), y: dep, title: Places}
    - {chart: heatmap, from: d, x: oa, y: dep, title: Both}
    - {chart: area, from: d, x: month, y: count(*), series: oa, stack: share, title: Months}
"""
NOTHING = "Nothing to show for this selection."


def test_charts_without_rows_say_so_with_and_without_a_choice(chromium: Any, tmp_path: Path) -> None:
    page = site(tmp_path, dashboard(PAGE), "page")
    assert "Infinity" not in page.read_text(encoding="utf-8")
    said: list[str] = []
    tab = chromium.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(page.as_uri())
    charts = [tab.get_by_role("region", name=title, exact=True) for title in ("Places", "Both", "Months")]
    for chart in charts:
        assert chart.locator("p:visible", has_text=NOTHING).count() == 1
        assert chart.locator(".db-chart svg:visible").count() == 0
    tab.get_by_label("from", exact=True).fill("2024-01-01")
    tab.wait_for_selector("html[data-drawn]")
    for chart in charts:
        chart.locator(".db-chart svg").first.wait_for(state="visible")
        assert chart.locator("p:visible", has_text=NOTHING).count() == 0
    tab.get_by_label("to", exact=True).fill("2024-01-02")
    tab.get_by_label("from", exact=True).fill("2024-01-02")
    charts[0].locator("p:visible", has_text=NOTHING).wait_for()
    assert charts[0].locator(".db-chart svg:visible").count() == 0
    tab.get_by_role("button", name="Reset").click()
    assert said == []
    tab.close()


def test_a_series_that_the_first_choice_hides_has_a_colour_of_its_own(chromium: Any, tmp_path: Path) -> None:
    text = """
    datasets: {d: doctors}
    filters: [{name: oa, from: d, column: oa, type: multiselect, default: [AFU]}]
    rows:
      - - {chart: column, from: d, x: dep, y: count(*), series: oa, title: Places}
    """
    page = site(tmp_path, dashboard(text), "page")
    tab = chromium.new_page()
    tab.goto(page.as_uri())
    tab.get_by_role("listbox").select_option(["AFU", "CFAR", "ORL", "Écho"])
    tab.wait_for_selector("html[data-drawn]")
    drawn = tab.locator(".db-live .mark-rect path")
    drawn.first.wait_for()
    colours = drawn.evaluate_all("bars => bars.map(bar => bar.getAttribute('fill'))")
    assert len(colours) == 12
    assert len(set(colours)) == 4
    tab.close()


def test_withheld_values_that_a_chart_cannot_hatch_are_told(chromium: Any, tmp_path: Path) -> None:
    """In each place one person makes up most of the years of the body ORL."""
    rows = [(oa, dep, 10) for oa in ("AFU", "CFAR", "ORL", "Écho") for dep in ("2A", "75", "92")]
    each = [
        f"{oa}{dep}{i},{oa},{dep},2024-01-01,{40 if i or oa != 'ORL' else 2500},true"
        for oa, dep, n in rows
        for i in range(n)
    ]
    text = """
    datasets: {d: doctors}
    filters: [{name: oa, from: d, column: oa, type: select}]
    rows:
      - - {chart: column, from: d, x: dep, y: sum(age), series: oa, title: Split}
        - {chart: line, from: d, x: month, y: sum(age), series: dep, title: Line}
        - {chart: bar, from: d, x: count(*), y: oa, title: Single}
    """
    files = dashboard(text, data="\n".join(["id,oa,dep,month,age,active", *each, ""]))
    files["projects/p/datasets/doctors.yaml"] += "protect: {unit: id, min_cell: 5, dominance: 0.8}\n"
    page = site(tmp_path, files, "page")
    tab = chromium.new_page()
    tab.goto(page.as_uri())
    split, line, single = (tab.get_by_role("region", name=n, exact=True) for n in ("Split", "Line", "Single"))
    some = re.compile(r"\b[3-9] of 12 values are withheld: fewer than 5\.")
    assert some.search(split.inner_text())
    tab.get_by_label("Oa").select_option("ORL")
    tab.wait_for_selector("html[data-drawn]")
    for chart in (split, line):
        chart.get_by_text("Every value here is withheld: fewer than 5.").wait_for()
        assert chart.locator(".db-chart svg:visible").count() == 0
    single.locator(".db-live svg").wait_for()
    assert "withheld" not in single.inner_text()
    tab.get_by_role("button", name="Reset").click()
    assert some.search(split.inner_text())
    assert split.locator(".db-still svg:visible").count() == 1
    tab.close()
