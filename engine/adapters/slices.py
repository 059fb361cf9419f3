"""Policy slices: the only files a reader's query, page or preview ever sees.

A slice is named by the hash of a version and of what obligations do to it, so everyone with equal
obligations shares one. It is written beside, then named: a slice is there whole or not at all.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import secrets
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.adapters.parquet_store_files import (
    is_stored,
    is_whole,
    name_once,
    name_over,
    written_beside,
)
from engine.adapters.parquet_store_sql import literal
from engine.adapters.slices_sql import SELF, CannotOblige, predicate, slice_query
from engine.core.state import Version
from engine.diagnostics import PolicyUnavailable, WorldFailure
from engine.policy.decision import Obligations

if TYPE_CHECKING:
    import duckdb

ALGORITHM = 1
"""Version of how slices are made: part of their names."""
FORMAT = "format parquet, compression zstd, compression_level 3, row_group_size 122880"


class SliceFolder:
    """Slices in `<store>/slices/`. Implements ports.Slices; safe to use from several threads."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._folder = store / "slices"

    def slice(self, version: Version, obligations: Obligations) -> Path:
        """The file that holds exactly what `obligations` leave of a version.

        It is the version's own file when that is all of it, and one file. `min_cell` is no matter of rows: it
        is kept by those who count. Raises PolicyUnavailable when an obligation cannot be carried out, and
        WorldFailure.
        """
        if not is_stored(self._store, version):
            raise WorldFailure(
                f"the stored version of {version.address} is missing or damaged.",
                "run `engine apply`: it is made again.",
            )
        complete = not obligations.narrows and set(obligations.columns) == {c.name for c in version.columns}
        if complete and len(version.files) == 1:
            return self._store / version.files[0]
        file = self._folder / f"{self._key(version, obligations)}.parquet"
        if not _is_there(file):
            self._write(version, obligations, file)
        return file

    def clear(self, idle: datetime.timedelta) -> int:
        """Delete slices written longer ago than that; they are written again on need. Says how many bytes.

        A reader opens a slice within moments of asking for it, so a day is ample.
        """
        limit, freed = time.time() - idle.total_seconds(), 0
        for file in sorted(self._folder.glob("*.parquet")):
            with contextlib.suppress(FileNotFoundError):
                found = file.stat()
                if found.st_mtime < limit:
                    file.unlink()
                    freed += found.st_size
        return freed

    def _key(self, version: Version, obligations: Obligations) -> str:
        salted = "hash" in obligations.columns.values()
        identity = [
            ALGORITHM,
            version.fingerprint,
            version.content,
            sorted(obligations.columns.items()),
            sorted(set(obligations.rows)),
            hashlib.sha256(self._salt.encode()).hexdigest() if salted else "",
        ]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:40]

    def _write(self, version: Version, obligations: Obligations, file: Path) -> None:
        import duckdb

        from engine.adapters.parquet_store_duckdb import connection, create_view, world_failure

        try:
            query = slice_query(version.columns, obligations, self._salt)
            bases = [self._store / path for path in version.files]
            with written_beside(file) as part:
                with connection(self._store, [*bases, part]) as database:
                    create_view(database, SELF, *bases)
                    _must_be_boolean(database, version, obligations)
                    database.execute(f"copy ({query}) to {literal(str(part))} ({FORMAT})")
                if not name_once(part, file) and not _is_there(file):
                    name_over(part, file)
        except CannotOblige as cannot:
            raise _unavailable(version, str(cannot)) from None
        except duckdb.Error as failure:
            world = world_failure(failure, f"read {version.address}")
            if world is not None:
                raise world from None
            # DuckDB's own words may quote a value.
            raise _unavailable(version, "a row filter or mask fails on the data") from None

    @cached_property
    def _salt(self) -> str:
        """The key of hashed columns, made once for the store and readable by its owner only."""
        file = self._folder / ".salt"
        if not file.exists():
            with written_beside(file) as part:
                handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="ascii") as opened:
                    opened.write(secrets.token_hex(32))
                name_once(part, file)
        return file.read_text(encoding="ascii")


def _is_there(file: Path) -> bool:
    return file.exists() and is_whole(file, file.stat().st_size)


def _must_be_boolean(database: duckdb.DuckDBPyConnection, version: Version, obligations: Obligations) -> None:
    """A filter of another type would be read as true or false by chance."""
    columns = [column.name for column in version.columns]
    for text in obligations.rows:
        described = database.execute(f"describe select ({predicate(text, columns)}) from {SELF}").fetchall()
        if [kind for _, kind, *_ in described] != ["BOOLEAN"]:
            raise CannotOblige("a row filter is not a condition")


def _unavailable(version: Version, why: str) -> PolicyUnavailable:
    return PolicyUnavailable(
        f"{version.address} cannot be shown: {why}.", "ask a platform manager to look at its data policies."
    )
