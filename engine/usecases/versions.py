"""One version: found by its fingerprint or by equal content, or made now."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.addresses import Address
from engine.core.compiled import ALGORITHM, CompiledDataset
from engine.core.fingerprint import UNKNOWN, Identity, identity
from engine.core.partitions import origin_of, stamp_now
from engine.core.plan import Desired
from engine.core.space import Collected, DatasetNode
from engine.core.state import Applied, Version
from engine.diagnostics import StalePlan
from engine.ports import Staged, Workbench
from engine.usecases.intervals import (
    Cut,
    done_in_words,
    intervals_of_collected,
    intervals_of_derived,
    kept_partitions,
)


@dataclass
class Yard:
    """What builds share: ports, the desired state, and every version and identity known so far."""

    bench: Workbench
    desired: Desired
    applied: Applied
    data_time: str
    today: str
    run: str
    versions: dict[Address, Version] = field(default_factory=dict)
    identities: dict[Address, Identity] = field(default_factory=dict)

    def cut(self, dataset: CompiledDataset) -> Cut:
        """A dataset to be cut into partitions, and what was published of it."""
        before = self.applied.versions.get(dataset.address)
        return Cut(self.bench, dataset, before, self.desired.restated, self.run)

    def is_reopened(self, dataset: CompiledDataset) -> bool:
        """Whether a backfill may change partitions of the dataset that had settled."""
        restated = self.desired.restated
        return bool(restated and dataset.increment and dataset.address in restated.reopened)

    def is_target(self, address: Address) -> bool:
        """Whether a backfill computes intervals of the dataset whatever is known of it."""
        return self.desired.restated is not None and address in self.desired.restated.targets


@dataclass(frozen=True, slots=True)
class Made:
    """A version as found or made, its true identity and origin, and what to say of it."""

    version: Version
    identity: Identity
    stamp: str = ""
    reused: bool = False
    message: str = ""


def version_of(yard: Yard, dataset: CompiledDataset) -> Made:
    """The version a dataset is to have. Raises DataMistake, StalePlan, WorldFailure."""
    node = yard.desired.space.datasets[dataset.address]
    return (
        _collected(yard, dataset, node)
        if isinstance(node.producer, Collected)
        else _derived(yard, dataset, node)
    )


def _derived(yard: Yard, dataset: CompiledDataset, node: DatasetNode) -> Made:
    """The version of a derived dataset: found, unchanged because its inputs are, or computed."""
    stamp = yard.desired.stamps.get(dataset.address, "")
    known = identity(dataset, stamp, yard.identities)
    if not yard.is_target(dataset.address):
        found = find_version(yard.bench, known.fingerprint) or _unchanged(yard, dataset)
        if found is not None:
            read = {source: yard.versions[source].fingerprint for source in dataset.inputs.values()}
            return Made(_as_now(found, dataset, known.fingerprint, read), known, reused=True)
    inputs = {name: yard.versions[address] for name, address in dataset.inputs.items()}
    warehouse = yard.bench.warehouse
    if dataset.increment is None:
        return Made(warehouse.build(dataset, inputs, known.fingerprint, node.span()), known)
    work = intervals_of_derived(yard.cut(dataset), inputs, known.fingerprint)
    done = warehouse.build_partitions(dataset, inputs, known.fingerprint, node.span(), work.intervals)
    return Made(done.version, known, message=done_in_words(done, work.late or done.late))


def _collected(yard: Yard, dataset: CompiledDataset, node: DatasetNode) -> Made:
    """The version of a collected dataset: found by its origin's content, or read now."""
    planned, again = yard.desired.stamps[dataset.address], yard.is_target(dataset.address)
    if planned != UNKNOWN and not again:
        known = yard.desired.identities[dataset.address]
        found = find_version(yard.bench, known.fingerprint) or _same_origin(yard, dataset, planned)
        if found is not None:
            return Made(_as_now(found, dataset, known.fingerprint, {}), known, planned, reused=True)
    leave = [p.interval for p in kept_partitions(yard.cut(dataset))]
    with tempfile.TemporaryDirectory(prefix="engine-collect-") as folder:
        staged = yard.bench.collector.collect(node, Path(folder), leave)
        if planned != UNKNOWN and origin_of(planned) != staged.stamp:
            raise StalePlan(
                f"the origin of {dataset.address} changed after the plan was made.", "plan again, then apply."
            )
        stamp = _stamp(yard, dataset, staged.stamp) if planned == UNKNOWN else planned
        known = identity(dataset, stamp, {})
        found = None if again else find_version(yard.bench, known.fingerprint)
        if found is not None:
            return Made(found, known, stamp, reused=True)
        return _stored(yard, dataset, staged, known, stamp)


def _stamp(yard: Yard, dataset: CompiledDataset, seen: str) -> str:
    """The stamp of what was collected, where the plan could not know it."""
    if dataset.increment is None:
        return seen
    before = yard.applied.versions.get(dataset.address)
    applied = yard.applied.stamps.get(dataset.address, UNKNOWN)
    return stamp_now(dataset, seen, applied, before, yard.desired.restated)


def _stored(yard: Yard, dataset: CompiledDataset, staged: Staged, known: Identity, stamp: str) -> Made:
    warehouse = yard.bench.warehouse
    if dataset.increment is None:
        return Made(warehouse.store(staged, dataset, known.fingerprint, yard.data_time), known, stamp)
    work = intervals_of_collected(yard.cut(dataset), known.fingerprint)
    done = warehouse.store_partitions(staged, dataset, known.fingerprint, yard.data_time, work.intervals)
    late = done.late if staged.whole else ()
    return Made(done.version, known, stamp, message=done_in_words(done, late))


def _unchanged(yard: Yard, dataset: CompiledDataset) -> Version | None:
    """The applied version, when neither its logic nor its inputs' bytes changed, and nothing is restated.

    This is the early cut-off: an input that was rebuilt to the same content rebuilds nothing after it.
    """
    before = yard.applied.versions.get(dataset.address)
    if before is None or yard.is_reopened(dataset) or not yard.bench.warehouse.holds(before):
        return None
    same = (
        before.logic == dataset.logic
        and set(before.inputs) == set(dataset.inputs.values())
        and all(
            _content(yard, fingerprint) == yard.versions[source].content
            for source, fingerprint in before.inputs.items()
        )
    )
    return before if same else None


def _same_origin(yard: Yard, dataset: CompiledDataset, stamp: str) -> Version | None:
    """The applied version, when only the way of naming it changed: the same logic on the same content."""
    before = yard.applied.versions.get(dataset.address)
    if before is None or not yard.bench.warehouse.holds(before):
        return None
    same = before.logic == dataset.logic and yard.applied.stamps.get(dataset.address) == stamp
    return before if same else None


def _as_now(
    found: Version, dataset: CompiledDataset, fingerprint: str, inputs: Mapping[Address, str]
) -> Version:
    """A version that is there already, under the names it has now."""
    return replace(
        found,
        address=dataset.address,
        fingerprint=fingerprint,
        logic=dataset.logic,
        algorithm=ALGORITHM,
        inputs=inputs,
    )


def find_version(bench: Workbench, fingerprint: str) -> Version | None:
    """A version that the store holds whole: as state remembers it, or as the store itself finds it."""
    known = bench.state.version(fingerprint)
    if known is not None and bench.warehouse.holds(known):
        return known
    return bench.warehouse.find(fingerprint)


def _content(yard: Yard, fingerprint: str) -> str | None:
    known = yard.bench.state.version(fingerprint)
    return known.content if known else None
