"""Stamps: the content that datasets are to have, where it is not decided by logic and inputs alone.

A collected dataset's is its origin's; an incremental dataset's is also that of the partitions that stay as
they were published, because they are settled (core/partitions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import UNKNOWN, Identity, identity
from engine.core.partitions import continues, joined_stamp, settled, stamp_now
from engine.core.plan import Restatement
from engine.core.space import Collected, Space
from engine.core.state import Applied
from engine.diagnostics import DataMistake, Diagnostic
from engine.ports import Workbench


@dataclass(frozen=True)
class Anew:
    """What a run reads or computes again although nothing is known to have changed."""

    origins: frozenset[Address] = frozenset()
    """Collected datasets whose content counts as unknown where only collecting tells it."""
    restated: Restatement | None = None


ANEW_NOTHING = Anew()


@dataclass(frozen=True)
class Stamping:
    """What stamps are told from: the specs' meaning, and what is applied under the names of now."""

    bench: Workbench
    space: Space
    compiled: Mapping[Address, CompiledDataset]
    applied: Applied
    anew: Anew

    def of_origins(
        self, logics: Mapping[Address, Identity]
    ) -> tuple[dict[Address, str], tuple[Diagnostic, ...]]:
        """The stamp of every collected dataset, and the mistakes met on the way; `logics` without stamps."""
        stamps: dict[Address, str] = {}
        mistakes: list[Diagnostic] = []
        for address, node in self.space.datasets.items():
            if isinstance(node.producer, Collected) and address in logics:
                try:
                    stamps[address] = self._of_origin(address, logics[address])
                except DataMistake as mistake:
                    mistakes += mistake.diagnostics
        return stamps, tuple(mistakes)

    def _of_origin(self, address: Address, logic: Identity) -> str:
        """The content hash of an origin; for one that only collecting tells, what was collected last."""
        seen = self.bench.collector.stamp(self.space.datasets[address])
        applied = self.applied.stamps.get(address, UNKNOWN)
        if not seen:
            unchanged = self.applied.logics.get(address) == logic.fingerprint
            return applied if unchanged and address not in self.anew.origins else UNKNOWN
        dataset = self.compiled[address]
        if dataset.increment is None:
            return seen
        before = self.applied.versions.get(address)
        return stamp_now(dataset, seen, applied, before, self.anew.restated)

    def of_steps(self, stamps: Mapping[Address, str]) -> dict[Address, str]:
        """`stamps` with those of derived datasets of which settled partitions stay as they are."""
        if not any(dataset.increment for dataset in self.compiled.values()):
            return dict(stamps)
        found = dict(stamps)
        known: dict[Address, Identity] = {}
        for address, dataset in self.compiled.items():
            lookback = dataset.increment.lookback if dataset.increment else None
            if lookback is not None and not isinstance(self.space.datasets[address].producer, Collected):
                stamp = self._of_step(dataset, known)
                found |= {address: stamp} if stamp else {}
            known[address] = identity(dataset, found.get(address, ""), known)
        return found

    def _of_step(self, dataset: CompiledDataset, known: Mapping[Address, Identity]) -> str:
        """What is published stays the content as long as neither inputs nor a backfill say otherwise."""
        before, restated = self.applied.versions.get(dataset.address), self.anew.restated
        if before is None or not continues(dataset, before):
            return ""
        applied = self.applied.stamps.get(dataset.address, "")
        kept = settled(dataset, before, restated)
        is_reopened = restated is not None and dataset.address in restated.reopened
        same = identity(dataset, applied, known).fingerprint == before.fingerprint
        return applied if same and not is_reopened and (kept or not applied) else joined_stamp("", kept)
