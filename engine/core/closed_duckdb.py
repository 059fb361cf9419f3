"""An in-memory DuckDB that reads and writes nothing outside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "errors_as_json": "true",
    "memory_limit": "1GB",
    "threads": "1",
}


def closed_duckdb() -> duckdb.DuckDBPyConnection:
    """A new, empty one, in UTC, whose settings nobody can change any more. Its errors are json."""
    import duckdb

    connection = duckdb.connect(":memory:", config=dict(_CLOSED))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection
