"""The child process of Python steps: modules and schemas in, SQL or mistakes out; never a row of data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.adapters.author_code import Mistake, Module, arguments, line_of
from engine.adapters.child_confine import confine
from engine.core.types import to_duckdb


def answer(payload: bytes) -> bytes:
    """For each step of the payload its SQL, or the author's mistake, in their order, as JSON."""
    steps: list[dict[str, Any]] = json.loads(payload)
    _load_everything()
    confine(network=False)
    return json.dumps([_answered(step) for step in steps]).encode()


def _load_everything() -> None:
    """Import what compiling will need: once confined, little more can be imported."""
    import ibis

    table = ibis.table({"a": "int64", "b": "timestamp"}, name="t")
    ibis.to_sql(table.filter(table.a > 0).order_by("b"), dialect="duckdb")


def _answered(step: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"sql": _sql(step)}
    except Mistake as mistake:
        return mistake.as_json()


def _sql(step: Mapping[str, Any]) -> str:
    module = Module(step["source"], step["file"])
    function = module.function(step["function"])
    tables = {t["name"]: _table(t["name"], t["columns"]) for t in step["tables"]}
    by_position, by_name = arguments(function, tables)
    line = line_of(function)
    made = module.run(line, lambda: function(*by_position, **by_name))
    _refuse_other_than_table(made, function)
    return str(module.run(line, lambda: _compiled(made)))


def _table(name: str, columns: Sequence[Sequence[str]]) -> Any:
    import ibis
    from ibis.backends.sql.datatypes import DuckDBType

    return ibis.table({c: DuckDBType.from_string(to_duckdb(word)) for c, word in columns}, name=name)


def _refuse_other_than_table(made: Any, function: Callable[..., Any]) -> None:
    import ibis.expr.operations as ops
    import ibis.expr.types as ir

    if made is None:
        raise Mistake(line_of(function), "The function returns nothing; return a table expression.")
    if isinstance(made, ir.Value):
        raise Mistake(
            line_of(function), "The function returns a column; return a table, as x.as_table() does."
        )
    if not isinstance(made, ir.Table):
        kind = f"{type(made).__module__}.{type(made).__name__}".removeprefix("builtins.")
        raise Mistake(line_of(function), f"The function returns {kind}; return an Ibis table expression.")
    if made.op().find((ops.InMemoryTable, ops.DatabaseTable)):
        message = "The table holds rows of its own; start from the tables the function is given."
        raise Mistake(line_of(function), message)


def _compiled(made: Any) -> str:
    import ibis

    return str(ibis.to_sql(made, dialect="duckdb"))
