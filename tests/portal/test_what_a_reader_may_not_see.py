"""Words planted in everything a reader may not see are in no byte of their tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Cli
from tests.portal.conftest import Files, drawn
from tests.portal.test_tree import pages
from tests.portal.test_what_pages_say import text

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"

PEOPLE = """
kind: User
name: ann
role: data-worker
---
kind: User
name: bob
role: data-worker
---
kind: User
name: canaryuser
role: data-worker
---
kind: Group
name: both
members: [ann, bob]
---
kind: Network
name: here
cidrs: [127.0.0.0/8]
---
kind: DataPolicy
name: canarypolicy
datasets: [open/visits]
to: user:ann
rows: "region = 'north'"
columns: {id: redact}
"""
OPEN = {
    "specs/projects/open/project.yaml": "kind: Project\nname: open\nmanagers: [bob]\nmembers: [ann]\n",
    "specs/projects/open/datasets/visits.yaml": f"""
kind: Dataset
name: visits
title: {HOSTILE!r}
owner: bob
sensitivity: internal
from: {{file: ../../../../data/visits.csv}}
columns:
  - {{name: id, type: string, tags: [personal], description: {HOSTILE!r}}}
  - {{name: region, type: string}}
  - {{name: "odd <b>", from: "<img src=x>", type: string}}
checks:
  - sql: "select * from {{self}} where region = 'south'"
    name: no-south
    severity: warn
protect: {{unit: id, min_cell: 3}}
""".replace(repr(HOSTILE), '"' + HOSTILE.replace('"', '\\"') + '"'),
    "specs/projects/open/dataflows/sums.yaml": """
kind: Dataflow
name: sums
inputs: {v: visits}
steps:
  - output: by_region
    sql: "select region, count(*) as people from v group by region"
""",
    "specs/catalog/visits.yaml": """
kind: CatalogEntry
name: visits
dataset: open/visits
access: open
""",
}
HIDDEN = {
    "specs/projects/canaryproject/project.yaml": """
kind: Project
name: canaryproject
title: Canarytitle
members: [bob]
uses: [catalog/visits]
""",
    "specs/projects/canaryproject/dataflows/canaryflow.yaml": """
kind: Dataflow
name: canaryflow
inputs: {v: catalog/visits}
steps:
  - output: canarydataset
    sql: "select region as canarycolumn, count(*) as n from v group by 1"
""",
    "specs/projects/canaryproject/dashboards/canarypage.yaml": """
kind: Dashboard
name: canarypage
title: Canarypage
datasets: {d: canarydataset}
rows:
  - - {kpi: "sum(n)", from: d, title: Canarytile}
""",
}
ROWS = [("a1", "north"), ("a2", "north"), ("a3", "north"), ("a4", "north"), ("canaryid", "south")]


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A space with planted words, applied."""
    folder = tmp_path_factory.mktemp("canaries")
    data = "\n".join(
        f"{id_},{region},{HOSTILE.replace(',', ';').replace(chr(34), '')}" for id_, region in ROWS
    )
    files = {
        "specs/space.yaml": f'kind: Space\nname: test\ntitle: "{HOSTILE.replace(chr(34), "")}"\n',
        "specs/policies/roles.yaml": (REPOSITORY / "specs/policies/roles.yaml").read_text(encoding="utf-8"),
        "specs/policies/people.yaml": PEOPLE,
        "data/visits.csv": f"id,region,<img src=x>\n{data}\n",
        **OPEN,
        **HIDDEN,
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    Cli(folder).ok("apply", "--yes", "--now", "2026-11-24")
    return folder


@pytest.fixture(scope="module")
def trees(space: Path) -> Callable[[str | None], Files]:
    found: dict[str | None, Files] = {}

    def draw(reader: str | None) -> Files:
        if reader not in found:
            found[reader] = drawn(space, reader)
        return found[reader]

    return draw


def everything(files: Files) -> bytes:
    """All names and bytes of a tree."""
    return b"\n".join(name.encode() + b"\n" + content for name, content in files.items())


def test_no_planted_word_is_in_any_byte_or_name(trees: Callable[[str | None], Files]) -> None:
    assert not re.search(rb"canary", everything(trees("ann")), re.I)


@pytest.mark.parametrize(
    "word", [b"canaryproject", b"canaryflow", b"canarydataset", b"canarycolumn", b"Canarypage", b"canaryid"]
)
def test_whoever_may_see_them_finds_them(trees: Callable[[str | None], Files], word: bytes) -> None:
    assert word in everything(trees("bob"))


def test_rows_that_policy_keeps_back_are_not_even_counted(trees: Callable[[str | None], Files]) -> None:
    page = "projects/open/datasets/visits.html"
    assert "Rows 4 " in text(trees("ann"), page)
    assert "Rows 5 " in text(trees("bob"), page)
    assert "no-south warned" in text(trees("ann"), page)
    assert "failing" not in text(trees("ann"), page)
    assert (
        " 5 " not in text(trees("ann"), "runs/prod-00001.html").partition("Checks")[0].partition("Steps")[2]
    )


def test_a_mask_stays_on_in_first_rows_and_profile(trees: Callable[[str | None], Files]) -> None:
    said = text(trees("ann"), "catalog/visits.html")
    assert "a1" not in said.split()
    assert "a1" in text(trees("bob"), "catalog/visits.html").split()


def test_small_counts_and_what_would_tell_them_are_marked_in_first_rows(
    trees: Callable[[str | None], Files],
) -> None:
    for reader in (None, "bob"):
        said = text(trees(reader), "projects/open/datasets/by_region.html")
        assert "north withheld" in said, "with the total, it would tell the other"
        assert "south" not in said


def test_a_tree_for_two_holds_what_both_may_read_and_narrows_for_each(
    trees: Callable[[str | None], Files],
) -> None:
    whole = everything(trees("group:both"))
    assert not re.search(rb"canary", whole, re.I)
    assert "projects/open/datasets/visits.html" in trees("group:both")
    assert "Rows 4 " in text(trees("group:both"), "projects/open/datasets/visits.html")


@pytest.mark.parametrize("reader", [None, "ann", "bob"])
def test_what_authors_and_data_say_stays_text(
    trees: Callable[[str | None], Files], reader: str | None
) -> None:
    for path, page in pages(trees(reader)):
        assert page.refused == [], path
        assert b"<img" not in trees(reader)[path], path
        assert b"alert(1)</script>" not in trees(reader)[path], path
    assert HOSTILE in text(trees(reader), "projects/open/datasets/visits.html")


def test_nobody_of_that_name_is_told_so(space: Path) -> None:
    done = Cli(space)("render", "--as", "an", "--out", "out")
    assert done.returncode == 1
    assert "there is nobody who is user:an" in done.stderr
    assert "Traceback" not in done.stderr
