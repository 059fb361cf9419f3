"""Numbers of rows that the portal tells beside pages give nothing away that pages withhold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.pages.spaces import DATASET
from tests.portal.conftest import Files, drawn
from tests.portal.test_what_pages_say import text

ALL, ACTIVE = 1409, 1406
"""Three doctors are not active: whoever knows both numbers knows that."""
FILES = {
    "space.yaml": "kind: Space\nname: test\ntitle: Test\n",
    "people.yaml": """
kind: Role
name: worker
clearance: public
allow:
  - {on: catalog, actions: [see], when: any}
---
kind: Role
name: member
clearance: restricted
allow:
  - {on: dataset, actions: [see, preview], when: member}
---
kind: User
name: ana
role: worker
---
kind: User
name: bea
role: member
---
kind: Network
name: here
cidrs: [127.0.0.0/8]
""",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: A project\nmembers: [bea]\n",
    "projects/p/datasets/doctors.yaml": DATASET
    + """
sensitivity: restricted
protect: {unit: id, min_cell: 5}
checks:
  - sql: "select * from {self} where not active"
    name: all-active
    severity: warn
""",
    "projects/p/dataflows/active.yaml": """
kind: Dataflow
name: active
inputs: {doctors: doctors}
steps:
  - output: active_ones
    sql: select id, oa, dep from doctors where active
  - output: by_oa
    sql: select oa, count(*) as doctors, sum(age) as years from doctors group by oa
    checks: [{sql: "select * from {self} where doctors < 300", name: small-bodies, severity: warn}]
  - output: joined
    sql: select c.oa, c.doctors, o.years from by_oa c join by_oa o on c.oa = o.oa
  - output: crossed
    sql: select a.oa, count(*) as pairs from doctors a join doctors b on a.oa = b.oa group by a.oa
""",
    "catalog/doctors.yaml": "kind: CatalogEntry\nname: doctors\ndataset: p/doctors\naccess: on-request\n",
    "catalog/actives.yaml": "kind: CatalogEntry\nname: actives\ndataset: p/active_ones\naccess: on-request\n",
}
PAGE = "kind: Dashboard\nname: page\ntitle: Page\ndatasets: {{d: {{dataset: doctors, where: {where!r}}}}}\n"
TILES = 'rows:\n  - - {kpi: "count(*)", from: d, title: Number}\n'


def applied(folder: Path, where: str | None, protect: str = "") -> Path:
    """A space over the doctors, with a page that counts those of a condition, or with none."""
    files = dict(FILES)
    doctors = "projects/p/datasets/doctors.yaml"
    files[doctors] = files[doctors].replace("min_cell: 5", f"min_cell: 5{protect}")
    if where is not None:
        files["projects/p/dashboards/page.yaml"] = PAGE.format(where=where) + TILES
    for name, content in files.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    lines = (f"d{i},B{i % 6},75,2024-01-01,40,{i < ACTIVE}\n" for i in range(ALL))
    (folder / "specs/doctors.csv").write_text(
        "id,oa,dep,month,age,active\n" + "".join(lines), encoding="utf-8"
    )
    Cli(folder).ok("apply", "--yes", "--now", "2026-11-24")
    return folder


def told(files: Files, number: int) -> list[str]:
    """The pages that say a number, however it is written."""
    written = re.compile(rf"(?<![\w.#-]){number // 1000}[,\s\u202f\u00a0]?{number % 1000}(?![\w%])")
    return [name for name in files if name.endswith(".html") and written.search(text(files, name))]


@pytest.fixture(scope="module")
def counting_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return applied(tmp_path_factory.mktemp("all"), "true")


@pytest.mark.parametrize("reader", [None, "ana"])
def test_what_a_page_shows_is_told_and_what_it_would_give_away_with_it_is_not(
    counting_all: Path, reader: str | None
) -> None:
    files = drawn(counting_all, reader)
    assert "catalog/doctors.html" in told(files, ALL)
    assert told(files, ACTIVE) == []


@pytest.mark.parametrize("reader", [None, "ana"])
def test_the_number_of_all_rows_is_not_told_beside_a_page_that_shows_nearly_all(
    tmp_path: Path, reader: str | None
) -> None:
    files = drawn(applied(tmp_path, "active"), reader)
    assert told(files, ALL) == []
    assert "catalog/actives.html" in told(files, ACTIVE)


def test_a_number_that_was_told_counts_as_known_when_a_page_is_made_later(tmp_path: Path) -> None:
    files = drawn(applied(tmp_path, None), None)
    assert told(files, ALL)
    files = drawn(applied(tmp_path, "active"), None)
    assert told(files, ALL)
    assert told(files, ACTIVE) == []
    assert "withheld: fewer than" in text(files, "projects/p/dashboards/page.html")
    assert Cli(tmp_path)("plan", "--detailed-exitcode", "--now", "2026-11-24").returncode == 0


def test_how_many_rows_fail_a_check_is_told_to_those_only_who_may_look_at_them(counting_all: Path) -> None:
    page = "projects/p/datasets/doctors.html"
    for path in (page, "runs/prod-00001.html", "index.html"):
        assert "all-active" in text(drawn(counting_all, None), path)
        assert "failing" not in text(drawn(counting_all, None), path)
    assert "fewer than 5 failing" in text(drawn(counting_all, "bea"), page)


@pytest.mark.parametrize("reader", [None, "bea"])
def test_how_many_cells_fail_a_check_is_told_to_nobody(counting_all: Path, reader: str | None) -> None:
    said = text(drawn(counting_all, reader), "projects/p/datasets/by_oa.html")
    assert "small-bodies warned" in said
    assert "failing" not in said


def test_those_who_may_look_at_the_rows_are_told_how_many_there_are(counting_all: Path) -> None:
    files = drawn(counting_all, "bea")
    assert "projects/p/datasets/active_ones.html" in told(files, ACTIVE)


def test_how_many_values_a_number_takes_is_not_told_of_cells(counting_all: Path) -> None:
    """One value in two cells would tell that they are equal."""
    said = text(drawn(counting_all, None), "projects/p/datasets/by_oa.html")
    assert "oa string restricted 6 6 doctors integer restricted 6 years integer restricted 6 Counts" in said


def test_first_rows_of_cells_that_are_not_followed_to_their_units_tell_no_number(counting_all: Path) -> None:
    """Protected by themselves they could give away what pages over the same doctors withhold."""
    files = drawn(counting_all, None)
    for name in ("crossed", "joined"):
        said = text(files, f"projects/p/datasets/{name}.html")
        assert "First rows Left out" in said
        assert "B5" not in said
    assert "B5 234" in text(files, "projects/p/datasets/by_oa.html")


def test_numbers_of_rows_are_rounded_as_counts_on_pages_are(tmp_path: Path) -> None:
    files = drawn(applied(tmp_path, "true", ", round: 50"), None)
    assert told(files, ALL) == []
    for page in ("catalog/doctors.html", "projects/p/dashboards/page.html", "runs/prod-00001.html"):
        assert "1,400" in text(files, page)
