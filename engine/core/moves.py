"""Renames: `moved: {from: old}` carries what was applied under the old address to the new one.

Of several old addresses the first that is applied counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from engine.addresses import Address, AddressError
from engine.core.diff import in_order
from engine.core.plan import Change
from engine.core.space import Space
from engine.core.state import Applied
from engine.model.base import Moved

V = TypeVar("V")


def earlier_names(space: Space, there: Collection[Address]) -> dict[Address, Address]:
    """Address now to address then, of what is renamed since a state in which the resources `there` were.

    What has its name already, or whose old name is defined still, is not renamed.
    """
    here = space.addresses
    found: dict[Address, Address] = {}
    for address, old in _written(space):
        if address not in there and old in there and old not in here:
            found.setdefault(address, old)
    return found


def _written(space: Space) -> Iterator[tuple[Address, Address]]:
    """Address now and address before, for every `moved` that is written; sorted, lists in their order."""
    declared: dict[Address, Moved | None] = {
        address: node.declared.moved for address, node in space.datasets.items()
    }
    for address, resource in space.resources.items():
        declared.setdefault(address, getattr(resource.spec, "moved", None))
    for address, moved in sorted(declared.items()):
        for text in moved.addresses if moved is not None else ():
            with suppress(AddressError):  # resolve has reported it
                yield address, Address.parse(text)


def pending(applied: Applied, space: Space) -> dict[Address, Address]:
    """The renames that are still to be recorded: old address to new."""
    return {old: new for new, old in earlier_names(space, applied.digests).items()}


def renamed(applied: Applied, space: Space) -> Applied:
    """`applied` as if the renamed resources had always had their new addresses."""
    moved = pending(applied, space)
    if not moved:
        return applied

    def follow(mapping: Mapping[Address, V]) -> dict[Address, V]:
        return {moved.get(address, address): value for address, value in mapping.items()}

    return replace(
        applied,
        digests=follow(applied.digests),
        versions={
            address: replace(version, inputs=follow(version.inputs))
            for address, version in follow(applied.versions).items()
        },
        columns=follow(applied.columns),
        logics=follow(applied.logics),
        stamps=follow(applied.stamps),
    )


def with_renames(changes: tuple[Change, ...], applied: Applied, space: Space) -> tuple[Change, ...]:
    """The changes with every rename that is still to be recorded among them, one per address."""
    by_address = {change.address: change for change in changes}
    for old, new in pending(applied, space).items():
        reason = f"renamed from {old}"
        known = by_address.get(new)
        by_address[new] = (
            Change("re-point", new, (reason,))
            if known is None
            else replace(known, reasons=(reason, *known.reasons))
        )
    return in_order(by_address.values())
