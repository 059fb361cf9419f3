"""DuckDB's own reading of a query, judged: what it calls and reads must be on the lists.

The text that is judged is the text that runs, read by the parser that runs it, so there is no way to say
one thing to the judge and another to the engine. It runs in the child.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from engine.adapters.parquet_store_sql import literal
from engine.adapters.query_child_functions import FUNCTIONS, TABLE_FUNCTIONS

SOURCES = frozenset(
    {"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SHOW_REF", "SUBQUERY", "TABLE_FUNCTION"}
)
"""What may stand in FROM."""
CATALOGUE = ("duckdb_", "information_schema", "pg_", "pragma_", "sqlite_")
"""How the names of the engine's own tables begin: no part of a query may be called so."""


class Refused(Exception):
    """The query is not run: a code and, at most, a name that stands in its own text."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.name = name


def check(database: duckdb.DuckDBPyConnection, sql: str, tables: frozenset[tuple[str, str]]) -> None:
    """Raise Refused unless `sql` is one SELECT over `tables` (in lower case) and the allowed functions."""
    # A literal, not a parameter: for those the driver imports numpy and pandas, four times the rest.
    found = database.execute(f"select json_serialize_sql({literal(sql)})").fetchone()
    tree: dict[str, Any] = json.loads(found[0]) if found else {"error": True}
    if tree["error"] or len(tree["statements"]) != 1:
        raise Refused("syntax" if tree.get("error_type") == "parser" else "not-a-select")
    nodes = tuple(_nodes(tree))
    known = {name.lower() for node in nodes for name in _named_here(node)}
    if any(name.startswith(CATALOGUE) for name in known):
        raise Refused("not-allowed")
    for node in nodes:
        _judge(node, tables, known)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value."""
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _named_here(node: dict[str, Any]) -> Iterator[str]:
    """Names of the common table expressions that a query defines."""
    ctes = node.get("cte_map")
    if isinstance(ctes, dict):
        yield from (entry["key"] for entry in ctes["map"])


def _judge(node: dict[str, Any], tables: frozenset[tuple[str, str]], known: set[str]) -> None:
    kind = node.get("type")
    if node.get("class") == "PARAMETER":
        raise Refused("not-allowed")
    if "function_name" in node and not _callable(str(node["function_name"]).lower()):
        raise Refused("unknown-function", str(node["function_name"]))
    if "sample" in node and "alias" in node and kind not in SOURCES:
        raise Refused("not-allowed")
    if kind == "TABLE_FUNCTION" and str(node["function"]["function_name"]).lower() not in TABLE_FUNCTIONS:
        raise Refused("unknown-function", str(node["function"]["function_name"]))
    if kind == "SHOW_REF" and not node.get("query"):
        raise Refused("not-allowed")
    if kind == "BASE_TABLE":
        _judge_table(node, tables, known)


def _callable(name: str) -> bool:
    return name in FUNCTIONS or name in TABLE_FUNCTIONS or not any(c.isalnum() for c in name)


def _judge_table(node: dict[str, Any], tables: frozenset[tuple[str, str]], known: set[str]) -> None:
    schema, name = str(node["schema_name"]).lower(), str(node["table_name"]).lower()
    fits = (schema, name) in tables if schema else name in known
    if node["catalog_name"] or not fits:
        raise Refused("unknown-table")
