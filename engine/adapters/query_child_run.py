"""What runs in the child process of a user's query: DuckDB over slices, closed to everything else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb

from engine.adapters.child_confine import confine
from engine.adapters.parquet_store_rows import fetch
from engine.adapters.parquet_store_sql import literal, quoted
from engine.adapters.query_child_check import Refused, check
from engine.adapters.query_child_values import encode

_UNKNOWN_COLUMN = re.compile(r'Referenced column "([^"]+)" not found')


def answer(payload: bytes) -> bytes:
    """The rows of one query as JSON, or a code. No message of DuckDB's leaves: it may quote data."""
    asked: dict[str, Any] = json.loads(payload)
    # Behind DuckDB's own lock stands the kernel's, where it has one: no file but the slices can be opened.
    confine(network=False, files=[file for *_, file in asked["tables"]])
    try:
        return json.dumps(_rows(asked), ensure_ascii=False, allow_nan=False).encode()
    except Refused as refused:
        return json.dumps({"code": refused.code, "name": refused.name}).encode()
    except duckdb.Error as failure:
        code, name = _coded(failure, asked["sql"])
        return json.dumps({"code": code, "name": name}).encode()
    except RecursionError:
        return json.dumps({"code": "too-complex", "name": ""}).encode()


def _rows(asked: dict[str, Any]) -> dict[str, Any]:
    with duckdb.connect(":memory:", config={"python_enable_replacements": "false"}) as database:
        _prepare(database, asked)
        tables = frozenset((schema.lower(), name.lower()) for schema, name, _ in asked["tables"])
        check(database, asked["shape"], tables)
        columns, rows = fetch(database, asked["sql"], asked["rows"] + 1)
        return {
            "columns": columns,
            "rows": [[encode(value) for value in row] for row in rows[: asked["rows"]]],
            "truncated": len(rows) > asked["rows"],
        }


def _prepare(database: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> None:
    """Name the slices, then close every door and lock it."""
    files = [file for *_, file in asked["tables"]]
    for statement in (
        f"set threads = {int(asked['threads'])}",
        f"set memory_limit = '{int(asked['memory'])}MB'",
        f"set temp_directory = {literal(str(Path.cwd() / 'spill'))}",
        "set max_temp_directory_size = '1GB'",
        "set TimeZone = 'UTC'",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        f"set allowed_paths = [{', '.join(map(literal, files))}]",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        database.execute(statement)
    for schema, name, file in asked["tables"]:
        database.execute(f"create schema if not exists {quoted(schema)}")
        view = f"{quoted(schema)}.{quoted(name)}"
        database.execute(f"create view {view} as from read_parquet({literal(file)})")


def _coded(failure: duckdb.Error, sql: str) -> tuple[str, str]:
    """A code for the failure, and a name only where the query itself says it."""
    match failure:
        case duckdb.ConversionException():
            return "conversion", ""
        case duckdb.OutOfRangeException():
            return "overflow", ""
        case duckdb.OutOfMemoryException() | duckdb.IOException():
            # The only file it writes is what it spills.
            return "memory", ""
        case duckdb.ParserException() | duckdb.SyntaxException():
            return "syntax", ""
        case duckdb.BinderException():
            found = _UNKNOWN_COLUMN.search(str(failure))
            named = found is not None and found[1].lower() in sql.lower()
            return ("unknown-column", found[1]) if found and named else ("binding", "")
        case duckdb.CatalogException():
            return "unknown-function", ""
        case duckdb.PermissionException():
            return "not-allowed", ""
        case _:
            return "failed", ""
