"""The marks of a chart lead where its rows do: as drawn, under filters, and by keyboard."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tests.pages.harness import site

pytestmark = pytest.mark.browser

FILES = {
    "projects/p/beds.yaml": "kind: Dataset\nname: beds\nfrom: {file: ../../beds.csv}\n",
    "projects/p/other.yaml": (
        "kind: Dashboard\nname: other\ntitle: Other\ndatasets: {beds: beds}\n"
        "filters: [{name: place, from: beds, column: place, type: select}]\n"
        'rows: [[{kpi: "sum(beds)", from: beds, title: Beds of the place}]]\n'
    ),
    "projects/p/page.yaml": """
kind: Dashboard
name: beds
title: Beds
datasets: {beds: beds}
filters: [{name: kind, from: beds, column: kind, type: select}]
rows:
  - - chart: bar
      from: beds
      x: beds
      y: place
      title: By place
      link: {dashboard: other, with: {place: "{place}"}}
    - chart: line
      from: beds
      x: place
      y: beds
      title: Line
      link: {dashboard: other, with: {place: "{place}"}}
""",
    "beds.csv": "place,kind,beds\nBrest & co,x,30\nBrest & co,y,5\nCaen,x,10\n",
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    from tests.pages.harness import model, write_pages

    made = site(tmp_path, FILES, "beds")
    write_pages(tmp_path / "site", model(tmp_path, FILES, "other"))
    return made


def test_marks_are_links_to_the_rows_page_with_its_values(chromium: Any, page: Path) -> None:
    tab = chromium.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    try:
        tab.goto(page.as_uri())
        marks = tab.get_by_role("region", name="By place").locator(".db-wide a")
        assert marks.count() == 2
        link = (
            tab.get_by_role("region", name="By place")
            .locator(".db-wide")
            .get_by_role("link", name="Brest & co · 35")
        )
        assert link.get_attribute("href") == "other.html?place=Brest%20%26%20co"
        assert tab.get_by_role("region", name="Line").locator(".db-wide a").count() == 2
        link.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector("html[data-drawn]")
        assert tab.locator(".db-value").inner_text() == "35"
        tab.goto(page.as_uri() + "?kind=x")
        live = tab.get_by_role("region", name="By place").locator(".db-live path", has_text="Brest & co · 30")
        live.click()
        tab.wait_for_selector("html[data-drawn]")
        assert tab.locator(".db-value").inner_text() == "35"
        assert said == []
    finally:
        tab.close()


def test_the_keyboard_reaches_every_control_and_link_of_a_dashboard(chromium: Any, page: Path) -> None:
    every = "[...document.querySelectorAll('a[href], button, summary, select, input')]"
    tab = chromium.new_page()
    try:
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready]")
        wanted = tab.evaluate(f"{every}.filter(e => e.checkVisibility() && !e.disabled).length")
        reached = set()
        for _ in range(wanted + 20):
            tab.keyboard.press("Tab")
            reached.add(tab.evaluate(f"{every}.indexOf(document.activeElement)"))
        assert wanted > 12
        assert len(reached - {-1}) == wanted
    finally:
        tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_linked_charts(chromium: Any, page: Path, scheme: str) -> None:
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None
    assert found.origin is not None
    script = (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    tab = chromium.new_page(color_scheme=scheme)
    try:
        for address in (page.as_uri(), page.as_uri() + "?kind=x"):
            tab.goto(address)
            tab.wait_for_selector(
                "html[data-drawn]" if "?" in address else "html[data-ready]", state="attached"
            )
            tab.evaluate(script)
            told = [
                (v["id"], [n["html"][:160] for n in v["nodes"][:2]])
                for v in tab.evaluate("axe.run()")["violations"]
            ]
            assert told == []
    finally:
        tab.close()
