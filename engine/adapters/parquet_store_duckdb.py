"""DuckDB as the store uses it: closed to the network and to files but the named ones, and always in UTC."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from engine.adapters.parquet_store_rows import fetch
from engine.adapters.parquet_store_sql import literal, quoted
from engine.core.state import VersionColumn
from engine.core.types import from_duckdb
from engine.diagnostics import WorldFailure
from engine.model.space import EngineSettings
from engine.ports import Table


@contextmanager
def connection(
    store: Path,
    files: Sequence[Path],
    settings: EngineSettings | None = None,
    threads: int | None = None,
    folder: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new in-memory database that may touch `files` (and what is in `folder`) and nothing else, spilling
    under the store.

    `threads` stands above the settings'. What it spilled is gone when the context ends.
    """
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".spill-", dir=store) as spill:
        database = duckdb.connect(":memory:", config={"python_enable_replacements": "false"})
        try:
            if folder is not None:
                database.execute(f"set allowed_directories = [{literal(str(folder))}]")
                database.execute("set parquet_metadata_cache = true")
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


def create_view(database: duckdb.DuckDBPyConnection, name: str, *files: Path, schema: str = "main") -> None:
    """Name Parquet files of equal columns, read one after the other, `schema.name`."""
    database.execute(f"create schema if not exists {quoted(schema)}")
    listed = ", ".join(literal(str(file)) for file in files)
    database.execute(f"create view {quoted(schema)}.{quoted(name)} as from read_parquet([{listed}])")


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


def fetch_table(database: duckdb.DuckDBPyConnection, sql: str, limit: int | None = None) -> Table:
    """Columns and at most `limit` rows of one query, as plain Python values; instants are in UTC."""
    columns, rows = fetch(database, sql, limit)
    return Table(tuple(VersionColumn(name, from_duckdb(kind)) for name, kind in columns), tuple(rows))
