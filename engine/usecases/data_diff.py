"""Data diff: how a dataset's version in one environment differs from that in another, in counts only.

The operator compares whole versions, a reader the slices that policy leaves them. In both cases a count of
fewer units than the smallest cell is withheld, and with it every count that it could be worked out from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.addresses import Address
from engine.core.state import VersionColumn
from engine.diagnostics import WorldFailure, did_you_mean
from engine.policy.decision import Request
from engine.ports import Warehouse, Workbench
from engine.usecases.data_diff_sql import Counted, Counting, count_differences
from engine.usecases.published import Published
from engine.usecases.reading import Reading, read_as

COUNTS_UNITS = frozenset({"clear", "hash"})
"""Masks under which equal values stay equal and others differ: units can still be counted."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared: its rows' files, and how the rows of it are counted."""

    files: tuple[Path, ...]
    columns: tuple[VersionColumn, ...]
    content: str
    """Equal for the same rows; empty where that is not known."""
    floor: int
    unit: str | None
    """The column whose distinct values a cell counts; None to count rows."""
    countable: bool = True
    """Whether units can be counted; nothing but zero is told otherwise."""


@dataclass(frozen=True, slots=True)
class DataDiff:
    """Counts of rows and per column of changed values; None stands for a count that is withheld."""

    address: Address
    same: bool
    """Whether both versions hold the same bytes."""
    added_columns: tuple[str, ...]
    removed_columns: tuple[str, ...]
    retyped_columns: tuple[str, ...]
    rows: tuple[int | None, int | None]
    """In the environment asked for, and in the one it is compared with."""
    key: tuple[str, ...]
    """Columns rows are matched by; empty when whole rows are compared."""
    added: int | None
    removed: int | None
    changed: int | None
    column_changes: Mapping[str, int | None]
    """Matched rows whose value differs, per column that both have."""
    column_rates: Mapping[str, float | None]
    """The same as a part of all matched rows, to a hundredth."""
    min_cell: int


def whole(bench: Workbench, published: Published, address: Address, store: Path) -> Side:
    """A dataset's version as the operator sees it. Raises WorldFailure when there is none."""
    version = published.applied.versions.get(address)
    if version is None:
        environment = published.applied.environment
        raise WorldFailure(f"{address} has no version in {environment}.", "`engine list` shows what has one.")
    if not bench.warehouse.holds(version):
        raise WorldFailure(
            f"the stored version of {address} is missing or damaged.", "run `engine apply`: it is made again."
        )
    compiled = published.compiled[address]
    files = tuple(store / file for file in version.files)
    return Side(files, version.columns, version.content, compiled.min_cell, compiled.unit)


def as_read(bench: Workbench, published: Published, request: Request) -> Side:
    """A dataset as the request's actor may use it. Raises Refused, PolicyUnavailable, WorldFailure."""
    reading = read_as(bench, published, request)
    compiled, obligations = published.compiled[reading.address], reading.decision.obligations
    floor = max(compiled.min_cell, obligations.min_cell)
    masks = obligations.columns
    columns = tuple(c for c in reading.version.columns if c.name in masks)
    countable = compiled.unit is None or masks.get(compiled.unit) in COUNTS_UNITS
    unit = compiled.unit if countable else None
    return Side((reading.path,), columns, _content(reading), floor, unit, countable)


def _content(reading: Reading) -> str:
    """Equal slices of equal versions are one file."""
    return f"{reading.version.content}/{reading.path.name}"


def data_diff(
    warehouse: Warehouse, address: Address, after: Side, before: Side, key: Sequence[str]
) -> DataDiff:
    """How `after` differs from `before`; rows are matched by `key`, whole rows compared without one.

    Raises WorldFailure when either lacks a column of the key, or when the key does not tell rows apart.
    """
    there = {c.name for c in before.columns}
    shared = tuple(c.name for c in after.columns if c.name in there)
    for name in key:
        if name not in shared:
            raise WorldFailure(f'there is no column "{name}" in both versions.', did_you_mean(name, shared))
    unit, cells = _cells(after, before, shared)
    found = count_differences(warehouse, Counting(after.files, before.files, tuple(key), shared, unit))
    added, removed = cells.shown(found.added), cells.shown(found.removed)
    columns = {name: cells.shown(count) for name, count in found.columns.items()}
    matched = found.matched.rows
    return DataDiff(
        address,
        after.content == before.content,
        *_schema(after, before),
        # All rows are those matched and those added, or removed: with both, what is withheld is known too.
        rows=(
            None if added is None else cells.shown(found.after),
            None if removed is None else cells.shown(found.before),
        ),
        key=tuple(key),
        added=added,
        removed=removed,
        # So is a column's number with the rows that changed in any, and the other columns.
        changed=None if None in columns.values() else cells.shown(found.changed),
        column_changes=columns,
        column_rates={n: None if c is None else _rate(c, matched) for n, c in columns.items()},
        min_cell=cells.floor,
    )


def _schema(after: Side, before: Side) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Columns added, removed, and of another type."""
    types = {c.name: c.type for c in before.columns}
    return (
        tuple(c.name for c in after.columns if c.name not in types),
        tuple(sorted(set(types) - {c.name for c in after.columns})),
        tuple(c.name for c in after.columns if types.get(c.name, c.type) != c.type),
    )


def _cells(after: Side, before: Side, shared: Sequence[str]) -> tuple[str | None, _Cells]:
    """The column that units are counted by, and what counts may be shown."""
    units = {after.unit, before.unit} - {None}
    unit = next(iter(units)) if len(units) == 1 and units <= set(shared) else None
    countable = after.countable and before.countable and (unit is not None or not units)
    return unit, _Cells(max(after.floor, before.floor), countable)


@dataclass(frozen=True, slots=True)
class _Cells:
    """What counts may be shown."""

    floor: int
    countable: bool

    def shown(self, count: Counted) -> int | None:
        """The number of rows, unless it is of fewer units than the floor."""
        if count.rows == 0 or self.floor == 0:
            return count.rows
        return count.rows if self.countable and count.units >= self.floor else None


def _rate(count: int, matched: int) -> float:
    return round(count / matched, 2) if matched else 0.0


def usual_key(published: Published, address: Address) -> tuple[str, ...]:
    """The columns of the dataset's first `unique` check; none without one."""
    checks = published.space.datasets[address].checks
    return next((tuple(check.unique) for check in checks if check.unique is not None), ())
