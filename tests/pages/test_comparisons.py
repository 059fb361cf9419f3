"""Numbers that are compared stay compared under filters: with a target, an aggregate, the period before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pages.harness import site

pytestmark = pytest.mark.browser

ROWS = "month,place,beds\n" + "".join(
    f"2024-{m:02d}-01,{place},{m * 10 + (5 if place == 'A' else 0)}\n" for m in range(1, 13) for place in "AB"
)
PAGE = """
kind: Dashboard
name: beds
title: Beds
datasets: {beds: beds}
filters:
  - {name: place, from: beds, column: place, type: select}
  - {name: month, from: beds, column: month, type: date_range}
rows:
  - - {kpi: "sum(beds)", from: beds, title: Against the target, target: 1000, compare: {to: target, good: up}}
    - {kpi: "sum(beds)", from: beds, title: Against a mean, compare: {to: "avg(beds) * 10", good: down}}
    - {kpi: "sum(beds)", from: beds, title: Against before, compare: {to: previous_period, good: up}}
  - - kpi: "sum(beds) / 2000.0"
      from: beds
      title: Share
      format: pct1
      target: 0.8
      compare: {to: target, good: up}
    - kpi: "sum(beds) / 2000.0"
      from: beds
      title: Against half
      format: pct0
      compare: {to: "0 * avg(beds) + 0.5", good: up}
"""
FILES = {
    "projects/p/beds.yaml": "kind: Dataset\nname: beds\nfrom: {file: ../../beds.csv}\n",
    "projects/p/page.yaml": PAGE,
    "beds.csv": ROWS,
}


def test_a_comparison_is_made_again_for_every_choice(chromium: Any, tmp_path: Path) -> None:
    page = site(tmp_path, FILES, "beds")
    tab = chromium.new_page()

    def said(title: str) -> str:
        line = tab.get_by_role("region", name=title).locator(".db-change")
        return line.inner_text().replace("\u00a0", " ") if line.is_visible() else ""

    try:
        # All: 1620 beds, a mean of 67.5. Place A: 840, 70.
        tab.goto(page.as_uri())
        assert said("Against the target") == "▲ +62.0% vs target"
        assert said("Against a mean") == "▲ +140.0% vs 675"
        assert said("Against before") == ""
        assert said("Share") == "▲ +1.0 pp vs target"
        assert said("Against half") == "▲ +31.0 pp vs 50%"

        tab.goto(page.as_uri() + "?place=A")
        tab.wait_for_selector("html[data-drawn]")
        assert said("Against the target") == "▼ −16.0% vs target"
        assert tab.locator(".db-change.bad").count() == 4
        assert said("Against a mean") == "▲ +20.0% vs 700"
        assert said("Share") == "▼ −38.0 pp vs target"
        assert said("Against half") == "▼ −8.0 pp vs 50%"

        # July to September 2024 has 495 beds, the quarter before 315.
        tab.goto(page.as_uri() + "?month=2024-07-01..2024-09-30")
        tab.wait_for_selector("html[data-drawn]")
        assert said("Against before") == "▲ +57.1% vs the period before"

        tab.get_by_role("button", name="Reset").click()
        tab.wait_for_selector("html[data-drawn='2']")
        assert said("Against the target") == "▲ +62.0% vs target"
        assert said("Against before") == ""
    finally:
        tab.close()
