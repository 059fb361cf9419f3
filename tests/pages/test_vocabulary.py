"""Everything that a dashboard may say, on one page: shown, filtered, in two languages, without barriers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.pages.harness import site
from tests.pages.spaces import PLACES, dashboard
from tests.pages.test_browser import filtered, opened
from tests.pages.test_release import written

CHARTS = """
- - {chart: bar, from: doctors, x: "count(*)", y: dep, title: Bars,
     link: {dashboard: page, with: {dep: "{dep}"}}}
  - {chart: column, from: doctors, x: dep, y: "count(*)", title: Columns}
  - {chart: bar, from: doctors, x: "count(*)", y: dep, series: oa, title: Stacked}
- - {chart: bar, from: doctors, x: "count(*)", y: dep, series: oa, stack: none, title: Beside}
  - {chart: column, from: doctors, x: dep, y: "count(*)", series: oa, stack: share, title: Shares}
  - {chart: area, from: doctors, x: month, y: "count(*)", series: oa, title: Areas}
- - chart: line
    from: doctors
    x: month
    y: "count(*)"
    title: Lines
    lines: [{y: 25, label: Target}, {x: 2024-06-01, label: Decree}]
    bands: [{y: [10, 20], label: Expected}]
    notes: [{x: 2024-03-01, y: 25, text: Late}]
  - {chart: line, from: doctors, x: month, y: ["count(*)", "count(distinct id)"], title: Two lines}
  - {chart: line, from: doctors, x: month, y: "count(*)", facet: {by: dep, columns: 2}, title: Multiples}
- - {chart: scatter, from: doctors, x: age, y: "count(*)", series: dep, title: Points}
  - {chart: dot, from: doctors, x: "avg(age)", y: oa, title: Dots}
  - {chart: range, from: doctors, y: oa, title: Ranges,
     x: ["quantile_cont(age, 0.1)", "quantile_cont(age, 0.9)"]}
- - {chart: histogram, from: doctors, x: age, title: Histogram}
  - {chart: box, from: doctors, x: oa, y: age, title: Boxes}
  - {chart: heatmap, from: doctors, x: dep, y: oa, value: "count(*)", title: Heat}
- - {chart: pie, from: doctors, x: dep, value: "count(*)", title: Ring}
  - {chart: pie, from: doctors, x: oa, value: "count(*)", title: Too many parts}
  - {chart: treemap, from: doctors, x: oa, value: "count(*)", title: Treemap}
- - {vega_lite: {mark: bar, encoding: {x: {field: oa}, y: {field: rows, type: quantitative}}}, from: by_oa,
     title: Own}
  - {map: choropleth, from: doctors, geometry: areas.geojson, join: {dep: code}, value: "count(*)",
     title: Areas map}
  - {map: points, from: places, lat: lat, lon: lon, size: beds, title: Places}
"""
PAGE = """
title: {en: Doctors, fr: Médecins}
datasets: {by_oa: by_oa, doctors: doctors, places: places}
stale_after: 36h
source: {label: HAS, href: "https://example.org", licence: Etalab}
filters:
  - {name: dep, label: {en: Department, fr: Département}, from: doctors, column: dep, type: multiselect}
tabs:
  - title: {en: Numbers, fr: Chiffres}
    slug: numbers
    rows:
      - - kpi: "count(*)"
          from: doctors
          title: {en: Rows, fr: Lignes}
          spark: {from: doctors, x: month, y: "count(*)"}
          target: 250
          compare: {to: target, good: up}
          thresholds: [{below: 100, state: bad}, {below: 400, state: warn}]
        - text:
            en: "**{{ count(doctors) | integer }}** rows"
            fr: "**{{ count(doctors) | integer }}** lignes"
        - {image: logo.svg, alt: A logo, title: Logo}
      - - table: by_oa
          title: Bodies
          columns:
            - {column: oa}
            - {column: doctors, bar: true}
            - {column: rows, heat: {within: column}}
            - {column: age, format: dec1}
          totals: [column]
          search: true
          sort: -rows
        - table: doctors
          title: Cross
          pivot: {rows: [oa], columns: [dep], values: ["count(*)"]}
          totals: [row, column]
          share_of: row
          download: false
  - title: {en: Charts, fr: Graphiques}
    slug: charts
    rows:
