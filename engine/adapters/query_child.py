"""Users' SQL, run in a child process that sees policy slices and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.adapters.child import ChildFailed, Limits, run_child
from engine.adapters.query_child_values import decode
from engine.adapters.query_gate import gate, refused
from engine.core.state import VersionColumn
from engine.ports import Table

ROWS = 100_000
"""Rows of one answer; what is more is cut off, and the answer says so."""
THREADS = 2
MEMORY = 1024
"""Megabytes that DuckDB may use; the process may use more, for the answer."""
LIMITS = Limits(seconds=30, memory=4 << 30, answer=128 << 20, written=1 << 30)


class ChildQueries:
    """Runs one SELECT per child process. Implements ports.QueryRunner.

    Two gates: sqlglot's tree here, DuckDB's own parse in the child. What comes back is rows or a code.
    """

    def __init__(self, limits: Limits = LIMITS, rows: int = ROWS) -> None:
        self._limits = limits
        self._rows = rows

    def names(self, sql: str) -> tuple[tuple[str, str], ...]:
        """The `(schema, table)` names that one SELECT reads, sorted. Raises QueryRefused."""
        return tuple(sorted(gate(sql).names))

    def run(self, sql: str, tables: Mapping[tuple[str, str], Path]) -> Table:
        """Rows of one SELECT over `(schema, table)` names. Raises QueryRefused with a code, no values.

        Names are compared without regard to case, as DuckDB does.
        """
        gated = gate(sql)
        files = _by_name(tables)
        for schema, name in sorted(gated.names):
            if (schema.lower(), name.lower()) not in files:
                raise refused("unknown-table", f"{schema}.{name}")
        payload = {
            "sql": gated.sql,
            "shape": gated.shape,
            "tables": [[*name, str(file.absolute())] for name, file in sorted(files.items())],
            "rows": self._rows,
            "threads": THREADS,
            "memory": MEMORY,
        }
        return _table(self._asked(json.dumps(payload).encode()))

    def _asked(self, payload: bytes) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(
                run_child("engine.adapters.query_child_run", payload, self._limits)
            )
        except ChildFailed as failed:
            codes = {"timeout": "timeout", "memory": "memory", "output": "too-large"}
            raise refused(codes.get(failed.reason, "failed")) from None
        return answer


def _by_name(tables: Mapping[tuple[str, str], Path]) -> dict[tuple[str, str], Path]:
    """Tables by name in lower case. Two that differ in case only cannot be told apart in SQL."""
    files: dict[tuple[str, str], Path] = {}
    for (schema, name), file in tables.items():
        if files.setdefault((schema.lower(), name.lower()), file) != file:
            raise refused("binding")
    return files


def _table(answer: Mapping[str, Any]) -> Table:
    if "code" in answer:
        raise refused(answer["code"], answer["name"])
    columns = tuple(VersionColumn(name, _word(kind)) for name, kind in answer["columns"])
    rows = tuple(tuple(decode(value) for value in row) for row in answer["rows"])
    return Table(columns, rows, answer["truncated"])


def _word(kind: str) -> str:
    from sqlglot.errors import SqlglotError

    from engine.core.types import from_duckdb

    try:
        return from_duckdb(kind)
    except (SqlglotError, ValueError, KeyError):
        return "string"
