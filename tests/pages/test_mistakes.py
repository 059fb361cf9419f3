"""Mistakes in a dashboard are found before anything is built, each at its line, with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import harness
from tests.pages.spaces import dashboard

HEAD = "title: Page\ndatasets: {by_oa: by_oa, doctors: doctors}\n"
FILE = "projects/p/dashboards/page.yaml"


def messages(folder: Path, text: str) -> list[str]:
    """The diagnostics of a page, from the file's name on."""
    return [m[m.index(FILE) + len(FILE) + 1 :] for m in harness.messages(folder, dashboard(HEAD + text))]


MISTAKES = {
    "rows: [[{kpi: sum(doctor), from: by_oa}]]":
        '5:19: error[bad-expression]: There is no column "doctor" here. Did you mean "doctors"?',
    "rows: [[{kpi: sum(doctors), from: by_ao}]]":
        '5:35: error[unknown-dataset]: The page has no dataset called "by_ao". Did you mean "by_oa"?',
    "rows: [[{kpi: doctors, from: by_oa}]]":
        '5:15: error[no-aggregate]: A number is an aggregate, but "doctors" is none. Write sum(doctors)',
    "rows: [[{chart: bar, from: by_oa, x: doctor, y: oa}]]":
        '5:38: error[unknown-column]: Dataset "by_oa" has no column "doctor". Did you mean "doctors"?',
    "rows: [[{chart: bar, from: by_oa, x: doctors}]]":
        "5:9: error[chart-needs]: A bar chart needs `y`.",
    "rows: [[{table: by_oa, columns: [oa, years]}]]":
        '5:38: error[unknown-column]: Dataset "by_oa" has no column "years". Known here: age,',
    "rows: [[{text: 'All {{ sum(by_oa.docters) | integer }}'}]]":
        '5:24: error[bad-expression]: There is no column "docters" here. Did you mean "doctors"?',
    "rows: [[{text: '{{ total }}'}]]":
        '5:20: error[bad-expression]: "total" is unknown here. Known here: as_of.',
    "rows: [[{text: '{{ count(by_oa) | integr }}'}]]":
        '5:20: error[unknown-format]: There is no format "integr". Did you mean "integer"?',
    "rows: [[{vega_lite: {data: {url: x.csv}, mark: bar}, from: by_oa, title: T}]]":
        "5:34: error[vega-lite-url]: A page reads nothing from outside: data by URL is not possible.",
    "rows: [[{vega_lite: {mark: bar}, from: by_oa}]]":
        "5:9: error[no-alt]: No words can be made up for this chart: give it `title` or `alt`.",
    "rows: [[{kpi: count(*), from: by_oa, link: {dashboard: pages}}]]":
        '5:56: error[unknown-dashboard]: There is no dashboard "pages". Did you mean "page"?',
    "filters: [{name: dep, from: doctors, column: dep, type: select, applies_to: [doctors, by_oa]}]\n"
    "rows: [[{table: by_oa}]]":
        '5:87: error[filter-column]: Dataset "by_oa" has no column "dep" to filter by.',
    "filters: [{name: oa, from: doctors, column: oa, type: slider}]\nrows: [[{table: by_oa}]]":
        "5:55: error[filter-type]: A slider cannot act on a column of type string.",
    "filters:\n  - {name: oa, from: doctors, column: oa, type: select}\n"
    "  - {name: oa, from: doctors, column: dep, type: select}\nrows: [[{table: by_oa}]]":
        '7:12: error[duplicate-name]: There is another filter called "oa" on this page.',
    "filters: [{name: oa, from: doctors, column: oa, type: select}]\n"
    "rows: [[{kpi: stddev(age), from: doctors}]]":
        "6:9: error[not-filterable]: STDDEV(age) cannot be kept exact under the page's filters.",
    "tests: [{expect: 'count(by_oa)'}]\nrows: [[{table: by_oa}]]":
        "5:18: error[not-boolean]: A test is true or false, but this is integer.",
    "rows: [[{kpi: sum(s.doctors) + 1, from: by_oa}]]":
        '5:19: error[bad-expression]: There is no table "s" here: write its columns by their own',
    "rows: [[{kpi: flor(doctors), from: by_oa}]]":
        '5:15: error[bad-expression]: There is no function "flor". Did you mean "floor"?',
    "rows: [[{kpi: doctrs, from: by_oa}]]":
        '5:15: error[unknown-column]: Dataset "by_oa" has no column "doctrs". Did you mean "doctors"?',
    "rows: [[{chart: bar, from: by_oa, x: sum(doctors, y: oa}]]":
        '5:38: error[bad-expression]: "sum(doctors" is not understood; a bracket is missing, or one too',
    "rows: [[{chart: bar, from: by_oa, x: upper(oa), y: doctors}]]":
        '5:38: error[no-aggregate]: "upper(oa)" is neither a column nor an aggregate.',
    "rows: [[{chart: bar, from: by_oa, x: max(oa), y: oa}]]":
        '5:9: error[not-a-number]: "max(oa)" is string, which is nothing to measure.',
    "rows: [[{kpi: sum(doctors) total, from: by_oa}]]":
        '5:15: error[bad-expression]: "sum(doctors) total" is not understood near "total".',
    "rows: [[{text: '{{ summ(by_oa.doctors) }}'}]]":
        '5:20: error[bad-expression]: There is no aggregate "summ". Did you mean "sum"?',
    "rows: [[{text: '{{ count(by_oa) | date }}'}]]":
        '5:20: warning[format-type]: "count(by_oa)" is integer, which is not written as date.',
    "tests: [{expect: 'count(by_oa) >'}]\nrows: [[{table: by_oa}]]":
        '5:18: error[bad-expression]: "count(by_oa) >" is not understood near ">".',
}  # fmt: skip
"""Pages from line 5 on, and how the one message about them begins."""


