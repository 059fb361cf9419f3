"""What data policies hide from one person of one dataset, as facts of the policy data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.addresses import Address
from engine.core.compiled import ColumnRef, CompiledDataset


@dataclass(frozen=True)
class Narrowing:
    """The filters on its rows, and the strength of the mask on each masked column (policy/masks.py)."""

    policies: tuple[str, ...] = ()
    """The data policies that do it, by name, sorted."""
    filters: frozenset[str] = frozenset()
    masks: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> bool:
        """Whether any rows are filtered."""
        return bool(self.filters)

    def hides_less_than(self, other: Narrowing) -> bool:
        """Whether a filter of the other is gone or says something else, or a mask is gone or weaker."""
        is_seen = any(self.masks.get(column, 0) < strong for column, strong in other.masks.items())
        return is_seen or not other.filters <= self.filters


def narrowing_of(data: Mapping[str, Any], person: str, dataset: Address) -> Narrowing:
    """How policy data narrow what the person sees of the dataset; not at all for one they don't know."""
    by_principal = data["policies"].get(str(dataset), {})
    principals = data["users"].get(person, {}).get("principals", ())
    found = [policy for principal in principals for policy in by_principal.get(principal, ())]
    masks: dict[str, int] = {}
    for policy in found:
        for column, mask in policy["columns"].items():
            masks[column] = max(masks.get(column, 0), mask["strength"])
    names = tuple(sorted({policy["name"] for policy in found}))
    return Narrowing(names, frozenset(text for policy in found for text in policy["rows"]), masks)


def lost(
    source: Address, hidden: Narrowing, reader: CompiledDataset, kept: Narrowing
) -> tuple[bool, tuple[str, ...]]:
    """What `reader` gives away of what is hidden in `source`, whose columns it names in its query.

    Whether it gives away rows, and which masked columns: those that it shows in any form without as strong
    a mask of its own (`kept`), or that decide which rows there are.
    """
    shown = tuple(
        column
        for column, strength in sorted(hidden.masks.items())
        if _gives_away(ColumnRef(source, column), strength, reader, kept)
    )
    return hidden.rows and not kept.rows, shown


def _gives_away(masked: ColumnRef, strength: int, reader: CompiledDataset, kept: Narrowing) -> bool:
    into = (column.name for column in reader.columns if masked in column.sources)
    return masked in reader.row_sources or any(kept.masks.get(name, 0) < strength for name in into)


@dataclass(frozen=True)
class Exposed:
    """What arrives unnarrowed in a derived dataset of one that a data policy narrows."""

    rows: tuple[str, ...] = ()
    """The path of datasets along which rows come; empty when they don't."""
    columns: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    """Each column that shows a masked one: the mask's strength, and the path of columns."""

    def beyond(self, kept: Narrowing) -> Iterator[tuple[str, ...]]:
        """The paths of what is not hidden again by what narrows this dataset itself."""
        if self.rows and not kept.rows:
            yield self.rows
        yield from (path for name, (strong, path) in self.columns.items() if kept.masks.get(name, 0) < strong)


def exposed(
    source: Address, hidden: Narrowing, compiled: Iterable[CompiledDataset], reviewed: frozenset[Address]
) -> dict[Address, Exposed]:
    """Every dataset that shows what is hidden in `source`, in the order of `compiled` (inputs first).

    A count of a masked column shows no value of it. What is `reviewed` (declassified) shows nothing, nor
    does what is made of it.
    """
    columns = {c: (strong, (str(ColumnRef(source, c)),)) for c, strong in sorted(hidden.masks.items())}
    found = {source: Exposed((str(source),) if hidden.rows else (), columns)}
    for dataset in compiled:
        if dataset.address not in reviewed and dataset.address != source:
            here = _arriving(dataset, found)
            if here.rows or here.columns:
                found[dataset.address] = here
    del found[source]
    return found


def _arriving(dataset: CompiledDataset, found: Mapping[Address, Exposed]) -> Exposed:
    """What the dataset shows of what its inputs show."""
    inputs = [found[address] for address in dict.fromkeys(dataset.inputs.values()) if address in found]
    if not inputs:
        return Exposed()
    trails = [one.rows for one in inputs if one.rows]
    columns: dict[str, tuple[int, tuple[str, ...]]] = {}
    for column in dataset.columns:
        shown = [
            found[ref.dataset].columns[ref.column]
            for ref in column.sources
            if ref.dataset in found and ref.column in found[ref.dataset].columns
        ]
        if shown and column.kind != "count":
            strong, path = max(shown, key=lambda one: one[0])
            columns[column.name] = (strong, (*path, f"{dataset.address}.{column.name}"))
    return Exposed((*trails[0], str(dataset.address)) if trails else (), columns)
