"""Dataflow tests: the rows given, the rows expected, and what is said when they differ."""

from __future__ import annotations

import textwrap

import pytest

from engine.addresses import Address, catalog_address, dataset_address
from engine.core.binding import Binder
from engine.core.compiled import ColumnLogic, CompiledDataset
from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.space import Resource, Space
from engine.core.state import VersionColumn
from engine.model.space import SpaceSpec
from engine.usecases.dataflow_tests import run_tests

FLOW = """
kind: Dataflow
name: flow
inputs: {doctors: catalog/doctors, extra: extra}
steps:
  - {output: by_oa, sql: "select 1"}
  - {output: top, sql: "select 1"}
  - {output: cast_day, sql: "select 1"}
"""

DOCTORS = {
    "num": "string", "oa": "string", "n": "integer", "price": "decimal(10,2)", "x": "float", "day": "date",
    "moment": "timestamp", "zoned": "timestamptz", "ok": "boolean", "tags": "list<string>", "doc": "json",
    "s": "struct<a: integer, b: string>",
}  # fmt: skip

QUERIES = {
    "by_oa": "select oa, count(distinct num) as doctors, sum(price) as total, avg(x) as mean, "
    "max(day) as day, max(moment) as moment, max(zoned) as zoned, bool_or(ok) as ok, max(tags) as tags, "
    "max(doc::varchar)::json as doc, max(s) as s "
    "from doctors group by oa",
    "top": "select oa, doctors from by_oa order by doctors desc, oa limit 1",
    "cast_day": "select cast(num as date) as day from doctors",
}


def dataset(name: str, columns: dict[str, str], query: str = "", **inputs: Address) -> CompiledDataset:
    logic = tuple(ColumnLogic(c, word, "expression", (), "") for c, word in columns.items())
    address = dataset_address("p", name)
    return CompiledDataset(address, logic, inputs, query, "", (), False, "", "", {}, {}, 0, None)


def found(test: str) -> list[str]:
    """What the test finds, as `line: summary detail`; the test's document starts at line 1."""
    files = [
        SourceFile("specs/space.yaml", b"kind: Space\nname: s\n"),
        SourceFile("specs/projects/p/flow.yaml", FLOW.encode()),
        SourceFile("specs/projects/p/tests/t.yaml", textwrap.dedent(test).strip("\n").encode()),
    ]
    resources, mistakes = load(files)
    assert not mistakes, mistakes
    by_address = {r.address: r for r in resources}
    settings = by_address[Address("space", "", "s")]
    assert isinstance(settings.spec, SpaceSpec)
    offered = {catalog_address("doctors"): dataset_address("p", "doctors")}
    space = Space(Resource(settings.address, settings.spec, settings.document), by_address, {}, offered)
    tables = {"doctors": tuple(VersionColumn(c, word) for c, word in DOCTORS.items())}
    compiled = {dataset_address("p", "doctors"): dataset("doctors", DOCTORS)}
    compiled[dataset_address("p", "extra")] = dataset("extra", {"a": "integer"})
    with Binder() as binder:
        for name, query in QUERIES.items():
            columns = binder.columns(query, tables)
            tables[name] = columns
            inputs = {n: dataset_address("p", n) for n in tables if f"from {n}" in query}
            compiled[dataset_address("p", name)] = dataset(
                name, {c.name: c.type for c in columns}, query, **inputs
            )
    diagnostics = run_tests(space, compiled)
    assert all(d.span.file == "specs/projects/p/tests/t.yaml" for d in diagnostics)
    return [f"{d.span.line}: {d.summary} {d.detail}".rstrip() for d in diagnostics]


HEAD = "kind: DataflowTest\nname: t\ndataflow: flow\n"


def given(*rows: str, **expect: list[str]) -> str:
    """A test whose given rows start at line 6, and whose expected rows follow."""
    lines = ["given:", "  doctors:", *(f"    - {row}" for row in rows), "expect:"]
    for output, expected in expect.items():
        lines += [f"  {output}:{'' if expected else ' []'}", *(f"    - {row}" for row in expected)]
    return HEAD + "\n".join(lines) + "\n"


ROW = (
    '{num: "1", oa: AFU, price: 1.50, x: 0.1, day: 2024-01-31, moment: "2024-01-31 10:00:00", '
    'zoned: "2024-01-31T10:00:00+01:00", '
    "ok: true, tags: [a, b], doc: {k: [1, null]}, s: {a: 1, b: x}}"
)


