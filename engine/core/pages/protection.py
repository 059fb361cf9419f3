"""How a dataset is read under its disclosure floor: which columns count units, which only describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.disclosure.suppression import suppressed
from engine.core.pages.expressions import literal, quoted
from engine.core.pages.queries import is_number
from engine.core.pages.sql import Guard

Compiled = Mapping[Address, CompiledDataset]


def counting_columns(dataset: CompiledDataset, compiled: Compiled) -> tuple[str, ...]:
    """Columns whose values are numbers of units: counts, passed on or added up since."""
    return tuple(c.name for c in dataset.columns if _counts(dataset, c.name, compiled))


def _counts(dataset: CompiledDataset, name: str, compiled: Compiled) -> bool:
    column = dataset.column(name)
    if column is None or column.type != "integer":
        return False
    if column.kind == "count":
        return True
    return bool(column.sources) and all(
        source.dataset in compiled and _counts(compiled[source.dataset], source.column, compiled)
        for source in column.sources
    )


def computed_columns(dataset: CompiledDataset, compiled: Compiled) -> frozenset[str]:
    """Numbers that are made of units (counts, sums, rates) and so are withheld in a small row."""
    return frozenset(
        c.name
        for c in dataset.columns
        if is_number(c.type) and (c.kind != "identity" or _counts(dataset, c.name, compiled))
    )


def describing_columns(dataset: CompiledDataset, compiled: Compiled) -> tuple[str, ...]:
    """The other columns: they say which group a row is about."""
    computed = computed_columns(dataset, compiled)
    return tuple(c.name for c in dataset.columns if c.name not in computed)


def rows_sql(dataset: CompiledDataset, compiled: Compiled) -> str:
    """The describing columns of each row and its units: the least of its counts that is not zero."""
    counts = [f"nullif({quoted(c)}, 0)" for c in counting_columns(dataset, compiled)]
    units = f"coalesce(least({', '.join(counts)}), 0)" if counts else "1"
    columns = "".join(f"{quoted(c)}, " for c in describing_columns(dataset, compiled))
    return f"SELECT {columns}{units} AS units FROM self"


def guard_of(
    dataset: CompiledDataset,
    compiled: Compiled,
    floor: int,
    rows: Sequence[Sequence[Any]],
    complementary: bool = True,
) -> Guard:
    """The guard of a dataset that holds cells: the rows to withhold, from what `rows_sql` gave."""
    units = {tuple(row[:-1]): int(row[-1]) for row in rows}
    hidden = suppressed(units, floor, complementary)
    names = describing_columns(dataset, compiled)
    conditions = [
        " AND ".join(
            f"{quoted(n)} IS NOT DISTINCT FROM {literal(v)}" for n, v in zip(names, key, strict=True)
        )
        for key in sorted(hidden, key=repr)
    ]
    if hidden and not names:
        return Guard(floor)
    return Guard(floor, None, " OR ".join(f"({c})" for c in conditions) or "FALSE")
