"""Binding SQL over empty tables: types, mistakes with their place, and what SQL in specs may not say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb
import pytest

from engine.core.binding import Binder, BindError
from engine.core.binding_as_read import check_as_read
from engine.core.binding_steady import UNSTABLE
from engine.core.state import VersionColumn

TABLES = {
    "doctors": (
        VersionColumn("oa", "string"),
        VersionColumn("n", "integer"),
        VersionColumn("é", "string"),
        VersionColumn("d", "date"),
        VersionColumn("l", "list<integer>"),
        VersionColumn("price", "decimal(10,2)"),
    ),
    "select": (VersionColumn("a b", "struct<x: integer>"),),
}


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as binder:
        yield binder


def bound(binder: Binder, sql: str) -> list[tuple[str, str]]:
    return [(c.name, c.type) for c in binder.columns(sql, TABLES)]


def refused(binder: Binder, sql: str) -> tuple[int, int, str]:
    with pytest.raises(BindError) as caught:
        binder.columns(sql, TABLES)
    return caught.value.line, caught.value.column, caught.value.message


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("select oa, count(*) as k from doctors group by oa", [("oa", "string"), ("k", "integer")]),
        ("select sum(n) s, avg(n) m, sum(price) p from doctors", "s integer, m float, p decimal(38,2)"),
        ("with a as (select n from doctors) select n from a", "n integer"),
        ("select 1 as x union all select 2 order by x", "x integer"),
        ("values (1, 'x')", "col0 integer, col1 string"),
        ("from doctors", "oa string, n integer, é string, d date, l list<integer>, price decimal(10,2)"),
        ('select "a b".x as x from "select"', "x integer"),
        ("select u.x from doctors, unnest(l) as u(x)", "x integer"),
        ("select range as r from range(3)", "r integer"),
        (
            "with recursive r as (select 1 as x union all select x + 1 from r where x < 9) select x from r",
            "x integer",
        ),
        ("select oa from doctors; ", "oa string"),
        ("select oa from doctors where d::timestamptz >= timestamptz '2024-01-01'", "oa string"),
        ("select age(d, d) as a from doctors", "a string"),
        ("select oa as user from doctors", "user string"),
        (
            "pivot (select oa, n from doctors) on oa in ('AFU') using sum(n)",
            "AFU integer",
        ),
        ("select AFU from doctors pivot (sum(n) for oa in ('AFU', 'CFAR'))", "AFU integer"),
    ],
)
def test_a_query_is_typed_in_the_words_of_the_specs(
    binder: Binder, sql: str, columns: str | list[tuple[str, str]]
) -> None:
    words = columns if isinstance(columns, str) else ", ".join(" ".join(c) for c in columns)
    if sql.startswith("pivot"):
        sql = f"select * from ({sql})"
    assert ", ".join(" ".join(c) for c in bound(binder, sql)) == words


@pytest.mark.parametrize(
    ("sql", "line", "column", "part"),
    [
        ("select\n  oa,\n  é, nn\nfrom doctors", 3, 6, 'no column "nn" here. Did you mean "n"'),
        ("select oa from doctrs", 1, 16, 'no table "doctrs" here. Did you mean "doctors"'),
        (
            "select oa\nfrom doctors\nwhere upperr(oa) = 'X'",
            3,
            7,
            'no function "upperr". Did you mean "upper"',
        ),
        ("select oa + n from doctors", 1, 11, '"+" does not take (string, integer)'),
        ("select sum(oa) from doctors", 1, 8, '"sum" does not take (string)'),
        ("select oa+ from doctors", 1, 12, "not SQL"),
        ("select 'oa from doctors", 1, 8, "unterminated quoted string"),
        ("select count(n), oa from doctors", 1, 18, "GROUP BY"),
        ("select a.n, b.n from doctors a, doctors b", 1, 1, 'Two columns are named "n"'),
        ("select n from doctors a, doctors b", 1, 8, "Ambiguous"),
        ("pivot doctors on oa in ('AFU') using sum(n)", 1, 1, "write `from (pivot ...)`"),
        ("", 1, 1, "empty"),
    ],
)
def test_a_mistake_is_one_plain_sentence_with_its_place(
    binder: Binder, sql: str, line: int, column: int, part: str
) -> None:
    found = refused(binder, sql)
    assert found[:2] == (line, column)
    assert part in found[2]
    assert "\n" not in found[2]
    assert "Candidate functions" not in found[2]
    assert len(found[2]) < 250


@pytest.mark.parametrize(
    ("sql", "line", "column", "message"),
    [
        ("select n from doctors\nwhere n = 'many'", 2, 11, "'many' is no integer."),
        ("select n from doctors where 'x' < d", 1, 29, "'x' is no date."),
        ("select n from doctors where d between '2024-01-01' and '2024-02-31'", 1, 56, "'2024-02-31' is"),
        (
            "select n from doctors as x where x.price in (1, '2', 'three')",
            1,
            54,
            "'three' is no decimal(10,2).",
        ),
        (
            "select n from doctors where d::timestamptz > timestamptz '2024-13-01'",
            1,
            58,
            "'2024-13-01' is no timestamptz.",
        ),
        ("select date '2024-13-01' as x", 1, 13, "'2024-13-01' is no date."),
        ("select cast('x' as integer) as x", 1, 13, "'x' is no integer."),
        ("select a.n from doctors a join doctors b on a.n = b.n and b.d > 'x'", 1, 65, "'x' is no date."),
    ],
)
def test_a_text_that_is_no_value_of_its_columns_type_is_told_before_anything_runs(
    binder: Binder, sql: str, line: int, column: int, message: str
) -> None:
    assert refused(binder, sql)[:2] == (line, column)
    assert refused(binder, sql)[2].startswith(message)


@pytest.mark.parametrize(
    "sql",
    [
        "select n from doctors where oa = 'many' and d > '2024-01-31' and n = '3'",
        "select try_cast('x' as integer) as x",
        "with doctors as (select 'x' as n) select n from doctors where n = 'many'",
        "select n from (select oa as n from doctors) where n = 'many'",
        "select o.n from doctors as d, (select oa as n from doctors) as o where o.n = 'y'",
        "select oa from doctors where n is null or 'x' = oa",
    ],
)
def test_texts_that_may_be_right_are_left_alone(binder: Binder, sql: str) -> None:
    assert bound(binder, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "select 1; drop table doctors",
        "drop table doctors",
        "insert into doctors values (1)",
        "create table x as select 1",
        "copy (select 1) to 'x'",
        "attach 'x.db'",
        "pragma version",
        "set threads = 2",
        "call duckdb_settings()",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('*')",
        "select * from duckdb_settings()",
        "select * from duckdb_tables",
        "select * from information_schema.tables",
        "select * from pg_catalog.pg_class",
        "select * from sqlite_master",
        "select * from query('select 1')",
        "select * from query_table('doctors')",
        "select * from (with a as (select * from duckdb_views), duckdb_views as (select 1) select * from a)",
        "select * from (describe doctors)",
        "select * from (summarize doctors)",
        "select (select max(database_name) from duckdb_tables)",
        "select oa from doctors where n in (select 1 from duckdb_tables)",
        "select * from doctors positional join read_text('/etc/passwd')",
        "select * from doctors, lateral (select * from read_text('/etc/passwd'))",
        "select $1",
        "select ?",
        "select * from doctors using sample 10%",
        "select * from doctors tablesample 10%",
        "select * from (pivot doctors on oa using sum(n))",
        "select * from doctors pivot (sum(n) for oa in any)",
    ],
)
def test_what_is_not_one_query_over_the_given_tables_is_refused(binder: Binder, sql: str) -> None:
    refused(binder, sql)


@pytest.mark.parametrize(
    "call",
    [
        "random()", '"random"()', "main.random()", "RANDOM()", "random /* x */ ()", "uuid()", "now()",
        "gen_random_uuid()", "today()", "current_date", "current_timestamp", "localtime", "user",
        "get_current_timestamp()", "nextval('s')", "setseed(0.5)", "getenv('HOME')", "age(d)",
        "current_user", "current_setting('threads')",
        "ago(interval 1 day)", "d.age()",
    ],
)  # fmt: skip
def test_what_answers_otherwise_another_time_is_refused(binder: Binder, call: str) -> None:
    line, column, message = refused(binder, f"select\n  {call} as x\nfrom doctors")
    assert line == 2
    assert column >= 3
    assert "same when made again" in message


def test_every_function_the_engine_calls_unstable_is_refused_but_error() -> None:
    listed = duckdb.execute(
        "select distinct function_name from duckdb_functions() where stability <> 'CONSISTENT'"
    ).fetchall()
    assert {name for (name,) in listed} - UNSTABLE == {"error"}


def test_checks_may_read_the_clock_and_nothing_else_unstable(binder: Binder) -> None:
    assert binder.columns("select d from doctors where d > current_date", TABLES, clock=True)
    with pytest.raises(BindError):
        binder.columns("select random() from doctors", TABLES, clock=True)


def test_tables_of_one_call_are_not_seen_by_the_next(binder: Binder) -> None:
    assert bound(binder, "from doctors")
    with pytest.raises(BindError, match='no table "doctors"'):
        binder.columns("from doctors", {"other": (VersionColumn("x", "integer"),)})


@pytest.mark.parametrize(
    "read",
    [
        "select random()", "select age(d) from doctors", "from duckdb_tables", "from main.doctors",
        "select * from read_text('x')", "from glob('*')", "describe doctors",
        "select * from (describe doctors)",
    ],
)  # fmt: skip
def test_the_rules_also_hold_for_the_query_as_the_engine_reads_it(read: str) -> None:
    quoted = read.replace("'", "''")
    [(facts,)] = duckdb.execute(f"select json_serialize_sql('{quoted}')").fetchall()
    with pytest.raises(BindError):
        check_as_read(json.loads(facts), TABLES, clock=False)


def test_nesting_beyond_reason_is_an_error_and_no_crash(binder: Binder) -> None:
    assert "too deeply" in refused(binder, f"select {'(' * 5000}1{')' * 5000}")[2]


def test_a_tree_is_parsed_once(binder: Binder) -> None:
    assert binder.tree("select oa from doctors") is binder.tree("select oa from doctors")


def test_a_closed_binder_opens_again() -> None:
    binder = Binder()
    assert binder.columns("from doctors", TABLES)
    binder.close()
    assert binder.columns("from doctors", TABLES)
    binder.close()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("oa is not null", "boolean"),
        ("n + 1", "integer"),
        ("self.oa || 'x'", "string"),
        ("count(distinct oa)", "integer"),
        ("/* so */ n -- many", "integer"),
        ("(select max(n) from self)", "integer"),
        ("n / 2", "float"),
    ],
)
def test_an_expression_is_typed_over_its_table(binder: Binder, text: str, word: str) -> None:
    assert binder.expression(text, TABLES["doctors"]) == word


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("é || oq", 1, 6),
        ("n\n + zz", 2, 4),
        ("n, oa", 1, 1),
        ("n as x", 1, 1),
        ("*", 1, 1),
        ("n from doctors", 1, 1),
        ("oa) union select (oa", 1, 3),
        ("(select 1 from other)", 1, 16),
        ("random()", 1, 1),
        ("n > 'many'", 1, 5),
        ("n; n", 1, 4),
        ("", 1, 1),
    ],
)
def test_a_text_that_is_not_one_sound_expression_is_refused(
    binder: Binder, text: str, line: int, column: int
) -> None:
    with pytest.raises(BindError) as caught:
        binder.expression(text, TABLES["doctors"])
    assert (caught.value.line, caught.value.column) == (line, column)
