"""Partitions of incremental datasets: which there are, which stay as they are, what each is computed from.

An interval is named by its first ten or seven letters of ISO 8601 (`2025-01-31`, `2025-01`), so that the
intervals of a month begin with its name. Rows without a time are a partition of their own.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import UNKNOWN, digest
from engine.core.plan import Restatement
from engine.core.state import Partition, Version

LENGTHS = {"day": 10, "month": 7}
"""How many letters name an interval."""
NO_TIME = "none"
"""The interval of rows without a time, or with one outside the years 1 to 9999."""


def settled(
    dataset: CompiledDataset, before: Version | None, restated: Restatement | None = None
) -> tuple[Partition, ...]:
    """The partitions of `before` that stay as they are, whatever its origin or inputs say now.

    These are all but the newest of the published ones and the `lookback` before it; none when no lookback
    is written or the dataset's logic changed. Rows without a time never settle, nor does what a backfill
    restates.
    """
    increment = dataset.increment
    if increment is None or increment.lookback is None or not continues(dataset, before):
        return ()
    assert before is not None
    timed = [p for p in before.partitions if p.interval != NO_TIME]
    return tuple(
        p for p in timed[: -increment.lookback - 1] if not is_restated(dataset, p.interval, restated)
    )


def continues(dataset: CompiledDataset, before: Version | None) -> bool:
    """Whether `before` was made by the same logic, cut in the same way."""
    if before is None or dataset.increment is None:
        return False
    return before.logic == dataset.logic and before.cut == dataset.increment.cut


def is_restated(dataset: CompiledDataset, interval: str, restated: Restatement | None) -> bool:
    """Whether a backfill reopens the interval of the dataset: it reaches into the backfill's days."""
    if restated is None or dataset.address not in restated.reopened or interval == NO_TIME:
        return False
    last = restated.end - datetime.timedelta(days=1)
    return restated.first.isoformat()[: len(interval)] <= interval <= last.isoformat()[: len(interval)]


def is_recomputed(dataset: CompiledDataset, interval: str, restated: Restatement | None) -> bool:
    """Whether a backfill computes the interval in any case: one of its targets'."""
    is_target = restated is not None and dataset.address in restated.targets
    return is_target and is_restated(dataset, interval, restated)


def joined_stamp(origin: str, kept: Iterable[Partition]) -> str:
    """The stamp of content that is partly an origin's and partly as it was published before."""
    parts = [[p.interval, p.content] for p in kept]
    return f"{origin}/{digest(parts)}" if parts else origin


def origin_of(stamp: str) -> str:
    """The origin's part of a stamp."""
    return stamp.partition("/")[0]


def stamp_now(
    dataset: CompiledDataset,
    seen: str,
    applied: str,
    before: Version | None,
    restated: Restatement | None = None,
) -> str:
    """The stamp of a collected dataset whose origin is `seen` now; `applied` is the published one.

    What is published stays the dataset's content as long as neither origin nor lookback say otherwise.
    """
    kept = settled(dataset, before, restated)
    is_reopened = restated is not None and dataset.address in restated.reopened
    same = origin_of(applied) == seen and (kept or applied == seen)
    if same and applied != UNKNOWN and continues(dataset, before) and not is_reopened:
        return applied
    return joined_stamp(seen, kept)


def deciding(
    dataset: CompiledDataset, inputs: Mapping[str, Version]
) -> Mapping[str, tuple[Partition, ...]] | None:
    """Every interval the dataset can have rows in, and the partitions of the input it follows that decide it.

    None when it follows none: then only its rows tell which intervals there are.
    """
    increment = dataset.increment
    if increment is None or increment.follows is None:
        return None
    length = LENGTHS[increment.partition]
    found: dict[str, list[Partition]] = {}
    for partition in inputs[increment.follows].partitions:
        found.setdefault(partition.interval[:length], []).append(partition)
    return {interval: tuple(found[interval]) for interval in sorted(found)}


def made_from(
    dataset: CompiledDataset, interval: str, parts: Iterable[Partition], inputs: Mapping[str, Version]
) -> str:
    """The fingerprint of a partition that is decided by some of the followed input and all of the others."""
    follows = dataset.increment.follows if dataset.increment else None
    rest = [v.content for name, v in inputs.items() if name != follows]
    return digest(["partition", dataset.logic, interval, [p.content for p in parts], rest])


def made_for(version: str, interval: str) -> str:
    """The fingerprint of a partition that is decided by all that decides the version it is first made for."""
    return digest(["partition", version, interval])


def gaps(version: Version) -> tuple[tuple[str, str], ...]:
    """What is missing between the first and the last partition: the first and last interval of each gap."""
    covered = [p.interval for p in version.partitions if p.interval != NO_TIME]
    return tuple((_next(a), _next(b, -1)) for a, b in itertools.pairwise(covered) if _next(a) != b)


def _next(interval: str, step: int = 1) -> str:
    """The interval after the given one, or with -1 the one before."""
    if len(interval) == 10:
        return (datetime.date.fromisoformat(interval) + datetime.timedelta(days=step)).isoformat()
    months = int(interval[:4]) * 12 + int(interval[5:]) - 1 + step
    return f"{months // 12:04}-{months % 12 + 1:02}"


def downstream(
    targets: frozenset[Address], compiled: Mapping[Address, CompiledDataset]
) -> frozenset[Address]:
    """The datasets and every one that is made of them; `compiled` is in dependency order."""
    found = set(targets)
    for address, dataset in compiled.items():
        if not found.isdisjoint(dataset.inputs.values()):
            found.add(address)
    return frozenset(found)
