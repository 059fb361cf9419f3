"""A plan: what would change and why, and the exact steps apply takes. Frozen values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import Identity
from engine.core.space import Space
from engine.diagnostics import Diagnostic

Action = Literal["create", "rebuild", "refresh", "re-point", "metadata", "remove", "access"]

ACTIONS: tuple[Action, ...] = (
    "remove", "create", "rebuild", "refresh", "re-point", "access", "metadata",
)  # fmt: skip
"""In the order plans list them: what is lost first."""

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Desired:
    """The desired state, worked out: specs, compiled datasets, origins' content, policy data."""

    space: Space
    compiled: Mapping[Address, CompiledDataset]
    """In dependency order."""
    stamps: Mapping[Address, str]
    """Content of each collected dataset's origin, UNKNOWN where only collecting will tell; of incremental
    datasets also the partitions that stay as they are (core/partitions.py)."""
    policy_data: Mapping[str, Any]
    identities: Mapping[Address, Identity]
    """With the content of origins: what versions should be."""
    logics: Mapping[Address, Identity]
    """Without it: what the specs alone say."""
    aspects: Mapping[Address, str]
    restated: Restatement | None = None
    """What a backfill computes again."""


@dataclass(frozen=True, slots=True)
class Restatement:
    """Intervals that a backfill computes again, settled or not: all that reach into [first, end)."""

    targets: frozenset[Address]
    """The datasets whose intervals are computed in any case."""
    first: datetime.date
    end: datetime.date
    reopened: frozenset[Address]
    """The targets and every dataset made of them: in these no interval of the range counts as settled."""


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
    """Find or make the version of a dataset, check it, and point the environment at it."""

    address: Address
    action: Action
    fingerprint: str
    """The version expected; only a hint where an origin's content is not known yet."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove what the environment knows by an address: a dataset's pointer, a document."""

    address: Address


@dataclass(frozen=True, slots=True)
class Publish:
    """Draw the site, record the new state and switch the site: always the last step."""


Step = Build | Forget | Publish
"""What apply does: builds in dependency order, removals in reverse, publishing last."""


@dataclass(frozen=True)
class Plan:
    """Everything apply needs beside the desired state: what is shown is what is done."""

    environment: str
    serial: int
    """The state it was made against."""
    specs: str
    """Hash of the meaning of the specs it was made from."""
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    access: tuple[AccessChange, ...]
    diagnostics: tuple[Diagnostic, ...]
    fingerprint: str
    """Hash of all the above: the approval that a saved plan carries."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to apply."""
        return not self.steps
