"""How a dataset is read under its disclosure floor: which columns count units, which only describe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.disclosure.rules import Rules
from engine.core.disclosure.suppression import suppressed
from engine.core.pages.expressions import literal, quoted
from engine.core.pages.queries import is_number
from engine.core.pages.release import Row
from engine.core.pages.sql import Guard
from engine.core.provenance import NotFollowed, Provenance
from engine.core.space import Space
from engine.model.base import Dominance, Protect


@dataclass(frozen=True)
class Held:
    """How a dataset's numbers are protected beside its floor: the strictest of its own and its inputs'."""

    rounding: int = 0
    """Counts are shown as multiples of this; 0 as they are."""
    dominance: Dominance | None = None
    zeros_shown: bool = True


def rounded(count: int, base: int) -> int:
    """A count as the nearest multiple of `base`, half of one going up; as it is when `base` is 0."""
    return (count + base // 2) // base * base if base else count


Compiled = Mapping[Address, CompiledDataset]
Followed = Provenance | NotFollowed | None
"""Which units the rows of a dataset are made of, as far as it is known."""


def held_of(dataset: CompiledDataset, space: Space, compiled: Compiled) -> Held:
    """What holds for a dataset: what is written of it and of everything it is made of."""
    inputs = [held_of(compiled[a], space, compiled) for a in dict.fromkeys(dataset.inputs.values())]
    protect = space.datasets[dataset.address].protect or Protect()
    all_of = [Held(protect.round or 0, _dominance(protect), protect.zeros != "suppress"), *inputs]
    written = [held.dominance for held in all_of if held.dominance is not None]
    return Held(
        max(held.rounding for held in all_of),
        min(written, key=lambda rule: (rule.k, -rule.n), default=None),
        all(held.zeros_shown for held in all_of),
    )


def _dominance(protect: Protect) -> Dominance | None:
    written = protect.dominance
    return Dominance(k=written) if isinstance(written, float) else written


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


def computed_columns(dataset: CompiledDataset, compiled: Compiled, origin: Followed = None) -> frozenset[str]:
    """Numbers that are made of units (counts, sums, rates) and so are withheld in a small row."""
    keys = origin.columns if isinstance(origin, Provenance) and origin.grouped else ()
    return frozenset(
        c.name
        for c in dataset.columns
        if c.name not in keys
        and is_number(c.type)
        and (c.kind != "identity" or _counts(dataset, c.name, compiled))
    )


def describing_columns(
    dataset: CompiledDataset, compiled: Compiled, origin: Followed = None
) -> tuple[str, ...]:
    """The columns that say which group a row is about: what it was grouped by, where that is known."""
    if isinstance(origin, Provenance) and origin.grouped:
        return origin.columns
    computed = computed_columns(dataset, compiled)
    return tuple(c.name for c in dataset.columns if c.name not in computed)


def rows_sql(dataset: CompiledDataset, compiled: Compiled, origin: Followed = None) -> tuple[str, bool]:
    """The describing columns of each row and its units: the least of its counts that is not zero.

    Also says whether there are counts; without one every row stands for a single unit.
    """
    counts = [f"nullif({quoted(c)}, 0)" for c in counting_columns(dataset, compiled)]
    units = f"coalesce(least({', '.join(counts)}), 0)" if counts else "1"
    columns = "".join(f"{quoted(c)}, " for c in describing_columns(dataset, compiled, origin))
    return f"SELECT {columns}{units} AS units FROM self", bool(counts)


def rows_guard(
    floor: int, names: Sequence[str], hidden: frozenset[Row], unnamed: frozenset[Row] = frozenset()
) -> Guard:
    """The guard of a dataset of cells whose withheld rows are known, by what it was grouped by."""
    return _guard(floor, names, hidden, unnamed)


def guard_of(
    dataset: CompiledDataset,
    compiled: Compiled,
    rules: Rules,
    rows: Sequence[Sequence[Any]],
) -> Guard:
    """The guard of a dataset that holds cells: the rows to withhold, from what `rows_sql` gave."""
    units: dict[Row, int] = {}
    for row in rows:
        key, n = tuple(row[:-1]), int(row[-1])
        units[key] = min(n, units.get(key, n)) or max(n, units.get(key, n))
    empty = frozenset() if rules.zeros_shown else frozenset(key for key, n in units.items() if not n)
    there = {key: n for key, n in units.items() if key not in empty}
    hidden = suppressed(there, rules.floor, rules.complementary) | empty
    return _guard(rules.floor, describing_columns(dataset, compiled), hidden)


def _guard(floor: int, names: Sequence[str], hidden: Iterable[Row], unnamed: Iterable[Row] = ()) -> Guard:
    listed = frozenset(hidden)
    if listed and not names:
        return Guard(floor)
    return Guard(floor, None, one_of(names, listed), one_of(names, unnamed))


def one_of(names: Sequence[str], keys: Iterable[Row]) -> str:
    """Whether a row is one of those with these keys, as SQL."""
    conditions = [
        " AND ".join(
            f"{quoted(n)} IS NOT DISTINCT FROM {literal(v)}" for n, v in zip(names, key, strict=True)
        )
        for key in sorted(keys, key=repr)
    ]
    return " OR ".join(f"({c})" for c in conditions) or "FALSE"
