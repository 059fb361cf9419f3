"""Withheld numbers are searched in every byte of the whole site, the operator's and an audience's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.pages.harness import site
from tests.pages.spaces import DATASET, dashboard

LARGE = (("AFU", 1201, 31), ("CFAR", 1409, 37), ("Écho", 1601, 41))
HIDING = ("ORL", 613, 47)
"""The smallest of the others: it hides the small body."""
SMALL = ("SFC", (9973, 9967, 9949))
CANARIES = ("613", "28811", "29889", "9963", "9973", "9967", "9949", "SFC")
"""Of the body that hides: its people, the sum of their ages. Of the small one: sum, mean, every age, name."""
PAGE = """
kind: Dashboard
name: bodies
title: "{{ count(doctors) }} doctors, {{ sum(by_oa.doctors) | integer }} by body"
summary: "The mean age is {{ avg(doctors.age) | dec1 }}."
datasets: {by_oa: by_oa, doctors: doctors}
filters:
  - {name: oa, from: by_oa, column: oa, type: multiselect}
share: [{to: group:readers, access: read}]
rows:
  - - {kpi: sum(doctors), from: by_oa, title: All, compare: {to: "sum(years)"},
       spark: {from: by_oa, x: oa, y: doctors}}
    - {text: "In all {{ sum(by_oa.years) }} years."}
  - - {chart: bar, from: doctors, x: "count(distinct id)", y: oa, title: Doctors, sort: -x,
       alt: "{{ sum(by_oa.doctors) }} doctors"}
    - {chart: line, from: by_oa, x: oa, y: [doctors, years], title: Lines}
    - {chart: pie, from: by_oa, x: oa, value: years, title: Parts}
    - {chart: treemap, from: by_oa, x: oa, value: doctors, title: Areas}
    - {chart: heatmap, from: doctors, x: oa, y: active, value: "avg(age)", title: Heat}
  - - {table: by_oa, title: Bodies, totals: [column], search: true, download: csv}
    - {table: doctors, columns: [oa, "count(*)", "sum(age)", "avg(age)"], title: Ages}
    - {table: doctors, title: Cross, pivot: {rows: [oa], columns: [dep], values: ["sum(age)"]},
       totals: [row, column]}
"""
FILES = {
    "space.yaml": "kind: Space\nname: test\ntitle: Test\nlanguages: [en, fr]\n",
    "people.yaml": """
kind: Role
name: worker
clearance: restricted
allow:
  - {on: dashboard, actions: [read], when: shared}
  - {on: dataset, actions: [see, preview], when: member}
---
kind: User
name: ana
role: worker
---
kind: User
name: bea
role: worker
---
kind: Group
name: readers
members: [ana, bea]
---
kind: Network
name: here
cidrs: [127.0.0.0/8]
""",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: A project\nmembers: [ana]\n",
    "projects/p/dashboards/bodies.yaml": PAGE,
    "projects/p/dataflows/counts.yaml": """
kind: Dataflow
name: counts
inputs: {doctors: doctors}
steps:
  - output: by_oa
    sql: select oa, count(distinct id) as doctors, sum(age) as years from doctors group by oa
""",
}


def rows() -> str:
    """One row a doctor, all in one place and active."""
    ages = [(oa, age) for oa, n, age in (*LARGE, HIDING) for _ in range(n)]
    ages += [(SMALL[0], age) for age in SMALL[1]]
    lines = "".join(f"d-{i:x}-e,{oa},75,2024-01-01,{age},true\n" for i, (oa, age) in enumerate(ages))
    return "id,oa,dep,month,age,active\n" + lines


def trees(folder: Path, protect: str) -> dict[str, dict[str, bytes]]:
    """The operator's site as published, and what an audience of two is drawn."""
    for name, text in FILES.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "specs/doctors.csv").write_text(rows(), encoding="utf-8")
    (folder / "specs/projects/p/datasets").mkdir()
    (folder / "specs/projects/p/datasets/doctors.yaml").write_text(DATASET + protect, encoding="utf-8")
    cli = Cli(folder)
    cli.ok("apply", "--yes", "--now", "2026-11-24")
    cli.ok("render", "--audience", "group:readers", "--out", "audience", "--now", "2026-11-24")
    found = {}
    for name, root in (("operator", folder / ".dataspace/site/prod"), ("audience", folder / "audience")):
        root = root.resolve()
        found[name] = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return found


def canaries_in(files: dict[str, bytes]) -> dict[str, list[str]]:
    """Which canaries are in which files, however they are written: `28811`, `28,811`, `28 811`."""
    found: dict[str, list[str]] = {}
    for name, content in files.items():
        if name.endswith((".png", "vega.js")):
            continue
        text = content.decode("utf-8", "replace")
        for canary in CANARIES:
            spaced = canary if len(canary) < 4 else f"{canary[:-3]}[,.\\s\u202f\u00a0]?{canary[-3:]}"
            if re.search(rf"(?<![\w.#-]){spaced}(?![\w%])", text):
                found.setdefault(canary, []).append(name)
    return found


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """The trees of the space with a floor of five."""
    return trees(tmp_path_factory.mktemp("protected"), "protect: {unit: id, min_cell: 5}\n")


def test_without_protection_every_canary_is_on_the_page(tmp_path: Path) -> None:
    """Else the searches below would prove nothing."""
    for files in trees(tmp_path, "").values():
        assert set(canaries_in(files)) >= {"613", "28811", "29889", "9963", "SFC"}


@pytest.mark.parametrize("tree", ["operator", "audience"])
def test_a_withheld_number_is_in_no_byte_of_the_site(
    protected: dict[str, dict[str, bytes]], tree: str
) -> None:
    files = protected[tree]
    page = next(content for name, content in files.items() if name.endswith("dashboards/bodies.html"))
    assert "withheld: fewer than 5" in page.decode()
    assert canaries_in(files) == {}


NAMED = (("AFU", "75", 301), ("AFU", "92", 4), ("CFAR", "75", 403), ("CFAR", "92", 107), ("ORL", "75", 203),
         ("ORL", "92", 305))  # fmt: skip
"""Bodies and places that are large; of AFU there are four in one of them."""


def test_nothing_tells_a_small_cell_from_one_that_hides_it(tmp_path: Path) -> None:
    """What a page says of the two is the same, their names apart: rows, data, classes, all."""
    rows = (f"{oa}{dep}{i},{oa},{dep},2024-01-01,40,true\n" for oa, dep, n in NAMED for i in range(n))
    files = dashboard("title: T\ndatasets: {by_both: by_both}\nrows: [[{table: by_both}]]\n"
                      "filters: [{name: dep, from: by_both, column: dep, type: select}]\n",
                      data="id,oa,dep,month,age,active\n" + "".join(rows))  # fmt: skip
    files["projects/p/datasets/doctors.yaml"] += "protect: {unit: id, min_cell: 5}\n"
    page = site(tmp_path, files, "page").read_text(encoding="utf-8")
    found = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*</tr>", page, re.S)
    withheld = [row for row in found if "withheld" in row]
    assert len(withheld) >= 2
    assert any(">AFU<" in row and ">92<" in row for row in withheld), "its names are common: they stay"
    assert len({re.sub(">(AFU|CFAR|ORL|75|92)<", ">X<", row) for row in withheld}) == 1
    assert not re.search(r"primary|secondary|complement", page)
    data = "".join(re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.S))
    assert '"AFU"' in data
    assert "[1]" in data
