"""One database for the engine's own questions about stored files: opening one takes longer than asking."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.model.space import EngineSettings

if TYPE_CHECKING:
    import duckdb


class _Last(threading.local):
    """What a thread asked about last, and its connection; None while that is in use, or after a failure."""

    asked: tuple[Mapping[str, Sequence[Path]], duckdb.DuckDBPyConnection] | None = None


class StoreReader:
    """Gives out connections to one database that may read the store's folder and nothing else.

    It is opened at the first question, and closed (what it spilled goes with it) when the reader is
    dropped or the process ends. Safe to use from several threads.
    """

    def __init__(self, store: Path, settings: EngineSettings | None) -> None:
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._last = _Last()
        self._open = contextlib.ExitStack()
        weakref.finalize(self, self._open.close)
        self._database: duckdb.DuckDBPyConnection | None = None

    def holds(self, files: Sequence[Path]) -> bool:
        """Whether all files lie in the store."""
        return all(self._store in file.parents for file in files)

    @contextlib.contextmanager
    def over(self, tables: Mapping[str, Sequence[Path]]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection in which each table is what its Parquet files hold, one after the other.

        It is kept for the thread's next questions about the same files.
        """
        last, self._last.asked = self._last.asked, None
        if last is None or last[0] != tables:
            last = dict(tables), self._viewing(tables)
        yield last[1]
        self._last.asked = last

    def _viewing(self, tables: Mapping[str, Sequence[Path]]) -> duckdb.DuckDBPyConnection:
        from engine.adapters.parquet_store_sql import literal, quoted

        cursor = self._connected().cursor()
        for name, files in tables.items():
            listed = ", ".join(literal(str(file)) for file in files)
            # Temporary: what other connections of the database call the same is not touched.
            cursor.execute(f"create temp view {quoted(name)} as from read_parquet([{listed}])")
        return cursor

    def _connected(self) -> duckdb.DuckDBPyConnection:
        from engine.adapters.parquet_store_duckdb import connection

        with self._lock:
            if self._database is None:
                opened = connection(self._store, [], self._settings, folder=self._store)
                self._database = self._open.enter_context(opened)
            return self._database
