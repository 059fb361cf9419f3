"""DuckDB as the store uses it: closed to the network and to files but the named ones, and always in UTC."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from engine.adapters.parquet_store_sql import literal, quoted
from engine.core.state import VersionColumn
from engine.core.types import from_duckdb
from engine.diagnostics import WorldFailure
from engine.model.space import EngineSettings

WITH_ZONE = "TIMESTAMP WITH TIME ZONE"


@contextmanager
def connection(
    store: Path, files: Sequence[Path], settings: EngineSettings | None = None, threads: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new in-memory database that may touch `files` and nothing else, spilling under the store.

    `threads` stands above the settings'. What it spilled is gone when the context ends.
    """
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".spill-", dir=store) as spill:
        database = duckdb.connect(":memory:", config={"python_enable_replacements": "false"})
        try:
            for statement in _settings(files, Path(spill), settings, threads):
                database.execute(statement)
            yield database
        finally:
            database.close()


def _settings(
    files: Sequence[Path], spill: Path, settings: EngineSettings | None, threads: int | None
) -> Iterator[str]:
    threads = threads or (settings.threads if settings else None)
    if threads:
        yield f"set threads = {threads}"
    if settings and settings.memory:
        yield f"set memory_limit = {literal(settings.memory)}"
    yield f"set temp_directory = {literal(str(spill))}"
    yield "set TimeZone = 'UTC'"
    yield "set preserve_insertion_order = true"
    yield "set autoinstall_known_extensions = false"
    yield "set autoload_known_extensions = false"
    yield f"set allowed_paths = [{', '.join(literal(str(file)) for file in files)}]"
    yield "set enable_external_access = false"
    yield "set lock_configuration = true"


def create_view(database: duckdb.DuckDBPyConnection, name: str, file: Path, schema: str = "main") -> None:
    """Name a Parquet file `schema.name`."""
    database.execute(f"create schema if not exists {quoted(schema)}")
    database.execute(
        f"create view {quoted(schema)}.{quoted(name)} as from read_parquet({literal(str(file))})"
    )


def world_failure(failure: duckdb.Error, what: str) -> WorldFailure | None:
    """The failure as one of the world's (memory, disk), or None when it is not. No message of DuckDB's
    is passed on: it may quote data."""
    if isinstance(failure, duckdb.OutOfMemoryException):
        return WorldFailure(
            f"not enough memory to {what}.", "raise `memory` of the engine in the Space document."
        )
    if isinstance(failure, duckdb.IOException):
        full = "No space left" in str(failure) or "max_temp_directory_size" in str(failure)
        reason = "the disk is full" if full else "the store could not be read or written"
        return WorldFailure(f"cannot {what}: {reason}.", "free space, or look at the store's folder.")
    return None


def fetch_rows(
    database: duckdb.DuckDBPyConnection, sql: str, limit: int | None = None
) -> tuple[tuple[VersionColumn, ...], tuple[tuple[Any, ...], ...]]:
    """Columns and at most `limit` rows of one query, as plain Python values; instants are in UTC."""
    described = database.execute(sql).description
    if any(WITH_ZONE in str(kind) for _, kind, *_ in described):
        database.execute(_without_zones(sql, [str(kind) for _, kind, *_ in described]))
    rows = database.fetchall() if limit is None else database.fetchmany(limit)
    zoned = [i for i, (_, kind, *_) in enumerate(described) if str(kind) == WITH_ZONE]
    columns = zip(_distinct([name for name, *_ in described]), described, strict=True)
    return (
        tuple(VersionColumn(name, from_duckdb(str(kind))) for name, (_, kind, *_) in columns),
        tuple(_in_utc(row, zoned) for row in rows),
    )


def _without_zones(sql: str, kinds: list[str]) -> str:
    """The query with instants as plain timestamps in UTC: the driver needs an extra library for zones."""
    names = [f"c{i}" for i in range(len(kinds))]
    shown = [
        f"{name} at time zone 'UTC'"
        if kind == WITH_ZONE
        else f"to_json({name})"
        if WITH_ZONE in kind
        else name
        for name, kind in zip(names, kinds, strict=True)
    ]
    return f"select {', '.join(shown)} from ({sql}) as q({', '.join(names)})"


def _in_utc(row: tuple[Any, ...], zoned: list[int]) -> tuple[Any, ...]:
    if not zoned:
        return row
    return tuple(
        value.replace(tzinfo=datetime.UTC) if i in zoned and isinstance(value, datetime.datetime) else value
        for i, value in enumerate(row)
    )


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Each name once: a second `a` is `a_1`, as DuckDB names it in a subquery."""
    taken: set[str] = set()
    for name in names:
        free, number = name, 0
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        yield free
