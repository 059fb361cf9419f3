"""Words for DuckDB's types: each holds the values of the type that it stands for."""

from __future__ import annotations

import duckdb
import pytest

from engine.core.types import canonical, from_duckdb, to_duckdb

WORDS = {
    "1": "integer",
    "1::utinyint": "integer",
    "1.5::decimal(4,1)": "decimal(4,1)",
    "'1010'::bit": "string",
    "interval 1 day": "string",
    "'x'::enum('x', 'y]')": "string",
    "['x'::enum('x', 'y,)')]": "list<string>",
    "union_value(a := 1)": "string",
    "timetz '10:00:00+01'": "time",
    "timestamp_s '2026-01-01 10:00:00'": "timestamp",
    "uuid '00000000-0000-0000-0000-000000000001'": "uuid",
    "array_value(1, 2)": "list<integer>",
    "map {'a': 1}": "json",
    "{'a': map {'x': {'b': 1}}}": "struct<a: json>",
    "{'a': 'x'::enum('x', 'y,'), 'b': 1}": "struct<a: string, b: integer>",
    """{'a b': 1, 'c"d': 2, 'e': {'f': [1]}}""":
        'struct<"a b": integer, "c""d": integer, e: struct<f: list<integer>>>',
    "{'TIME': time '10:00:00'}": "struct<TIME: time>",
    "[[{'a': [1]}]]": "list<list<struct<a: list<integer>>>>",
    "row(1, 'a')": "string",
    "[row(1, 2)]": "list<string>",
    "{'a': row(row(1), 2)}": "struct<a: string>",
    "row(timetz '10:00:00+01')": "string",
}  # fmt: skip
"""An expression and the word of its type."""


@pytest.mark.parametrize(("value", "word"), WORDS.items())
def test_a_word_holds_the_values_of_its_type(value: str, word: str) -> None:
    connection = duckdb.connect()
    ((_, printed, *_),) = connection.execute(f"describe select {value}").fetchall()
    assert from_duckdb(printed) == word == canonical(word)
    kept = connection.execute(f"select cast({value} as {to_duckdb(word)}) is not null").fetchone()
    assert kept == (True,)


@pytest.mark.parametrize("around", ["STRUCT(a {})", "STRUCT({})", "{}[]", "MAP(VARCHAR, {})"])
def test_types_in_types_without_end_have_a_word_soon(around: str) -> None:
    name = "INTEGER"
    for _ in range(900):
        name = around.format(name)
    assert to_duckdb(from_duckdb(name))
