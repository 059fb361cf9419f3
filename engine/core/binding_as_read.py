"""The rules for SQL in specs once more, over a query as DuckDB itself reads it: it is DuckDB that runs it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from engine.core.binding_errors import BindError
from engine.core.binding_steady import CLOCK, UNSTABLE

_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})


def check_as_read(facts: Any, tables: Collection[str], clock: bool) -> None:
    """That DuckDB's own reading of a query (as json) keeps the rules. Raises BindError.

    The texts were judged as sqlglot reads them; where the two ever read one otherwise, this one counts.
    """
    if facts.get("error"):
        raise BindError(f"This SQL cannot be judged: {facts.get('error_message', 'it is no SELECT')}.")
    refused = UNSTABLE - CLOCK if clock else UNSTABLE
    known = {t.lower() for t in tables}
    nodes = list(_nodes(facts))
    for node in nodes:
        known |= {str(cte["key"]).lower() for cte in node.get("cte_map", {}).get("map", ())}
    for node in nodes:
        name = str(node.get("function_name") or node.get("table_name") or "").lower()
        match node.get("type"):
            case "TABLE_FUNCTION":
                _refuse(
                    str(node["function"]["function_name"]).lower() not in _TABLE_FUNCTIONS, node["function"]
                )
            case "BASE_TABLE":
                _refuse(bool(node.get("schema_name") or node.get("catalog_name")) or name not in known, node)
            case "SHOW_REF":
                raise BindError("This SQL describes a table; write one SELECT.")
            case "FUNCTION":
                _refuse(name in refused and (name != "age" or len(node.get("children", ())) == 1), node)


def _nodes(facts: Any) -> Iterator[dict[str, Any]]:
    """Every object in the json."""
    waiting = [facts]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _refuse(wrong: bool, node: dict[str, Any]) -> None:
    if wrong:
        name = node.get("function_name") or node.get("table_name")
        raise BindError(f"{name} is not allowed here: a query reads its inputs, and is the same every time.")
