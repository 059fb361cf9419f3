"""Every verb against plain Python that does the same over generated rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.binding import Binder
from engine.core.lowcode.casts import can_cast
from engine.core.lowcode.functions import AGGREGATES
from engine.core.types import SIMPLE, to_duckdb
from engine.model.lowcode import VERBS
from tests.steps.chains import Rows, query
from tests.steps.plain_verbs import JOINS, SIMPLE_VERBS, Row, bag, groups, in_order, of, unique

COLUMNS = {"k": "string", "n": "integer", "s": "string", "l": "list<integer>"}
OTHER = {"k": "string", "n": "integer", "label": "string"}
KEYS = st.sampled_from(["a", "b", "B", None])
NUMBERS = st.one_of(st.none(), st.integers(-3, 3))
TEXTS = st.one_of(st.none(), st.text("ab/1", max_size=4))
LISTS = st.one_of(st.none(), st.lists(NUMBERS, max_size=3))
ROWS = st.lists(st.fixed_dictionaries({"k": KEYS, "n": NUMBERS, "s": TEXTS, "l": LISTS}), max_size=7)
OTHERS = st.lists(st.fixed_dictionaries({"k": KEYS, "n": NUMBERS, "label": KEYS}), max_size=5)

PROPERTY = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Bench:
    """One DuckDB and one binder for all examples; each query is compiled once."""

    def __init__(self) -> None:
        self.binder = Binder()
        self.engine = duckdb.connect()
        self.queries: dict[str, str] = {}

    def rows(self, verbs: str, rows: Sequence[Row], others: Sequence[Row] = ()) -> list[Row]:
        """What the verbs leave of the rows, in the order they come."""
        if verbs not in self.queries:
            self.queries[verbs] = query(verbs, {"t": Rows(COLUMNS), "u": Rows(OTHER)}, self.binder)
        for name, columns, content in (("t", COLUMNS, rows), ("u", OTHER, others)):
            typed = ", ".join(f'"{c}" {to_duckdb(word)}' for c, word in columns.items())
            self.engine.execute(f"CREATE OR REPLACE TABLE {name} ({typed})")
            for row in content:
                marks = ", ".join(f"?::{to_duckdb(word)}" for word in columns.values())
                self.engine.execute(f"INSERT INTO {name} SELECT {marks}", [row[c] for c in columns])
        answer = self.engine.execute(self.queries[verbs])
        names = [d[0] for d in answer.description]
        return [dict(zip(names, found, strict=True)) for found in answer.fetchall()]

    def same(
        self, verbs: str, expected: Iterable[Row], rows: Sequence[Row], others: Sequence[Row] = ()
    ) -> None:
        """The verbs leave these rows, each as often, in any order."""
        assert bag(self.rows(verbs, rows, others)) == bag(expected)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.engine.close()
    bench.binder.close()


@pytest.mark.parametrize("name", SIMPLE_VERBS)
@PROPERTY
@given(rows=ROWS)
def test_a_verb_does_what_plain_python_does(bench: Bench, name: str, rows: list[Row]) -> None:
    verbs, oracle = SIMPLE_VERBS[name]
    bench.same(verbs, oracle(rows), rows)


@pytest.mark.parametrize("keys", [("n", "k"), ("-n", "k"), ("-k", "-n", "s", "l"), ("s",)])
@PROPERTY
@given(rows=ROWS)
def test_order_by_orders_with_nulls_last(bench: Bench, keys: tuple[str, ...], rows: list[Row]) -> None:
    names = [k.lstrip("-") for k in keys]
    found = bench.rows(f"- order_by: [{', '.join(keys)}]", rows)
    assert of(found, *names) == of(in_order(rows, *keys), *names)
    assert bag(found) == bag(rows)


@PROPERTY
@given(rows=ROWS)
def test_an_order_outlives_the_column_it_is_by(bench: Bench, rows: list[Row]) -> None:
    verbs = "- order_by: [-n, k, s, l]\n- derive: {n: k}\n- filter: k is not null\n"
    verbs += "- select: [s, k]\n- rename: {x: s}"
    kept = [r for r in in_order(rows, "-n", "k", "s", "l") if r["k"] is not None]
    assert bench.rows(verbs, rows) == [{"x": r["s"], "k": r["k"]} for r in kept]


@PROPERTY
@given(rows=ROWS)
def test_aggregates_that_depend_on_the_order_follow_the_order_before_them(
    bench: Bench, rows: list[Row]
) -> None:
    verbs = "- order_by: [-n]\n- aggregate:\n    by: [k]\n    metrics: {all: list(s), one: first(s)}"
    expected = []
    for (k,), group in groups(rows, "k").items():
        texts = [r["s"] for r in in_order(of(group, "n", "s"), "-n")]
        expected.append({"k": k, "all": texts, "one": texts[0]})
    bench.same(verbs, expected, rows)


@pytest.mark.parametrize("how", JOINS)
@PROPERTY
@given(rows=ROWS, others=OTHERS)
def test_a_join_does_what_two_loops_do(bench: Bench, how: str, rows: list[Row], others: list[Row]) -> None:
    bench.same(f"- join: {{to: u, on: [k], how: {how}}}", JOINS[how](rows, others), rows, others)


@pytest.mark.parametrize("distinct", [False, True])
@PROPERTY
@given(rows=ROWS, others=OTHERS)
def test_a_union_puts_rows_below_each_other_by_name(
    bench: Bench, distinct: bool, rows: list[Row], others: list[Row]
) -> None:
    verbs = (
        f"- select: [n, k]\n- derive: {{label: k}}\n- union: {{with: [u], distinct: {str(distinct).lower()}}}"
    )
    both = [{"n": r["n"], "k": r["k"], "label": r["k"]} for r in rows]
    both += [{"n": o["n"], "k": o["k"], "label": o["label"]} for o in others]
    bench.same(verbs, unique(both) if distinct else both, rows, others)


@pytest.mark.parametrize(
    ("verbs", "read"),
    [
        ("- parse_date: {column: s, format: '%d/%m/%Y', lenient: true}", "%d/%m/%Y"),
        ("- parse_date: {column: s, format: '%Y-%m-%d %H:%M', lenient: true}", "%Y-%m-%d %H:%M"),
    ],
)
def test_parse_date_reads_what_strptime_reads(bench: Bench, verbs: str, read: str) -> None:
    texts = ["31/01/2024", "2024-01-31 10:30", "31/02/2024", "x", "", None, "1/2/2024"]
    rows = [{"k": None, "n": i, "s": text, "l": None} for i, text in enumerate(texts)]
    found = bench.rows(f"{verbs}\n- order_by: [n]", rows)
    assert [row["s"] for row in found] == [parsed(text, read) for text in texts]


def parsed(text: str | None, read: str) -> datetime.date | None:
    try:
        moment = datetime.datetime.strptime(text or "", read)
    except ValueError:
        return None
    return moment if "%H" in read else moment.date()


def test_strict_parse_date_stops_at_what_it_cannot_read(bench: Bench) -> None:
    with pytest.raises(duckdb.Error):
        bench.rows(
            "- parse_date: {column: s, format: '%d/%m/%Y'}", [{"k": None, "n": 1, "s": "x", "l": None}]
        )


@PROPERTY
@given(rows=ROWS, seed=st.randoms(use_true_random=False))
def test_what_is_chosen_does_not_depend_on_the_order_rows_are_stored_in(
    bench: Bench, rows: list[Row], seed: Any
) -> None:
    shuffled = list(rows)
    seed.shuffle(shuffled)
    for verbs in (
        "- limit: 2",
        "- distinct: [k]",
        "- sample: {rows: 2}",
        "- order_by: [k]\n- limit: 2",
        "- order_by: [n]\n- window: {by: [k], columns: {i: row_number(), before: lag(s)}}",
        "- aggregate: {metrics: {a: list(s), b: first(n), c: any_value(l), d: mode(n)}}",
        "- aggregate: {metrics: {a: 'arg_max(s, n)', b: \"string_agg(s, ',')\"}}",
    ):
        assert bag(bench.rows(verbs, rows)) == bag(bench.rows(verbs, shuffled)), verbs


def test_every_verb_has_an_oracle() -> None:
    known = {name.split(",")[0] for name in SIMPLE_VERBS} | {"order_by", "join", "union", "parse_date"}
    assert known == set(VERBS)


def test_every_aggregate_of_the_engine_is_known() -> None:
    found = duckdb.execute(
        "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
    )
    assert {name for (name,) in found.fetchall()} <= AGGREGATES


def test_what_can_be_cast_is_what_the_engine_can_cast() -> None:
    values = {
        "string": "'1'", "integer": "1", "float": "1.5", "decimal(10,2)": "1.5", "boolean": "true",
        "date": "'2024-01-31'", "time": "'10:00:00'", "timestamp": "'2024-01-31'",
        "timestamptz": "'2024-01-31'",
        "uuid": "'9a2f3c1e-0000-0000-0000-000000000000'", "json": "'1'", "binary": "'1'",
        "list<integer>": "[1]", "struct<a: integer>": "{'a': 1}",
    }  # fmt: skip
    assert {word.partition("<")[0].partition("(")[0] for word in values} >= set(SIMPLE)
    for word, value in values.items():
        for target in values:
            cast = (
                f"select x::{to_duckdb(target)} from (select {value}::{to_duckdb(word)} as x from range(2))"
            )
            try:
                duckdb.execute(cast).fetchall()
                said = ""
            except duckdb.Error as error:
                said = str(error)
            assert can_cast(word, target) == ("Unimplemented" not in said), (word, target)
