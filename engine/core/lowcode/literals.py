"""Constants that authors write in YAML, as SQL of a column's type."""

from __future__ import annotations

import datetime
import math
import re
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from engine.core.lowcode.relation import text
from engine.core.types import to_duckdb
from engine.model.base import Scalar

_READERS: dict[str, Callable[[str], object]] = {
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timestamp": datetime.datetime.fromisoformat,
    "timestamptz": datetime.datetime.fromisoformat,
    "uuid": uuid.UUID,
}
"""What proves a text to be of a type that YAML has no form for."""


def constant(value: Scalar, word: str) -> exp.Expr | None:
    """The value as SQL of type `word`; None when it is not one of that type. Null is of no type."""
    match value:
        case bool():
            return exp.Boolean(this=value) if word == "boolean" else None
        case int():
            return _number(Decimal(value), word)
        case float():
            return _number(Decimal(repr(value)), word) if math.isfinite(value) else None
        case str():
            return _text(value, word)
    return None


def written_constant(written: str, word: str) -> exp.Expr | None:
    """As `constant`, for a value written as a mapping's key, which is text whatever the type."""
    if word == "boolean":
        return constant(written == "true", word) if written in ("true", "false") else None
    if word in ("integer", "float") or word.startswith("decimal"):
        try:
            return _number(Decimal(written), word)
        except InvalidOperation:
            return None
    return _text(written, word)


def _number(value: Decimal, word: str) -> exp.Expr | None:
    if not value.is_finite():
        return None
    if word == "integer":
        fits = value == value.to_integral_value() and -(2**63) <= value < 2**63
        return exp.Literal.number(int(value)) if fits else None
    if word == "float":
        return exp.cast(text(repr(float(value))), "DOUBLE", dialect="duckdb")
    sizes = re.fullmatch(r"decimal\((\d+),(\d+)\)", word)
    if sizes is None:
        return None
    precision, scale = map(int, sizes.groups())
    shifted = value.scaleb(scale)
    if shifted != shifted.to_integral_value() or abs(shifted) >= Decimal(10) ** precision:
        return None
    return exp.cast(text(format(value, "f")), to_duckdb(word), dialect="duckdb")


def _text(value: str, word: str) -> exp.Expr | None:
    if word == "string":
        return text(value)
    if word not in _READERS:
        return None
    try:
        _READERS[word](value)
    except ValueError:
        return None
    return exp.cast(text(value), to_duckdb(word), dialect="duckdb")
