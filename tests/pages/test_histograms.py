"""Histograms over people: bins of several people, of a width that tells of nobody."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.pages.bins import Step, step_between
from tests.conftest import Cli

FLOOR = 5
VALUES = {
    "normal": lambda r: r.gauss(0, 30),
    "share": lambda r: r.betavariate(2, 5),
    "age": lambda r: float(r.randrange(100)),
    "narrow": lambda r: r.gauss(0, 0.004),
    "once": lambda r: 7.0,
}
SPACE = {
    "space.yaml": "kind: Space\nname: s\ntitle: S\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\n",
}


# ---- how wide bins are ----


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_a_step_parts_the_quartiles_into_a_few(low: float, spread: float) -> None:
    found = step_between(low, low + spread)
    if low + spread == low:
        assert found is None
        return
    assert found is not None
    assert found.digit in (1, 2, 5)
    assert 2 * 0.99 <= ((low + spread) - low) / found.width <= 5 * 1.01


@pytest.mark.parametrize("ends", [(3.0, 3.0), (4.0, 3.0), (0.0, float("inf")), (float("nan"), 1.0)])
def test_values_that_are_one_have_no_step(ends: tuple[float, float]) -> None:
    assert step_between(*ends) is None


@given(st.sampled_from([1, 2, 5]), st.integers(-4, 6), st.lists(st.integers(-(10**7), 10**7), min_size=1))
def test_bins_begin_at_whole_steps(digit: int, power: int, values: list[int]) -> None:
    step = Step(digit, power)
    rows = ", ".join(f"({v}::decimal(18,4) / 1000)" for v in values)
    sql = f"SELECT v, {step.sql('v')} FROM (VALUES {rows}) AS t(v)"
    for value, low in duckdb.sql(sql).fetchall():
        near = 1e-12 * max(1.0, abs(float(value)))  # a float on an edge is on either side of it
        assert low - near <= float(value) <= low + step.width + near
        assert repr(low) == repr(float(f"{low:.12g}")), "and is written shortly"


# ---- pages ----


def written(folder: Path, count: int, protect: str = "protect: {unit: pid, min_cell: 5}\n") -> Cli:
    """People with a column of every kind, and a histogram of each."""
    drawn = random.Random(5)
    columns = "".join(f"  - {{name: {name}, type: float}}\n" for name in VALUES)
    tiles = "".join(f"  - - {{chart: histogram, from: d, x: {name}, title: {name}}}\n" for name in VALUES)
    files = {
        **SPACE,
        "projects/p/people.yaml": "kind: Dataset\nname: people\ntitle: People\nfrom: {file: people.csv}\n"
        f"{protect}columns:\n  - {{name: pid, type: string}}\n  - {{name: sex, type: string}}\n{columns}",
        "projects/p/page.yaml": "kind: Dashboard\nname: page\ntitle: Page\ndatasets: {d: people}\nfilters:\n"
        f"  - {{name: sex, from: d, column: sex, type: select}}\nrows:\n{tiles}",
    }
    for name, text in files.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with (folder / "specs/projects/p/people.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["pid", "sex", *VALUES])
        for i in range(count):
            out.writerow([f"P{i}", "fm"[i % 2], *(f"{value(drawn):.6f}" for value in VALUES.values())])
    return Cli(folder)


def page_of(folder: Path) -> str:
    site = (folder / ".dataspace/site/prod").resolve()
    return (site / "projects/p/dashboards/page.html").read_text(encoding="utf-8")


def bins(text: str) -> dict[str, list[tuple[str, str]]]:
    """The rows of the table behind every histogram, by its title."""
    found = {}
    for part in re.split(r'(?=<section class="db-tile )', text)[1:]:
        title = re.findall(r"<h2[^>]*>(.*?)</h2>", part, re.S)[0]
        rows = re.findall(r"<tr><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>", part, re.S)
        found[title.strip()] = [(low.strip(), count.strip()) for low, count in rows]
    return found


def column(folder: Path, name: str) -> list[float]:
    with (folder / "specs/projects/p/people.csv").open(encoding="utf-8") as file:
        return [float(row[name]) for row in csv.DictReader(file)]


def number(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("histograms")
    written(folder, 240).ok("apply", "--yes")
    return folder


@pytest.mark.parametrize("name", ["normal", "share", "age", "narrow"])
def test_bins_of_people_are_right_and_hold_at_least_the_floor(space: Path, name: str) -> None:
    told = bins(page_of(space))[name]
    shown = [(ends, int(n)) for ends, n in told if "withheld" not in n]
    ends = [tuple(map(number, of.split(" – "))) for of, _ in shown]
    width = round(ends[0][1] - ends[0][0], 6)
    truth = Counter(round(value // width * width, 6) for value in column(space, name))
    assert [truth[round(low, 6)] for low, _ in ends] == [n for _, n in shown]
    assert min(n for _, n in shown) >= FLOOR
    assert sum(n for _, n in shown) > 150, "and most people are shown"


def test_values_themselves_are_in_no_byte_of_the_page(space: Path) -> None:
    text = page_of(space)
    for name in ("normal", "share"):
        assert [
            value for value in column(space, name) if f"{value:.6f}".rstrip("0").rstrip(".") in text
        ] == []


def test_where_all_have_one_value_it_is_shown(space: Path) -> None:
    assert bins(page_of(space))["once"] == [("7", "240")]


def test_a_withheld_bin_is_hatched_in_its_place(space: Path) -> None:
    text = page_of(space)
    tiles = re.findall(r'<section class="db-tile .*?</section>', text, re.S)
    (part,) = (tile for tile in tiles if re.search(r"<h2[^>]*>\s*normal\s*</h2>", tile))
    drawn = re.findall(r"<svg.*?</svg>", part, re.S)[0]
    told = [ends for ends, n in bins(text)["normal"] if "withheld" in n]
    titles = re.findall(r"<title>[^<]*withheld: fewer than 5</title>", drawn)
    assert len(told) > 0, "beside tails of few people, which have no place"
    assert len(titles) == len(told), "each has its place in the drawing"


def test_of_too_few_people_for_quartiles_values_are_as_they_are(tmp_path: Path) -> None:
    written(tmp_path, 10 * FLOOR - 1).ok("apply", "--yes")
    told = bins(page_of(tmp_path))
    assert not any("–" in ends for rows in told.values() for ends, _ in rows)
    assert told["once"] == [("7", str(10 * FLOOR - 1))]


def test_without_protection_every_value_is_counted(tmp_path: Path) -> None:
    written(tmp_path, 60, protect="").ok("apply", "--yes")
    assert sum(int(n) for _, n in bins(page_of(tmp_path))["age"]) == 60
    assert not any("–" in ends for ends, _ in bins(page_of(tmp_path))["age"])


def test_under_a_filter_bins_stay_where_they_are(space: Path, chromium: Any) -> None:
    site = (space / ".dataspace/site/prod").resolve()
    tab = chromium.new_page()
    tab.goto((site / "projects/p/dashboards/page.html").as_uri())
    before = {row[0]: row[1] for row in bins(page_of(space))["age"]}
    tab.select_option("select", "f")
    # Whoever has no place without a filter has none with it.
    rows = tab.locator("table", has_text="age").last.locator("tbody tr")
    rows.first.wait_for(state="attached")
    after = dict(tuple(row.split("\t")) for row in rows.evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent).join('\\t'))"
    ))  # fmt: skip
    tab.close()
    assert after.keys() <= before.keys()
    assert all(" – " in ends for ends in after)
    assert any(after[ends] != before[ends] for ends in after)


def test_one_from_whom_the_column_is_masked_is_told_no_quartiles(tmp_path: Path) -> None:
    cli = written(tmp_path, 240)
    page = tmp_path / "specs/projects/p/page.yaml"
    page.write_text(page.read_text(encoding="utf-8") + "share: [{to: eve, access: read}]\n", encoding="utf-8")
    (tmp_path / "specs/people.yaml").write_text(
        "kind: User\nname: eve\nrole: analyst\n---\nkind: Role\nname: analyst\nclearance: internal\n"
        "allow: [{on: dashboard, actions: [read], when: shared}]\n"
        "---\nkind: DataPolicy\nname: masked\ndatasets: [p/people]\n"
        "to: eve\ncolumns: {normal: hash}\n",
        encoding="utf-8",
    )
    cli.ok("apply", "--yes")
    cli.ok("render", "--as", "eve", "--out", str(tmp_path / "out"))
    (found,) = (tmp_path / "out").rglob("page.html")
    mine, all_of_it = bins(found.read_text(encoding="utf-8")), bins(page_of(tmp_path))
    assert all("–" in ends for ends, _ in all_of_it["normal"])
    assert mine["normal"] == [], "nobody's hash is shared by five people"
    assert mine["once"] == [("7", "240")]
