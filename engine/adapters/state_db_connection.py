"""The state's database: its connections, transactions and tables, and how its failures are told."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from engine.adapters.state_db_tables import SCHEMA, meta, metadata, runs
from engine.diagnostics import WorldFailure

BUSY_SECONDS = 30
"""How long to wait while another process writes."""


class Database:
    """One SQLite file, opened on first use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the database."""
        with self._reported(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that nobody else writes beside: all of it happens, or nothing."""
        with self._reported(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextlib.contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as failure:
            cause = failure.orig if isinstance(failure, DBAPIError) else failure
            raise WorldFailure(
                f"the state in {self.path} cannot be used: {cause}.",
                "check the disk and the file's rights; a damaged file is to be restored from a backup.",
            ) from None

    @cached_property
    def _engine(self) -> Engine:
        url = URL.create("sqlite", database=str(self.path))
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _on_connect)
        known = _schema(engine)
        if known != SCHEMA:
            raise WorldFailure(
                f"the state in {self.path} was written by another version of the engine (schema {known}).",
                "use that version, or a newer one.",
            )
        return engine


def _schema(engine: Engine) -> str:
    """The version of the tables; those that are not there yet are made."""
    with engine.connect() as connection:
        if set(metadata.tables) - set(inspect(connection).get_table_names()):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            metadata.create_all(connection)
            if connection.scalar(select(meta.c.value)) is None:
                connection.execute(insert(meta), [{"key": "schema", "value": SCHEMA}])
            connection.commit()
        _add_columns(connection)
        return str(connection.scalar(select(meta.c.value).where(meta.c.key == "schema")))


def _add_columns(connection: Connection) -> None:
    """Give tables of an earlier engine the columns they lack; every column that came later has a default."""
    there = {column["name"] for column in inspect(connection).get_columns(runs.name)}
    for column, default in ((runs.c.policy, "''"), (runs.c.drawing, "0")):
        if column.name not in there:
            kind = column.type.compile(connection.dialect)
            added = f"ADD COLUMN {column.name} {kind} NOT NULL DEFAULT {default}"
            connection.exec_driver_sql(f"ALTER TABLE {runs.name} {added}")
            connection.commit()


def _on_connect(connection: Any, _record: object) -> None:
    """Transactions begin when we say so; readers do not wait for writers; a commit reaches the disk."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
