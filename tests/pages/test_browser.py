"""The page in a real browser: closed, quiet, readable without scripts, and exact under every filter."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.pages.harness import site
from tests.pages.spaces import BODIES, PLACES, dashboard
from tests.pages.test_release import written

pytestmark = pytest.mark.browser

PAGE = """
title: "{{ count(distinct doctors.id) }} doctors"
summary: Who accredits doctors.
datasets: {by_oa: by_oa, doctors: doctors}
source: {label: Invented}
filters:
  - {name: oa, label: Accredited body, from: doctors, column: oa, type: multiselect}
  - {name: dep, label: Department, from: doctors, column: dep, type: select}
  - {name: month, label: Month, from: doctors, column: month, type: date_range}
  - {name: age, label: Age, from: doctors, column: age, type: slider}
  - {name: active, label: Active only, from: doctors, column: active, type: toggle}
  - {name: seek, label: Find, from: doctors, column: oa, type: search}
rows:
  - - {kpi: "count(distinct id)", from: doctors, title: Doctors}
    - {kpi: "avg(age)", from: doctors, title: Mean age, format: dec2}
    - {kpi: "median(age)", from: doctors, title: Median age, format: dec1}
    - {text: "In all {{ count(doctors) | integer }} rows."}
  - - {chart: bar, from: doctors, x: "count(*)", y: dep, title: By department, sort: -x}
    - {chart: line, from: doctors, x: month, y: "count(distinct id)", series: dep, title: By month}
  - - {table: doctors, columns: [id, oa, dep, age], title: Rows, search: true, page_size: 25}
    - table: doctors
      title: Cross
      pivot: {rows: [oa], columns: [dep], values: ["count(distinct id)"]}
      totals: [row, column]
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page above, written once with the assets of the site."""
    return site(tmp_path_factory.mktemp("browser"), dashboard(PAGE), "page")


@contextmanager
def opened(chromium: Any, url: str, **options: Any) -> Iterator[Any]:
    """A tab on a page whose script is ready; the test fails on any message, error or violation."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: said.append(f"error: {error}"))
    tab.goto(url)
    if options.get("java_script_enabled", True):
        tab.wait_for_selector("html[data-ready]")
    yield tab
    assert said == []
    context.close()


def filtered(tab: Any) -> None:
    """Wait until the filters of the address are drawn."""
    tab.wait_for_selector("html[data-drawn]")


def value(tab: Any, title: str) -> str:
    """The number in the tile of that title."""
    return str(tab.get_by_role("region", name=title, exact=True).locator(".db-value").inner_text())


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_the_page_breaks_no_policy_and_says_nothing_in_the_console(
    chromium: Any, page: Path, serve: Any, scheme: str
) -> None:
    root = page.parents[3]
    address = page.as_uri() if scheme == "file" else f"{serve(root)}/{page.relative_to(root)}"
    with opened(chromium, address) as tab:
        tab.get_by_label("Accredited body").select_option(["AFU", "ORL"])
        filtered(tab)
        assert tab.locator(".db-live svg").count() == 2
        tab.get_by_role("button", name="Reset").click()
        assert tab.locator(".db-live:visible").count() == 0


def test_without_scripts_every_number_is_there_and_no_dead_control(chromium: Any, page: Path) -> None:
    with opened(chromium, page.as_uri(), java_script_enabled=False) as tab:
        text = tab.locator("main").inner_text()
        assert str(len({r["id"] for r in written()})) in text
        assert tab.get_by_role("region", name="Rows", exact=True).locator("tbody tr:visible").count() == 300
        assert tab.locator("form:visible, main button:visible, main input:visible").count() == 0
        assert tab.locator(".db-chart svg[role=img]:visible").count() == 2


SELECTIONS = [
    *({"oa": list(some), "dep": [dep] if dep else []} for some in ((), ("AFU",), ("AFU", "Écho"), BODIES[1:])
      for dep in ("", *PLACES[:2])),
    {"month": ["2024-03-01..2024-08-31"]}, {"month": ["..2024-05-01"], "oa": ["CFAR"]},
    {"age": ["40..55"]}, {"active": ["true"], "dep": ["2A"]}, {"seek": ["ECHO"]},
    {"seek": ["or"], "age": ["..50"]},
]  # fmt: skip


def chosen(selection: dict[str, list[str]]) -> list[dict[str, str]]:
    """The rows a selection leaves, worked out without the engine."""
    rows = written()
    low, _, high = selection.get("month", [".."])[0].partition("..")
    least, _, most = selection.get("age", [".."])[0].partition("..")
    sought = selection.get("seek", [""])[0].lower()
    return [
        r for r in rows
        if (not selection.get("oa") or r["oa"] in selection["oa"])
        and (not selection.get("dep") or r["dep"] in selection["dep"])
        and (low or "0") <= r["month"] <= (high or "9")
        and int(least or 0) <= int(r["age"]) <= int(most or 999)
        and (not selection.get("active") or r["active"] == "True")
        and sought in r["oa"].lower().replace("é", "e")
    ]  # fmt: skip


