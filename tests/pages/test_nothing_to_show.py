"""Charts that no row is left for: the page says so in words, and draws nothing of infinite height."""

from __future__ import annotations

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
    drawn = tab.locator(".db-live path[aria-roledescription=bar]")
    drawn.first.wait_for()
    colours = drawn.evaluate_all("bars => bars.map(bar => bar.getAttribute('fill'))")
    assert len(colours) == 12
    assert len(set(colours)) == 4
    tab.close()
