"""The queries of a data diff: every count in rows and in units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.diagnostics import WorldFailure
from engine.ports import Warehouse

HERE = '"  here"'
"""Marks the side a joined row has; no column of a dataset is called so."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What is compared: two tables by their files, and by which columns."""

    after: Sequence[Path]
    before: Sequence[Path]
    key: tuple[str, ...]
    shared: tuple[str, ...]
    """Columns that both have, the key among them."""
    unit: str | None
    """The column whose distinct values are the units; None for rows."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of rows, and of the units that they are about."""

    rows: int
    units: int


NONE = Counted(0, 0)


@dataclass(frozen=True, slots=True)
class Differences:
    """All counts of one comparison."""

    after: Counted
    before: Counted
    matched: Counted
    added: Counted
    removed: Counted
    changed: Counted
    columns: Mapping[str, Counted]


def count_differences(warehouse: Warehouse, counting: Counting) -> Differences:
    """Count on both tables. Raises WorldFailure when the key does not tell rows apart."""
    tables = {"after": list(counting.after), "before": list(counting.before)}

    def counted(sql: str) -> list[Counted]:
        values: tuple[Any, ...] = warehouse.fetch(sql, tables).rows[0]
        return [Counted(int(r), int(u)) for r, u in zip(values[::2], values[1::2], strict=True)]

    unit = _quoted(counting.unit) if counting.unit else None
    after, before = (counted(f"select {_count(unit)} from {table}")[0] for table in tables)
    if not counting.key:
        added, removed = (counted(_beyond(counting, *pair))[0] for pair in _DIRECTIONS)
        return Differences(after, before, NONE, added, removed, NONE, {})
    _must_be_unique(warehouse, tables, counting.key)
    rest = [name for name in counting.shared if name not in counting.key]
    matched, added, removed, changed, *columns = counted(_matched(counting, rest))
    return Differences(after, before, matched, added, removed, changed, dict(zip(rest, columns, strict=True)))


_DIRECTIONS = (("after", "before"), ("before", "after"))


def _count(unit: str | None, condition: str = "") -> str:
    """Rows and units under a condition, as two columns of a select."""
    only = f" filter ({condition})" if condition else ""
    return f"count(*){only}, count({f'distinct {unit}' if unit else '*'}){only}"


def _beyond(counting: Counting, table: str, other: str) -> str:
    """The whole rows of one table that the other lacks, repetitions counted."""
    columns = ", ".join(map(_quoted, counting.shared)) or "1"
    rows = f"select {columns} from {table} except all select {columns} from {other}"
    return f"select {_count(_quoted(counting.unit) if counting.unit else None)} from ({rows})"


def _matched(counting: Counting, rest: Sequence[str]) -> str:
    """Matched, added, removed and changed rows, then the changed values of each column."""
    unit_a, unit_b = (f"{side}.{_quoted(counting.unit)}" if counting.unit else None for side in "ab")
    both = f"a.{HERE} and b.{HERE}"
    differs = " or ".join(map(_differs, rest)) or "false"
    counts = [
        _count(unit_a, both),
        _count(unit_a, f"b.{HERE} is null"),
        _count(unit_b, f"a.{HERE} is null"),
        _count(unit_a, f"{both} and ({differs})"),
        *(_count(unit_a, f"{both} and {_differs(name)}") for name in rest),
    ]
    on = " and ".join(f"a.{_quoted(n)} is not distinct from b.{_quoted(n)}" for n in counting.key)
    sides = (
        f"(select *, true as {HERE} from {table}) {alias}" for table, alias in zip(_TABLES, "ab", strict=True)
    )
    return f"select {', '.join(counts)} from {' full join '.join(sides)} on {on}"


_TABLES = ("after", "before")


def _must_be_unique(warehouse: Warehouse, tables: Mapping[str, Sequence[Path]], key: Sequence[str]) -> None:
    columns = ", ".join(map(_quoted, key))
    for table in _TABLES:
        repeated = f"select 1 from {table} group by {columns} having count(*) > 1"
        if warehouse.fetch(repeated, tables, 1).rows:
            raise WorldFailure(
                f"rows cannot be matched by {', '.join(key)}: several have the same.",
                "name more columns with --key.",
            )


def _differs(name: str) -> str:
    return f"a.{_quoted(name)} is distinct from b.{_quoted(name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
