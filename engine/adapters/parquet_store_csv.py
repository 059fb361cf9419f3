"""A Parquet file as CSV, streamed."""

from __future__ import annotations

from pathlib import Path

from engine.adapters.parquet_store_sql import literal, quoted
from engine.model.space import EngineSettings


def write_csv(store: Path, settings: EngineSettings | None, file: Path, out: Path) -> None:
    """Write all rows of `file` to `out`. Raises WorldFailure."""
    import duckdb

    from engine.adapters.parquet_store_duckdb import connection, create_view, world_failure

    with connection(store, [file, out], settings) as database:
        try:
            create_view(database, "rows", file)
            described = database.execute("describe main.rows").fetchall()
            shown = ", ".join(_cell(quoted(name), kind) for name, kind, *_ in described)
            options = "format csv, header, delimiter ','"
            database.execute(f"copy (select {shown} from main.rows) to {literal(str(out))} ({options})")
        except duckdb.Error as failure:
            raise world_failure(failure, "write the export") or failure from None


def _cell(name: str, kind: str) -> str:
    """How a column is spelled in CSV: dates and times in ISO 8601, nested values as JSON."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ') as {name}"
    if kind == "TIMESTAMP":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%f') as {name}"
    if kind.endswith("[]") or kind.startswith("STRUCT"):
        return f"to_json({name}) as {name}"
    if kind == "BLOB":
        return f"base64({name}) as {name}"
    return name
