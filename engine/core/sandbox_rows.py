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
        for number, row in enumerate(rows):
            values = [_written(number, c, row.get(c.name)) for c in columns]
            self._insert(name, number, columns, values)

    def derive(self, name: str, columns: Sequence[VersionColumn], query: str) -> None:
        """Make a table of what a query over the tables yields, cast to `columns`. Raises QueryFailed."""
        names = ", ".join(_quoted(c.name) for c in columns)
        casts = ", ".join(
            f"CAST({_quoted(c.name)} AS {to_duckdb(c.type)}) AS {_quoted(c.name)}" for c in columns
        )
        self._run(f"CREATE TABLE {_quoted(name)} AS SELECT {casts} FROM (\n{query}\n) AS made({names})")

    def rows(self, name: str, columns: Sequence[VersionColumn]) -> tuple[tuple[Any, ...], ...]:
        """The rows of a table in no order, as Python values; empty tuples when no column is asked for."""
        wanted = ", ".join(map(_fetched, columns)) or "NULL"
        found = self._open.execute(f"SELECT {wanted} FROM {_quoted(name)}").fetchall()
        return tuple(tuple(row) if columns else () for row in found)

    def _insert(
        self, name: str, number: int, columns: Sequence[VersionColumn], values: Sequence[str]
    ) -> None:
        import duckdb

        try:
            self._open.execute(f"INSERT INTO {_quoted(name)} VALUES ({', '.join(values)})")
        except duckdb.Error:
            for column, value in zip(columns, values, strict=True):
                self._try(number, column, value)
            raise

    def _try(self, number: int, column: VersionColumn, value: str) -> None:
        import duckdb

        try:
            self._open.execute(f"SELECT {value}")
        except duckdb.Error:
            said = value.removeprefix("CAST(").removeprefix("CAST(").split("' AS ")[0].strip("'")
            raise BadValue(number, column.name, f"{said} is no {column.type}.") from None

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


def _written(number: int, column: VersionColumn, value: Any) -> str:
    """The YAML value as SQL of the column's type. Raises BadValue when it is of another.

    Values are written out, not bound: binding one makes DuckDB's client import pandas, half a second.
    """
    word = column.type
    if value is None:
        return "NULL"
    if _is_nested(word):
        text = _text(json.dumps(value, ensure_ascii=False, default=str))
        return f"CAST(CAST({text} AS JSON) AS {to_duckdb(word)})"
    if not _fits(value, word):
        hint = " Write text in quotes." if word == "string" and isinstance(value, int | float) else ""
        raise BadValue(number, column.name, f'Column "{column.name}" is {word}, and {value!r} is not.{hint}')
    return f"CAST({_text(value if isinstance(value, str) else repr(value))} AS {to_duckdb(word)})"


def _fits(value: Any, word: str) -> bool:
    """Whether a YAML value is of the sort that a column's values are written as."""
    if word == "boolean":
        return isinstance(value, bool)
    if word == "integer":
        return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if word == "float" or word.startswith("decimal"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _fetched(column: VersionColumn) -> str:
    """How a column is read; times with a zone as text, for DuckDB's client wants pytz to give them else."""
    return (
        f"CAST({_quoted(column.name)} AS VARCHAR)" if "timestamptz" in column.type else _quoted(column.name)
    )


def _is_nested(word: str) -> bool:
    return word == "json" or word.startswith(("list<", "struct<"))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
