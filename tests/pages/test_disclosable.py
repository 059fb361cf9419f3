"""Over single people a page says a closed set of things, wherever an expression may stand."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from engine.core.pages.disclosable import check_expression
from engine.core.pages.disclosable_conditions import NotDisclosable
from engine.core.pages.expressions import NotAnExpression, measure, parse
from tests.pages.harness import messages
from tests.pages.people import (
    ALLOWED,
    HEAD,
    HIV,
    PEOPLE,
    REFUSALS,
    REFUSED,
    ROWS,
    TILES,
    UNITS,
    in_texts,
    lines,
    qualified,
    space,
    text,
    told,
    yaml,
)


@pytest.mark.parametrize("place", TILES)
def test_nothing_else_is_said_in_any_place_of_a_tile(tmp_path: Path, place: str) -> None:
    """All of it as a number and in a text, every ninth wherever else one may stand."""
    asked = REFUSED if place in ("kpi", "text") else REFUSED[::9]
    written = asked if "d." not in TILES[place]("sum(income)") else in_texts(asked)
    found = lines(tmp_path, ROWS, map(TILES[place], written))
    missed = [e for e, codes in zip(written, found, strict=True) if not {*codes} & REFUSALS]
    assert missed == []
    assert sum("not-disclosable" in codes for codes in found) > 0.9 * len(found)


@pytest.mark.parametrize("place", TILES)
def test_the_closed_set_may_be_said_in_every_place_of_a_tile(tmp_path: Path, place: str) -> None:
    asked = ALLOWED if place in ("kpi", "text") else ALLOWED[::9]
    found = lines(tmp_path, ROWS, map(TILES[place], asked))
    assert {e: codes for e, codes in zip(asked, found, strict=True) if codes} == {}


LISTS = {
    "tests": lambda e: f"  - {{expect: {yaml(qualified(e) + ' > 5')}}}",
    "alerts": lambda e: f"  - {{name: a{abs(hash(e))}, when: {yaml(qualified(e) + ' > 5')}}}",
}


@pytest.mark.parametrize("place", LISTS)
def test_tests_and_alerts_are_held_to_the_same_set(tmp_path: Path, place: str) -> None:
    head = f"{HEAD}\nrows: [[{{kpi: count(*), from: d}}]]\n{place}:"
    # An alert compares numbers, and knows no functions of them.
    allowed = [
        e for e in ALLOWED[::3] if place == "tests" or not re.search("(round|abs|nullif|coalesce)\\(", e)
    ]
    found = lines(tmp_path / "allowed", head, map(LISTS[place], allowed))
    assert {e: codes for e, codes in zip(allowed, found, strict=True) if codes} == {}
    # An alert computes with what is shown: of its numbers, each is held to the set.
    refused = [e for e in in_texts(REFUSED[::3]) if place == "tests" or e != "sum(income) * count(*)"]
    found = lines(tmp_path / "refused", head, map(LISTS[place], refused))
    assert [e for e, codes in zip(refused, found, strict=True) if not codes] == []


@pytest.mark.parametrize("key", ["title", "summary", "description"])
def test_so_are_the_texts_of_the_page(tmp_path: Path, key: str) -> None:
    rest = "datasets: {d: people}\nrows: [[{kpi: count(*), from: d}]]"
    if key != "title":
        rest = f"title: T\n{rest}"
    for i, expression in enumerate(("max(income)", f"floor({HIV})", "count(distinct region)")):
        (line,) = told(tmp_path / str(i), f"{key}: {yaml(text(expression))}\n{rest}")
        assert "error[not-disclosable]" in line
    assert told(tmp_path / "good", f"{key}: {yaml(text(HIV))}\n{rest}") == []


@pytest.mark.parametrize(
    "expect",
    [
        "(select max(income) from d) > 5", "exists (select 1 from d where income = 3)",
        "count(d) > (select max(income) from \"d\")", "max(count(d)) over () > 3",
        "count(d)::varchar like '3%'", "(count(d) > 5) = (count(d) > 6)",
        "case when count(d) > 5 then true end", "count(d) > 5 and (select count(*) from D) > 1",
        "count(c) > 5 and max(d.income) > 3", "sum(c.n) > (select max(income) from d)",
        "sum(c.n) > (select max(total) from c)",
    ],
)  # fmt: skip
def test_a_test_compares_nothing_but_aggregates(tmp_path: Path, expect: str) -> None:
    page = "title: T\ndatasets: {d: people, c: cells}\nrows: [[{kpi: count(*), from: d}]]\ntests:\n"
    assert [line for line in told(tmp_path, f"{page}  - {{expect: {yaml(expect)}}}") if "error[" in line]


CONDITIONS = {
    "region = 'R1'": True,
    "birth >= date '2020-01-01' and (active or income between 1 and 9)": True,
    "region in ('R1', 'R2') and not active": True,
    "region = '{{ r }}'": True,
    "region = {{ r }} and income > 3": True,
    "year(birth) = 1990": True,
    "pid = 'x'": False,
    "pid <> '{{ r }}'": False,
    "PID = 'x'": False,
    "fullname like 'Z%'": False,
    "wage > 5": False,
    "income = (select max(income) from self)": False,
    "income > height": False,
    "hash(region) = 3": False,
    "length(region) = 2": False,
    "region = 'x {{ r }} y'": False,
    "active -- and region = 'R1'": False,
    "active /* and */": False,
}


@pytest.mark.parametrize(("where", "good"), CONDITIONS.items())
def test_a_pages_condition_chooses_by_columns_and_constants(tmp_path: Path, where: str, good: bool) -> None:
    page = (
        f"title: T\neach: {{r: [R1, R2]}}\ndatasets: {{d: {{dataset: people, where: {yaml(where)}}}}}\n"
        "rows: [[{kpi: count(*), from: d}]]"
    )
    found = told(tmp_path, page)
    assert (found == []) is good, found
    assert good or all("5:" in line and "error[" in line for line in found)


@pytest.mark.parametrize(
    "tile",
    [
        "{table: d}", "{table: d, columns: [region, income]}",
        "{chart: scatter, from: d, x: income, y: height}",
        "{vega_lite: {mark: point, encoding: {x: {field: income, type: quantitative}}}, from: d, title: T}",
        "{map: points, from: d, lat: lat, lon: height}", "{chart: box, from: d, x: region, y: income}",
        "{chart: line, from: d, x: birth, y: wage}",
    ],
)  # fmt: skip
def test_rows_of_people_are_not_shown_as_they_are(tmp_path: Path, tile: str) -> None:
    (line,) = told(tmp_path, f"{ROWS}\n  - [{tile}]")
    assert "error[not-disclosable]" in line


@pytest.mark.parametrize("dataset", ["people", "nameless"])
@pytest.mark.parametrize(
    ("tile", "good"),
    [
        ("{kpi: count(*), from: d}", True),
        ("{kpi: sum(income), from: d}", True),
        ("{table: d, columns: [region, 'count(*) filter (where active)']}", True),
        ("{chart: histogram, from: d, x: income}", True),
        ("{kpi: max(income), from: d}", False),
        ("{kpi: count(distinct income), from: d}", False),
        ("{table: d, columns: [region, income]}", False),
    ],
)
def test_rows_without_their_unit_are_rows_of_people_still(
    tmp_path: Path, dataset: str, tile: str, good: bool
) -> None:
    found = told(tmp_path, f"title: T\ndatasets: {{d: {dataset}}}\nrows: [[{tile}]]")
    assert (found == []) is good, found
    assert good or "error[not-disclosable]" in found[0]


def test_nobody_is_counted_or_ranked_where_the_unit_is_not_there(tmp_path: Path) -> None:
    page = "title: T\ndatasets: {d: nameless}\nrows:"
    asked = ("count(distinct income)", "median(income)", "quantile_cont(income, 0.5)")
    assert lines(tmp_path, page, map(TILES["kpi"], asked)) == [["not-disclosable"]] * 3


@pytest.mark.parametrize(
    ("column", "kind", "good"),
    [
        ("region", "select", True), ("region", "search", True), ("income", "slider", True),
        ("birth", "date_range", True), ("active", "toggle", True), ("pid", "select", False),
        ("fullname", "search", False), ("wage", "slider", False), ("pid", "search", False),
    ],
)  # fmt: skip
def test_no_filter_names_people(tmp_path: Path, column: str, kind: str, good: bool) -> None:
    found = told(
        tmp_path,
        f"{HEAD}\nfilters: [{{name: f, from: d, column: {column}, type: {kind}}}]\n"
        "rows: [[{kpi: count(*), from: d}]]",
    )
    assert [("rows-of-units" in line) for line in found] == ([] if good else [True])


def test_a_filter_of_another_dataset_names_nobody_either(tmp_path: Path) -> None:
    files = space(
        "title: T\ndatasets: {d: people, names: names}\n"
        "filters: [{name: f, from: names, column: fullname, type: select}]\n"
        "rows: [[{kpi: count(*), from: d}]]"
    )
    files["names.csv"] = "fullname\nA\n"
    files["projects/p/datasets/names.yaml"] = (
        "kind: Dataset\nname: names\ntitle: N\nfrom: {file: ../../../names.csv}\n"
        "columns: [{name: fullname, type: string}]\n"
    )
    assert ["rows-of-units" in line for line in messages(tmp_path, files)] == [True]


def test_the_newest_of_people_is_no_date_of_a_page(tmp_path: Path) -> None:
    (line,) = told(tmp_path, f"{HEAD}\nas_of: d.birth\nrows: [[{{kpi: count(*), from: d}}]]")
    assert line.startswith('5:8: error[not-disclosable]: The newest "birth" of "d" is one person')


def test_cells_look_at_nothing_but_themselves(tmp_path: Path) -> None:
    page = "title: T\ndatasets: {d: cells}\nrows:"
    good = ("sum(n)", "sum(n) / sum(total)", "count(*)", "floor(sum(n))", "sum(n) * sum(total)", "stddev(n)")
    assert lines(tmp_path / "good", page, map(TILES["kpi"], good)) == [[]] * len(good)
    refused = ("(select sum(n) from self)", "sum(sum(n)) over ()", "sum((select max(n) from self))")
    found = lines(tmp_path / "refused", page, map(TILES["kpi"], refused))
    assert all(len(codes) == 1 and {*codes} <= REFUSALS for codes in found)
    assert "not-disclosable" in found[1] == found[2]


def test_nothing_is_refused_where_there_is_no_floor(tmp_path: Path) -> None:
    files = space(
        f"{ROWS}\n" + "\n".join(map(TILES["kpi"], ("max(income)", f"floor({HIV})", "list(income)")))
    )
    files["projects/p/datasets/people.yaml"] = PEOPLE.replace("protect: {unit: pid, min_cell: 5}\n", "")
    assert messages(tmp_path, files) == []


ADVICE = {
    "max(income)": "Use quantile_cont(income, 0.9).",
    "min(income)": "Use quantile_cont(income, 0.1).",
    "count(distinct region)": "Use count(distinct pid).",
    f"cast({HIV} as bigint)": "Write the aggregate itself, and `format:` for how it is shown.",
    f"greatest({HIV}, 0)": "Write the aggregate itself, and `format:` for how it is shown.",
    "sum(active)": "Write count(*) filter (where ...).",
    "count(*) filter (where income > height)": "Compare columns with constants: =, <, between, in (...),",
    "string_agg(region, ',')": "Write count(*) or count(distinct pid), or sum, avg, median or quantile_cont",
}


def test_a_refusal_names_the_form_to_use_at_the_place(tmp_path: Path) -> None:
    found = told(tmp_path, ROWS + "\n" + "\n".join(map(TILES["kpi"], ADVICE)))
    assert [line.split(":")[:2] for line in found] == [[str(6 + i), "12"] for i in range(len(ADVICE))]
    for line, advice in zip(found, ADVICE.values(), strict=True):
        assert advice in line


CLOSED = {
    "abs", "avg", "contains", "count", "count_if", "countif", "date_trunc", "datetrunc", "day",
    "dayofweek", "lcase", "left", "lower", "mean", "median", "month", "nullif", "quantile_cont",
    "quarter", "round", "starts_with", "strip_accents", "sum", "ucase", "upper", "week",
    "year",
}  # fmt: skip
"""Functions of DuckDB that a page may use over people, under all their names."""
FORMS = (
    "{}(income)", "{}(region)", "{}(birth)", "{}(active)", "{}()", "{}(income, 0.5)", "{}(region, 'R')",
    "{}('month', birth)", "{}(income, height)", "{}(pid)", "{}(distinct pid)", "{}(count(*))",
    "{}(sum(income), 1)", "sum({}(income))", "sum({}(income, 2))", "sum(income * {}(height))",
    "avg(income) + {}(income)", "median({}(income))", "count({}(income))", "count(distinct {}(pid))",
    "count(*) filter (where {}(active))", "count(*) filter (where {}(income) = 3)",
    "count(*) filter (where {}(region, 'R'))", "count(*) filter (where {}(region) = 'R')",
    "count(*) filter (where {}('year', birth) = 3)", "count(*) filter (where income = {}(3))",
    "{}(income) filter (where active)", "quantile_cont(income, {}(0.5))", "round(sum(income), {}(1))",
)  # fmt: skip


def passes(expression: str) -> bool:
    """Whether the closed set takes an expression over people."""
    try:
        check_expression(parse(expression), UNITS)
    except (NotAnExpression, NotDisclosable):
        return False
    return True


def test_every_function_outside_the_closed_set_is_refused_wherever_it_stands() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute("select distinct function_name from duckdb_functions()").fetchall()
    names = {str(row[0]) for row in rows}
    words = {name for name in names if re.fullmatch(r"\w+", name)}
    assert len(words) > 500
    for name in sorted(words - CLOSED):
        assert [form for form in FORMS if passes(form.format(name))] == [], name
    operators = names - words - {"+", "-", "*", "/"}
    for operator in sorted(operators):
        for form in ("sum(income {} height)", "count(*) {} 3", "sum(income) {} count(*)"):
            assert not passes(form.format(operator)), (operator, form)


def test_what_is_allowed_is_taken_apart_into_parts_that_are_audited() -> None:
    for expression in ALLOWED:
        assert passes(expression), expression
        assert {leaf.kind for leaf in measure(expression).leaves} <= {"sum", "count", "distinct", "values"}
    assert not [expression for expression in REFUSED if passes(expression)]
