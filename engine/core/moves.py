"""Renames: `moved: {from: old}` carries what was applied under the old address to the new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from engine.addresses import Address, AddressError
from engine.core.diff import in_order
from engine.core.plan import Change
from engine.core.space import Space
from engine.core.state import Applied
from engine.model.base import Moved

V = TypeVar("V")


def moves(space: Space) -> dict[Address, Address]:
    """Old address to new, for every `moved` that is written."""
    written: dict[Address, Moved | None] = {
        address: node.declared.moved for address, node in space.datasets.items()
    }
    for address, resource in space.resources.items():
        written.setdefault(address, getattr(resource.spec, "moved", None))
    found: dict[Address, Address] = {}
    for address, moved in sorted(written.items()):
        if moved is not None:
            try:
                found[Address.parse(moved.from_)] = address
            except AddressError:
                continue  # resolve has reported it
    return found


def pending(applied: Applied, space: Space) -> dict[Address, Address]:
    """The renames that are still to be recorded: old address to new."""
    here = {*space.datasets, *space.resources}
    return {
        old: new
        for old, new in moves(space).items()
        if old in applied.digests and old not in here and new not in applied.digests
    }


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
