"""Builds: find or make each version a plan names, independent ones in parallel, and check it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import Literal

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import Identity
from engine.core.plan import Build
from engine.core.state import CheckResult, StepRecord, Version
from engine.diagnostics import DataMistake, Diagnostic, WorldFailure
from engine.ports import Progress
from engine.usecases.versions import Yard, version_of


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
        made = version_of(yard, dataset)
        yard.bench.state.add_version(made.version)
    except DataMistake as mistake:
        message = "; ".join(d.summary for d in mistake.diagnostics[:3])
        return Built(record("failed", None, message), diagnostics=mistake.diagnostics)
    except WorldFailure as failure:
        return Built(record("failed", None, failure.message), failure=failure)
    how = record("reused" if made.reused else "done", made.version, made.message)
    return Built(how, made.version, made.identity, made.stamp)


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
