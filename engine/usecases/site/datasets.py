"""What a page says of a dataset: facts, columns, rows, checks, lineage, readers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from engine.addresses import Address, dataset_reference
from engine.core.compiled import ColumnLogic, ColumnRef, CompiledDataset
from engine.core.space import Collected, DatasetNode
from engine.core.state import CheckResult, CheckStatus, Version
from engine.model.checks import Check
from engine.model.dataset import Column
from engine.policy.decision import Obligations
from engine.usecases.site.counts import failures_told, profile_told, rounding, rows_told
from engine.usecases.site.graph import lineage, origin
from engine.usecases.site.readers import Readers
from engine.usecases.site.rows import REFUSED, Looked, Wanted, count_text, look
from engine.usecases.site.values import CheckFacts, ColumnFacts, DatasetFacts, Preview
from engine.usecases.site.values_basic import Link
from engine.usecases.site.visit import Visit
from engine.usecases.site.written import yaml_of

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


CheckHistory = Mapping[tuple[Address, str], tuple[tuple[str, str, CheckStatus], ...]]
Door = Address
"""How a reader comes to a dataset: by its own address, or by that of a catalogue entry."""


def looks(visit: Visit, doors: Sequence[tuple[Address, Door]]) -> dict[tuple[Address, Door], Looked]:
    """A look at the rows of each dataset through each door that policy opens."""
    asked = [(dataset, door) for dataset, door in doors if visit.sight.may("preview", door)]
    versions = visit.published.applied.versions
    wanted = [
        _protected(visit, Wanted(visit.published.compiled[dataset], version, visit.sight.obligations(door)))
        if (version := versions.get(dataset)) is not None
        else Wanted(visit.published.compiled[dataset], None, None)
        for dataset, door in asked
    ]
    refused = dict.fromkeys(doors, Looked(Preview(note=REFUSED), {}))
    return refused | dict(zip(asked, look(visit.bench, wanted), strict=True))


def _protected(visit: Visit, wanted: Wanted) -> Wanted:
    """A dataset of cells under a floor, with what pages withhold of it."""
    dataset, kept = wanted.compiled, wanted.obligations
    if not profile_told(visit, dataset.address):
        told, base = visit.releases.tells_total(dataset.address), rounding(visit, dataset.address)
        return replace(wanted, whole_only=True, total_told=told, rounding=base)
    if not max(dataset.min_cell, kept.min_cell if kept else 0) or dataset.unit is not None:
        return wanted
    from engine.core.pages.protection import computed_columns
    from engine.usecases.page_doors import door_of

    duties = kept or Obligations({c.name: "clear" for c in dataset.columns})
    door = door_of(visit.bench, visit.published, dataset, duties)
    numbers = computed_columns(dataset, visit.published.compiled, door.origin)
    return replace(wanted, guard=visit.releases.preview_guard(door), numbers=numbers)


def dataset_facts(
    visit: Visit, address: Address, door: Door, looked: Looked, readers: Readers
) -> DatasetFacts:
    """The facts of a dataset for a reader who comes through `door`, with what a look at it gave."""
    node, compiled = visit.space.datasets[address], visit.published.compiled[address]
    version = visit.published.applied.versions.get(address)
    checks = visit.checks_of(version.fingerprint) if version else ()
    inside = visit.sight.sees(address)
    graph, upstream, downstream = lineage(visit, address)
    flow = None if isinstance(node.producer, Collected) else node.producer.resource.address
    project = Address("project", "", address.project)
    return DatasetFacts(
        link=visit.link(address),
        project=visit.link(project) if inside and project in visit.space.resources else None,
        description=visit.words(node.declared.description),
        owner=visit.person(node.owner),
        level=compiled.sensitivity,
        rows=_rows(visit, address, looked),
        bytes=version.bytes if version else 0,
        as_of=version.data_time if version else "",
        stale=is_stale(version, _stale_after(node), visit.now),
        origin=origin(visit, address) if inside else "",
        flow=visit.link(flow) if flow and visit.sight.sees(flow) else None,
        floor=compiled.min_cell,
        columns=_columns(visit, node, compiled, looked, _hidden(visit, door)),
        preview=looked.preview,
        checks=check_facts(visit, checks, visit.check_history),
        graph=graph,
        upstream=upstream,
        downstream=downstream,
        entries=visit.seen(visit.entries.get(address, ())),
        readers=readers.of(address),
        more_readers=readers.left_out(address),
        yaml=_yaml(visit, node) if inside else "",
        file=node.span().file if inside else "",
        version=version.fingerprint[:12] if version else "",
    )


def _rows(visit: Visit, address: Address, looked: Looked) -> str:
    """How many rows there are for the reader; of a dataset they see metadata of, how many in all."""
    version = visit.published.applied.versions.get(address)
    if visit.reads(address) and looked.total is not None:
        return count_text(looked.total, visit.published.compiled[address].min_cell)
    return rows_told(visit, address, version.rows) if version else ""


def _hidden(visit: Visit, door: Door) -> Obligations | None:
    """What keeps columns from the reader, if they may look at rows at all."""
    return visit.sight.obligations(door) if visit.sight.may("preview", door) else None


def _columns(
    visit: Visit,
    node: DatasetNode,
    compiled: CompiledDataset,
    looked: Looked,
    obligations: Obligations | None,
) -> tuple[ColumnFacts, ...]:
    """The columns, without those that policy keeps from the reader altogether."""
    declared = {c.name: c for c in node.columns}
    shown = [c for c in compiled.columns if obligations is None or c.name in obligations.columns]
    return tuple(_column(visit, compiled, c, declared.get(c.name), looked) for c in shown)


def _column(
    visit: Visit, compiled: CompiledDataset, column: ColumnLogic, written: Column | None, looked: Looked
) -> ColumnFacts:
    filled, distinct, share = looked.profile.get(column.name, ("", "", None))
    return ColumnFacts(
        name=column.name,
        type=column.type,
        level=compiled.levels.get(column.name, compiled.sensitivity),
        tags=compiled.tags.get(column.name, ()),
        description=visit.words(written.description) if written else "",
        sources=_refs(visit, column.sources),
        uses=_refs(visit, visit.column_uses.get(ColumnRef(compiled.address, column.name), ())),
        filled=filled,
        distinct=distinct,
        share=share,
    )


def _refs(visit: Visit, refs: Iterable[ColumnRef]) -> tuple[tuple[Link, str], ...]:
    return tuple((visit.link(face), r.column) for r in refs if (face := visit.face(r.dataset)))


def check_facts(
    visit: Visit, checks: Iterable[CheckResult], history: CheckHistory | None = None
) -> tuple[CheckFacts, ...]:
    """Check outcomes as pages show them: what went wrong first."""
    order = {"failed": 0, "warned": 1, "passed": 2}
    return tuple(
        CheckFacts(
            check.name,
            check.status,
            check.severity,
            "" if check.status == "passed" else failures_told(visit, check.address, check.failures),
            (history or {}).get((check.address, check.name), ()),
        )
        for check in sorted(checks, key=lambda c: (order[c.status], c.name))
    )


def is_stale(version: Version | None, after: str | None, now: datetime.date) -> bool:
    """Whether the data is older than `after` (as `36h`) at the start of day `now`."""
    if version is None or after is None or not version.data_time:
        return False
    taken = datetime.datetime.fromisoformat(version.data_time.replace("Z", "+00:00"))
    limit = taken + datetime.timedelta(seconds=int(after[:-1]) * SECONDS[after[-1]])
    return limit < datetime.datetime.combine(now, datetime.time(), datetime.UTC)


def _stale_after(node: DatasetNode) -> str | None:
    return node.producer.resource.spec.stale_after if isinstance(node.producer, Collected) else None


def _yaml(visit: Visit, node: DatasetNode) -> str:
    """The document that defines it, unless it names something the reader may not see."""
    resource = node.producer.resource
    if not visit.sight.sees(resource.address):
        return ""
    named = {a for check in node.checks for a in _referenced(check, node.address.project)}
    if not isinstance(node.producer, Collected):
        named |= set(node.producer.inputs.values())
    elif node.producer.resource.spec.from_.source:
        named.add(Address("source", "", node.producer.resource.spec.from_.source))
    return yaml_of(resource) if all(visit.face(a) for a in named) else ""


def _referenced(check: Check, project: str) -> tuple[Address, ...]:
    return (dataset_reference(check.references.to, project),) if check.references else ()
