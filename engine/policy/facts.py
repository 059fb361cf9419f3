"""What policy knows of each address: its kind, project, owner, level, and what is special to its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.compiled import CompiledDataset
from engine.core.space import Resource, Space
from engine.model.catalog import CatalogEntry
from engine.model.dashboard import Dashboard, PageDataset
from engine.model.policies import Grant
from engine.model.project import Project
from engine.policy.people import People


@dataclass(frozen=True)
class Levels:
    """The space's levels of sensitivity by rank, lowest first."""

    names: tuple[str, ...]

    def rank(self, name: str | None) -> int:
        """The rank of data at that level; what no level is named for is at the highest."""
        return self.names.index(name) if name in self.names else len(self.names) - 1

    def clearance(self, name: str | None) -> int:
        """How far that clearance reaches; what no level is named for reaches nothing."""
        return self.names.index(name) if name in self.names else -1


@dataclass(frozen=True)
class _Known:
    space: Space
    compiled: Mapping[Address, CompiledDataset]
    levels: Levels
    people: People
    roundings: Mapping[Address, int]
    studios: Mapping[str, str]
    """Personal project to its owner; empty text for none."""


def facts_of(
    space: Space, compiled: Mapping[Address, CompiledDataset], levels: Levels, people: People
) -> dict[str, dict[str, Any]]:
    """All that is looked up by address, as indexes in address order.

    `resources` says of every address what it is; `datasets`, `entries`, `pages` and `applications` say what
    is special to its kind; `exists` names every address once more, so that the loss of one fact is never
    taken for the absence of the thing.
    """
    studios = {r.address.name: r.spec.owner or "" for r in space.of(Project) if r.spec.personal}
    known = _Known(space, compiled, levels, people, _roundings(space, compiled), studios)
    addresses = sorted({*space.resources, *space.datasets})
    return {
        "resources": {str(address): _of(known, address) for address in addresses},
        "exists": dict.fromkeys(map(str, addresses), True),
        "datasets": {str(address): _columns(known, address) for address in sorted(space.datasets)},
        "entries": {str(r.address): _entry(known, r) for r in space.of(CatalogEntry)},
        "pages": {str(r.address): _page(known, r) for r in space.of(Dashboard)},
        "applications": _applications(known),
    }


def _of(known: _Known, address: Address) -> dict[str, Any]:
    spec = known.space.resources[address].spec if address in known.space.resources else None
    kind, project, level = address.kind, address.project, 0
    match spec:
        case _ if address in known.space.datasets:
            level = _level(known, address)
        case CatalogEntry():
            dataset = known.space.catalog.get(address)
            project, level = (
                (dataset.project, _level(known, dataset)) if dataset else ("", known.levels.rank(None))
            )
        case Dashboard():
            level = _page_level(known, address, spec)
        case Project():
            kind, project = "studio" if spec.personal else "project", address.name
        case _:
            kind = "dataflow" if kind == "test" else kind
    return {
        "exists": True,
        "kind": kind,
        "project": project,
        "personal": project in known.studios,
        "owner": known.studios.get(project, ""),
        "level": level,
    }


def _columns(known: _Known, address: Address) -> dict[str, Any]:
    dataset = known.compiled.get(address)
    if dataset is None:
        return {"columns": {}, "min_cell": 0, "rounding": 0}
    return {
        "columns": {column.name: "clear" for column in dataset.columns},
        "min_cell": dataset.min_cell,
        "rounding": known.roundings.get(address, 0),
    }


def _roundings(space: Space, compiled: Mapping[Address, CompiledDataset]) -> dict[Address, int]:
    """The base that each dataset's counts are rounded to: the highest of its own and its inputs'."""
    found: dict[Address, int] = {}
    for address, node in space.datasets.items():
        own = node.protect.round if node.protect is not None else None
        inputs = compiled[address].inputs.values() if address in compiled else ()
        found[address] = max(own or 0, *(found.get(source, 0) for source in inputs), 0)
    return found


def _entry(known: _Known, entry: Resource[CatalogEntry]) -> dict[str, Any]:
    return {"access": entry.spec.access, "dataset": str(known.space.catalog.get(entry.address, ""))}


def _page_level(known: _Known, address: Address, page: Dashboard) -> int:
    ranks = [_level(known, dataset) for dataset in page_datasets(known.space, page, address.project)]
    if page.sensitivity is not None:
        ranks.append(known.levels.rank(page.sensitivity))
    return max(ranks, default=known.levels.rank(None))


def _page(known: _Known, page: Resource[Dashboard]) -> dict[str, Any]:
    datasets = page_datasets(known.space, page.spec, page.address.project)
    floors = [known.compiled[d].min_cell for d in datasets if d in known.compiled]
    return {
        "shares": _shares(page.spec),
        "datasets": [str(dataset) for dataset in datasets],
        "min_cell": max((page.spec.min_cell or 0, *floors)),
        "rounding": max((known.roundings.get(d, 0) for d in datasets), default=0),
    }


def page_datasets(space: Space, page: Dashboard, project: str) -> tuple[Address, ...]:
    """The datasets behind a page, sorted."""
    found = set()
    for written in page.datasets.values():
        text = written.dataset if isinstance(written, PageDataset) else written
        try:
            found.add(space.dataset_of(dataset_reference(text, project)))
        except AddressError:
            continue
    return tuple(sorted(found))


def _shares(page: Dashboard) -> dict[str, str]:
    """Principal to access; of two shares with one principal the wider holds."""
    found: dict[str, str] = {}
    for share in sorted(page.share, key=lambda s: (s.to, s.access), reverse=True):
        found[share.to] = share.access
    return dict(sorted(found.items()))


def _applications(known: _Known) -> dict[str, Any]:
    """What `approve` is asked about: each grant, each entry, and each dataset that something may open."""
    found: dict[str, Any] = {}
    for dataset in known.space.datasets:
        found[str(dataset)] = _application(known, dataset)
    for entry in known.space.of(CatalogEntry):
        found[str(entry.address)] = _application(known, known.space.catalog.get(entry.address))
    for grant in known.space.of(Grant):
        found[str(grant.address)] = _application(known, _granted(known, grant.spec)) | {
            "requested_by": grant.spec.requested_by,
            "beneficiary": _only_one(known.people.named((grant.spec.to,))),
        }
    return dict(sorted(found.items()))


def _only_one(people: frozenset[str]) -> str:
    """The one person a principal stands for, in whatever form it is written; empty where there are more."""
    return next(iter(people)) if len(people) == 1 else ""


def _granted(known: _Known, grant: Grant) -> Address | None:
    try:
        return known.space.dataset_of(dataset_reference(grant.dataset, ""))
    except AddressError:
        return None


def _application(known: _Known, dataset: Address | None) -> dict[str, Any]:
    return {
        "dataset": str(dataset or ""),
        "data_owner": _owner(known, dataset) if dataset else "",
        "requested_by": "",
        "beneficiary": "",
    }


def _owner(known: _Known, dataset: Address) -> str:
    node = known.space.datasets.get(dataset)
    return (node.owner or "") if node else ""


def _level(known: _Known, dataset: Address) -> int:
    compiled = known.compiled.get(dataset)
    return known.levels.rank(compiled.sensitivity if compiled else None)
