"""Column types: SPECS.md's words on one side, DuckDB's names on the other. The words are what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

SIMPLE: dict[str, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "uuid": "UUID",
    "json": "JSON",
    "binary": "BLOB",
}
"""Word to DuckDB type; `decimal(p,s)`, `list<T>` and `struct<name: T, ...>` come beside them."""

IBIS = {
    "str": "string", "int8": "integer", "int16": "integer", "int32": "integer", "int64": "integer",
    "uint8": "integer", "uint16": "integer", "uint32": "integer", "int": "integer", "bigint": "integer",
    "float32": "float", "float64": "float", "double": "float", "bool": "boolean", "bytes": "binary",
    "array": "list", "text": "string", "varchar": "string",
}  # fmt: skip
"""Ibis's own names (and the commonest SQL ones) to SPECS.md's words."""

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|\"[^\"]+\"|\d+|[<>(),:])")


def to_duckdb(word: str) -> str:
    """The DuckDB type that a type word means. Raises ValueError, saying what a type looks like."""
    tokens = list(_tokens(word))
    parsed, rest = _parse(word, tokens)
    if rest:
        raise ValueError(_complaint(word))
    return parsed


def canonical(word: str) -> str:
    """The word in SPECS.md's own spelling: `int64` is `integer`. Raises ValueError as `to_duckdb`."""
    return from_duckdb(to_duckdb(word))


def from_duckdb(name: str) -> str:
    """The type word for a DuckDB type as DuckDB prints it.

    Types without a word are kept as the nearest one that holds their values: every whole number is
    `integer` (a wider one overflows with an error when it is stored), an interval or enum is `string`,
    a map is `json`.
    """
    if name.strip('"').upper() in ("NULL", "SQLNULL", "UNKNOWN"):
        return "integer"
    from sqlglot import exp

    return _word(exp.DataType.build(name, dialect="duckdb"))


_WORDS: dict[str, str] = {
    "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "TIMETZ": "time", "TIMESTAMPTZ": "timestamptz",
    "TIMESTAMPLTZ": "timestamptz", "UUID": "uuid", "JSON": "json", "MAP": "json", "VARIANT": "json",
    "FLOAT": "float", "DOUBLE": "float", "VARBINARY": "binary", "BINARY": "binary", "BLOB": "binary",
}  # fmt: skip


def _word(kind: exp.DataType) -> str:
    from sqlglot import exp

    name = kind.this.name if isinstance(kind.this, exp.DataType.Type) else str(kind.this)
    if name in ("LIST", "ARRAY"):
        return f"list<{_word(kind.expressions[0])}>"
    if name == "STRUCT":
        fields = (f"{_quoted(field.name)}: {_word(field.args['kind'])}" for field in kind.expressions)
        return f"struct<{', '.join(fields)}>"
    if name == "DECIMAL":
        numbers = [p.name for p in kind.expressions] or ["18", "3"]
        return f"decimal({','.join(numbers)})"
    if name.startswith(("TIMESTAMP", "DATETIME")) and name not in _WORDS:
        return "timestamp"
    if kind.is_type(*exp.DataType.INTEGER_TYPES):
        return "integer"
    return _WORDS.get(name, "string")


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"'


def _tokens(word: str) -> Iterator[str]:
    position = 0
    while position < len(word.rstrip()):
        found = _TOKEN.match(word, position)
        if found is None:
            raise ValueError(_complaint(word))
        position = found.end()
        yield found.group(1)


def _parse(word: str, tokens: list[str]) -> tuple[str, list[str]]:
    if not tokens:
        raise ValueError(_complaint(word))
    head, rest = IBIS.get(tokens[0].lower(), tokens[0].lower()), tokens[1:]
    if head in SIMPLE:
        return SIMPLE[head], rest
    if head == "decimal" and len(rest) >= 5 and (rest[0], rest[2], rest[4]) == ("(", ",", ")"):
        return _decimal(word, rest[1], rest[3]), rest[5:]
    if head == "list" and rest[:1] == ["<"]:
        inner, rest = _parse(word, rest[1:])
        return f"{inner}[]", _after(word, ">", rest)
    if head == "struct" and rest[:1] == ["<"]:
        return _struct(word, rest)
    raise ValueError(_complaint(word))


def _decimal(word: str, precision: str, scale: str) -> str:
    if not (
        precision.isdigit() and scale.isdigit() and int(scale) <= int(precision) <= 38 and int(precision)
    ):
        raise ValueError(_complaint(word))
    return f"DECIMAL({precision},{scale})"


def _struct(word: str, rest: list[str]) -> tuple[str, list[str]]:
    fields = []
    while rest[:1] in (["<"], [","]):
        if len(rest) < 3 or rest[2] != ":":
            raise ValueError(_complaint(word))
        kind, after = _parse(word, rest[3:])
        name = rest[1].strip('"').replace('"', '""')
        fields.append(f'"{name}" {kind}')
        rest = after
    return f"STRUCT({', '.join(fields)})", _after(word, ">", rest)


def _after(word: str, token: str, rest: list[str]) -> list[str]:
    if rest[:1] != [token]:
        raise ValueError(_complaint(word))
    return rest[1:]


def _complaint(word: str) -> str:
    return (
        f'"{word}" is no column type; write one of {", ".join(SIMPLE)}, decimal(p,s), list<T>, '
        "struct<name: T>"
    )
