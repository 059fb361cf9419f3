"""A Parquet file as a file for somebody: CSV, streamed, or a copy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from engine.adapters.parquet_store_files import name_over, written_beside
from engine.adapters.parquet_store_sql import literal, quoted
from engine.model.space import EngineSettings


def export(
    store: Path, settings: EngineSettings | None, file: Path, out: Path, form: Literal["csv", "parquet"]
) -> None:
    """Write all rows of `file` to `out`, whole or not at all. Raises WorldFailure."""
    with written_beside(out.absolute()) as part:
        if form == "parquet":
            shutil.copyfile(file, part)
        else:
            _write_csv(store, settings, file, part)
        name_over(part, out.absolute())


def _write_csv(store: Path, settings: EngineSettings | None, file: Path, part: Path) -> None:
    import duckdb

    from engine.adapters.parquet_store_duckdb import connection, create_view, world_failure

    with connection(store, [file, part], settings) as database:
        try:
            create_view(database, "rows", file)
            described = database.execute("describe main.rows").fetchall()
            shown = ", ".join(_cell(quoted(name), kind) for name, kind, *_ in described)
            options = "format csv, header, delimiter ','"
            database.execute(f"copy (select {shown} from main.rows) to {literal(str(part))} ({options})")
        except duckdb.Error as failure:
            raise world_failure(failure, "write the export") or failure from None


def _cell(name: str, kind: str) -> str:
    """How a column is spelled in CSV."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ') as {name}"
    if kind == "TIMESTAMP":
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%f') as {name}"
    if kind.endswith("[]") or kind.startswith("STRUCT"):
        return f"to_json({name}) as {name}"
    if kind == "BLOB":
        return f"base64({name}) as {name}"
    return name
