"""Rows of a DuckDB query as plain Python values. Light: a child process imports it too."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

WITH_ZONE = "TIMESTAMP WITH TIME ZONE"

Rows = list[tuple[Any, ...]]


def fetch(
    database: duckdb.DuckDBPyConnection, sql: str, limit: int | None = None
) -> tuple[list[tuple[str, str]], Rows]:
    """Columns (name, DuckDB type) and at most `limit` rows of one query; instants are in UTC.

    Each name comes once: a second `a` is `a_1`, as DuckDB names it in a subquery.
    """
    described = database.execute(sql).description or []
    kinds = [str(kind) for _, kind, *_ in described]
    if any(WITH_ZONE in kind for kind in kinds):
        database.execute(_without_zones(sql, kinds))
    rows = database.fetchall() if limit is None else database.fetchmany(limit)
    zoned = [i for i, kind in enumerate(kinds) if kind == WITH_ZONE]
    names = _distinct([name for name, *_ in described])
    return list(zip(names, kinds, strict=True)), [_in_utc(row, zoned) for row in rows]


def _without_zones(sql: str, kinds: list[str]) -> str:
    """The query with instants as plain timestamps in UTC: the driver needs an extra library for zones."""
    names = [f"c{i}" for i in range(len(kinds))]
    shown = [_without_zone(name, kind) for name, kind in zip(names, kinds, strict=True)]
    return f"select {', '.join(shown)} from ({sql}\n) as q({', '.join(names)})"


def _without_zone(name: str, kind: str) -> str:
    if kind == WITH_ZONE:
        return f"{name} at time zone 'UTC'"
    return f"to_json({name})" if WITH_ZONE in kind else name


def _in_utc(row: tuple[Any, ...], zoned: list[int]) -> tuple[Any, ...]:
    if not zoned:
        return row
    return tuple(
        value.replace(tzinfo=datetime.UTC) if i in zoned and isinstance(value, datetime.datetime) else value
        for i, value in enumerate(row)
    )


def _distinct(names: Sequence[str]) -> Iterator[str]:
    taken: set[str] = set()
    for name in names:
        free, number = name, 0
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        yield free