def test_every_number_under_every_filter_is_what_the_rows_say(chromium: Any, page: Path) -> None:
    for selection in SELECTIONS:
        query = urlencode([(k, v) for k, values in selection.items() for v in values])
        rows = chosen(selection)
        with opened(chromium, f"{page.as_uri()}?{query}") as tab:
            if query:
                filtered(tab)
            ages = [int(r["age"]) for r in rows]
            assert value(tab, "Doctors") == str(len({r["id"] for r in rows})), selection
            assert tab.locator("h1").inner_text() == f"{len({r['id'] for r in rows})} doctors"
            assert value(tab, "Mean age") == f"{statistics.fmean(ages):.2f}", selection
            assert value(tab, "Median age") == f"{statistics.median(ages):.1f}", selection
            assert f"In all {len(rows)} rows." in tab.locator(".db-prose").inner_text()
            bars = tab.get_by_role("region", name="By department", exact=True)
            found = dict(zip(*[iter(bars.locator("tbody td").all_text_contents())] * 2, strict=True))
            assert found == {dep: str(n) for dep in PLACES if (n := sum(r["dep"] == dep for r in rows))}, (
                selection
            )
            _assert_cross(tab, rows)


def _assert_cross(tab: Any, rows: list[dict[str, str]]) -> None:
    table = tab.get_by_role("region", name="Cross", exact=True).locator("table")
    heads = table.locator("thead th").all_text_contents()
    for line in table.locator("tbody tr").all():
        cells = line.locator("td").all_text_contents()
        mine = [r for r in rows if r["oa"] == cells[0]]
        for head, cell in zip(heads[1:], cells[1:], strict=True):
            units = {r["id"] for r in mine if head in ("Total", r["dep"])}
            assert cell == (str(len(units)) if units else "")


def test_a_filter_lives_in_the_address_and_reset_empties_it(chromium: Any, page: Path) -> None:
    with opened(chromium, page.as_uri()) as tab:
        before = value(tab, "Mean age")
        tab.get_by_label("Accredited body").select_option(["AFU", "CFAR"])
        filtered(tab)
        assert tab.url.endswith("?oa=AFU&oa=CFAR")
        assert value(tab, "Mean age") != before
        tab.get_by_role("button", name="Reset").click()
        assert "oa=" not in tab.url
        assert value(tab, "Mean age") == before


def test_a_table_sorts_searches_and_turns_pages(chromium: Any, page: Path) -> None:
    with opened(chromium, page.as_uri()) as tab:
        rows = tab.get_by_role("region", name="Rows", exact=True)
        assert rows.locator("tbody tr:visible").count() == 25
        rows.get_by_role("button", name="Next").click()
        assert "Page 2 / 12" in rows.inner_text()
        rows.get_by_role("button", name="Age").click()
        ages = [int(a) for a in rows.locator("tbody tr td:last-child").all_text_contents()]
        assert ages == sorted(ages, reverse=True)
        rows.get_by_label("Search").fill("echo")
        bodies = rows.locator("tbody tr:visible td:nth-child(2)").all_text_contents()
        assert set(bodies) == {"Écho"}


def test_the_download_is_what_is_seen_and_starts_no_formula(chromium: Any, tmp_path: Path) -> None:
    data = "id,oa,dep,month,age,active\n" + "".join(
        f"{i},{oa},75,2024-01-01,{-i},true\n" for i, oa in enumerate(["=1+1", "@x", "-2", "a", '"b,c"'])
    )
    files = dashboard(
        "title: T\ndatasets: {doctors: doctors}\n"
        "rows: [[{table: doctors, columns: [oa, age], title: All rows, search: true}]]",
        data=data,
    )
    with opened(chromium, site(tmp_path, files, "page").as_uri()) as tab:
        assert _downloaded(tab) == (
            "\ufeffAccredited body,Age\r\n'=1+1,0\r\n'@x,-1\r\n-2,-2\r\na,-3\r\n\"b,c\",-4\r\n"
        )
        tab.get_by_label("Search").fill("b,c")
        assert _downloaded(tab) == '\ufeffAccredited body,Age\r\n"b,c",-4\r\n'


def _downloaded(tab: Any) -> str:
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Download CSV").click()
    return Path(waiting.value.path()).read_bytes().decode()


def test_on_a_phone_nothing_scrolls_sideways(chromium: Any, page: Path) -> None:
    for width in (320, 375, 640, 800):
        with opened(chromium, page.as_uri(), viewport={"width": width, "height": 800}) as tab:
            assert tab.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_barrier_that_axe_finds(chromium: Any, page: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with opened(chromium, page.as_uri(), color_scheme=scheme) as tab:
        for details in tab.locator("details").all():
            details.evaluate("node => { node.open = true; }")
        found = axe.Axe().run(tab, options={"preload": False}).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found] == []


def test_one_filter_depends_on_another(chromium: Any, tmp_path: Path) -> None:
    text = PAGE.replace("column: dep, type: select}", "column: dep, type: select, depends_on: oa}")
    data = "id,oa,dep,month,age,active\n" + "".join(
        f"d{i},{oa},{dep},2024-01-01,40,true\n"
        for i, (oa, dep) in enumerate(itertools.product(["AFU", "CFAR"], ["75", "92"]))
        if (oa, dep) != ("AFU", "92")
    )
    with opened(chromium, site(tmp_path, dashboard(text, data=data), "page").as_uri()) as tab:
        options = "[...document.querySelector('[name=dep]').options].filter(o => !o.hidden).map(o => o.value)"
        assert tab.evaluate(options) == ["", "75", "92"]
        tab.get_by_label("Accredited body").select_option(["AFU"])
        filtered(tab)
        assert tab.evaluate(options) == ["", "75"]