@pytest.mark.parametrize(("text", "expected"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_mistake_is_told_at_its_place_with_what_was_meant(tmp_path: Path, text: str, expected: str) -> None:
    found = messages(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_every_mistake_of_a_page_is_told_at_once(tmp_path: Path) -> None:
    found = messages(
        tmp_path,
        "rows:\n  - - {kpi: sum(x), from: by_oa}\n    - {chart: line, from: doctors, x: moth, y: count(*)}\n"
        "  - - {table: by_oa, columns: [y]}\n",
    )
    assert [line.split(":")[0] for line in found] == ["6", "7", "8"]


def test_a_missing_file_is_looked_for_among_files_of_its_kind(tmp_path: Path) -> None:
    files = dashboard(HEAD + "rows: [[{image: areas.pgn, alt: A}, {image: areas.png, alt: A}]]")
    files["projects/p/dashboards/other.yaml"] = (
        "kind: Dashboard\nname: other\ntitle: O\ndatasets: {by_oa: by_oa}\n"
        "rows: [[{image: areas.svg, alt: A}, {image: area.png, alt: A}]]\n"
    )
    files["projects/p/dashboards/areas.svg"] = "<svg/>"
    files["projects/p/dashboards/area.png"] = "-"
    found = harness.messages(tmp_path, files)
    assert len(found) == 2, found
    assert 'no file "areas.pgn". It is looked for at' in found[0]
    assert 'no file "areas.png". Did you mean "area.png"?' in found[1]


def test_a_page_may_only_raise_the_floor(tmp_path: Path) -> None:
    files = dashboard(HEAD + "min_cell: 3\nrows: [[{table: by_oa}]]")
    files["projects/p/datasets/doctors.yaml"] += "protect: {unit: id, min_cell: 5}\n"
    found = harness.messages(tmp_path, files)
    assert [m.split("error[")[1].split("]")[0] for m in found] == ["floor-lowered"]


def test_single_people_of_a_protected_dataset_are_never_listed(tmp_path: Path) -> None:
    files = dashboard(HEAD + "rows: [[{table: doctors, columns: [id, oa]}]]")
    files["projects/p/datasets/doctors.yaml"] += "protect: {unit: id, min_cell: 5}\n"
    found = harness.messages(tmp_path, files)
    assert ["not-disclosable" in m for m in found] == [True]


def test_a_page_that_says_everything_right_has_no_mistakes(tmp_path: Path) -> None:
    found = messages(
        tmp_path,
        """
as_of: doctors.month
filters:
  - {name: oa, from: doctors, column: oa, type: multiselect}
  - {name: dep, from: doctors, column: dep, type: select, depends_on: oa}
  - {name: month, from: doctors, column: month, type: date_range, default: last_6_months}
rows:
  - - {kpi: "count(distinct id)", from: doctors, title: Doctors, compare: {to: previous_period, good: up}}
    - {text: "{{ sum(by_oa.doctors) | integer }} on {{ as_of | date }}, {{ count(doctors) }} rows"}
  - - {chart: line, from: doctors, x: month, y: median(age), series: oa, title: Age}
    - {table: doctors, pivot: {rows: [oa], columns: [dep], values: [count(*)]}, totals: [row, column]}
tests: [{expect: "count(by_oa) > 0 and sum(by_oa.doctors) > 10"}, {as: ana, sees: [oa]}]
""",
    )
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "rows: [[{chart: bar, from: doctors, x: count(*), y: id}]]",
        "rows: [[{chart: bar, from: doctors, x: count(*), y: dep}]]",
        "filters: [{name: who, from: doctors, column: id, type: search, applies_to: [doctors]}]\n"
        "rows: [[{kpi: count(*), from: doctors}]]",
    ],
    ids=["by unit", "by personal column", "filter by unit"],
)
def test_people_of_a_protected_dataset_are_never_named(tmp_path: Path, text: str) -> None:
    files = dashboard(HEAD + text)
    written = files["projects/p/datasets/doctors.yaml"]
    files["projects/p/datasets/doctors.yaml"] = (
        written.replace("{name: dep, type: string}", "{name: dep, type: string, tags: [personal]}")
        + "protect: {unit: id, min_cell: 5}\n"
    )
    found = [m for m in harness.messages(tmp_path, files) if "dashboards/page.yaml" in m]
    assert ["rows-of-units" in m for m in found] == [True], found


def test_a_page_shows_nothing_above_the_level_that_it_declares(tmp_path: Path) -> None:
    rows = "rows: [[{table: by_oa}]]\n"
    told = messages(tmp_path, f"sensitivity: public\n{rows}")
    assert len(told) == 2
    assert told[0].startswith(
        "5:14: error[level-exceeded]: dashboard/p/page is declared public but shows dataset/p/by_oa, which "
        "is internal. It comes along dataset/p/doctors."
    )
    assert " -> dataset/p/by_oa.oa -> dashboard/p/page. Raise it, or show" in told[0]
    assert messages(tmp_path, f"sensitivity: internal\n{rows}") == []
