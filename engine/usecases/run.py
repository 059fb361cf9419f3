"""Run: collect and compute again what is applied, out of schedule or because it is due."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.addresses import Address
from engine.core.plan import Build, Desired, Plan, Publish
from engine.core.space import Collected
from engine.core.state import RunRecord
from engine.diagnostics import DataMistake, Diagnostic, WorldFailure, has_errors
from engine.model.dataflow import Dataflow
from engine.model.dataset import Dataset
from engine.policy.decision import Caller
from engine.ports import Workbench
from engine.usecases.access import Governed
from engine.usecases.plan import compare, sealed, work_out
from engine.usecases.published import Published
from engine.usecases.stamps import Anew


@dataclass(frozen=True)
class PlannedRun:
    """What a run would do, and the desired state it works towards."""

    plan: Plan
    desired: Desired


def plan_run(
    bench: Workbench, published: Published, targets: tuple[Address, ...], now: datetime.date
) -> PlannedRun:
    """A run of dataflows and collected datasets, by the specs as applied; all of them without targets.

    Collected datasets among the targets are read again; outputs of dataflows among them are computed or
    found again; what depends on anything that changed follows. Raises DataMistake, WorldFailure.
    """
    wanted = frozenset(datasets_of(published, targets))
    again = frozenset(
        a for a in wanted if isinstance(published.space.datasets[a].producer, Collected)
    )  # fmt: skip
    return planned_run(bench, published, wanted, Anew(again), now)


def planned_run(
    bench: Workbench, published: Published, wanted: frozenset[Address], anew: Anew, now: datetime.date
) -> PlannedRun:
    """A run with a step for each of the datasets in `wanted`. Raises DataMistake, WorldFailure."""
    desired, mistakes = work_out(bench, published.space, published.compiled, published.applied, anew)
    if has_errors(mistakes):
        raise DataMistake(mistakes)
    governed = Governed(published.space, published.compiled, published.policy_data)
    plan = compare(bench, desired, published.applied, governed, now)
    return PlannedRun(sealed(_with_targets(plan, desired, wanted)), desired)


def datasets_of(published: Published, targets: tuple[Address, ...]) -> Iterator[Address]:
    """The datasets that the targets stand for. Raises WorldFailure for what cannot be run."""
    if not targets:
        yield from published.space.datasets
    for target in targets:
        resource = published.space.resources.get(target)
        if resource is not None and isinstance(resource.spec, Dataflow):
            yield from (Address("dataset", target.project, s.output) for s in resource.spec.steps)
        elif target in published.space.datasets:
            yield target
        else:
            raise WorldFailure(f"{target} cannot be run.", "name a dataflow or a dataset.")


def _with_targets(plan: Plan, desired: Desired, wanted: frozenset[Address]) -> Plan:
    """The plan with a step for every target, in dependency order, also where nothing changed."""
    steps = {step.address: step for step in plan.steps if isinstance(step, Build)}
    builds = tuple(
        steps.get(address) or Build(address, "refresh", desired.identities[address].fingerprint)
        for address in desired.compiled
        if address in steps or address in wanted
    )
    rest = tuple(step for step in plan.steps if not isinstance(step, Build))
    return replace(plan, steps=(*builds, *(rest or _publish())))


def _publish() -> tuple[Publish]:
    return (Publish(),)


def may_run(
    bench: Workbench, published: Published, targets: tuple[Address, ...], actor: Caller
) -> tuple[Diagnostic, ...]:
    """A diagnostic for every target the actor has no right to run, as applied."""
    from engine.diagnostics import error

    asked = targets or tuple(a for a in published.space.resources if a.kind == "dataflow")
    requests = [actor.asks("run", target) for target in asked]
    decisions = bench.policy(published.policy_data).decide_many(requests)
    return tuple(
        error(
            "not-allowed",
            published.space.resources[r.resource].span()
            if r.resource in published.space.resources
            else published.space.settings.span(),
            f"{actor.name} may not run {r.resource}.",
            "; ".join(d.reasons),
        )
        for r, d in zip(requests, decisions, strict=True)
        if not d.allow
    )


def due(published: Published, runs: tuple[RunRecord, ...], moment: datetime.datetime) -> tuple[Address, ...]:
    """Dataflows and datasets whose schedule had a time since they last ran, in address order.

    Times are UTC. What never ran successfully counts from the oldest run that is known.
    """
    found = []
    for resource in published.space.resources.values():
        spec = resource.spec
        if isinstance(spec, Dataflow | Dataset) and spec.schedule:
            last = _last_run(resource.address, spec, runs)
            if last is not None and _ticked(spec.schedule, last, moment):
                found.append(resource.address)
    return tuple(sorted(found))


def _last_run(
    address: Address, spec: Dataflow | Dataset, runs: tuple[RunRecord, ...]
) -> datetime.datetime | None:
    outputs = (
        {Address("dataset", address.project, step.output) for step in spec.steps}
        if isinstance(spec, Dataflow)
        else {address}
    )
    succeeded = [r for r in runs if r.status == "succeeded"]
    times = [r.started for r in succeeded if any(step.address in outputs for step in r.steps)]
    fallback = [r.started for r in succeeded]
    text = max(times) if times else min(fallback, default="")
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def _ticked(schedule: str, last: datetime.datetime, moment: datetime.datetime) -> bool:
    from cronsim import CronSim, CronSimError

    try:
        return bool(next(CronSim(schedule, last)) <= moment)
    except (CronSimError, StopIteration):
        return False
