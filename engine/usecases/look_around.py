"""Looking around in what is applied: every resource, one in full, and where columns come from and go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.addresses import Address, AddressError, Principal
from engine.core.compiled import ColumnRef, CompiledDataset
from engine.core.space import Collected, DatasetNode, Resource, Space
from engine.core.state import CheckResult, Version
from engine.diagnostics import WorldFailure, did_you_mean
from engine.model.base import Spec, Text
from engine.ports import StateStore
from engine.usecases.intervals import intervals_as_json
from engine.usecases.published import Published


def plain(text: Text | None) -> str:
    """Text for people in one language: as written, or the first language in alphabetical order."""
    if isinstance(text, dict):
        return text[min(text)] if text else ""
    return text or ""


def every_address(space: Space) -> tuple[Address, ...]:
    """All resources and datasets, in address order."""
    return tuple(sorted({*space.resources, *space.datasets}))


def find(space: Space, text: str) -> Address:
    """The address that `text` spells, if it is in the space. Raises WorldFailure with a suggestion."""
    try:
        address = Address.parse(text)
    except AddressError as mistake:
        raise WorldFailure(str(mistake)) from None
    if address not in space.resources and address not in space.datasets:
        known = [str(a) for a in every_address(space)]
        raise WorldFailure(f"there is no {address}.", did_you_mean(text, known) or "`engine list` shows all.")
    return address


def listing(published: Published, kind: str | None = None) -> list[dict[str, Any]]:
    """One line per resource: address, kind, title, and for datasets level and number of rows."""
    return [
        _line(published, address)
        for address in every_address(published.space)
        if kind in (None, address.kind) and address.kind != "space"
    ]


def _line(published: Published, address: Address) -> dict[str, Any]:
    line: dict[str, Any] = {
        "address": str(address),
        "kind": address.kind,
        "project": address.project or None,
        "name": address.name,
        "title": plain(_title(published.space, address)),
    }
    compiled = published.compiled.get(address)
    if compiled is not None:
        version = published.applied.versions.get(address)
        line |= {"sensitivity": compiled.sensitivity, "rows": version.rows if version else None}
    return line


def _title(space: Space, address: Address) -> Text | None:
    node = space.datasets.get(address)
    return node.declared.title if node else space.resources[address].spec.title


def show(published: Published, state: StateStore, address: Address) -> dict[str, Any]:
    """One resource in full: what is written, where, and for a dataset all that is known of it."""
    space = published.space
    node = space.datasets.get(address)
    resource: Resource[Spec] = node.producer.resource if node else space.resources[address]
    declared = node.declared if node else resource.spec
    span = node.span() if node else resource.span()
    found: dict[str, Any] = {
        "address": str(address),
        "kind": address.kind,
        "title": plain(declared.title),
        "file": span.file,
        "line": span.line,
        "spec": declared.model_dump(by_alias=True, exclude_defaults=True, mode="json"),
    }
    return {**found, **_dataset_facts(published, state, node)} if node else found


def _dataset_facts(published: Published, state: StateStore, node: DatasetNode) -> dict[str, Any]:
    compiled = published.compiled[node.address]
    version = published.applied.versions.get(node.address)
    checks = state.checks(version.fingerprint) if version else ()
    return {
        "owner": node.owner,
        "sensitivity": compiled.sensitivity,
        "min_cell": compiled.min_cell,
        "columns": [_column(node, compiled, c.name) for c in compiled.columns],
        "query": compiled.query or None,
        "produced_by": None if isinstance(node.producer, Collected) else str(node.producer.resource.address),
        "inputs": sorted({str(a) for a in compiled.inputs.values()}),
        "used_by": [str(a) for a in readers(published, node.address)],
        "version": _version(version),
        **(intervals_as_json(version, compiled.min_cell, state) if version and version.cut else {}),
        "checks": [check_as_json(check) for check in checks],
    }


def _column(node: DatasetNode, compiled: CompiledDataset, name: str) -> dict[str, Any]:
    declared = next((c for c in node.columns if c.name == name), None)
    logic = compiled.column(name)
    return {
        "name": name,
        "type": logic.type if logic else "",
        "description": plain(declared.description) if declared else "",
        "sensitivity": compiled.levels.get(name, compiled.sensitivity),
        "tags": list(compiled.tags.get(name, ())),
    }


def _version(version: Version | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {
        "fingerprint": version.fingerprint,
        "rows": version.rows,
        "bytes": version.bytes,
        "data_time": version.data_time,
        "path": version.path,
    }


def check_as_json(check: CheckResult) -> dict[str, Any]:
    """The outcome of a check; how many rows fail, never which."""
    return {
        "address": str(check.address),
        "name": check.name,
        "status": check.status,
        "severity": check.severity,
        "failures": check.failures,
    }


def readers(published: Published, address: Address) -> tuple[Address, ...]:
    """Datasets, dashboards and catalogue entries that read a dataset directly, sorted."""
    from engine.core.aspects import page_datasets
    from engine.model.dashboard import Dashboard

    found = {a for a, c in published.compiled.items() if address in c.inputs.values()}
    found |= {entry for entry, dataset in published.space.catalog.items() if dataset == address}
    for page in published.space.of(Dashboard):
        if address in page_datasets(published.space, page.spec, page.address.project).values():
            found.add(page.address)
    return tuple(sorted(found))


def lineage(published: Published, address: Address, column: str | None) -> dict[str, Any]:
    """Everything upstream and downstream of a dataset, or of one of its columns, nearest first.

    Raises WorldFailure for an unknown column.
    """
    if address.kind == "catalog":
        address = published.space.dataset_of(address)
    if column is not None:
        return _column_lineage(published, address, column)
    up = _walk(address, lambda a: _sources(published, a))
    down = _walk(address, lambda a: readers(published, a))
    return {"address": str(address), "upstream": _strings(up), "downstream": _strings(down)}


def _sources(published: Published, address: Address) -> tuple[Address, ...]:
    from engine.core.aspects import page_datasets
    from engine.model.dashboard import Dashboard
    from engine.model.dataflow import Dataflow

    if address in published.compiled:
        return tuple(sorted(set(published.compiled[address].inputs.values())))
    spec = published.space.resources[address].spec
    if isinstance(spec, Dashboard):
        return tuple(sorted(set(page_datasets(published.space, spec, address.project).values())))
    if isinstance(spec, Dataflow):
        outputs = {Address("dataset", address.project, step.output) for step in spec.steps}
        read = {a for output in outputs for a in published.compiled[output].inputs.values()}
        return tuple(sorted(read - outputs))
    return ()


def _column_lineage(published: Published, address: Address, column: str) -> dict[str, Any]:
    compiled = published.compiled.get(address)
    if compiled is None or compiled.column(column) is None:
        known = [c.name for c in compiled.columns] if compiled else []
        raise WorldFailure(f'{address} has no column "{column}".', did_you_mean(column, known))
    start = ColumnRef(address, column)
    uses = _column_uses(published.compiled)
    return {
        "address": str(address),
        "column": column,
        "upstream": _strings(_walk(start, lambda ref: _column_sources(published.compiled, ref))),
        "downstream": _strings(_walk(start, lambda ref: uses.get(ref, ()))),
    }


def _column_sources(compiled: Mapping[Address, CompiledDataset], ref: ColumnRef) -> tuple[ColumnRef, ...]:
    logic = compiled[ref.dataset].column(ref.column)
    return tuple(sorted(logic.sources)) if logic else ()


def _column_uses(compiled: Mapping[Address, CompiledDataset]) -> dict[ColumnRef, tuple[ColumnRef, ...]]:
    uses: dict[ColumnRef, list[ColumnRef]] = {}
    for address, dataset in compiled.items():
        for column in dataset.columns:
            for source in column.sources:
                uses.setdefault(source, []).append(ColumnRef(address, column.name))
    return {ref: tuple(sorted(found)) for ref, found in uses.items()}


def _walk(start: Any, neighbours: Any) -> Iterator[Any]:
    """Everything reachable from `start`, breadth first, each once, without `start`."""
    seen, layer = {start}, [start]
    while layer:
        found = [n for node in layer for n in neighbours(node)]
        layer = [n for n in dict.fromkeys(found) if n not in seen]
        seen.update(layer)
        yield from layer


def _strings(values: Iterator[Any]) -> list[str]:
    return [str(value) for value in values]


def is_user(space: Space, name: str) -> bool:
    """Whether the space has a user of that name (`user:` in front or not)."""
    try:
        principal = Principal.parse(name)
    except AddressError:
        return False
    return Address("user", "", principal.name) in space.resources
