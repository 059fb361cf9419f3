"""Families: which datasets hold the same people, so that what is shown of one is held against the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.addresses import Address
from engine.core.pages.expressions import quoted
from engine.core.provenance import Provenance, provenance_of
from engine.usecases.page_asking import Asking
from engine.usecases.published import Published

SHARED = 0.5
"""What part of the smaller dataset's units must be in the larger for both to be about the same people."""


@dataclass(frozen=True, order=True)
class Family:
    """Datasets that hold the same units."""

    origins: tuple[Address, ...]
    audience: str = ""
    """Empty for those from whom policy keeps nothing, else a hash of what it keeps."""
    path: Path | None = None
    """The file of what is left for such an audience."""


def families(published: Published, file: Callable[[Address], Path], asking: Asking) -> tuple[Family, ...]:
    """The families of all that is published, in order.

    Datasets whose rows are put together in one step are of one family, and those that hold the same units.
    """
    groups: dict[Address, Address] = {}

    def root(address: Address) -> Address:
        while groups.setdefault(address, address) != address:
            address = groups[address]
        return address

    for dataset in published.compiled.values():
        origin = provenance_of(dataset, published.compiled) if dataset.min_cell else None
        if isinstance(origin, Provenance):
            first, *others = sorted(origin.unit_of)
            root(first)
            for other in others:
                groups[root(other)] = root(first)
    held = {address: _units(published, address, file, asking) for address in sorted(groups)}
    for address, units in held.items():
        for other in (a for a in held if a < address):
            if _same_people(units, held[other]):
                groups[root(address)] = root(other)
    found: dict[Address, list[Address]] = {}
    for address in sorted(groups):
        found.setdefault(root(address), []).append(address)
    return tuple(sorted(Family(tuple(members)) for members in found.values()))


def _units(
    published: Published, origin: Address, file: Callable[[Address], Path], asking: Asking
) -> frozenset[str]:
    unit = published.compiled[origin].unit
    if unit is None or origin not in published.applied.versions:
        return frozenset()
    sql = f"SELECT DISTINCT CAST({quoted(unit)} AS VARCHAR) AS u FROM self WHERE {quoted(unit)} IS NOT NULL"
    rows = asking.fetch(file(origin), sql).rows
    return frozenset(row[0] for row in rows)


def _same_people(one: frozenset[str], other: frozenset[str]) -> bool:
    fewer = min(len(one), len(other))
    return bool(fewer) and len(one & other) >= SHARED * fewer


def identity(
    family: Family, published: Published, file: Callable[[Address], Path], asking: Asking
) -> Mapping[Address, str]:
    """For each dataset of a family a hash of whose data it holds: equal for all that is read from a file."""
    found = {}
    for origin in family.origins:
        unit = quoted(published.compiled[origin].unit or "")
        sql = (
            "SELECT md5(coalesce(string_agg(u || ':' || n, ',' ORDER BY u), '')) AS h FROM "
            f"(SELECT coalesce(CAST({unit} AS VARCHAR), '') AS u, count(*) AS n FROM self GROUP BY 1)"
        )
        found[origin] = str(asking.fetch(family.path or file(origin), sql).rows[0][0])
    return found
