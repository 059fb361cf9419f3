"""What policy knows of each address: its kind, project, owner, level, and what is special to its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.compiled import CompiledDataset
from engine.core.space import Resource, Space
from engine.model.base import Spec
from engine.model.catalog import CatalogEntry
from engine.model.dashboard import Dashboard, PageDataset
from engine.model.policies import Grant
from engine.model.project import Project


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
    studios: Mapping[str, str]
    """Personal project to its owner; empty text for none."""


def resource_facts(
    space: Space, compiled: Mapping[Address, CompiledDataset], levels: Levels
) -> dict[str, dict[str, Any]]:
    """The facts of every address of the space, in address order."""
    studios = {r.address.name: r.spec.owner or "" for r in space.of(Project) if r.spec.personal}
    known = _Known(space, compiled, levels, studios)
    found = {address: _of_dataset(known, address) for address in space.datasets}
    for address, resource in space.resources.items():
        if address not in found:
            found[address] = _of(known, resource)
    return {str(address): found[address] for address in sorted(found)}


def _common(known: _Known, kind: str, project: str, level: int = 0) -> dict[str, Any]:
    return {
        "kind": kind,
        "project": project,
        "personal": project in known.studios,
        "owner": known.studios.get(project, ""),
        "level": level,
    }


def _of(known: _Known, resource: Resource[Spec]) -> dict[str, Any]:
    address, spec = resource.address, resource.spec
    match spec:
        case CatalogEntry():
            return _of_entry(known, address, spec)
        case Dashboard():
            return _of_dashboard(known, address, spec)
        case Grant():
            return _common(known, "grant", "") | _application(known, spec)
        case Project():
            return _common(known, "studio" if spec.personal else "project", address.name)
        case _:
            kind = "dataflow" if address.kind == "test" else address.kind
            return _common(known, kind, address.project)


def _of_dataset(known: _Known, address: Address) -> dict[str, Any]:
    dataset = known.compiled.get(address)
    return _common(known, "dataset", address.project, _level(known, address)) | {
        "dataset": str(address),
        "columns": {column.name: "clear" for column in dataset.columns} if dataset else {},
        "min_cell": dataset.min_cell if dataset else 0,
    }


def _of_entry(known: _Known, address: Address, entry: CatalogEntry) -> dict[str, Any]:
    dataset = known.space.catalog.get(address)
    if dataset is None:
        return _common(known, "catalog", "", known.levels.rank(None)) | {"access": "on-request"}
    return _common(known, "catalog", dataset.project, _level(known, dataset)) | {
        "access": entry.access,
        "dataset": str(dataset),
        "data_owner": _owner(known, dataset),
        "requested_by": "",
    }


def _of_dashboard(known: _Known, address: Address, page: Dashboard) -> dict[str, Any]:
    datasets = page_datasets(known.space, page, address.project)
    ranks = [_level(known, dataset) for dataset in datasets]
    if page.sensitivity is not None:
        ranks.append(known.levels.rank(page.sensitivity))
    floors = [known.compiled[d].min_cell for d in datasets if d in known.compiled]
    return _common(known, "dashboard", address.project, max(ranks, default=known.levels.rank(None))) | {
        "shares": _shares(page),
        "datasets": [str(dataset) for dataset in datasets],
        "min_cell": max((page.min_cell or 0, *floors)),
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


def _application(known: _Known, grant: Grant) -> dict[str, Any]:
    try:
        dataset = known.space.dataset_of(dataset_reference(grant.dataset, ""))
    except AddressError:
        return {"dataset": "", "data_owner": "", "requested_by": grant.requested_by}
    return {
        "dataset": str(dataset),
        "data_owner": _owner(known, dataset),
        "requested_by": grant.requested_by,
    }


def _owner(known: _Known, dataset: Address) -> str:
    node = known.space.datasets.get(dataset)
    return (node.owner or "") if node else ""


def _level(known: _Known, dataset: Address) -> int:
    compiled = known.compiled.get(dataset)
    return known.levels.rank(compiled.sensitivity if compiled else None)
