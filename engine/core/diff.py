"""What differs between the applied and the desired state. Pure: the answer is a tuple of changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.addresses import Address
from engine.core.aspects import Aspect, from_text
from engine.core.compiled import ALGORITHM
from engine.core.plan import ACTIONS, Action, Change, Desired
from engine.core.reasons import Before, aspect_reason, data_reason, logic_reasons
from engine.core.state import Applied

ASPECTS: Mapping[Aspect, Action] = {
    "page": "rebuild",
    "data": "refresh",
    "access": "access",
    "protection": "access",
    "checks": "metadata",
    "settings": "metadata",
    "metadata": "metadata",
    "keep": "metadata",
}
"""What a change of an aspect asks for."""


def strongest(actions: set[Action]) -> Action:
    """The one action that stands for several, as SPECS.md orders them."""
    order: tuple[Action, ...] = (
        "create", "rebuild", "refresh", "re-point", "metadata", "remove", "access",
    )  # fmt: skip
    return min(actions, key=order.index)


@dataclass(frozen=True)
class Stored:
    """What the store holds of what is applied and wanted, and the applied state in detail."""

    lost: frozenset[Address] = frozenset()
    """Datasets whose applied version is no longer in the store."""
    there: frozenset[str] = frozenset()
    """Fingerprints of desired versions that are there already."""
    before: Before | None = None
    """What was applied, for reasons; None where it cannot be read."""
    extents: Mapping[Address, str] = field(default_factory=dict)
    """Which partitions of incremental datasets will be computed, in words."""


def diff(applied: Applied, desired: Desired, stored: Stored) -> tuple[Change, ...]:
    """Every change, removals first, then by action and address; one change per address."""
    found = [*_removals(applied, desired)]
    for address in desired.aspects:
        change = _change(address, applied, desired, stored)
        if change is not None:
            found.append(change)
    return in_order(found)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Changes as plans list them: by action, what is lost first, then by address."""
    return tuple(sorted(changes, key=lambda change: (ACTIONS.index(change.action), change.address)))


def _removals(applied: Applied, desired: Desired) -> Iterator[Change]:
    for address in applied.digests:
        if address not in desired.aspects:
            yield Change("remove", address, ("it is no longer in the specs",))


def _change(address: Address, applied: Applied, desired: Desired, stored: Stored) -> Change | None:
    if address not in applied.digests:
        columns = tuple(desired.logics[address].columns) if address in desired.logics else ()
        return Change("create", address, ("it is new",), columns)
    actions: set[Action] = set()
    reasons: list[str] = []
    columns = ()
    if address in desired.logics:
        content = _content_change(address, applied, desired, stored)
        if content is not None:
            actions.add(content.action)
            reasons += content.reasons
            columns = content.columns
    before, after = from_text(applied.digests[address]), from_text(desired.aspects[address])
    for aspect, action in ASPECTS.items():
        if before.get(aspect) != after.get(aspect):
            actions.add(action)
            reasons.append(aspect_reason(aspect, address, applied, desired, stored.before))
    return Change(strongest(actions), address, tuple(reasons), columns) if actions else None


def _content_change(address: Address, applied: Applied, desired: Desired, stored: Stored) -> Change | None:
    """The change of a dataset's content, if any: its logic, its data, or its file."""
    version = applied.versions.get(address)
    before, after = applied.columns.get(address, {}), desired.logics[address]
    wanted = desired.identities[address].fingerprint
    if version is None:
        return Change("rebuild", address, ("it has no published version",))
    if applied.logics.get(address) != after.fingerprint:
        columns = _changed_columns(before, after.columns)
        action: Action = "re-point" if wanted in stored.there else "rebuild"
        reasons = logic_reasons(address, before, desired, stored.before)
        reasons += (stored.extents[address],) if address in stored.extents else ()
        return Change(action, address, reasons, columns)
    if address in stored.lost:
        return Change(
            "rebuild", address, ("its file is missing from the store, or is not as it was written",)
        )
    if version.fingerprint != wanted:
        action = "re-point" if wanted in stored.there else "refresh"
        extent = f": {stored.extents[address]}" if address in stored.extents else ""
        return Change(action, address, (f"{data_reason(address, applied, desired)}{extent}",))
    if version.algorithm != ALGORITHM:
        return Change("re-point", address, ("re-fingerprint: the engine hashes logic differently now",))
    if set(version.inputs) != set(desired.compiled[address].inputs.values()):
        return Change("re-point", address, ("it reads other datasets, which hold the same",))
    return None


def _changed_columns(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
