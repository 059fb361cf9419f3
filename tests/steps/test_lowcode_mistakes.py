"""Every verb's mistakes, at the line and column where they stand in the YAML."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.core.binding import Binder
from engine.model.lowcode import VERBS
from tests.steps.chains import Rows, mistakes_of, node_of

TABLES = {
    "t": Rows(
        {"oa": "string", "n": "integer", "d": "string", "l": "list<integer>", "x": "float", "select": "date"}
    ),
    "u": Rows({"oa": "string", "n": "string", "label": "string"}),
}


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as binder:
        yield binder


CASES: list[tuple[str, list[str]]] = [
    (
        "- select: [oa, nn, oa]",
        [
            '1:16 unknown-column: There is no column "nn" at this point. Did you mean "n"?',
            '1:20 lowcode: Column "oa" is named twice.',
        ],
    ),
    ("- drop: [labl]", ['1:10 unknown-column: There is no column "labl" at this point.']),
    ("- drop: [oa, n, d, l, x, select]", ["1:9 lowcode: No column is left."]),
    (
        "- rename: {a: oaa, n: oa}",
        [
            '1:15 unknown-column: There is no column "oaa" at this point. Did you mean "oa"?',
            '1:23 lowcode: There is already a column "n".',
        ],
    ),
    ("- filter: oa", ["1:11 type: A filter is a condition, and this one is string."]),
    ("- filter: 'oa = n +'", ['1:19 sql: This SQL is not understood near "+".']),
    (
        "- filter: |\n    oa is not null\n    and nn > 1",
        ['3:9 sql: There is no column "nn" here. Did you mean "n"?'],
    ),
    ("- filter: count(*) > 1", ["1:11 lowcode: filter sees one row at a time. Write what looks at several"]),
    ("- filter: \"n = 'many'\"", ["1:16 sql: 'many' is no integer."]),
    ("- filter: n in (select 1)", ["1:11 sql: A query inside an expression is not allowed here"]),
    ("- filter: 'oa is null) union select (1'", ['1:22 sql: This SQL is not understood near ")".']),
    (
        "- derive:\n    a: oa + n\n    b: nn\n    c: sum(n)\n    d: current_date",
        [
            '2:11 sql: "+" does not take (string, integer); cast what has the wrong type.',
            '3:8 sql: There is no column "nn" here. Did you mean "n"?',
            "4:8 lowcode: derive sees one row at a time.",
            "5:8 sql: current_date gives another answer another time",
        ],
    ),
    (
        "- cast: {oa: integre, l: integer, nn: string}",
        [
            '1:14 type: "integre" is no column type;',
            '1:26 type: Column "l" is list<integer>, which cannot become integer.',
            '1:39 unknown-column: There is no column "nn" at this point.',
        ],
    ),
    (
        "- aggregate:\n    by: [o]\n    metrics: {k: cont(*), s: sum(oa), r: row_number(), v: n}",
        [
            '2:10 unknown-column: There is no column "o" at this point. Did you mean "oa"?',
            '3:18 sql: There is no function "cont". Did you mean "count"?',
            '3:30 sql: "sum" does not take (string)',
            '3:42 lowcode: Metric "r" is over a window.',
            '3:59 lowcode: Metric "v" is no aggregate.',
        ],
    ),
    (
        "- aggregate: {by: [oa], metrics: {oa: count(*)}}",
        ['1:39 lowcode: There is already a column "oa".'],
    ),
    ("- join: {to: v, on: [oa]}", ['1:14 unknown-table: There is no table "v" here:']),
    ("- join: {to: u, on: {oaa: oa}}", ['1:27 unknown-column: There is no column "oaa" at this point.']),
    ("- join: {to: u, on: {oa: oaa}}", ['1:26 unknown-column: There is no column "oaa" in table "u".']),
    ("- join: {to: u, on: [n]}", ['1:22 type: Key "n" is integer here and string in "u".']),
    (
        "- join: {to: u, on: [oa], columns: [labl, n, n]}",
        [
            '1:37 unknown-column: There is no column "labl" in table "u". Did you mean "label"?',
            '1:46 lowcode: Column "n" is named twice.',
        ],
    ),
    ("- join: {to: u, on: [oa], suffix: ''}", ['1:9 lowcode: There is already a column "n".']),
    ("- join: {to: u, on: [oa], how: semi, columns: [n]}", ["1:47 lowcode: A semi join keeps no column"]),
    (
        "- select: [oa, n]\n- union: {with: [u, uu]}",
        [
            '2:18 type: Column "n" is integer here and string in "u".',
            '2:18 lowcode: Table "u" has a column "label" that is not here.',
            '2:21 unknown-table: There is no table "uu" here:',
        ],
    ),
    (
        "- order_by: [-nn, n, -n]",
        [
            '1:14 unknown-column: There is no column "nn" at this point. Did you mean "n"?',
            '1:22 lowcode: Column "n" is named twice.',
        ],
    ),
    ("- distinct: [nn]", ['1:14 unknown-column: There is no column "nn" at this point.']),
    (
        "- fill_null:\n    n: x\n    oa: 1\n    select: 2024-13-01\n    l: 3",
        [
            '2:8 type: Column "n" is integer, and this value is not.',
            '3:9 type: Column "oa" is string, and this value is not.',
            '4:13 type: Column "select" is date, and this value is not.',
            '5:8 type: Column "l" is list<integer>, and this value is not.',
        ],
    ),
    ("- drop_null: [nn]", ['1:15 unknown-column: There is no column "nn" at this point.']),
    (
        "- pivot_wider: {names: oa, values: n, columns: [A, 1, A], by: [n]}",
        [
            '1:64 lowcode: Column "n" is spread out, and cannot stay.',
            '1:52 type: Column "oa" is string, and this value is not.',
            '1:55 lowcode: There is already a column "A".',
        ],
    ),
    ("- pivot_wider: {names: oa, values: d, columns: [A]}", ['1:16 sql: "sum" does not take (string)']),
    ("- pivot_wider: {names: o, values: d, columns: [A]}", ['1:24 unknown-column: There is no column "o"']),
    (
        "- pivot_longer: {columns: [n, oa], names: d, values: d}",
        [
            '1:31 type: Column "oa" is string, and "n" is integer.',
            '1:43 lowcode: There is already a column "d".',
        ],
    ),
    ("- unnest: {column: oa}", ['1:20 type: Column "oa" is string and no list.']),
    ("- unnest: {column: l, as: n}", ['1:27 lowcode: There is already a column "n".']),
    ("- sample: {rows: 3, by: [nn]}", ['1:26 unknown-column: There is no column "nn" at this point.']),
    ("- split: {column: n, by: x}", ['1:19 type: Column "n" is integer, and split needs string.']),
    (
        "- split: {column: d, by: x, into: [a, n, a]}",
        [
            '1:39 lowcode: There is already a column "n".',
            '1:42 lowcode: There is already a column "a".',
        ],
    ),
    ("- split: {column: d, by: x, into: [a], as: b}", ["1:44 lowcode: Write `into` for columns or `as`"]),
    (
        "- replace: {column: n, values: {x: 1, '2': y}}",
        [
            '1:36 type: Column "n" is integer, and "x" is no value of it.',
            '1:44 type: Column "n" is integer, and this value is not.',
        ],
    ),
    ("- replace: {column: n, pattern: a, with: b}", ['1:21 type: Column "n" is integer, and replace needs']),
    (
        "- replace: {column: d, pattern: '(a', with: b}",
        ["1:33 lowcode: This pattern is no regular expression: missing ): (a."],
    ),
    ("- replace: {column: d, pattern: '(a)', with: '\\2'}", ["1:46 lowcode: `with` names group \\2"]),
    ("- parse_date: {column: n, format: '%d'}", ['1:24 type: Column "n" is integer, and parse_date needs']),
    ("- parse_date: {column: d, format: '%Q'}", ["1:35 lowcode: This is no date format:"]),
    ("- parse_date: {column: d, format: '%d', as: n}", ['1:45 lowcode: There is already a column "n".']),
    (
        "- window: {by: [nn], order_by: [-xx], columns: {r: row_number()}}",
        [
            '1:17 unknown-column: There is no column "nn" at this point.',
            '1:33 unknown-column: There is no column "xx" at this point. Did you mean "x"?',
        ],
    ),
    ("- window: {columns: {r: row_number()}}", ['1:25 lowcode: Column "r" needs an order.']),
    (
        "- window: {order_by: [n], columns: {r: 'sum(n) + lag(nn)', oa: n + 1, s: sum(oa)}}",
        [
            '1:54 sql: There is no column "nn" here. Did you mean "n"?',
            '1:64 lowcode: Column "oa" looks at one row only.',
            '1:74 sql: "sum" does not take (string)',
        ],
    ),
]


@pytest.mark.parametrize(("verbs", "expected"), CASES, ids=[verbs.split("\n")[0] for verbs, _ in CASES])
def test_a_mistake_is_told_at_its_place(binder: Binder, verbs: str, expected: list[str]) -> None:
    found = mistakes_of(verbs, TABLES, binder)
    assert len(found) == len(expected), found
    for said, start in zip(sorted(found), sorted(expected), strict=True):
        assert said.startswith(start)
        assert "\n" not in said


def test_every_verb_that_can_be_wrong_is_seen_to_be_wrong() -> None:
    wrong = {verb for verbs, _ in CASES for verb in VERBS if f"- {verb}:" in verbs}
    assert set(VERBS) - wrong == {"limit"}


def test_mistakes_of_several_verbs_are_told_at_once_while_the_columns_are_known(binder: Binder) -> None:
    found = mistakes_of("- filter: nn = 1\n- order_by: [oaa]\n- select: [xx]\n- drop: [y]", TABLES, binder)
    assert [said.split(" ")[0] for said in found] == ["1:11", "2:14", "3:12"]


def test_a_step_that_starts_from_no_table_says_so(binder: Binder) -> None:
    from engine.core.lowcode import lowcode_query

    tables = {name: table.typed for name, table in TABLES.items()}
    sql, [mistake] = lowcode_query(node_of("- limit: 1", start="tt"), tables, binder)
    assert sql == ""
    assert (mistake.span.line, mistake.code) == (6, "unknown-table")
