"""The intervals of an incremental dataset: which stay, which are computed, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.core.compiled import CompiledDataset
from engine.core.foreseen import first_few
from engine.core.partitions import deciding, gaps, is_recomputed, made_for, made_from, settled
from engine.core.plan import Restatement
from engine.core.state import Partition, Version
from engine.ports import Intervals, Partitioned, StateStore, Workbench


@dataclass(frozen=True)
class Cut:
    """A dataset to be cut into partitions, the version published before, and what is restated."""

    bench: Workbench
    dataset: CompiledDataset
    before: Version | None
    restated: Restatement | None
    run: str

    def is_again(self, interval: str) -> bool:
        """Whether the interval is computed in any case."""
        return is_recomputed(self.dataset, interval, self.restated)

    def finished(self, fingerprint: str) -> Partition | None:
        """The partition as an earlier apply finished it, unless it is to be computed again."""
        known = self.bench.state.partition(self.dataset.address, fingerprint)
        return None if known is None or self.is_again(known.interval) else known

    def remember(self, partition: Partition) -> None:
        """Enter a finished partition in the ledger, so that a resumed apply need not compute it."""
        self.bench.state.add_partition(self.dataset.address, partition, self.run)


@dataclass(frozen=True)
class Work:
    """What is to be done, and the settled intervals that would be otherwise now."""

    intervals: Intervals
    late: tuple[str, ...] = ()


def kept_partitions(cut: Cut) -> tuple[Partition, ...]:
    """The settled partitions; one whose file is lost is computed again like any other."""
    found = settled(cut.dataset, cut.before, cut.restated)
    return tuple(p for p in found if cut.bench.warehouse.has(p))


def intervals_of_collected(cut: Cut, version: str) -> Work:
    """What is to be done when all rows of a dataset are at hand; `version` is its fingerprint."""
    return _by_rows(cut, version)


def intervals_of_derived(cut: Cut, inputs: Mapping[str, Version], version: str) -> Work:
    """What is to be done for a step: the intervals whose inputs changed, or all where they cannot be told.

    `inputs` are by their names in the query, `version` is the fingerprint of the version to be made.
    """
    parts = deciding(cut.dataset, inputs)
    if parts is None:
        return _by_rows(cut, version)
    return _by_inputs(cut, {i: made_from(cut.dataset, i, found, inputs) for i, found in parts.items()})


def _by_rows(cut: Cut, version: str) -> Work:
    """All rows are computed, and compared with what was published."""
    kept = kept_partitions(cut)
    stay = {p.interval for p in kept}
    equal = tuple(p for p in _comparable(cut) if p.interval not in stay and not cut.is_again(p.interval))
    return Work(Intervals(kept, equal, None, lambda interval: made_for(version, interval), cut))


def _comparable(cut: Cut) -> tuple[Partition, ...]:
    """The published partitions, if they are cut alike and their columns are the same."""
    before, increment = cut.before, cut.dataset.increment
    if before is None or increment is None or before.cut != increment.cut:
        return ()
    if [(c.name, c.type) for c in before.columns] != [(c.name, c.type) for c in cut.dataset.columns]:
        return ()
    return tuple(filter(cut.bench.warehouse.has, before.partitions))


def _by_inputs(cut: Cut, fingerprints: Mapping[str, str]) -> Work:
    """Only intervals are computed of which nobody computed the same before; `fingerprints` are of all."""
    kept = {p.interval: p for p in kept_partitions(cut)}
    late = tuple(i for i, p in kept.items() if fingerprints.get(i, p.fingerprint) != p.fingerprint)
    published = {p.fingerprint: p for p in _comparable(cut)}
    wanted = []
    for interval, fingerprint in fingerprints.items():
        if interval in kept:
            continue
        known = None if cut.is_again(interval) else published.get(fingerprint) or cut.finished(fingerprint)
        if known is not None and cut.bench.warehouse.has(known):
            kept[interval] = known
        else:
            wanted.append(interval)
    made = Intervals(tuple(kept.values()), (), tuple(wanted), fingerprints.__getitem__, cut)
    return Work(made, late)


def done_in_words(done: Partitioned, late: Sequence[str]) -> str:
    """Which intervals were computed, and which were left as published although their rows changed."""
    total = len(done.version.partitions)
    words = f"{len(done.computed)} of {total} partition{'' if total == 1 else 's'} computed"
    words += f": {first_few(done.computed)}" if done.computed else ""
    if not late:
        return words
    return f"{words}; settled, though changed: {first_few(late)} (`engine backfill` restates)"


def intervals_as_json(version: Version, floor: int, state: StateStore) -> dict[str, Any]:
    """The published intervals of an incremental dataset, which run computed each, and what is missing.

    Numbers of rows below `floor` are null.
    """
    runs = state.partition_runs(version.address)
    partitions = [
        {
            "interval": p.interval,
            "rows": None if 0 < p.rows < floor else p.rows,
            "run": runs.get(p.fingerprint),
        }
        for p in version.partitions
    ]
    missing = [{"first": first, "last": last} for first, last in gaps(version)]
    return {"intervals": {"by": version.cut, "partitions": partitions, "missing": missing}}
