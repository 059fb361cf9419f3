"""A plan: what would change and why, and the exact steps apply takes. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.diagnostics import Diagnostic

Action = Literal["create", "rebuild", "refresh", "re-point", "metadata", "remove", "access"]

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the applied and the desired state, with its reasons for people."""

    action: Action
    address: Address
    reasons: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """The columns that change, for a dataset."""


@dataclass(frozen=True, slots=True)
class AccessChange:
    """What a person may do with a dataset or dashboard, before and after."""

    principal: str
    """`user:<name>`: always a person."""
    dataset: Address
    before: tuple[str, ...]
    """Actions allowed, then obligations in words; empty for no access."""
    after: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """Make (or find) the version of a dataset from its inputs, then check it."""

    dataset: CompiledDataset
    stamp: str
    """For a collected dataset: content hash of its origin, empty when only collecting will tell."""


@dataclass(frozen=True, slots=True)
class Point:
    """Point the environment at a version that exists already."""

    address: Address
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove the environment's pointer."""

    address: Address


Step = Build | Point | Forget
"""What apply does before it publishes; dependencies first, removals last and in reverse."""


@dataclass(frozen=True)
class Plan:
    """Everything apply needs: it reads nothing but this, the store and the world."""

    environment: str
    serial: int
    """The state it was made against."""
    specs: str
    """Hash of the specs it was made from."""
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    access: tuple[AccessChange, ...]
    diagnostics: tuple[Diagnostic, ...]
    fingerprint: str
    """Hash of all the above: the approval a saved plan carries."""
    digests: Mapping[Address, str]
    """Hash of each resource's meaning, recorded when applied."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to apply."""
        return not self.changes and not self.steps
