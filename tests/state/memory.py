"""A StateStore in memory: what the contract means, without a database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.addresses import Address
from engine.core.state import Applied, CheckResult, Partition, Released, RunRecord, Version
from engine.diagnostics import LockHeld, StalePlan, WorldFailure


class MemoryState:
    """Holds everything in dictionaries; one process only."""

    def __init__(self) -> None:
        self._applied: dict[str, Applied] = {}
        self._history: dict[str, list[Applied]] = {}
        self._versions: dict[str, Version] = {}
        self._partitions: dict[tuple[Address, str], tuple[Partition, str]] = {}
        self._documents: dict[str, str] = {}
        self._runs: dict[str, RunRecord] = {}
        self._locks: dict[str, str] = {}
        self._releases: list[Released] = []

    def applied(self, environment: str) -> Applied:
        return self._applied.get(environment, Applied(environment, 0))

    def environments(self) -> tuple[str, ...]:
        return tuple(sorted(self._applied))

    @contextlib.contextmanager
    def lock(self, environment: str, holder: str) -> Iterator[None]:
        if environment in self._locks:
            raise LockHeld(f'environment "{environment}" is locked by {self._locks[environment]} since now.')
        self._locks[environment] = holder
        for run, record in self._runs.items():
            if record.environment == environment and record.status == "running":
                self._runs[run] = replace(record, status="interrupted")
        try:
            yield
        finally:
            del self._locks[environment]

    def add_version(self, version: Version) -> None:
        self._versions[version.fingerprint] = version

    def version(self, fingerprint: str) -> Version | None:
        return self._versions.get(fingerprint)

    def publish(self, applied: Applied, documents: Mapping[str, str], expected_serial: int) -> None:
        if self.applied(applied.environment).serial != expected_serial:
            raise StalePlan("another apply was published in the meantime.")
        self._documents |= documents
        self._applied[applied.environment] = applied
        self._history.setdefault(applied.environment, []).insert(0, applied)

    def history(self, environment: str, run: str | None = None, limit: int = 1000) -> tuple[Applied, ...]:
        states = self._history.get(environment, [])
        return tuple(state for state in states if run in (None, state.run))[:limit]

    def drop(self, environment: str) -> None:
        self._applied.pop(environment, None)
        self._history.pop(environment, None)

    def versions(self) -> tuple[Version, ...]:
        return tuple(self._versions[fingerprint] for fingerprint in sorted(self._versions))

    def forget(self, fingerprint: str) -> None:
        self._versions.pop(fingerprint, None)

    def add_partition(self, address: Address, partition: Partition, run: str) -> None:
        self._partitions[address, partition.fingerprint] = (partition, run)

    def partition(self, address: Address, fingerprint: str) -> Partition | None:
        return self._partitions.get((address, fingerprint), (None, ""))[0]

    def partition_runs(self, address: Address) -> Mapping[str, str]:
        return {f: run for (of, f), (_, run) in self._partitions.items() if of == address}

    def partition_files(self) -> frozenset[str]:
        return frozenset(partition.path for partition, _ in self._partitions.values())

    def forget_partitions(self, files: frozenset[str]) -> None:
        kept = {key: entry for key, entry in self._partitions.items() if entry[0].path not in files}
        self._partitions = kept

    def add_release(self, released: Released) -> None:
        self._releases.insert(0, released)

    def releases(self, audience: str) -> tuple[Released, ...]:
        return tuple(r for r in self._releases if r.audience == audience)

    def document(self, digest: str) -> str:
        if digest not in self._documents:
            raise WorldFailure(f"text {digest} is missing.")
        return self._documents[digest]

    def start_run(self, record: RunRecord) -> None:
        self._runs[record.run] = record

    def finish_run(self, record: RunRecord) -> None:
        self._runs[record.run] = record

    def runs(self, environment: str, limit: int = 100) -> tuple[RunRecord, ...]:
        latest = [r for r in reversed(self._runs.values()) if r.environment == environment]
        return tuple(latest[:limit])

    def checks(self, version: str) -> tuple[CheckResult, ...]:
        for record in reversed(self._runs.values()):
            found = tuple(check for check in record.checks if check.version == version)
            if found:
                return found
        return ()
