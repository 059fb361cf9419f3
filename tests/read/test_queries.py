"""What an honest user gets: exactly what DuckDB gives on the slices, and clear refusals."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engine.adapters.child import Limits
from engine.adapters.query_child import ChildQueries
from engine.diagnostics import PolicyUnavailable, QueryRefused
from engine.policy.decision import Obligations
from engine.ports import Table
from engine.usecases.published import Published
from engine.usecases.query import query
from tests.read.space import DOCTORS, NOW, ROMAIN, SITES, STUDIO, desk

HONEST = [q.strip() for q in Path(__file__).with_name("honest_queries.sql").read_text("utf-8").split(";\n")]

Opened = tuple[Any, Published]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return desk(tmp_path_factory.mktemp("honest"))


def ask(opened: Opened, sql: str, actor: str = "romain") -> Table:
    bench, published = opened
    return query(bench, published, sql, actor, "127.0.0.1", NOW)


@pytest.fixture(scope="module")
def unrestricted(opened: Opened) -> duckdb.DuckDBPyConnection:
    """DuckDB without any limit over romain's slices."""
    bench, published = opened
    versions = published.applied.versions
    files = {
        '"open-data".doctors': bench.slices.slice(versions[DOCTORS], ROMAIN),
        "catalog.doctors": bench.slices.slice(versions[DOCTORS], ROMAIN),
        '"open-data".sites': bench.store / versions[SITES].path,
        '"studio-romain".doctors': bench.store / versions[STUDIO].path,
    }
    database = duckdb.connect()
    database.execute("set TimeZone = 'UTC'")
    for schema in ('"open-data"', "catalog", '"studio-romain"'):
        database.execute(f"create schema {schema}")
    for name, file in files.items():
        database.execute(f"create view {name} as from '{file}'")
    return database


def test_there_are_enough_honest_queries() -> None:
    assert len(set(HONEST)) == len(HONEST) >= 50


def comparable(rows: list[tuple[Any, ...]], ordered: bool) -> list[str]:
    said = [
        repr(
            tuple(
                v.astimezone(datetime.UTC) if isinstance(v, datetime.datetime) and v.tzinfo else v
                for v in row
            )
        )
        for row in rows
    ]
    return said if ordered else sorted(said)


@pytest.mark.parametrize("sql", HONEST, ids=lambda sql: sql[:60])
def test_an_honest_query_gives_what_duckdb_gives_on_the_slice(
    opened: Opened, unrestricted: duckdb.DuckDBPyConnection, sql: str
) -> None:
    told = ask(opened, sql)
    described = unrestricted.execute(sql).description or []
    if any(str(kind) == "TIMESTAMP WITH TIME ZONE" for _, kind, *_ in described):
        unrestricted.execute(f"select * replace (seen at time zone 'UTC' as seen) from ({sql})")
        told = Table(
            told.columns,
            tuple(
                tuple(v.replace(tzinfo=None) if isinstance(v, datetime.datetime) else v for v in r)
                for r in told.rows
            ),
        )
    rows = unrestricted.fetchall()
    assert comparable(list(told.rows), "order by" in sql) == comparable(rows, "order by" in sql)
    names = [name for name, *_ in described]
    assert [c.name for c in told.columns] == (names if len(set(names)) == len(names) else ["a b", "a", "a_1"])
    assert rows or "except" in sql


def test_masked_columns_stay_masked_in_filters_joins_and_order(opened: Opened) -> None:
    assert ask(opened, "select * from \"open-data\".doctors where nom = 'CANARY-NOM-1'").rows == ()
    assert ask(opened, 'select * from "open-data".doctors where pay > 0').rows == ()
    joined = ask(opened, 'select a.id from "open-data".doctors a join catalog.doctors b on a.pay = b.pay')
    assert joined.rows == ()
    by_hash = ask(opened, 'select a.id from "open-data".doctors a join catalog.doctors b using (id)').rows
    assert len(by_hash) == 40
    unordered = ask(opened, 'select share from "open-data".doctors order by pay, nom').rows
    assert [s for (s,) in unordered] != sorted(s for (s,) in unordered)


def test_each_user_sees_their_own_slice(opened: Opened) -> None:
    (mine,) = ask(opened, 'select count(*), min(nom) from "open-data".doctors').rows
    (hers,) = ask(opened, 'select count(*), min(nom) from "open-data".doctors', "sophie").rows
    assert mine == (40, "•••")
    assert hers == (50, "CANARY-NOM-0")


