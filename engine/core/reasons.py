"""Why a plan changes something, in words: which rows, which columns, which fields, and from where.

Only people read them, and the plan's fingerprint covers them. What was applied is asked for the details;
where it cannot be read again, or was hashed by another version of the engine, the reason says less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.addresses import Address
from engine.core.aspects import Aspect, changed_fields, page_datasets
from engine.core.compiled import ColumnRef, CompiledDataset
from engine.core.fingerprint import UNKNOWN, Identity, identities
from engine.core.plan import Desired
from engine.core.space import Collected, Space
from engine.core.state import Applied
from engine.model.base import Model
from engine.model.dashboard import Dashboard

WORDS: Mapping[Aspect, str] = {
    "page": "page changed",
    "access": "access rules changed",
    "protection": "protection changed",
    "checks": "its checks changed; they run again",
    "settings": "settings changed",
    "metadata": "metadata changed",
    "keep": "`prevent_destroy` changed",
}
LISTED: frozenset[Aspect] = frozenset({"page", "access", "protection", "settings", "metadata"})
"""Aspects whose reason names the fields that changed."""


@dataclass(frozen=True)
class Before:
    """What was applied, loaded again; it is asked by the addresses that things have now."""

    space: Space
    datasets: Mapping[Address, CompiledDataset]
    moves: Mapping[Address, Address]
    """Renames since, old address to new."""

    @cached_property
    def compiled(self) -> Mapping[Address, CompiledDataset]:
        """Every dataset by its address now."""
        return {self.moves.get(address, address): dataset for address, dataset in self.datasets.items()}

    @cached_property
    def logics(self) -> Mapping[Address, Identity]:
        """By logic alone, as `Desired.logics`."""
        return {self.moves.get(a, a): logic for a, logic in identities(self.datasets, {}).items()}

    def declared(self, address: Address) -> Model | None:
        """What was written of a resource or dataset; None for what was not there."""
        names = {new: old for old, new in self.moves.items()}
        return declared(self.space, names.get(address, address))


def declared(space: Space, address: Address) -> Model | None:
    """What is written of a resource or dataset; None for what is not there."""
    node, resource = space.datasets.get(address), space.resources.get(address)
    return node.declared if node else resource.spec if resource else None


def aspect_reason(
    aspect: Aspect, address: Address, applied: Applied, desired: Desired, was: Before | None
) -> str:
    """Why an aspect of a resource counts as changed; with its fields where they are known."""
    if aspect == "data":
        return _new_versions(address, applied, desired)
    now, then = declared(desired.space, address), was.declared(address) if was else None
    if aspect not in LISTED or now is None or then is None:
        return WORDS[aspect]
    fields = changed_fields(aspect, then, now)
    return f"{WORDS[aspect]}: {', '.join(fields)}" if fields else WORDS[aspect]


def _new_versions(address: Address, applied: Applied, desired: Desired) -> str:
    page = desired.space.resources[address]
    assert isinstance(page.spec, Dashboard), "only pages have data of their own"
    shown = set(page_datasets(desired.space, page.spec, address.project).values())
    renewed = _renewed(shown, applied, desired)
    return f"new versions of {_these(renewed)}" if renewed else "it shows other datasets"


def _renewed(addresses: set[Address], applied: Applied, desired: Desired) -> list[Address]:
    """Those whose version will be another one than the applied."""
    return sorted(
        address
        for address in addresses
        if address not in applied.versions
        or applied.versions[address].fingerprint != desired.identities[address].fingerprint
    )


def data_reason(address: Address, applied: Applied, desired: Desired) -> str:
    """Why a dataset whose logic is the same gets another version."""
    if isinstance(desired.space.datasets[address].producer, Collected):
        if desired.stamps[address] == UNKNOWN:
            return "its origin is to be read again"
        return "the content of its origin changed"
    inputs = set(desired.compiled[address].inputs.values())
    return f"new data in {_these(_renewed(inputs, applied, desired))}"


def logic_reasons(
    address: Address, columns: Mapping[str, str], desired: Desired, was: Before | None
) -> tuple[str, ...]:
    """Why a dataset's logic counts as changed; `columns` are the applied column hashes by logic alone."""
    now = desired.logics[address].columns
    added = [name for name in now if name not in columns]
    dropped = [name for name in columns if name not in now]
    kept = sorted(name for name in now if name in columns and now[name] != columns[name])
    reasons = [*_computed(address, kept, kept == sorted({*columns} & {*now}), desired, was)]
    if added:
        reasons.append(f"new columns: {', '.join(sorted(added))}")
    if dropped:
        reasons.append(f"dropped columns: {', '.join(sorted(dropped))}")
    reasons += _recut(address, desired, was)
    return tuple(reasons) or ("its columns are ordered or typed differently",)


