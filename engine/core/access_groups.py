"""Access changes as people read them: those that say the same of one person, together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.addresses import Address
from engine.core.plan import AccessChange
from engine.model.policies import ACTIONS

LIMITED_TIME = "until "
"""How the obligation begins that ends a right, and does not narrow it."""


@dataclass(frozen=True, slots=True)
class AccessGroup:
    """One change of what a person may do, and every dataset and dashboard that it is about."""

    principal: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    why: tuple[str, ...]
    addresses: tuple[Address, ...]

    @property
    def gains(self) -> bool:
        """Whether the person may do more than before, or sees more of it; in doubt they do.

        A duty about a dataset that no duty was about may be of one that a page did not show before.
        """
        was, will = set(self.before), set(self.after)
        fewer = (was - will) & {*ACTIONS}
        lifted = {duty for duty in was - will - {*ACTIONS} if not (fewer and duty.startswith(LIMITED_TIME))}
        shown = {name for duty in will if (name := _behind(duty))} - {_behind(duty) for duty in was}
        return bool((will - was) & {*ACTIONS} or (will and lifted) or (was and shown))


def _behind(duty: str) -> str:
    """The dataset behind a page that a duty is about; empty for what is about the thing itself."""
    name, mark, _ = duty.partition(": ")
    return name if mark and name.startswith("dataset/") else ""


def grouped(changes: Iterable[AccessChange]) -> tuple[AccessGroup, ...]:
    """The changes by person and what changes, in the order given; addresses sorted."""
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[Address]] = {}
    for change in changes:
        key = (change.principal, change.before, change.after, change.why)
        found.setdefault(key, []).append(change.dataset)
    return tuple(AccessGroup(*key, tuple(sorted(addresses))) for key, addresses in found.items())
