"""A few made-up rows in an in-memory DuckDB: what dataflow tests give, compute and expect."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from engine.core.binding_errors import engine_mistake
from engine.core.closed_duckdb import closed_duckdb
from engine.core.state import VersionColumn
from engine.core.types import to_duckdb

SECONDS = 10.0
"""How long one query may take over made-up rows."""


class BadValue(Exception):
    """A value is not of its column's type: in which row (from 0) and column, and why."""

    def __init__(self, row: int, column: str, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.column = column
        self.message = message


class QueryFailed(Exception):
    """A query that binds fails over the rows there are: one sentence says why."""


class Sandbox:
    """Tables of made-up rows, apart from everything else. Close it when done."""

    def __init__(self) -> None:
        self._open = closed_duckdb()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self._open.close()

    def add(self, name: str, columns: Sequence[VersionColumn], rows: Sequence[Mapping[str, Any]]) -> None:
        """Make a table of rows as written in YAML; what a row leaves out is null. Raises BadValue.

        Every key must be one of the columns.
        """
        typed = ", ".join(f"{_quoted(c.name)} {to_duckdb(c.type)}" for c in columns)
        self._open.execute(f"CREATE TABLE {_quoted(name)} ({typed})")
        marks = ", ".join(_mark(c) for c in columns)
        for number, row in enumerate(rows):
            values = [_written(number, c, row.get(c.name)) for c in columns]
            self._insert(f"INSERT INTO {_quoted(name)} SELECT {marks}", number, columns, values)

    def derive(self, name: str, columns: Sequence[VersionColumn], query: str) -> None:
        """Make a table of what a query over the tables yields, cast to `columns`. Raises QueryFailed."""
        names = ", ".join(_quoted(c.name) for c in columns)
        casts = ", ".join(
            f"CAST({_quoted(c.name)} AS {to_duckdb(c.type)}) AS {_quoted(c.name)}" for c in columns
        )
        self._run(f"CREATE TABLE {_quoted(name)} AS SELECT {casts} FROM (\n{query}\n) AS made({names})")

    def rows(self, name: str, columns: Sequence[VersionColumn]) -> tuple[tuple[Any, ...], ...]:
        """The rows of a table in no order, as Python values; empty tuples when no column is asked for."""
        wanted = ", ".join(_quoted(c.name) for c in columns) or "NULL"
        found = self._open.execute(f"SELECT {wanted} FROM {_quoted(name)}").fetchall()
        return tuple(tuple(row) if columns else () for row in found)

    def _insert(self, sql: str, number: int, columns: Sequence[VersionColumn], values: Sequence[Any]) -> None:
        import duckdb

        try:
            self._open.execute(sql, list(values))
        except duckdb.Error:
            for column, value in zip(columns, values, strict=True):
                self._try(number, column, value)
            raise

    def _try(self, number: int, column: VersionColumn, value: Any) -> None:
        import duckdb

        try:
            self._open.execute(f"SELECT {_mark(column)}", [value])
        except duckdb.Error:
            raise BadValue(number, column.name, f"{shown(value)} is no {column.type}.") from None

    def _run(self, sql: str) -> None:
        import duckdb

        try:
            with _alarm(self._open.interrupt):
                self._open.execute(sql)
        except duckdb.InterruptException:
            raise QueryFailed(
                f"it takes longer than {SECONDS:.0f} seconds over the rows of a test."
            ) from None
        except duckdb.Error as error:
            raise QueryFailed(engine_mistake(str(error), sql, 0).message) from None


@contextmanager
def _alarm(ring: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(SECONDS, ring)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def comparable(value: Any, word: str) -> Hashable:
    """The value such that equal values of a column are equal: numbers by value, floats to 12 digits."""
    if word == "json" and isinstance(value, str):
        return _comparable(json.loads(value))
    return _comparable(value)


def _comparable(value: Any) -> Hashable:
    match value:
        case bool() | None | str() | bytes():
            return value
        case float():
            return _number(Decimal(format(value, ".12g")))
        case int() | Decimal():
            return _number(Decimal(value))
        case dict():
            return tuple(sorted((k, _comparable(v)) for k, v in value.items()))
        case list() | tuple():
            return tuple(_comparable(v) for v in value)
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)


def _number(value: Decimal) -> Hashable:
    return ("number", str(value.normalize()) if value else "0")


def shown(value: Any) -> str:
    """The value as YAML would spell it, near enough for a message."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case datetime.date() | datetime.time():
            return value.isoformat()
        case str():
            return json.dumps(value, ensure_ascii=False) if not value or value != value.strip() else value
    return str(value)


def _written(number: int, column: VersionColumn, value: Any) -> Any:
    """The YAML value as a parameter; nested values travel as json. Raises BadValue."""
    word = column.type
    if value is None:
        return None
    if _is_nested(word):
        return json.dumps(value, ensure_ascii=False, default=str)
    plain = isinstance(value, str | int | float)
    number_word = word in ("integer", "float") or word.startswith("decimal")
    fits = (
        isinstance(value, bool) == (word == "boolean")
        and (not isinstance(value, str) or not number_word)
        and (isinstance(value, str) or number_word or word == "boolean")
        and (word != "integer" or value == int(value))
    ) if plain else False  # fmt: skip
    if not fits:
        hint = " Write text in quotes." if plain and word == "string" else ""
        raise BadValue(number, column.name, f'Column "{column.name}" is {word}, and {value!r} is not.{hint}')
    return Decimal(repr(value)) if word.startswith("decimal") else value


def _is_nested(word: str) -> bool:
    return word == "json" or word.startswith(("list<", "struct<"))


def _mark(column: VersionColumn) -> str:
    kind = to_duckdb(column.type)
    return f"CAST(CAST(? AS JSON) AS {kind})" if _is_nested(column.type) else f"CAST(? AS {kind})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