def _recut(address: Address, desired: Desired, was: Before | None) -> Iterator[str]:
    """That a dataset is cut into other partitions than before, or no longer, or now."""
    then = was.compiled.get(address) if was else None
    before, now = _cut(then) if then else "", _cut(desired.compiled[address])
    if then is None or before == now:
        return
    if not now:
        yield f"it is one file, before cut into partitions by {before}"
    else:
        yield f"it is cut into partitions by {now}" + (f", before by {before}" if before else "")


def _cut(dataset: CompiledDataset) -> str:
    return dataset.increment.cut if dataset.increment else ""


def _computed(
    address: Address, kept: list[str], every: bool, desired: Desired, was: Before | None
) -> Iterator[str]:
    """What is computed differently: rows first, then columns, each with where that comes from."""
    then = was.compiled.get(address) if was else None
    if was is None or then is None:
        if kept:
            yield "its rows or all its columns are computed differently" if every else _columns(kept)
        return
    moved = was.logics[address].rows != desired.logics[address].rows
    if moved:
        yield from _rows(address, then, desired, was)
    now = desired.compiled[address]
    own = [name for name in kept if _own_logic(then, name, was.moves) != _own_logic(now, name, {})]
    if own:
        yield _columns(own)
    if not moved:
        for name in kept:
            if name not in own:
                yield f"{name} comes from {_these(_changed_sources(address, name, desired, was))}"


def _columns(names: list[str]) -> str:
    return f"computed differently: {', '.join(names)}"


def _own_logic(
    dataset: CompiledDataset, name: str, moves: Mapping[Address, Address]
) -> tuple[str, tuple[ColumnRef, ...]]:
    """What a column is computed by and from, whatever its sources are computed by."""
    column = dataset.column(name)
    assert column is not None, "a column that both have"
    return column.logic, _called_now(column.sources, moves)


def _called_now(refs: tuple[ColumnRef, ...], moves: Mapping[Address, Address]) -> tuple[ColumnRef, ...]:
    return tuple(ColumnRef(moves.get(ref.dataset, ref.dataset), ref.column) for ref in refs)


def _rows(address: Address, then: CompiledDataset, desired: Desired, was: Before) -> Iterator[str]:
    """Whether the dataset chooses its rows differently, or those it reads do."""
    now = desired.compiled[address]
    own = (then.rows, _called_now(then.row_sources, was.moves)) != (now.rows, now.row_sources)
    if own:
        yield "its rows are chosen differently"
    inputs = sorted(set(now.inputs.values()))
    others = [a for a in inputs if a in was.logics and was.logics[a].rows != desired.logics[a].rows]
    if others:
        yield f"other rows in {_these(others)}"
    elif not own and _cut(then) == _cut(now):
        decisive = sorted(
            {str(ref) for ref in now.row_sources if _differs(ref.dataset, ref.column, desired, was)}
        )
        yield f"its rows follow {', '.join(decisive)}" if decisive else "its rows are chosen differently"


def _changed_sources(address: Address, name: str, desired: Desired, was: Before) -> list[str]:
    column = desired.compiled[address].column(name)
    sources = column.sources if column else ()
    changed = [str(ref) for ref in sources if _differs(ref.dataset, ref.column, desired, was)]
    return sorted(set(changed or map(str, sources)))


def _differs(dataset: Address, column: str, desired: Desired, was: Before) -> bool:
    then = was.logics.get(dataset)
    return then is None or then.columns.get(column) != desired.logics[dataset].columns.get(column)


def _these(addresses: list[Address] | list[str]) -> str:
    return ", ".join(map(str, addresses))