def test_the_projects_door_and_the_catalogues_are_decided_apart(opened: Opened) -> None:
    with pytest.raises(QueryRefused, match=r"no such table that you may query: catalog\.doctors"):
        ask(opened, "select * from catalog.doctors", "sophie")


def test_a_user_without_any_right_is_told_the_same(opened: Opened) -> None:
    with pytest.raises(QueryRefused) as raised:
        ask(opened, 'select * from "open-data".doctors', "leo")
    assert raised.value.code == "unknown-table"


def test_an_obligation_that_fails_shows_nothing(opened: Opened) -> None:
    bench, _ = opened
    columns = dict.fromkeys(ROMAIN.columns, "clear")
    bench.allowed[("leo", "use", DOCTORS)] = Obligations(columns, ("cast(nom as integer) > 1",))
    with pytest.raises(PolicyUnavailable) as raised:
        ask(opened, 'select count(*) from "open-data".doctors', "leo")
    assert "CANARY" not in str(raised.value)


def test_rows_beyond_the_limit_are_cut_off_and_the_answer_says_so(opened: Opened) -> None:
    few = ChildQueries(rows=3)
    cut = few.run("select * from range(4)", {})
    assert (len(cut.rows), cut.truncated) == (3, True)
    whole = few.run("select * from range(3)", {})
    assert (len(whole.rows), whole.truncated) == (3, False)


def test_a_query_that_takes_too_long_is_ended() -> None:
    brief = ChildQueries(Limits(seconds=1.5, memory=4 << 30, answer=1 << 20, written=1 << 20))
    with pytest.raises(QueryRefused) as raised:
        brief.run(
            "with recursive x as (select 1 as n union all select n + 1 from x) select max(n) from x", {}
        )
    assert raised.value.code in ("timeout", "memory")


def test_an_answer_that_is_too_large_is_refused() -> None:
    small = ChildQueries(Limits(seconds=20, memory=4 << 30, answer=1 << 16, written=1 << 28))
    with pytest.raises(QueryRefused) as raised:
        small.run("select repeat('x', 100000) from range(10)", {})
    assert raised.value.code == "too-large"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ('select nope from "open-data".doctors', r"unknown-column: there is no such column here: nope\."),
        ("selec 1", r"not-a-select: only one SELECT may be run\."),
        ("select from where", r"syntax: the query is not understood: line 1, column \d+\."),
        ('select shout(oa) from "open-data".doctors', r"unknown-function: .*: shout\."),
        ("select " + "(" * 300 + "1" + ")" * 300, r"too-complex: .*"),
        ("select '" + "x" * 60_000 + "'", r"too-complex: .*"),
        ("select 'open", r"syntax: .*"),
    ],
)
def test_a_refusal_says_what_is_wrong(opened: Opened, sql: str, message: str) -> None:
    with pytest.raises(QueryRefused, match=message):
        ask(opened, sql)


def test_values_of_every_type_come_back_as_they_are() -> None:
    sql = """
        select 1::hugeint as i, 1.50::decimal(5,2) as d, 'nan'::double as f, date '2024-02-29' as a,
               time '10:11:12' as t, timestamp '2024-01-01 10:00:00.5' as ts,
               timestamptz '2024-01-01 10:00:00+02' as tz, 'x'::blob as b,
               uuid '00000000-0000-0000-0000-000000000001' as u, [1, null] as l,
               {'a': [date '2024-01-01']} as s, map([1], ['x']) as m, interval 1 month as iv,
               'é€😀' as txt, null as n, true as bo, '{"k": 1}'::json as j,
               [timestamptz '2024-01-01 00:00:00+00'] as ltz
    """
    table = ChildQueries().run(sql, {})
    row = dict(zip([c.name for c in table.columns], table.rows[0], strict=True))
    assert str(row.pop("f")) == "nan"
    assert row.pop("tz") == datetime.datetime(2024, 1, 1, 8, tzinfo=datetime.UTC)
    assert row.pop("b") == b"x"
    assert str(row.pop("d")) == "1.50"
    assert row.pop("s") == {"a": [datetime.date(2024, 1, 1)]}
    assert row.pop("ts") == datetime.datetime(2024, 1, 1, 10, 0, 0, 500000)
    assert row["txt"] == "é€😀"
    assert (row["i"], row["l"], row["n"], row["bo"]) == (1, [1, None], None, True)
