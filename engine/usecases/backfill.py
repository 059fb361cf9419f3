"""Backfill: intervals of an incremental dataset are computed again, settled or not, and what follows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from engine.addresses import Address
from engine.core.partitions import downstream, is_recomputed, is_restated, settled
from engine.core.plan import Build, Desired, Restatement
from engine.core.space import Collected
from engine.diagnostics import WorldFailure
from engine.ports import Workbench
from engine.usecases.published import Published
from engine.usecases.run import PlannedRun, datasets_of, planned_run
from engine.usecases.stamps import Anew


@dataclass(frozen=True, slots=True)
class Restated:
    """What a backfill does to one dataset, as far as it is known before."""

    address: Address
    intervals: tuple[str, ...]
    """Published intervals that it computes again, or that may change although they had settled."""


def plan_backfill(
    bench: Workbench,
    published: Published,
    target: Address,
    days: tuple[datetime.date, datetime.date],
    now: datetime.date,
) -> PlannedRun:
    """A run that computes every interval of `target` that reaches into [first, end), by the applied specs.

    A dataflow stands for its incremental outputs. Whatever else changed in origins or inputs is computed as
    by any run; what is made of the targets follows, and there, too, nothing of these days counts as settled.
    Raises DataMistake, WorldFailure.
    """
    compiled, datasets = published.compiled, published.space.datasets
    targets = frozenset(a for a in datasets_of(published, (target,)) if compiled[a].increment)
    if not targets:
        raise WorldFailure(
            f"{target} is not an incremental dataset.",
            "`incremental: {time_column: ..., partition: ...}` cuts a dataset into partitions; "
            "`engine run` computes others again.",
        )
    restated = Restatement(targets, *days, downstream(targets, compiled))
    origins = frozenset(a for a in targets if isinstance(datasets[a].producer, Collected))
    return planned_run(bench, published, targets, Anew(origins, restated), now)


def restated_by(planned: PlannedRun, published: Published) -> tuple[Restated, ...]:
    """The steps of a backfill, and the published intervals each restates, in the order they are done."""
    builds = [step for step in planned.plan.steps if isinstance(step, Build)]
    return tuple(_restated(planned.desired, published, step.address) for step in builds)


def _restated(desired: Desired, published: Published, address: Address) -> Restated:
    version, dataset, restated = (
        published.applied.versions[address],
        desired.compiled[address],
        desired.restated,
    )
    were_settled = set(settled(dataset, version))
    return Restated(
        address,
        tuple(
            p.interval
            for p in version.partitions
            if is_recomputed(dataset, p.interval, restated)
            or (p in were_settled and is_restated(dataset, p.interval, restated))
        ),
    )
