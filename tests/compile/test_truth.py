"""What analysis says about random queries, held against what DuckDB does with random rows."""

from __future__ import annotations

import random
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.core.compiling.analysed import Analysis
from tests.compile.conftest import Analyst
from tests.compile.queries import CHANGES, TABLES, Query, Style, queries, styles, written
from tests.compile.test_meaning import meaning

RELAXED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Rows:
    """A database with random rows in t and u."""

    def __init__(self) -> None:
        self.database = duckdb.connect(":memory:")
        self.database.execute("set threads = 1")
        self.database.execute("create table t(a bigint, b bigint, c varchar)")
        self.database.execute("create table u(a bigint, d bigint)")
        self.data: dict[str, list[list[object]]] = {}

    def fill(self, seed: int) -> None:
        dice = random.Random(seed)

        def value() -> object:
            return dice.choice([None, 0, 1, 2, 3, 7])

        self.data = {
            "t": [[value(), value(), dice.choice("xyz")] for _ in range(8)],
            "u": [[value(), value()] for _ in range(5)],
        }
        self._store()

    def scramble(self, table: str, position: int, seed: int) -> None:
        """Give one column of a table other values."""
        dice = random.Random(seed)
        for row in self.data[table]:
            row[position] = dice.choice("pq") if (table, position) == ("t", 2) else dice.choice([1, 2, 5, 11])
        self._store()

    def _store(self) -> None:
        for table, rows in self.data.items():
            self.database.execute(f"delete from {table}")
            marks = ", ".join("?" for _ in rows[0])
            self.database.executemany(f"insert into {table} values ({marks})", rows)

    def __call__(self, sql: str, ordered: bool) -> list[tuple[object, ...]]:
        rows = self.database.execute(sql).fetchall()
        return rows if ordered else sorted(rows, key=repr)


@pytest.fixture(scope="module")
def rows() -> Iterator[Rows]:
    found = Rows()
    yield found
    found.database.close()


@RELAXED
@given(queries(), styles, styles)
def test_every_way_to_write_a_query_has_the_same_hashes(
    analyst: Analyst, query: Query, one: Style, other: Style
) -> None:
    first, second = written(query, one), written(query, other)
    assert meaning(analyst(first, TABLES)) == meaning(analyst(second, TABLES)), (first, second)


@RELAXED
@given(queries(), st.sampled_from(CHANGES), styles, styles)
def test_every_change_of_meaning_changes_a_hash(
    analyst: Analyst, query: Query, change: object, one: Style, other: Style
) -> None:
    changed = change(query)  # type: ignore[operator]
    assume(changed != query)
    first, second = written(query, one), written(changed, other)
    assert meaning(analyst(first, TABLES)) != meaning(analyst(second, TABLES)), (first, second)


@RELAXED
@given(queries(), queries(), styles, styles, st.integers(0, 10**6))
def test_equal_hashes_mean_equal_rows(
    analyst: Analyst, rows: Rows, query: Query, near: Query, one: Style, other: Style, seed: int
) -> None:
    rows.fill(seed)
    first, second = written(query, one), written(query, other)
    found = analyst(first, TABLES)
    assert rows(first, found.ordered) == rows(second, found.ordered)
    third = written(near, other)
    if meaning(analyst(third, TABLES)) == meaning(found):
        assert rows(first, found.ordered) == rows(third, found.ordered)


@RELAXED
@given(queries(), styles, st.integers(0, 10**6))
def test_the_stored_query_gives_the_rows_of_the_authors_text(
    analyst: Analyst, rows: Rows, query: Query, style: Style, seed: int
) -> None:
    rows.fill(seed)
    text = written(query, style)
    found = analyst(text, TABLES)
    assert rows(found.query, found.ordered) == rows(text, found.ordered)
    assert "comment" not in found.query


@RELAXED
@given(queries(), styles, st.integers(0, 10**6))
def test_a_column_keeps_its_values_when_only_other_columns_change(
    analyst: Analyst, rows: Rows, query: Query, style: Style, seed: int
) -> None:
    text = written(query, style)
    found = analyst(text, TABLES)
    for position, column in enumerate(found.columns):
        needed = {(found.tables[n], name) for n, name in (*column.sources, *found.row_sources)}
        rows.fill(seed)
        before = sorted((row[position] for row in rows(text, False)), key=repr)
        for table, columns in TABLES.items():
            for place, (name, _) in enumerate(columns):
                if (table, name) not in needed:
                    rows.scramble(table, place, seed + place)
        after = sorted((row[position] for row in rows(text, False)), key=repr)
        assert before == after, (text, column)


def test_an_untraced_query_depends_on_every_column(analyst: Analyst) -> None:
    found: Analysis = analyst("select columns('a|b') from t", TABLES)
    everything = {(0, "a"), (0, "b"), (0, "c")}
    assert [set(c.sources) for c in found.columns] == [everything, everything]
    assert set(found.row_sources) == everything
