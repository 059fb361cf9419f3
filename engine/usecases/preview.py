"""A first look at a dataset, as one user may see it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.core.state import CheckResult
from engine.policy.decision import Request
from engine.ports import Table, Workbench
from engine.usecases.published import Published
from engine.usecases.reading import Reading, read_as


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of what the user sees."""

    name: str
    type: str
    mask: str
    """`clear` for none."""
    nulls: int
    distinct: int
    minimum: Any
    """Smallest and largest value; None where they are hidden or have no meaning."""
    maximum: Any


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows, a profile of every column, and how the dataset's checks last went."""

    address: Address
    data_time: str
    rows: int
    """How many rows the user sees in all."""
    columns: tuple[ColumnProfile, ...]
    first: Table
    checks: tuple[CheckResult, ...]


def preview(
    bench: Workbench,
    published: Published,
    address: Address,
    actor: str,
    ip: str,
    now: datetime.date,
    rows: int = 10,
) -> Preview:
    """The preview of a dataset or catalogue entry. Everything in it is counted on the user's slice.

    Smallest and largest values are shown of clear columns only, and not at all where the dataset has a
    disclosure floor: an extreme is one person's value. Raises Refused, PolicyUnavailable, WorldFailure.
    """
    reading = read_as(bench, published, Request(actor, "preview", address, ip, now))
    tables = {"slice": reading.path}
    first = bench.warehouse.fetch("from slice", tables, rows)
    counted = bench.warehouse.fetch(_profile_query(reading, first), tables)
    total, *figures = counted.rows[0]
    return Preview(
        address=reading.address,
        data_time=reading.version.data_time,
        rows=total,
        columns=_profiles(reading, first, figures),
        first=first,
        checks=bench.state.checks(reading.version.fingerprint),
    )


def _profile_query(reading: Reading, first: Table) -> str:
    figures = ["count(*)"]
    for column in first.columns:
        name = '"' + column.name.replace('"', '""') + '"'
        extremes = (
            (f"min({name})", f"max({name})") if _has_extremes(reading, column.name, column.type) else ()
        )
        figures += [f"count(*) - count({name})", f"count(distinct {name})", *(extremes or ("null", "null"))]
    return f"select {', '.join(figures)} from slice"


def _has_extremes(reading: Reading, name: str, kind: str) -> bool:
    obligations = reading.decision.obligations
    ordered = not kind.startswith(("list", "struct", "json", "binary", "boolean"))
    return ordered and not obligations.min_cell and obligations.columns[name] == "clear"


def _profiles(reading: Reading, first: Table, figures: Sequence[Any]) -> tuple[ColumnProfile, ...]:
    masks = reading.decision.obligations.columns
    return tuple(
        ColumnProfile(column.name, column.type, masks[column.name], *figures[4 * i : 4 * i + 4])
        for i, column in enumerate(first.columns)
    )
