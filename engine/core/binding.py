"""Types of SQL before anything runs: texts are bound by an in-memory DuckDB over empty tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlglot import exp

from engine.core.binding_as_read import check_as_read
from engine.core.binding_constants import check_constants
from engine.core.binding_errors import BindError, engine_mistake
from engine.core.binding_rules import check_query, parse_expression, parse_query
from engine.core.binding_steady import check_stable
from engine.core.closed_duckdb import closed_duckdb
from engine.core.state import VersionColumn
from engine.core.types import from_duckdb, to_duckdb

if TYPE_CHECKING:
    import duckdb

__all__ = ["BindError", "Binder"]

Tables = Mapping[str, Sequence[VersionColumn]]


class Binder:
    """Binds queries and expressions over typed, empty tables; nothing is read and nothing outside is seen.

    Not for use by two threads at once. Close it when done.
    """

    def __init__(self) -> None:
        self._open: duckdb.DuckDBPyConnection | None = None
        self._schemas: dict[str, str] = {}
        self._trees: dict[str, exp.Query | BindError] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back. The binder opens again if it is used again."""
        if self._open is not None:
            self._open.close()
        self._open = None
        self._schemas.clear()

    def columns(self, sql: str, tables: Tables, *, clock: bool = False) -> tuple[VersionColumn, ...]:
        """The columns that one query over `tables` yields, in SPECS.md's type words.

        Raises BindError when the text is not exactly one query, reads anything but `tables`, would answer
        otherwise another time, does not bind, or names two columns alike. With `clock` it may read the
        clock: for checks, whose day is an input.
        """
        check_query(sql, self.tree(sql), tables)
        check_stable(sql, _names(tables), clock)
        found = self._describe(sql, tables)
        self._check_as_read(sql, tables, clock)
        check_constants(sql, self.tree(sql), tables, self.complaint)
        _refuse_twins(found)
        return found

    def expression(
        self, sql: str, columns: Sequence[VersionColumn], table: str = "self", *, clock: bool = False
    ) -> str:
        """The type word of one scalar expression over the columns of one table. Raises BindError."""
        tree = parse_expression(sql)
        check_query(sql, tree, (table,))
        check_stable(sql, {column.name for column in columns}, clock)
        word = self.value_type(sql, f"SELECT\n{{}}\nFROM {_quoted(table)}", {table: columns})
        check_constants(sql, tree, {table: columns}, self.complaint)
        return word

    def value_type(self, text: str, frame: str, tables: Tables) -> str:
        """The type word of the first column of `frame` with the text at its `{}`, on lines of its own.

        The text must have passed the rules. Raises BindError with the place in the text.
        """
        before, _, after = frame.partition("{}")
        return self._describe(text, tables, before, after)[0].type

    def describe(self, sql: str, tables: Tables) -> tuple[VersionColumn, ...]:
        """The columns of a query that the engine itself wrote: rules are not judged. Raises BindError."""
        return self._describe(sql, tables)

    def complaint(self, sql: str) -> str:
        """What DuckDB says against a query of constants that the engine wrote; empty when it works."""
        import duckdb

        try:
            self._connection().execute(sql).fetchall()
        except duckdb.Error as error:
            return engine_mistake(str(error), sql, 0).message
        return ""

    def tree(self, sql: str) -> exp.Query:
        """The text parsed, once for all calls: copy it before changing it. Raises BindError."""
        if sql not in self._trees:
            try:
                self._trees[sql] = parse_query(sql)
            except BindError as mistake:
                self._trees[sql] = self._said_better(sql, mistake)
        found = self._trees[sql]
        if isinstance(found, BindError):
            raise BindError(found.message, found.line, found.column)
        return found

    def _said_better(self, sql: str, mistake: BindError) -> BindError:
        """DuckDB's own complaint about a text that does not parse, where it has one."""
        import duckdb

        if not mistake.message.startswith(("This SQL is not understood", "A quote")):
            return mistake
        try:
            self._connection().extract_statements(sql)
        except duckdb.Error as error:
            return engine_mistake(str(error), sql, 0)
        return mistake

    def _check_as_read(self, sql: str, tables: Tables, clock: bool) -> None:
        """The rules once more, over the query as DuckDB itself reads it: it is DuckDB that will run it."""
        text = sql.rstrip().rstrip(";").replace("'", "''")
        [(said,)] = self._connection().execute(f"SELECT json_serialize_sql('{text}')").fetchall()
        check_as_read(json.loads(said), tables, clock)

    def _describe(
        self, sql: str, tables: Tables, before: str = "", after: str = ""
    ) -> tuple[VersionColumn, ...]:
        import duckdb

        connection = self._connection()
        connection.execute(f"USE {self._schema(tables)}")
        head = f"DESCRIBE {before}"
        try:
            statements = connection.extract_statements(f"{head}{sql}{after}")
            if len(statements) != 1:
                raise BindError("Write exactly one statement.")
            rows = connection.execute(statements[0]).fetchall()
        except duckdb.Error as error:
            raise engine_mistake(str(error), sql, len(head.encode()), sorted(_names(tables))) from None
        return tuple(VersionColumn(name, _word(kind)) for name, kind, *_ in rows)

    def _schema(self, tables: Tables) -> str:
        """A schema that holds exactly these tables, empty; made on first need."""
        key = json.dumps(sorted((n, [[c.name, c.type] for c in cs]) for n, cs in tables.items()))
        if key not in self._schemas:
            schema = f"bound_{len(self._schemas)}"
            self._connection().execute(f"CREATE SCHEMA {schema}")
            for name, columns in tables.items():
                self._connection().execute(f"CREATE TABLE {schema}.{_quoted(name)} ({_typed(columns)})")
            self._schemas[key] = schema
        return self._schemas[key]

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._open is None:
            self._open = closed_duckdb()
        return self._open


def _names(tables: Tables) -> set[str]:
    return {column.name for columns in tables.values() for column in columns}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@cache
def _word(kind: str) -> str:
    return from_duckdb(kind)


@cache
def _kind(word: str) -> str:
    return to_duckdb(word)


def _typed(columns: Sequence[VersionColumn]) -> str:
    return ", ".join(f"{_quoted(c.name)} {_kind(c.type)}" for c in columns)


def _refuse_twins(columns: Sequence[VersionColumn]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.name.lower() in seen:
            raise BindError(f'Two columns are named "{column.name}"; give one another name with "as".')
        seen.add(column.name.lower())
