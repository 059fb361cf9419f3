"""A page holds what its reader may see, and not one byte of anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.usecases.page_tests import page_tests
from engine.usecases.reading import Refused
from renderers.html.dashboard import dashboard_files
from renderers.html.layout import Layout
from tests.pages.harness import NOW, drawn, model, publish
from tests.pages.spaces import dashboard

PAGE = """
title: Page {{ count(doctors) }}
datasets: {by_oa: by_oa, doctors: doctors}
filters:
  - {name: oa, from: doctors, column: oa, type: multiselect}
  - {name: dep, from: doctors, column: dep, type: select}
share: [{to: bea, access: read}]
rows:
  - - {kpi: "count(*)", from: doctors, title: Rows}
    - {text: "{{ count(distinct doctors.id) | integer }} doctors"}
  - - {chart: bar, from: doctors, x: "count(*)", y: dep, title: Bars}
    - {table: doctors, columns: [oa, dep, "sum(age)"], title: Table}
    - {table: doctors, pivot: {rows: [oa], columns: [dep], values: ["count(*)"]}, totals: [row, column]}
"""
PEOPLE = {
    "more.yaml": """
kind: User
name: bea
role: worker
---
kind: DataPolicy
name: only-75
datasets: [p/doctors]
to: bea
rows: "dep = '75'"
columns: {id: hash}
"""
}


def bytes_for(folder: Path, files: dict[str, str], reader: str | None) -> dict[str, bytes]:
    """Everything written for a reader, the site's own assets apart."""
    found = dashboard_files(model(folder, files, "page", reader), Layout("Test"))
    return {name: content for name, content in found.items() if not name.startswith("assets/")}


def test_rows_that_a_reader_may_not_see_are_in_no_byte(tmp_path: Path) -> None:
    files = {**dashboard(PAGE), **PEOPLE}
    everything = b"".join(bytes_for(tmp_path, files, None).values())
    bea = b"".join(bytes_for(tmp_path, files, "bea").values())
    assert all(place in everything for place in (b"2A", b'"92"', b"75"))
    assert b"75" in bea
    assert not [place for place in (b"2A", b'"92"', b">92<") if place in bea]


def test_who_may_not_read_the_page_gets_none(tmp_path: Path) -> None:
    files = {**dashboard(PAGE.replace("share: [{to: bea, access: read}]\n", "")), **PEOPLE}
    bench, published = publish(tmp_path, files)
    with pytest.raises(Refused):
        drawn(bench, published, "page", "bea")


CANARY = 977
"""A number that nothing else on the page is."""


def test_a_withheld_number_is_in_no_byte_of_the_page(tmp_path: Path) -> None:
    """977 is the age that only the two doctors of a small body have, alone and as a sum."""
    data = "id,oa,dep,month,age,active\n" + "".join(
        f"d{i},{oa},75,2024-01-01,{CANARY if oa == 'SMALL' else 40},true\n"
        for i, oa in enumerate(["AFU"] * 31 + ["CFAR"] * 17 + ["SMALL"] * 2)
    )
    page = PAGE.replace("share: [{to: bea, access: read}]\n", "").replace(
        '"sum(age)"', '"sum(age)", "avg(age)"'
    )
    files = dashboard(page, data=data)
    open_bytes = b"".join(bytes_for(tmp_path / "open", files, None).values())
    assert re.search(rb"\b(977|1,954|1954)\b", open_bytes)
    files["projects/p/datasets/doctors.yaml"] += "protect: {unit: id, min_cell: 5}\n"
    closed = b"".join(bytes_for(tmp_path / "closed", files, None).values())
    assert not re.search(rb"\b(977|1,954|1954)\b", closed)
    assert b"withheld: fewer than 5" in closed


def test_a_page_whose_own_test_fails_blocks_with_its_place(tmp_path: Path) -> None:
    page = PAGE + (
        "tests:\n  - {expect: count(by_oa) > 99}\n  - {expect: count(by_oa) > 1}\n"
        "  - {as: bea, sees: [oa], not: [id]}\n  - {as: bea, sees: [id]}\n"
    )
    bench, published = publish(tmp_path, {**dashboard(page), **PEOPLE})
    found = [str(d).split("page.yaml:")[1] for d in page_tests(bench, published, NOW)]
    assert [line.split(": ", 1)[1] for line in found] == [
        "error[page-test]: dashboard/p/page fails its test: count(by_oa) > 99.",
        'error[page-test]: bea does not see "id" on dashboard/p/page.',
    ]
