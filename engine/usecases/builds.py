"""Builds: find or make each version a plan names, independent ones in parallel, and check it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from engine.addresses import Address
from engine.core.compiled import ALGORITHM, CompiledDataset
from engine.core.fingerprint import UNKNOWN, Identity, identity
from engine.core.plan import Build, Desired
from engine.core.space import Collected
from engine.core.state import Applied, CheckResult, StepRecord, Version
from engine.diagnostics import DataMistake, Diagnostic, StalePlan, WorldFailure
from engine.ports import Progress, Workbench


@dataclass(frozen=True, slots=True)
class Built:
    """One dataset after its step: the version, its true identity, and how it went."""

    record: StepRecord
    version: Version | None = None
    identity: Identity | None = None
    stamp: str = ""
    checks: tuple[CheckResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    failure: WorldFailure | None = None

    @property
    def good(self) -> bool:
        """Whether there is a version, and every check ran and none that blocks failed."""
        blocked = any(check.status == "failed" for check in self.checks)
        return self.version is not None and not (blocked or self.diagnostics or self.failure)


@dataclass
class Yard:
    """What builds share: ports, the desired state, and every version and identity known so far."""

    bench: Workbench
    desired: Desired
    applied: Applied
    data_time: str
    today: str
    versions: dict[Address, Version] = field(default_factory=dict)
    identities: dict[Address, Identity] = field(default_factory=dict)


def build_all(yard: Yard, steps: tuple[Build, ...], progress: Progress) -> tuple[Built, ...]:
    """Run the builds, dependencies first, as many at once as there are processors.

    A dataset whose input failed is skipped; the rest goes on, so that every mistake of a run is told.
    Answers in the order of `steps`.
    """
    wanted = {step.address: step for step in steps}
    _know_the_rest(yard, frozenset(wanted))
    graph = {a: _waits_for(yard.desired.compiled[a], wanted) for a in wanted}
    done: dict[Address, Built] = {}
    progress.started(len(wanted))
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        running: dict[Future[Built], Address] = {}
        while sorter.is_active():
            for address in sorted(sorter.get_ready()):
                running[pool.submit(_build, yard, wanted[address], dict(done))] = address
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                address = running.pop(future)
                done[address] = _note(yard, address, future.result())
                progress.step(str(address))
                sorter.done(address)
        # Checks may read any other dataset, so they wait for all builds.
        checked = list(pool.map(lambda step: _checked(yard, done[step.address]), steps))
    progress.finished()
    return tuple(checked)


def _waits_for(dataset: CompiledDataset, wanted: Mapping[Address, Build]) -> list[Address]:
    return [source for source in dataset.inputs.values() if source in wanted]


def _know_the_rest(yard: Yard, wanted: frozenset[Address]) -> None:
    """Datasets that are not built keep their applied version and planned identity."""
    for address in yard.desired.compiled:
        if address not in wanted:
            yard.versions[address] = yard.applied.versions[address]
            yard.identities[address] = yard.desired.identities[address]


def _note(yard: Yard, address: Address, built: Built) -> Built:
    if built.version is not None and built.identity is not None:
        yard.versions[address] = built.version
        yard.identities[address] = built.identity
    return built


def _build(yard: Yard, step: Build, done: Mapping[Address, Built]) -> Built:
    """One build. The author's mistakes and the world's failures come back as values; bugs raise."""
    began = time.monotonic()

    def record(
        status: Literal["done", "reused", "failed", "skipped"], version: Version | None, message: str = ""
    ) -> StepRecord:
        rows = version.rows if version else None
        return StepRecord(
            step.address, step.action, status, rows, round(time.monotonic() - began, 3), message
        )

    dataset = yard.desired.compiled[step.address]
    lacking = sorted(str(a) for a in dataset.inputs.values() if a in done and done[a].version is None)
    if lacking:
        return Built(record("skipped", None, f"{', '.join(lacking)} failed"))
    try:
        version, known, stamp, reused = _version(yard, dataset)
        yard.bench.state.add_version(version)
    except DataMistake as mistake:
        message = "; ".join(d.summary for d in mistake.diagnostics[:3])
        return Built(record("failed", None, message), diagnostics=mistake.diagnostics)
    except WorldFailure as failure:
        return Built(record("failed", None, failure.message), failure=failure)
    return Built(record("reused" if reused else "done", version), version, known, stamp)


def _checked(yard: Yard, built: Built) -> Built:
    """The build with the outcomes of its dataset's checks."""
    if built.version is None:
        return built
    node = yard.desired.space.datasets[built.record.address]
    try:
        outcomes = yard.bench.warehouse.check(node, built.version, _readable(yard), yard.today)
    except DataMistake as mistake:
        return replace(built, diagnostics=(*built.diagnostics, *mistake.diagnostics))
    except WorldFailure as failure:
        return replace(built, failure=failure)
    return replace(built, checks=outcomes)


