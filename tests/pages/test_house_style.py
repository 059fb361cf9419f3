"""Charts as people read them: nothing touches, nothing looks like something else, numbers fit."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pages.harness import site
from tests.pages.spaces import dashboard

AREAS = (
    '{"type": "FeatureCollection", "features": ['
    + ", ".join(
        f'{{"type": "Feature", "properties": {{"code": "r{i}"}}, "geometry": {{"type": "Polygon", '
        f'"coordinates": [[[{i}, 0], [{i + 1}, 0], [{i + 1}, 1], [{i}, 1], [{i}, 0]]]}}}}'
        for i in range(8)
    )
    + "]}"
)
ROWS = "region,month,balance,amount\n" + "".join(
    f"r{i},2024-{month:02d}-01,{(i - 3.5) * 10},{month * 10 + i * 7}\n" for i in range(8) for month in (1, 2)
)
DATASET = "kind: Dataset\nname: d\ntitle: D\nfrom: {file: ../../../d.csv}\n"


def page(folder: Path, tiles: str, filters: str = "") -> Path:
    files = dashboard(f"datasets: {{d: d}}\n{filters}\nrows: [[{tiles}]]\n", "page")
    files |= {"d.csv": ROWS, "projects/p/datasets/d.yaml": DATASET}
    files["projects/p/dashboards/areas.geojson"] = AREAS
    return site(folder, files, "page")


def drawn(folder: Path, tile: str) -> str:
    return page(folder, f"{{title: T, {tile}}}").read_text("utf-8")


def test_the_seventh_line_is_dashed_and_no_line_looks_like_another(tmp_path: Path) -> None:
    text = drawn(tmp_path, "chart: line, from: d, x: month, y: sum(amount), series: region")
    lines = re.findall(
        r'<path[^>]*fill="none"[^>]*stroke-width="2.5"[^>]*>|<path[^>]*stroke-width="2.5"[^>]*>', text
    )
    looks = [
        (re.search(r'stroke="(#\w+)"', line), re.search(r'stroke-dasharray="([\d.,]+)"', line))
        for line in lines
    ]
    told = {(c.group(1) if c else "", dash.group(1) if dash else "") for c, dash in looks}
    assert len(told) == 8


def test_the_seventh_series_of_bars_is_paler(tmp_path: Path) -> None:
    text = drawn(tmp_path, "chart: column, from: d, x: month, y: sum(amount), series: region")
    bars = re.findall(
        r'<(?:a|path) [^>]*?(?:fill="(#\w+)"[^>]*?opacity="0.6"|opacity="0.6"[^>]*?fill="(#\w+)")', text
    )
    assert {a or b for a, b in bars} == {"#12436d", "#28a197"}


def test_names_of_lines_whose_ends_meet_stand_apart(tmp_path: Path) -> None:
    tile = "chart: line, from: d, x: month, y: sum(balance), series: region, labels: direct, height: s"
    near = drawn(tmp_path, tile.replace("sum(balance)", "sum(balance * balance)"))
    wide = near[near.index("db-wide") :].partition("</svg>")[0]
    places = re.findall(r"<text [^>]*translate\([\d.]+,(-?[\d.]+)\)[^>]*>(r\d)</text>", wide)
    heights = sorted(float(y) for y, _ in places)
    assert len(heights) == 8
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 13, heights


def test_a_map_of_gains_and_losses_has_two_sides(tmp_path: Path) -> None:
    text = drawn(
        tmp_path,
        "map: choropleth, from: d, geometry: areas.geojson, join: {region: code}, value: sum(balance)",
    )
    looks = re.findall(r'class="(\w\d)" data-k="(r\d)"', text)
    assert {look for look, key in looks if key in ("r0", "r1", "r2")} <= {"v1", "v2", "v3"}
    assert {look for look, key in looks if key in ("r5", "r6", "r7")} <= {"v5", "v6", "v7"}


def test_a_heat_map_says_what_its_shades_mean(tmp_path: Path) -> None:
    text = drawn(tmp_path, "chart: heatmap, from: d, x: month, y: region, value: sum(balance)")
    assert "NaN" not in text
    bounds = re.findall(r">(−?\d+)</text>", text)
    assert {"−15", "15"} <= set(bounds)  # from -35 to 35, in seven classes


def test_the_number_of_a_bar_below_zero_stands_outside_it(tmp_path: Path) -> None:
    text = drawn(tmp_path, "chart: bar, from: d, x: sum(balance), y: region")
    numbers = re.findall(r'<text text-anchor="(\w+)"[^>]*>(−?70)</text>', text)
    ends = {said: anchor for anchor, said in numbers}
    assert ends == {"−70": "end", "70": "start"}


def test_several_measures_stand_beside_each_other_unless_they_are_stacked(tmp_path: Path) -> None:
    tile = "chart: column, from: d, x: month, y: [sum(amount), count(*)], width: 4"
    beside, stacked = drawn(tmp_path / "a", tile), drawn(tmp_path / "b", tile + ", stack: zero")
    assert len(set(lefts(beside))) == 4
    assert len(set(lefts(stacked))) == 2


def lefts(text: str) -> list[str]:
    return re.findall(r'd="M([\d.]+),[^"]*" (?:fill="#(?:12436d|28a197)")', text)


@pytest.mark.parametrize("width", [320, 1280])
def test_long_numbers_fit_their_tile(tmp_path: Path, chromium: Browser, width: int) -> None:
    numbers = ", ".join(
        f"{{kpi: sum(amount) * {10**n}, from: d, format: {form}, title: N{n}{form}}}"
        for n, form in ((7, "eur"), (10, "integer"), (4, "duration"), (5, "dec2"))
    )
    path = page(tmp_path, numbers)
    with chromium.new_context(viewport={"width": width, "height": 800}) as context:
        tab = context.new_page()
        tab.goto(path.as_uri())
        spill = tab.eval_on_selector_all(
            ".db-value",
            """all => all.map(node => {
                const range = document.createRange(); range.selectNodeContents(node);
                return range.getBoundingClientRect().right
                    - node.closest(".db-tile").getBoundingClientRect().right; })""",
        )
    assert len(spill) == 4
    assert max(spill) <= 0


def test_axes_of_durations_are_in_hours_and_of_bytes_in_bytes(tmp_path: Path) -> None:
    tile = "chart: line, from: d, x: month, y: sum(amount) * 3600, format: "
    assert re.search(r">3\d\d\u00a0h</text>", drawn(tmp_path / "a", f"{tile}duration"))
    assert re.search(r">\d+kB</text>|>\d+MB</text>", drawn(tmp_path / "b", f"{tile}bytes"))
