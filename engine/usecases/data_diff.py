"""Data diff: how a dataset's version in one environment differs from that in another, in counts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.addresses import Address
from engine.core.state import Version
from engine.diagnostics import WorldFailure, did_you_mean
from engine.ports import Warehouse
from engine.usecases.published import Published


@dataclass(frozen=True, slots=True)
class DataDiff:
    """Counts of rows and per column of changed values; None stands for a count below the smallest cell."""

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
    min_cell: int


def data_diff(
    warehouse: Warehouse,
    store: Path,
    here: Published,
    there: Published,
    address: Address,
    key: Sequence[str] = (),
) -> DataDiff:
    """Compare `address` in `here` with that in `there`; rows are matched by `key`.

    Without a key, columns of its first `unique` check serve; without one, whole rows are compared and
    none counts as changed. Raises WorldFailure when either lacks the dataset or the key a column.
    """
    after, before = _version(here, address), _version(there, address)
    floor = max(p.compiled[address].min_cell for p in (here, there))
    types = {c.name: c.type for c in before.columns}
    shared = [c.name for c in after.columns if c.name in types]
    matched = _key(here, address, key, shared)
    tables = {name: [store / f for f in v.files] for name, v in (("after", after), ("before", before))}
    counts = _row_counts(warehouse, tables, matched, shared)
    changes = _column_counts(warehouse, tables, matched, shared) if matched else {}

    def shown(count: int) -> int | None:
        return None if 0 < count < floor else count

    return DataDiff(
        address=address,
        same=after.content == before.content,
        added_columns=tuple(c.name for c in after.columns if c.name not in types),
        removed_columns=tuple(sorted(set(types) - {c.name for c in after.columns})),
        retyped_columns=tuple(c.name for c in after.columns if types.get(c.name, c.type) != c.type),
        rows=(shown(after.rows), shown(before.rows)),
        key=tuple(matched),
        added=shown(counts[0]),
        removed=shown(counts[1]),
        changed=shown(counts[2]),
        column_changes={name: shown(count) for name, count in changes.items()},
        min_cell=floor,
    )


def _version(published: Published, address: Address) -> Version:
    version = published.applied.versions.get(address)
    if version is None:
        environment = published.applied.environment
        raise WorldFailure(f"{address} has no version in {environment}.", "`engine list` shows what has one.")
    return version


def _key(published: Published, address: Address, asked: Sequence[str], shared: list[str]) -> list[str]:
    for name in asked:
        if name not in shared:
            raise WorldFailure(f'there is no column "{name}" in both versions.', did_you_mean(name, shared))
    if asked:
        return list(asked)
    for check in published.space.datasets[address].checks:
        if check.unique is not None and set(check.unique) <= set(shared):
            return list(check.unique)
    return []


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _row_counts(
    warehouse: Warehouse, tables: Mapping[str, Sequence[Path]], key: list[str], shared: list[str]
) -> tuple[int, int, int]:
    """Rows added, removed and changed."""
    columns = ", ".join(map(_quoted, shared)) or "1"
    if not key:
        sql = (
            f"select (select count(*) from (select {columns} from after except all select {columns} "
            f"from before)), (select count(*) from (select {columns} from before except all "
            f"select {columns} from after)), 0"
        )
    else:
        rest = [name for name in shared if name not in key]
        differs = " or ".join(_differs(name) for name in rest) or "false"
        sql = (
            "select count(*) filter (b.here is null), count(*) filter (a.here is null), "
            f"count(*) filter (a.here and b.here and ({differs})) "
            f"from (select *, true as here from after) a "
            f"full join (select *, true as here from before) b on {_on(key)}"
        )
    added, removed, changed = warehouse.fetch(sql, tables).rows[0]
    return int(added), int(removed), int(changed)


def _column_counts(
    warehouse: Warehouse, tables: Mapping[str, Sequence[Path]], key: list[str], shared: list[str]
) -> dict[str, int]:
    rest = [name for name in shared if name not in key]
    if not rest:
        return {}
    counts = ", ".join(f"count(*) filter ({_differs(name)})" for name in rest)
    rows = warehouse.fetch(f"select {counts} from after a join before b on {_on(key)}", tables).rows
    return dict(zip(rest, map(int, rows[0]), strict=True))


def _differs(name: str) -> str:
    return f"a.{_quoted(name)} is distinct from b.{_quoted(name)}"


def _on(key: list[str]) -> str:
    return " and ".join(f"a.{_quoted(n)} is not distinct from b.{_quoted(n)}" for n in key)
