"""Clearing away: versions that nothing points at are put away first, and deleted only weeks later."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import dataclass

from engine.core.state import Version
from engine.ports import StateStore, Workbench

SLICE_AGE = datetime.timedelta(days=1)
"""Slices older than this are deleted at once: they are only a reading of versions."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What clearing away did or would do."""

    quarantined: tuple[Version, ...]
    freed: int
    """Bytes deleted for good."""


def clear(bench: Workbench, now: datetime.date, days: int, holder: str, *, dry: bool) -> Cleared:
    """Put away versions no environment points at, and delete what was put away over `days` ago.

    Holds every environment's lock, so that no apply is about to point at one. Raises LockHeld.
    """
    with contextlib.ExitStack() as locks:
        for environment in bench.state.environments():
            locks.enter_context(bench.state.lock(environment, holder))
        idle = _idle(bench)
        if dry:
            return Cleared(idle, 0)
        bench.quarantine.put_away(_unneeded(bench, idle), now)
        expired = bench.quarantine.expire(now - datetime.timedelta(days=days))
        gone = frozenset(expired.paths)
        for version in bench.state.versions():
            if version.path in gone:
                bench.state.forget(version.fingerprint)
        bench.state.forget_partitions(gone)
        return Cleared(idle, expired.freed + bench.slices.clear(SLICE_AGE))


def _idle(bench: Workbench) -> tuple[Version, ...]:
    """Versions in the store whose file no environment points at, by address. Several may share one file."""
    paths = {version.path for version in _pointed(bench.state)}
    unpointed = (v for v in bench.state.versions() if v.path not in paths)
    held = (v for v in unpointed if bench.warehouse.holds(v))
    return tuple(sorted(held, key=lambda v: (v.address, v.fingerprint)))


def _pointed(state: StateStore) -> tuple[Version, ...]:
    return tuple(v for name in state.environments() for v in state.applied(name).versions.values())


def _unneeded(bench: Workbench, idle: tuple[Version, ...]) -> frozenset[str]:
    """Files of idle versions, and partitions of applies that failed, less those that versions share."""
    needed = {file for v in _pointed(bench.state) for file in (v.description, *v.files)}
    files = {file for v in idle for file in (v.description, *v.files)}
    return frozenset(files | set(bench.state.partition_files())) - needed


def undo(bench: Workbench) -> int:
    """Bring back everything that was put away and not yet deleted; says how many versions."""
    return bench.quarantine.bring_back()