def _readable(yard: Yard) -> dict[Address, Version]:
    """What a check may read: every dataset, under its own address and under its catalogue entries'."""
    catalog = yard.desired.space.catalog
    return yard.versions | {e: yard.versions[d] for e, d in catalog.items() if d in yard.versions}


def _version(yard: Yard, dataset: CompiledDataset) -> tuple[Version, Identity, str, bool]:
    node = yard.desired.space.datasets[dataset.address]
    if isinstance(node.producer, Collected):
        return _collected(yard, dataset)
    known = identity(dataset, "", yard.identities)
    found = find_version(yard.bench, known.fingerprint) or _unchanged(yard, dataset)
    if found is not None:
        read = {source: yard.versions[source].fingerprint for source in dataset.inputs.values()}
        return _as_now(found, dataset, known.fingerprint, read), known, "", True
    inputs = {name: yard.versions[address] for name, address in dataset.inputs.items()}
    built = yard.bench.warehouse.build(dataset, inputs, known.fingerprint, node.span())
    return built, known, "", False


def _collected(yard: Yard, dataset: CompiledDataset) -> tuple[Version, Identity, str, bool]:
    """The version of a collected dataset: found by its origin's content, or read now."""
    warehouse, planned = yard.bench.warehouse, yard.desired.stamps[dataset.address]
    if planned != UNKNOWN:
        known = yard.desired.identities[dataset.address]
        found = find_version(yard.bench, known.fingerprint) or _same_origin(yard, dataset, planned)
        if found is not None:
            return _as_now(found, dataset, known.fingerprint, {}), known, planned, True
    node = yard.desired.space.datasets[dataset.address]
    with tempfile.TemporaryDirectory(prefix="engine-collect-") as folder:
        staged = yard.bench.collector.collect(node, Path(folder))
        if planned not in (UNKNOWN, staged.stamp):
            raise StalePlan(
                f"the origin of {dataset.address} changed after the plan was made.", "plan again, then apply."
            )
        known = identity(dataset, staged.stamp, {})
        found = find_version(yard.bench, known.fingerprint)
        if found is not None:
            return found, known, staged.stamp, True
        version = warehouse.store(staged, dataset, known.fingerprint, yard.data_time)
    return version, known, staged.stamp, False


def _unchanged(yard: Yard, dataset: CompiledDataset) -> Version | None:
    """The applied version, when neither its logic nor its inputs' bytes changed.

    This is the early cut-off: an input that was rebuilt to the same content rebuilds nothing after it.
    """
    before = yard.applied.versions.get(dataset.address)
    if before is None or not yard.bench.warehouse.holds(before):
        return None
    same = (
        before.logic == dataset.logic
        and set(before.inputs) == set(dataset.inputs.values())
        and all(
            _content(yard, fingerprint) == yard.versions[source].content
            for source, fingerprint in before.inputs.items()
        )
    )
    if not same:
        return None
    return before


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