"""


def square(code: str, x: int) -> dict[str, Any]:
    """An area on the map."""
    ring = [[x, 45], [x + 1, 45], [x + 1, 46], [x, 46], [x, 45]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code, "nom": f"Area {code}"}, "geometry": geometry}


def vocabulary() -> dict[str, str]:
    """The files of the page."""
    charts = "".join(f"      {line}\n" for line in CHARTS.strip("\n").splitlines())
    files = dashboard(PAGE + charts)
    areas = [square(code, i) for i, code in enumerate([*PLACES, "01"])]
    return {
        **files,
        "space.yaml": "kind: Space\nname: test\nlanguages: [en, fr]\n",
        "projects/p/dashboards/areas.geojson": json.dumps({"type": "FeatureCollection", "features": areas}),
        "projects/p/dashboards/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "places.csv": "lat,lon,beds,dep\n45.5,0.5,10,75\n45.2,1.5,90,92\n",
        "projects/p/datasets/places.yaml": (
            "kind: Dataset\nname: places\nfrom: {file: ../../../places.csv}\ncolumns:\n"
            "  - {name: lat, type: float}\n  - {name: lon, type: float}\n  - {name: beds, type: integer}\n"
            "  - {name: dep, type: string}\n"
        ),
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, written once."""
    return site(tmp_path_factory.mktemp("vocabulary"), vocabulary(), "page")


TITLES = re.findall(r"title: ([A-Z][A-Za-z ]+?)[,}\n]", CHARTS)


@pytest.mark.browser
def test_every_kind_of_chart_is_drawn_said_in_words_and_has_its_table(chromium: Any, page: Path) -> None:
    with opened(chromium, page.as_uri() + "#charts") as tab:
        for title in TITLES:
            tile = tab.get_by_role("region", name=title, exact=True)
            drawing = tile.locator("svg[aria-label]").first
            assert title in drawing.get_attribute("aria-label"), title
            assert drawing.locator("path, circle, line").count() >= 2, title
            assert tile.locator("details tbody tr").count() > 1, title
        assert not tab.get_by_role("region", name="Bodies", exact=True).is_visible()


@pytest.mark.browser
def test_every_chart_is_redrawn_for_a_selection(chromium: Any, page: Path) -> None:
    with opened(chromium, f"{page.as_uri()}?dep=75&dep=92#charts") as tab:
        filtered(tab)
        for title in TITLES:
            tile = tab.get_by_role("region", name=title, exact=True)
            assert tile.locator("svg").first.is_visible() or tile.locator(".db-live svg").is_visible(), title
        bars = tab.get_by_role("region", name="Bars", exact=True)
        counts = [str(sum(r["dep"] == dep for r in written())) for dep in ("75", "92")]
        assert bars.locator("tbody tr td:nth-child(2)").all_text_contents() == counts
        assert bars.locator("tbody a").first.get_attribute("href") == "page.html?dep=75"
        shown = tab.get_by_role("region", name="Areas map", exact=True)
        assert shown.locator('[data-k="2A"]').get_attribute("class") == "q0"
        assert shown.locator('[data-k="75"]').get_attribute("class") != "q0"
        assert tab.get_by_role("region", name="Places", exact=True).locator("circle:visible").count() == 2
        tab.get_by_role("link", name="Numbers").click()
        number = tab.get_by_role("region", name="Rows", exact=True).locator(".db-value")
        assert number.inner_text() == str(sum(r["dep"] != "2A" for r in written()))
        assert "warn" in number.get_attribute("class")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_tile_has_a_barrier_that_axe_finds(chromium: Any, page: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for part in ("#numbers", "#charts"):
        with opened(chromium, page.as_uri() + part, color_scheme=scheme) as tab:
            found = axe.Axe().run(tab, options={"preload": False}).response["violations"]
            assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found] == []


def test_the_second_language_stands_below_its_code(page: Path) -> None:
    root = page.parents[3]
    french = (root / "fr" / page.relative_to(root)).read_text(encoding="utf-8")
    assert '<html lang="fr">' in french
    assert "<h1>Médecins</h1>" in french
    assert "Tableau de données" in french
    assert 'href="../../../../projects/p/dashboards/page.html"' in french


def test_a_total_adds_what_adds_up_and_nothing_else(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    foot = re.findall(r"<tfoot>.*?</tfoot>", html, re.DOTALL)[0]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", foot)
    assert (cells[0], cells[2], cells[3]) == ("Total", "300", "")


def test_a_page_older_than_it_may_be_says_so(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert 'data-stale-at="2026-11-21T18:00:00Z"' in html
    assert not re.search(r'class="db-stale"[^>]*hidden', html)


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("", ("Lowest age", "Lower quartile of age", "Median age", "Upper quartile of age", "Highest age")),
        ("fr/", ("Premier quartile de age", "Médiane de age", "Troisième quartile de age")),
    ],
)
def test_the_table_of_a_box_chart_names_its_quartiles(
    page: Path, folder: str, words: tuple[str, ...]
) -> None:
    written = page.parents[3] / folder / "projects/p/dashboards/page.html"
    headings = re.findall(r"<th[^>]*>(?:<[^>]*>)*([^<]+)", written.read_text(encoding="utf-8"))
    assert set(words) <= set(headings)
    assert not [heading for heading in headings if "quantile_cont" in heading]
