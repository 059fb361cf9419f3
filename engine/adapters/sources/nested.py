"""Whether JSON text is what a nested type says, value by value: DuckDB's own cast rounds and drops."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlglot import exp

from engine.core.types import to_duckdb

DEEPEST = 100
"""Levels that a value may be nested."""


def refuse_constant(name: str) -> None:
    """JSON has no NaN and no Infinity, whatever Python writes."""
    raise ValueError(f"{name} is no JSON")


def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once each. Raises ValueError when one stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=refuse_constant, object_pairs_hook=whole)
"""Reads JSON strictly, and numbers exactly."""


def fitting(word: str) -> Callable[[str], bool]:
    """A test for the JSON text of one cell: whether it is a value of the type, whole."""
    kind = None if word == "json" else exp.DataType.build(to_duckdb(word), dialect="duckdb")

    def fits(text: str) -> bool:
        try:
            value = DECODER.decode(text)
        except (ValueError, RecursionError):
            return False
        return kind is None or _is(value, kind)

    return fits


def _is(value: Any, kind: exp.Expression) -> bool:
    if value is None:
        return True
    name = kind.this.name if isinstance(kind.this, exp.DataType.Type) else str(kind.this)
    if name in ("LIST", "ARRAY"):
        return isinstance(value, list) and all(_is(item, kind.expressions[0]) for item in value)
    if name == "STRUCT":
        fields = {field.name: field.args["kind"] for field in kind.expressions}
        return isinstance(value, dict) and all(_is(value.get(key), kind) for key, kind in fields.items())
    return _is_scalar(value, name, kind)


def _is_scalar(value: Any, name: str, kind: exp.Expression) -> bool:
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    match name:
        case "BIGINT":
            return isinstance(value, int) and number and -(2**63) <= value < 2**63
        case "DOUBLE":
            return number
        case "BOOLEAN":
            return isinstance(value, bool)
        case "DECIMAL":
            return number and _in_decimal(Decimal(value), *(int(p.name) for p in kind.expressions))
        case "VARCHAR" | "TEXT":
            return isinstance(value, str) or number
        case "JSON":
            return True
        case "DATE":
            return isinstance(value, str) and _reads(datetime.date.fromisoformat, value)
        case "TIME":
            return isinstance(value, str) and _reads(datetime.time.fromisoformat, value)
        case "TIMESTAMP" | "TIMESTAMPTZ":
            return isinstance(value, str) and _reads(datetime.datetime.fromisoformat, value)
        case _:
            return isinstance(value, str)


def _in_decimal(value: Decimal, precision: int, scale: int) -> bool:
    shifted = value.scaleb(scale)
    return shifted == shifted.to_integral_value() and abs(shifted) < 10**precision


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
