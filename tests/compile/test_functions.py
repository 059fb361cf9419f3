"""What is said of the engine's functions, held against the engine that is installed."""

from __future__ import annotations

import random

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from engine.core.compiling.functions import explodes_here, inner_function, is_aggregate, is_steady

UNSTABLE = {"reservoir_quantile"}
"""A random sample: refused where SQL is bound."""
WINDOW_ONLY = {
    "row_number", "rank", "rank_dense", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead",
    "first_value", "last_value", "nth_value", "fill",
}  # fmt: skip


def of_type(kind: str) -> list[tuple[str, str]]:
    """Names and (for macros) definitions of the engine's functions of one type."""
    with duckdb.connect(":memory:") as database:
        return database.execute(
            "select distinct function_name, coalesce(macro_definition, '') from duckdb_functions() "
            "where function_type = ? order by all",
            [kind],
        ).fetchall()


def call(name: str) -> exp.Expr:
    """A call of the function, with as many arguments as its parser wants."""
    for arguments in ("x", "x, y", "x, y, z", ""):
        try:
            return sqlglot.parse_one(f"select {name}({arguments}) from t", dialect="duckdb").selects[0]
        except sqlglot.ParseError:
            continue
    raise AssertionError(name)


def test_every_aggregate_of_the_engine_is_known_as_one() -> None:
    unknown = [
        name
        for name, _ in of_type("aggregate")
        if not is_aggregate(inner_function(call(name))) and name != "row_number"
    ]
    assert unknown == []


def test_every_macro_that_aggregates_or_explodes_is_known() -> None:
    aggregates = {name for name, _ in of_type("aggregate")} | {"avg", "weighted_avg", "geomean"}
    for name, definition in of_type("macro"):
        body = sqlglot.parse_one(f"select {definition}", dialect="duckdb").selects[0]
        functions = [f.name.lower() or f.sql_name().lower() for f in body.find_all(exp.Func)]
        if any(is_aggregate(f) for f in body.find_all(exp.Func)) or set(functions) & aggregates & {"geomean"}:
            assert is_aggregate(inner_function(call(name))), name
        if explodes_here(body):
            assert explodes_here(call(name)), name


@pytest.mark.parametrize("name", [n for n, _ in of_type("aggregate") if n not in WINDOW_ONLY | UNSTABLE])
def test_an_aggregate_said_not_to_depend_on_order_does_not(name: str) -> None:
    if not is_steady(inner_function(call(name))):
        return
    rows = [(i % 7, (i * 5) % 11) for i in range(60)]
    results = set()
    for seed in range(6):
        random.Random(seed).shuffle(rows)
        results.add(_result(name, rows))
    assert len(results) == 1


def _result(name: str, rows: list[tuple[int, int]]) -> str:
    with duckdb.connect(":memory:") as database:
        database.execute("set threads = 1")
        database.execute("create table t(v bigint, w bigint)")
        database.executemany("insert into t values (?, ?)", rows)
        for arguments in ("v", "v, w", "v > 3", "v, 0.5", "", "v::bigint, 0, 10", "v, [1, 2, 3]"):
            try:
                (found,) = database.execute(f"select {name}({arguments}) from t").fetchone() or (None,)
            except duckdb.Error:
                continue
            # The last digits of floats depend on the order of additions; nothing else may.
            return f"{found:.9g}" if isinstance(found, float) else repr(found)
    raise AssertionError(f"{name} could not be called")
