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
        """Whether the person may do more than before, or sees more of it; in doubt they do."""
        was, will = set(self.before), set(self.after)
        fewer = (was - will) & {*ACTIONS}
        lifted = {duty for duty in was - will - {*ACTIONS} if not (fewer and duty.startswith(LIMITED_TIME))}
        return bool((will - was) & {*ACTIONS} or (will and lifted))


def grouped(changes: Iterable[AccessChange]) -> tuple[AccessGroup, ...]:
    """The changes by person and what changes, in the order given; addresses sorted."""
    found: dict[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[Address]] = {}
    for change in changes:
        key = (change.principal, change.before, change.after, change.why)
        found.setdefault(key, []).append(change.dataset)
    return tuple(AccessGroup(*key, tuple(sorted(addresses))) for key, addresses in found.items())
