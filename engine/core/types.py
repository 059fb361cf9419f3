"""Column types: SPECS.md's words on one side, DuckDB's names on the other. The words are what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

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

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|\"(?:[^\"]|\"\")+\"|\d+|[<>(),:])")
_FIELD = re.compile(r"(\w+|\"(?:[^\"]|\"\")*\") (?!WITH )(.+)", re.DOTALL)
"""A field of a struct as DuckDB prints it; `TIME WITH TIME ZONE` is the type of one without a name."""
_PIECE = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|[^\"'(),]+|.", re.DOTALL)
DEEPEST = 32
"""Types within types up to which they are told apart; what lies deeper is text."""


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
    `integer` (a wider one overflows with an error when it is stored), an interval, an enum, a union or a
    struct whose fields have no names is `string`, a map is `json`.
    """
    if name.strip('"').upper() in ("NULL", "SQLNULL", "UNKNOWN"):
        return "integer"
    return _word(name.strip(), DEEPEST)


_WORDS: dict[str, str] = {
    "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "TIMETZ": "time", "TIMESTAMPTZ": "timestamptz",
    "TIMESTAMPLTZ": "timestamptz", "UUID": "uuid", "JSON": "json", "MAP": "json", "VARIANT": "json",
    "FLOAT": "float", "DOUBLE": "float", "VARBINARY": "binary", "BINARY": "binary", "BLOB": "binary",
    "BIT": "string",
}  # fmt: skip


def _word(name: str, depth: int) -> str:
    """The word of a type, which may hold others, so many deep."""
    if depth == 0:
        return "string"
    if name.endswith("]"):
        return f"list<{_word(name[: name.rindex('[')], depth - 1)}>"
    head = name.partition("(")[0].strip().upper()
    if head in ("UNION", "ENUM"):
        return "string"
    if head == "MAP":
        return "json"
    return _struct_word(name, depth) if head == "STRUCT" else _plain(name)


def _struct_word(name: str, depth: int) -> str:
    fields = [_FIELD.fullmatch(field) for field in _fields(name[name.index("(") + 1 : -1])]
    named = [(field[1], _word(field[2], depth - 1)) for field in fields if field]
    if len(named) < len(fields):
        return "string"
    return f"struct<{', '.join(f'{_quoted(n)}: {word}' for n, word in named)}>"


def _fields(text: str) -> list[str]:
    """The text at its commas, but for those inside of brackets and quotes."""
    found, inside = [""], 0
    for piece in _PIECE.findall(text):
        inside += (piece == "(") - (piece == ")")
        if piece == "," and inside == 0:
            found.append("")
        else:
            found[-1] += piece
    return [field.strip() for field in found]


def _plain(name: str) -> str:
    """The word of a type that holds no others."""
    from sqlglot import exp

    kind = exp.DataType.build(name, dialect="duckdb")
    name = kind.this.name if isinstance(kind.this, exp.DataType.Type) else str(kind.this)
    if name == "DECIMAL":
        numbers = [p.name for p in kind.expressions] or ["18", "3"]
        return f"decimal({','.join(numbers)})"
    if name in _WORDS:
        return _WORDS[name]
    if name.startswith(("TIMESTAMP", "DATETIME")):
        return "timestamp"
    return "integer" if kind.is_type(*exp.DataType.INTEGER_TYPES) else "string"


def _quoted(name: str) -> str:
    """A field's name as DuckDB prints it, in quotes only if it needs them."""
    bare = name[1:-1] if name.startswith('"') else name
    return bare if re.fullmatch(r"[A-Za-z_]\w*", bare) else f'"{bare}"'


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
        name = rest[1][1:-1] if rest[1].startswith('"') else rest[1]
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
