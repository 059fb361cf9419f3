"""A SQLite file as a source: one table or one query, read only."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.adapters.sources.bounds import Deadline
from engine.adapters.sources.complaints import Asked, mistake
from engine.adapters.sources.content import Content
from engine.adapters.sources.header import match
from engine.adapters.sources.raw import BATCH, Raw, RawWriter, Rules, literal, quoted
from engine.diagnostics import DataMistake, SourceSpan, did_you_mean

_ALLOWED = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_TICKS = 100_000
"""SQLite instructions between two looks at the clock."""


def read_sqlite(content: Content, asked: Asked, folder: Path, limit: float, leave: Sequence[str] = ()) -> Raw:
    """The rows of the origin's table or query, a record's line being its number. Raises DataMistake.

    Rows of the intervals in `leave` are left out where SQLite can tell them apart.
    """
    # Immutable: no journal is looked for, no lock taken, nothing written beside the file.
    uri = f"{content.path.as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as con:
        con.set_progress_handler(Deadline(limit).is_over, _TICKS)
        try:
            cursor = con.execute(_without(leave, _query(con, content, asked), asked))
            header = [described[0] for described in cursor.description]
            picks = match(header, asked, content.at())
            with RawWriter(folder, len(picks)) as out:
                for first, rows in _batches(cursor, max(1, BATCH // len(header))):
                    cells = [[_marked(row[pick.index]) for row in rows] for pick in picks]
                    out.add(cells, range(first, first + len(rows)))
        except sqlite3.Error:
            raise _refused(asked) from None

    def place(line: int, _index: int) -> SourceSpan:
        return content.at(line)

    return Raw(out.relation, picks, ("marked",) * len(picks), Rules(), place)


def _query(con: sqlite3.Connection, content: Content, asked: Asked) -> str:
    """The SELECT to run; from here on the connection refuses everything else."""
    origin = asked.spec.from_
    kinds = "select name from sqlite_master where type in ('table', 'view')"
    names = [row[0] for row in con.execute(kinds)]
    if origin.table is not None and origin.table not in names:
        hint = did_you_mean(origin.table, names)
        span = asked.span("from", "table")
        raise mistake("unknown-table", span, f'{content.shown} has no table "{origin.table}".', hint)
    con.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    return origin.query or f"select * from {quoted(origin.table or '')}"


def _without(leave: Sequence[str], query: str, asked: Asked) -> str:
    """The query, less the rows whose time says that they belong to one of the intervals.

    Only a text in ISO 8601 says so; instants with a zone, numbers and other spellings are read as ever.
    """
    increment = asked.spec.incremental
    column = next((c for c in asked.spec.columns if increment and c.name == increment.time_column), None)
    if not leave or column is None or column.parse or column.type not in ("date", "timestamp"):
        return query
    time = quoted(column.from_ or column.name)
    is_iso = f"{time} glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'"
    begins = f"substr({time}, 1, {len(leave[0])}) in ({', '.join(map(literal, leave))})"
    left = f"typeof({time}) = 'text' and {is_iso} and {begins}"
    bare = query.strip().rstrip(";")
    return f"select * from ({bare}\n) where not coalesce({left}, false)"


def _refused(asked: Asked) -> DataMistake:
    key = "query" if asked.spec.from_.query is not None else "table"
    hint = "It must be one SELECT that SQLite runs in `collect: {timeout: ...}`, over a sound SQLite file."
    return mistake("bad-query", asked.span("from", key), "SQLite refused the query.", hint)


def _batches(cursor: sqlite3.Cursor, most: int) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    first = 1
    while rows := cursor.fetchmany(most):
        yield first, rows
        first += len(rows)


def _marked(value: Any) -> str | None:
    match value:
        case None:
            return None
        case int():
            return f"n{value}"
        case float():
            return f"n{int(value)}" if value.is_integer() and abs(value) < 2**53 else f"n{value!r}"
        case bytes():
            return "s" + base64.b64encode(value).decode()
        case _:
            return f"s{value}"
