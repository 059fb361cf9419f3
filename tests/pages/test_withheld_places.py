"""Withheld values keep their place on a page: seen, of no size that means anything, and told in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.addresses import Address
from engine.core.pages.answers import telling_nothing
from engine.core.pages.release import Answer, Cell, Field, Grid, Mark, PageModel, PageTab, PageTile, Sheet
from engine.model.dashboard import Dashboard
from renderers.csv.page import page_tables, table_csv
from renderers.html.dashboard import dashboard_files
from renderers.html.kpis import spark_paths
from renderers.html.layout import Layout
from renderers.paper.page import paper_page
from tests.pages.harness import model, site
from tests.pages.spaces import dashboard

S, U = Mark.SUPPRESSED, Mark.UNAVAILABLE
WORDS = "withheld: fewer than 5"
YEARS = tuple(range(2018, 2025))
N, OTHER = Field("n", "n", "integer", True), Field("m", "m", "integer", True)
YEAR, BODY, PLACE = (Field(name, name, kind, False) for name, kind in
                     (("year", "date"), ("oa", "string"), ("dep", "string")))  # fmt: skip
OVER_TIME: tuple[Cell, ...] = (S, 12, 40, S, 22, U, 31)
PARTS: dict[str, tuple[Cell, ...]] = {
    "A": (10, 11, 14, S, 15, 16, S), "B": (20, S, 25, S, 22, U, 24), "C": (S, S, 9, S, 11, 10, 12),
}  # fmt: skip
"""Something is withheld in all years but 2020 and 2022; in 2021 everything is."""


def yearly(times: int = 1) -> Grid:
    """A number a year."""
    values = (v * times if isinstance(v, int) else v for v in OVER_TIME)
    return Grid((YEAR, N), tuple((f"{y}-01-01", v) for y, v in zip(YEARS, values, strict=True)))


def parted() -> Grid:
    """A number a year and body."""
    rows = ((f"{y}-01-01", name, PARTS[name][i]) for i, y in enumerate(YEARS) for name in PARTS)
    return Grid((YEAR, BODY, N), tuple(rows))


BODIES = Grid((BODY, N), (("AFU", 40), ("CFAR", S), ("ORL", 12)))
PAIRS = Grid((BODY, N, OTHER), (("AFU", 40, 20), ("CFAR", S, S), ("ORL", 12, S), ("SFC", 30, 9)))
BOTH = Grid((BODY, PLACE, N), (("A", "75", S), ("A", "92", 8), ("B", "75", S), ("B", "92", 12)))
FIVE = Grid(
    (BODY, *(Field(f"q{i}", f"q{i}", "float", True) for i in range(5))),
    (("A", 1, 2, 3, 4, 5), ("B", S, S, S, S, S), ("C", 2, 3, 4, 6, 9)),
)
AGES = Grid(
    (Field("age", "age", "integer", False), N), tuple((a, S if a == 31 else 9) for a in range(30, 60))
)


def page(written: str, grid: Grid, languages: tuple[str, ...] = ("en",), picture: bytes = b"") -> PageModel:
    """A page of one tile over these values, whose floor is 5."""
    tile = {"title": "T", "from": "d", **yaml.safe_load(f"{{{written}}}")}
    if "table" in tile:
        tile.pop("from")
    spec = Dashboard.model_validate(
        {"kind": "Dashboard", "name": "page", "datasets": {"d": "d"}, "rows": [[tile]]}
    )
    made = PageTile("t1", spec.rows[0][0], {"main": Answer(grid, sort=(0, False))}, picture=picture)
    sheet = Sheet("", {}, (), (PageTab("", "", ((made,),)),))
    return PageModel(Address("dashboard", "p", "page"), spec, "P", "", False, languages, 5, (sheet,))


def html(written: str, grid: Grid, code: str = "en", picture: bytes = b"") -> str:
    """The page as text, in one of English and French."""
    files = dashboard_files(page(written, grid, ("en", "fr"), picture), Layout("Space"))
    place = "projects/p/dashboards/page.html"
    return files[place if code == "en" else f"{code}/{place}"].decode()


def wide(text: str) -> str:
    """The drawing for wide tiles."""
    return text[text.index("db-wide") :].partition("</svg>")[0]


def hatched(drawing: str) -> list[str]:
    """The shapes that are hatched."""
    return re.findall(r'<path[^>]* d="([^"]*)"[^>]*fill="url\(#hatch\)"', drawing)


def sizes(shapes: list[str]) -> set[tuple[float, float]]:
    """How wide and high each of the rectangles is."""
    return {(float(w), float(h)) for w, h in re.findall(r"h([\d.]+)v([\d.]+)h-", " ".join(shapes))}


TIMES = [
    ("chart: column, x: year, y: n", yearly()),
    ("chart: dot, x: year, y: n", yearly()),
    ("chart: bar, x: n, y: year", yearly()),
    ("chart: column, x: year, y: n, series: oa", parted()),
    ("chart: column, x: year, y: n, series: oa, stack: share", parted()),
    ("chart: column, x: year, y: n, series: oa, stack: none", parted()),
    ("chart: bar, x: n, y: year, series: oa", parted()),
]


@pytest.mark.parametrize(("written", "grid"), TIMES)
def test_every_year_stands_on_the_axis_in_its_order(written: str, grid: Grid) -> None:
    drawing = wide(html(written, grid))
    assert re.findall(r">(20\d\d)</text>", drawing) == [str(year) for year in YEARS]
    assert hatched(drawing)


@pytest.mark.parametrize("chart", ["column", "bar", "line", "area"])
def test_the_place_of_a_withheld_value_does_not_depend_on_any_value(chart: str) -> None:
    axes = "x: n, y: year" if chart == "bar" else "x: year, y: n"
    small, large = (hatched(wide(html(f"chart: {chart}, {axes}", yearly(k)))) for k in (1, 1000))
    assert len(small) == len(large) == 3
    assert sizes(small) == sizes(large)
    assert len(sizes(small)) == 1


@pytest.mark.parametrize("axes", ["chart: column, x: year, y: n", "chart: bar, x: n, y: year"])
def test_a_stack_with_a_withheld_part_ends_in_a_hatched_one(axes: str) -> None:
    drawing = wide(html(f"{axes}, series: oa", parted()))
    ends = hatched(drawing)
    assert len(ends) == 5, "one for each year but 2020 and 2022, however many parts it lacks"
    assert len(sizes(ends)) == 1
    assert f"Jan\u00a02021 · A · {WORDS}, 1\u00a0Jan\u00a02021 · B · {WORDS}" in drawing


def test_the_hatched_end_lies_where_the_shown_parts_end() -> None:
    drawing = wide(html("chart: column, x: year, y: n, series: oa", parted()))
    tops: dict[str, float] = {}
    for x, y in re.findall(r'd="M([\d.]+),([\d.]+)h[^"]*" fill="#', drawing):
        tops[x] = min(float(y), tops.get(x, 1000.0))
    ends = {x: float(y) + 12 for x, y in re.findall(r"M([\d.]+),([\d.]+)h", " ".join(hatched(drawing)))}
    assert len(ends.keys() & tops.keys()) == 4
    for x in ends.keys() & tops.keys():
        assert ends[x] == pytest.approx(tops[x], abs=0.2)
    (foot,) = (y for x, y in ends.items() if x not in tops)
    assert foot == 260, "where nothing is shown"


def test_shares_of_which_one_cannot_be_told_are_not_drawn_as_a_whole() -> None:
    drawing = wide(html("chart: column, x: year, y: n, series: oa, stack: share", parted()))
    assert len(re.findall(r'd="M\d[^"]*" fill="#\w+" stroke="#ffffff"', drawing)) == 6
    assert len(hatched(drawing)) == 5


def test_a_line_breaks_at_a_withheld_value_and_a_lone_one_is_a_point() -> None:
    drawing = wide(html("chart: line, x: year, y: n", yearly()))
    (line,) = re.findall(r'<path[^>]* d="(M[^"]*)"[^>]*stroke-width="2.5"', drawing)
    assert line.count("M") == 3, "2019 to 2020, 2022, 2024"
    assert len(hatched(drawing)) == 3
    assert len(re.findall(r'<path[^>]*fill="#12436d"[^>]*>', drawing)) >= 2


def test_areas_on_each_other_do_not_sink_where_a_part_is_withheld() -> None:
    drawing = wide(html("chart: area, x: year, y: n, series: oa", parted()))
    thin = re.findall(r"<line [^>]*stroke-width=\"4\"[^>]*>", drawing)
    assert len(thin) == sum(isinstance(v, int) for values in PARTS.values() for v in values)
    assert len(hatched(drawing)) == 5


GEOMETRY = b'{"type":"FeatureCollection","features":[%s]}' % b",".join(
    b'{"type":"Feature","properties":{"code":"%s"},"geometry":{"type":"Polygon","coordinates":'
    b"[[[%d,0],[%d,0],[%d,1],[%d,1],[%d,0]]]}}" % (name, i, i + 1, i + 1, i, i)
    for i, name in enumerate((b"AFU", b"CFAR", b"ORL"))
)
SPOTS = Grid(
    (Field("lat", "lat", "float", False), Field("lon", "lon", "float", False), N),
    ((0.2, 0.5, 10), (0.8, 1.5, S), (0.5, 2.5, 30)),
)


@pytest.mark.parametrize(
    ("written", "grid", "many"),
    [
        ("chart: column, x: oa, y: [n, m]", PAIRS, 3),
        ("chart: column, x: oa, y: [n, m], stack: zero", PAIRS, 2),
        ("chart: line, x: oa, y: [n, m]", PAIRS, 3),
        ("chart: range, x: oa, y: n, y2: m", PAIRS, 2),
        ("chart: dot, x: n, y: oa", BODIES, 1),
        ("chart: heatmap, x: oa, y: dep, value: n", BOTH, 2),
        ("chart: pie, x: oa, value: n", BODIES, 1),
        ("chart: treemap, x: oa, value: n", BODIES, 1),
        ("chart: box, x: oa, y: n", FIVE, 1),
        ("chart: histogram, x: age", AGES, 1),
        ("chart: column, x: dep, y: n, facet: {by: oa}", BOTH, 2),
        ("chart: column, x: dep, y: n, series: oa, facet: {by: oa}", BOTH, 2),
        ("map: choropleth, geometry: g, join: {oa: code}, value: n", BODIES, 1),
        ("map: points, geometry: g, lat: lat, lon: lon, size: n", SPOTS, 1),
    ],
)
def test_every_kind_of_drawing_shows_and_says_what_is_withheld(written: str, grid: Grid, many: int) -> None:
    text = html(written, grid, picture=GEOMETRY)
    drawing = wide(text)
    assert len(hatched(drawing)) + len(re.findall(r'<(?:path|circle) class="qs"', drawing)) == many
    assert "NaN" not in drawing
    assert len(re.findall(rf"<title>[^<]*{WORDS}[^<]*</title>", drawing)) >= many
    assert " style=" not in drawing
    assert "<script" not in drawing
    assert html(written, grid, picture=GEOMETRY) == text


def test_words_say_it_in_labels_notes_tables_and_downloads() -> None:
    text = html("chart: column, x: year, y: n", yearly())
    (label,) = set(re.findall(r'role="img" aria-label="([^"]*)"', text))
    assert f"3 of 7 values are {WORDS}." in label
    assert f'<p class="db-note hatched">3 of 7 values are {WORDS}.</p>' in text
    assert text.count(f'<td class="n withheld">{WORDS}</td>') == 2
    assert text.count('<td class="n withheld">not available</td>') == 1
    assert "a value about fewer than 5, or one that would tell of fewer than 5" in text
    own = html("chart: column, x: year, y: n, alt: My words.", yearly())
    assert f'aria-label="My words. 3 of 7 values are {WORDS}."' in own
    (table,) = page_tables(page("table: d", yearly()), "en")
    assert table_csv(table.cells).decode().count(f",{WORDS}\r\n") == 2


def test_words_say_it_in_french() -> None:
    text = html("chart: column, x: year, y: n", yearly(), "fr")
    assert text.count('<td class="n withheld">non communiqué\u00a0: moins de 5</td>') == 2
    assert "3 valeurs sur 7\u00a0: non communiqué\u00a0: moins de 5." in text
    assert "fewer" not in text


def test_it_is_seen_on_paper() -> None:
    text = paper_page(page("chart: column, x: year, y: n, series: oa", parted()), "en")
    assert len(hatched(text)) == 5
    assert f"8 of 21 values are {WORDS}." in text
    assert '<svg class="hatch"' in text


def test_a_small_line_keeps_its_places_and_has_gaps() -> None:
    line, gaps = spark_paths(Answer(yearly()))
    assert [part.count("L") for part in line.split("M")[1:]] == [1, 0, 0]
    assert gaps.count("M") == 3


def test_only_what_is_shown_orders_rows() -> None:
    rows = (("B", 5, "x"), ("A", S, "y"), ("B", S, "z"), ("A", 9, "x"), ("C", None, "x"))
    grid = Grid((BODY, N, PLACE), rows)
    assert [rows[at][0] for at in telling_nothing(grid, [0, 1, 2])] == ["A", "A", "B", "B", "C"]
    assert [rows[at][2] for at in telling_nothing(grid, [0, 1, 2])][:4] == ["x", "y", "x", "z"]
    assert [rows[at][1] for at in telling_nothing(grid, [1, 0, 2], True)][:2] == [9, 5]
    hidden = [rows[at] for at in telling_nothing(grid, [1, 0, 2], True)][2:]
    assert [row[0] for row in hidden] == ["A", "B", "C"]


def space(rows: str, protect: str = "", head: str = "") -> dict[str, str]:
    """A page over people by month and body: one in March, two of A in May, nobody of B in July."""
    counts = {1: (29, 28), 2: (37, 42), 3: (1, 0), 4: (31, 46), 5: (2, 22), 6: (44, 37), 7: (30, 0)}
    each = (
        f"d{month}{oa}{i},{oa},{'75' if i % 2 else '92'},2024-{month:02d}-01,40,true\n"
        for month, many in counts.items()
        for oa, n in zip("AB", many, strict=True)
        for i in range(n)
    )
    files = dashboard(f"datasets: {{d: doctors}}\n{head}rows: [[{rows}]]\n",
                      data="id,oa,dep,month,age,active\n" + "".join(each))  # fmt: skip
    files["projects/p/datasets/doctors.yaml"] += f"protect: {{unit: id, min_cell: 5{protect}}}\n"
    return files


def test_empty_cells_that_look_like_small_ones_stand_in_their_order(tmp_path: Path) -> None:
    tile = "{chart: column, from: d, x: month, y: count(*), series: oa}"
    made = model(tmp_path, space(tile, ", zeros: suppress"), "page")
    rows = made.sheets[0].tiles[0].answers["main"].grid.rows
    assert [row[:2] for row in rows] == [(f"2024-{m:02d}-01", oa) for m in (1, 2, 4, 5, 6, 7) for oa in "AB"]


def test_a_table_that_begins_with_numbers_has_withheld_ones_last(tmp_path: Path) -> None:
    made = model(tmp_path, space('{table: d, columns: ["count(*)", month]}'), "page")
    cells = [row[0] for row in made.sheets[0].tiles[0].answers["main"].grid.rows]
    shown = [cell for cell in cells if isinstance(cell, int)]
    assert cells == [*sorted(shown), *[S] * (len(cells) - len(shown))]
    assert len(shown) < len(cells)


TILES = ", ".join(
    f"{{title: {title}, from: d, {written}}}"
    for title, written in {
        "Columns": "chart: column, x: month, y: count(*)",
        "Stacked": "chart: column, x: month, y: count(*), series: oa",
        "Lines": "chart: line, x: month, y: count(*), series: oa",
        "Areas": "chart: area, x: month, y: count(*), series: oa",
        "Tree": "chart: treemap, x: oa, value: count(*)",
        "Rows": "chart: bar, x: count(*), y: month",
    }.items()
)
FILTERS = "filters: [{name: dep, label: Department, from: d, column: dep, type: select}]\n"
MONTHS = ("Feb", "Apr", "May", "Jun")
LOOK = """box => [...box.querySelectorAll('[fill="url(#hatch)"]')].map(shape =>
    [shape.getBoundingClientRect().width > 0, shape.querySelector('title')?.textContent || ''])"""


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_filtered_page_shows_and_says_it_as_the_first_one(
    chromium: Any, tmp_path: Path, scheme: str
) -> None:
    place = site(tmp_path, space(TILES, head=FILTERS), "page")
    tab = chromium.new_page(color_scheme=scheme)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(place.as_uri())
    tab.get_by_label("Department").select_option("92")
    tab.wait_for_selector("html[data-drawn]")
    for title in ("Columns", "Stacked", "Lines", "Areas", "Rows"):
        live = tab.get_by_role("region", name=title, exact=True).locator(".db-live:not(.db-none)")
        shapes = live.evaluate(LOOK)
        assert shapes, title
        assert all(seen and WORDS in words for seen, words in shapes), (title, shapes)
        assert f"values are {WORDS}." in live.get_attribute("aria-label")
    for title in ("Columns", "Stacked", "Rows"):
        live = tab.get_by_role("region", name=title, exact=True).locator(".db-live:not(.db-none)")
        said_below = live.locator("text").all_text_contents()
        assert [m for m in said_below if m in MONTHS] == list(MONTHS)
    line = tab.locator(".hatch-line").evaluate("node => getComputedStyle(node).fill")
    ground = tab.locator(".hatch-ground").evaluate("node => getComputedStyle(node).fill")
    assert line != ground
    assert said == []
    tab.close()


@pytest.mark.browser
def test_it_is_seen_and_told_without_scripts(chromium: Any, tmp_path: Path) -> None:
    place = site(tmp_path, space(TILES), "page")
    with chromium.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(place.as_uri())
        box = tab.get_by_role("region", name="Stacked", exact=True)
        assert box.locator('.db-wide [fill="url(#hatch)"]').count() >= 2
        assert WORDS in box.locator(".db-note").inner_text()
        assert WORDS in box.get_by_role("img").get_attribute("aria-label")
