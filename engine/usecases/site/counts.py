"""How many rows there are, as pages tell it: under a disclosure floor, never what would give a cell away."""

from __future__ import annotations

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.usecases.site.rows import count_text
from engine.usecases.site.visit import Visit


def rows_told(visit: Visit, dataset: Address, rows: int | None) -> str:
    """A number of all rows of a dataset, now or after some run; empty where it is not told.

    Of a dataset of units, somebody who may not look at them is told the published number, where pages
    leave it harmless, and no other.
    """
    if rows is None or visit.narrowed(dataset):
        return ""
    floor = _floor(visit, dataset)
    if _open(visit, dataset) or not _units(visit, dataset) or not rows:
        return count_text(rows, floor)
    version = visit.published.applied.versions.get(dataset)
    current = version is not None and version.rows == rows
    if not current or not visit.releases.tells_total(dataset):
        return ""
    from engine.core.pages.protection import rounded

    return f"{rounded(rows, rounding(visit, dataset)):,}"


def rounding(visit: Visit, dataset: Address) -> int:
    """What counts of a dataset's units are rounded to; 0 when they are not."""
    from engine.core.pages.protection import held_of

    compiled = visit.published.compiled
    return held_of(compiled[dataset], visit.space, compiled).rounding


def failures_told(visit: Visit, dataset: Address, failures: int) -> str:
    """How many rows failed a check; empty where it is not told.

    Failing rows are a cell like any other, but one that no release holds: so those who may not look at
    units are not told their number. Of cells nobody is: a check may ask for small ones.
    """
    floor = _floor(visit, dataset)
    if visit.narrowed(dataset) or (floor and not (_units(visit, dataset) and visit.reads(dataset))):
        return ""
    return count_text(failures, floor)


def profile_told(visit: Visit, dataset: Address) -> bool:
    """Whether the profile of a dataset may say more than what its release does."""
    return _open(visit, dataset) or not _units(visit, dataset)


def _open(visit: Visit, dataset: Address) -> bool:
    """Whether nothing is to be kept back: there is no floor, or the tree is for those who may see rows."""
    return not _floor(visit, dataset) or visit.reads(dataset)


def _units(visit: Visit, dataset: Address) -> bool:
    compiled = visit.published.compiled.get(dataset)
    if compiled is None or not compiled.min_cell:
        return False
    return compiled.unit is not None or _of_people(visit, compiled)


def _of_people(visit: Visit, compiled: CompiledDataset) -> bool:
    """Whether rows are people's, or may be: they were not followed, and nobody answers for it."""
    from engine.core.pages.bind_followed import unfollowed
    from engine.core.provenance import Provenance, provenance_of

    origin = provenance_of(compiled, visit.published.compiled)
    if isinstance(origin, Provenance):
        return not origin.grouped
    return unfollowed(compiled, visit.space, visit.published.compiled) is not None


def _floor(visit: Visit, dataset: Address) -> int:
    compiled = visit.published.compiled.get(dataset)
    return compiled.min_cell if compiled else 0
