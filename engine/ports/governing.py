"""What is applied and what decides: state, policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from engine.addresses import Address
from engine.core.state import Applied, CheckResult, Partition, Released, RunRecord, Version
from engine.policy.decision import Decision, Request


class StateStore(Protocol):
    """Environments, versions, runs and the lock. One transaction publishes."""

    def applied(self, environment: str) -> Applied:
        """What the environment points at; an empty Applied before the first apply."""
        ...

    def environments(self) -> tuple[str, ...]:
        """All environments, sorted."""
        ...

    def lock(self, environment: str, holder: str) -> AbstractContextManager[None]:
        """Hold the environment's lock. Raises LockHeld, naming the holder and since when.

        A lock whose process is dead is taken over.
        """
        ...

    def add_version(self, version: Version) -> None:
        """Remember a finished version (not yet published): a resumed apply finds it."""
        ...

    def version(self, fingerprint: str) -> Version | None:
        """A remembered version."""
        ...

    def publish(self, applied: Applied, documents: Mapping[str, str], expected_serial: int) -> None:
        """Replace the environment's pointers in one transaction, `applied.serial` being the new one.

        `documents` are texts by their hash: specs, policy data, compiled datasets. Raises StalePlan if
        the stored serial is not `expected_serial`.
        """
        ...

    def history(self, environment: str, run: str | None = None, limit: int = 1000) -> tuple[Applied, ...]:
        """Every state the environment was published in, latest first; or those that `run` published."""
        ...

    def drop(self, environment: str) -> None:
        """Forget an environment and its earlier states; versions, documents and runs stay."""
        ...

    def versions(self) -> tuple[Version, ...]:
        """Every remembered version, by fingerprint."""
        ...

    def forget(self, fingerprint: str) -> None:
        """Remember a version no more."""
        ...

    def add_partition(self, address: Address, partition: Partition, run: str) -> None:
        """Enter a finished partition of a dataset in the ledger of intervals, and which run computed it."""
        ...

    def partition(self, address: Address, fingerprint: str) -> Partition | None:
        """The dataset's partition of that fingerprint, published or not."""
        ...

    def partition_runs(self, address: Address) -> Mapping[str, str]:
        """The fingerprint of each of the dataset's known partitions, and the run that computed it last."""
        ...

    def partition_files(self) -> frozenset[str]:
        """The files of all known partitions, relative to the store."""
        ...

    def forget_partitions(self, files: frozenset[str]) -> None:
        """Know the partitions in these files no more."""
        ...

    def add_release(self, released: Released) -> None:
        """Enter in the release ledger what of a version was shown to whom; nothing is ever taken out."""
        ...

    def releases(self, audience: str) -> tuple[Released, ...]:
        """What was shown to an audience, in whichever environment, latest first."""
        ...

    def document(self, digest: str) -> str:
        """A text that was published earlier, by its hash. Raises WorldFailure if it is not there."""
        ...

    def start_run(self, record: RunRecord) -> None:
        """Remember that a run began."""
        ...

    def finish_run(self, record: RunRecord) -> None:
        """Remember how a run ended, with its steps and checks."""
        ...

    def runs(self, environment: str, limit: int = 100) -> tuple[RunRecord, ...]:
        """Latest first."""
        ...

    def checks(self, version: str) -> tuple[CheckResult, ...]:
        """The outcomes recorded for a version, latest run."""
        ...


class PolicyEngine(Protocol):
    """Decides requests by the Rego modules over the compiled policy data it was made with."""

    def decide(self, request: Request) -> Decision:
        """The decision. Anything but exactly one well-formed answer is a refusal with the reason.

        Raises nothing for a missing or broken answer: it refuses.
        """
        ...

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked; in one round trip where the engine can."""
        ...


class PolicyServer(Protocol):
    """Where rules and policy data are kept for those who decide outside this process."""

    def difference(self, data: Mapping[str, Any], /) -> str:
        """How what is held differs from the shipped rules and `data`: `holds other rules`; empty if not.

        Always empty where decisions are made in this process. Raises PolicyUnavailable.
        """
        ...

    def hold(self, data: Mapping[str, Any], /) -> None:
        """Make it hold exactly the shipped rules and `data`, beside others. Raises PolicyUnavailable."""
        ...

    def release(self, data: Mapping[str, Any], /) -> None:
        """Take away what this space kept there beside `data`. Raises PolicyUnavailable."""
        ...


PolicyEngines = Callable[[Mapping[str, Any]], PolicyEngine]
"""Makes the policy engine for one document of policy data."""