def test_rows_of_every_type_go_in_and_are_compared_by_value() -> None:
    expected = (
        "{s: {b: x, a: 1}, doc: {k: [1, null]}, tags: [a, b], ok: true, moment: 2024-01-31T10:00:00, "
        "zoned: 2024-01-31T09:00:00Z, "
        "day: 2024-01-31, mean: 0.1, total: 3, doctors: 1, oa: AFU}"
    )
    assert found(given(ROW, ROW, by_oa=[expected])) == []


def test_columns_that_no_expected_row_names_are_not_compared() -> None:
    assert found(given('{num: "1", oa: AFU}', '{num: "2", oa: AFU}', by_oa=["{doctors: 2}"])) == []


def test_missing_columns_and_inputs_are_null_and_order_is_free() -> None:
    rows = ["{oa: null, doctors: 1}", "{oa: AFU, doctors: 0}"]
    assert found(given("{oa: AFU}", '{num: "1"}', by_oa=rows)) == []
    assert found(given("{oa: AFU}", '{num: "1"}', by_oa=rows[::-1])) == []


def test_a_step_is_computed_from_the_steps_before_it() -> None:
    rows = ['{num: "1", oa: B}', '{num: "2", oa: B}', '{num: "1", oa: A}']
    assert found(given(*rows, top=["{oa: B, doctors: 2}"])) == []


def test_a_difference_names_the_first_row_that_is_missing_and_shows_both_sides() -> None:
    rows = ["{oa: AFU, doctors: 1}", "{oa: CFAR, doctors: 2}"]
    assert found(given('{num: "1", oa: AFU}', '{num: "1", oa: CFAR}', by_oa=rows)) == [
        '11: Output "by_oa" is not as expected: 1 row missing and 1 row unexpected. '
        "Missing: {oa: CFAR, doctors: 2}. Unexpected: {oa: CFAR, doctors: 1}."
    ]


def test_rows_too_many_are_told_at_the_output() -> None:
    assert found(given('{num: "1", oa: AFU}', top=[])) == [
        '8: Output "top" is not as expected: 1 row unexpected. Unexpected: {oa: AFU, doctors: 1}.'
    ]


def test_repeated_rows_count() -> None:
    [message] = found(given('{oa: AFU, num: "1"}', by_oa=["{oa: AFU}", "{oa: AFU}"]))
    assert message.startswith('10: Output "by_oa" is not as expected: 1 row missing.')


def test_many_differences_are_counted_and_few_shown() -> None:
    [message] = found(given(*(f"{{oa: A{i}}}" for i in range(9)), by_oa=[]))
    assert "9 rows unexpected" in message
    assert "and 6 more." in message


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (given("{oa: AFU, onm: x}", by_oa=[]), '6: "doctors" has no column "onm".'),
        (
            given("{oa: AFU}", by_oa=["{doctor: 1}"]),
            '9: "by_oa" has no column "doctor". Did you mean "doctors"?',
        ),
        (given("{n: many}", by_oa=[]), "6: Column \"n\" is integer, and 'many' is not."),
        (given("{n: 1.5}", by_oa=[]), '6: Column "n" is integer, and 1.5 is not.'),
        (given("{num: 1}", by_oa=[]), '6: Column "num" is string, and 1 is not. Write text in quotes.'),
        (given("{}", "{day: 2024-02-31}", by_oa=[]), "7: 2024-02-31 is no date."),
        (given("{}", "{s: {a: x}}", by_oa=[]), '7: {"a": "x"} is no struct<a: integer, b: string>.'),
        (given("{oa: A}", by_oa=["{oa: A, doctors: none}"]), '9: Column "doctors" is integer, and'),
    ],
)
def test_a_row_that_does_not_fit_its_columns_is_told_at_its_line(test: str, message: str) -> None:
    [said] = found(test)
    assert said.startswith(message)


def test_a_query_that_fails_over_the_rows_is_told_in_one_sentence() -> None:
    [message] = found(given('{num: "x"}', cast_day=[]))
    assert message.startswith('8: Output "cast_day" cannot be computed from the given rows. invalid date')
    assert "{" not in message


def test_a_test_of_outputs_that_do_not_compile_is_left_out() -> None:
    text = "kind: DataflowTest\nname: t\ndataflow: flow\ngiven: {doctors: []}\nexpect: {nothing: []}\n"
    assert found(text) == []
