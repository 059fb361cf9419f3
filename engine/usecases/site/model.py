"""The whole site for one reader, collected through the ports into plain values."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import replace

from engine.addresses import Address
from engine.core.state import Applied, RunRecord
from engine.model.catalog import CatalogEntry
from engine.model.dashboard import Dashboard
from engine.model.dataflow import Dataflow
from engine.model.project import Project
from engine.policy.decision import Caller
from engine.ports import PolicyEngine, Workbench
from engine.usecases.decide import Answering
from engine.usecases.published import Published
from engine.usecases.site.admin import admin
from engine.usecases.site.datasets import dataset_facts, looks
from engine.usecases.site.entries import entry_facts, library
from engine.usecases.site.flows import flow_facts
from engine.usecases.site.pages import dashboard_pages
from engine.usecases.site.projects import dashboard_card, project_facts
from engine.usecases.site.readers import Readers, readers
from engine.usecases.site.rows import Looked
from engine.usecases.site.runs import attention, run_facts
from engine.usecases.site.sight import OPERATOR, Sight, sight, sights
from engine.usecases.site.values import (
    DashboardCard,
    DatasetFacts,
    EntryFacts,
    FlowFacts,
    ProjectFacts,
    SiteModel,
    SitePage,
)
from engine.usecases.site.visit import Visit

Looks = dict[tuple[Address, Address], Looked]


def site_model(
    bench: Workbench,
    published: Published,
    runs: tuple[RunRecord, ...],
    now: datetime.date,
) -> SiteModel:
    """The site that the operator sees on day `now`: everything, small cells and personal rows apart.

    What it tells of who reads what is nobody's question, and goes into no log. Raises WorldFailure.
    """
    engine = Answering(bench.policy_unlogged(published.policy_data))
    return _model(_visit(bench, published, engine, OPERATOR, runs, now))


def site_model_as(
    bench: Workbench, published: Published, runs: tuple[RunRecord, ...], reader: Caller
) -> SiteModel:
    """The site that a reader may see: what they may not see is nowhere in it.

    The reader is a principal (`user:romain`, or bare); for several people the tree holds what all of them
    may read. What its pages show is entered in the ledger. Raises WorldFailure.
    """
    engine = Answering(bench.policy(published.policy_data))
    seen = sight(published.space, engine, reader)
    return _model(_visit(bench, published, engine, seen, runs, reader.now))


def audience_models(
    bench: Workbench,
    published: Published,
    runs: tuple[RunRecord, ...],
    audience: Caller,
) -> tuple[tuple[tuple[str, ...], SiteModel], ...]:
    """The site for each part of an audience to which policy answers alike, and who is in the part.

    What its pages show is entered in the ledger.
    Nobody is given less because others in the audience may read less. Raises WorldFailure.
    """
    engine = Answering(bench.policy(published.policy_data))
    return tuple(
        (seen.people, _model(_visit(bench, published, engine, seen, runs, audience.now)))
        for seen in sights(published.space, engine, audience)
    )


def _visit(
    bench: Workbench,
    published: Published,
    engine: PolicyEngine,
    seen: Sight,
    runs: tuple[RunRecord, ...],
    now: datetime.date,
) -> Visit:
    languages = published.space.settings.spec.languages
    return Visit(bench, published, engine, seen, runs, now, languages[0])


def _model(visit: Visit) -> SiteModel:
    """The site in the space's first language, and in every other: policy and data are asked once."""
    table, looked = readers(visit), looks(visit, _doors(visit))
    pages = dashboard_pages(
        visit, (r.address for r in visit.space.of(Dashboard) if visit.sight.sees(r.address))
    )
    first, *others = (
        _in_language(replace(visit, lang=code), table, looked, pages)
        for code in visit.space.settings.spec.languages
    )
    return replace(first, translations=tuple(others))


def _in_language(visit: Visit, table: Readers, looked: Looks, pages: Mapping[Address, SitePage]) -> SiteModel:
    published, seen = visit.published, visit.sight
    datasets = _datasets(visit, table, looked)
    flows = tuple(flow_facts(visit, r) for r in visit.space.of(Dataflow) if seen.sees(r.address))
    dashboards = tuple(dashboard_card(visit, r) for r in visit.space.of(Dashboard) if r.address in pages)
    kept = tuple(facts for run in visit.runs if (facts := run_facts(visit, run)))
    settings, applied = published.space.settings.spec, published.applied
    return SiteModel(
        title=visit.words(settings.title) or settings.name,
        description=visit.words(settings.description),
        environment=applied.environment,
        reader=seen.reader,
        name=_name(visit, seen),
        now=visit.now,
        lang=visit.lang,
        levels=settings.sensitivity,
        run=applied.run,
        at=next((r.finished for r in visit.runs if r.run == applied.run), ""),
        commit=next((r.commit for r in visit.runs if r.run == applied.run), ""),
        policy=applied.policy,
        data=data_hash(applied),
        attention=attention(kept, datasets),
        projects=_projects(visit, datasets, flows, dashboards),
        entries=_entries(visit, table, looked),
        datasets=datasets,
        flows=flows,
        dashboards=dashboards,
        pages=tuple(pages.values()),
        runs=kept,
        matrix=table.matrix(visit),
        admin=admin(visit),
        theme=settings.theme,
    )


def _datasets(visit: Visit, table: Readers, looked: Looks) -> tuple[DatasetFacts, ...]:
    return tuple(
        dataset_facts(visit, dataset, door, look, table)
        for (dataset, door), look in looked.items()
        if door == dataset
    )


def _entries(visit: Visit, table: Readers, looked: Looks) -> tuple[EntryFacts, ...]:
    taken = library(visit)
    entries = {entry.address: entry for entry in visit.space.of(CatalogEntry)}
    found = [
        entry_facts(visit, entries[door], dataset_facts(visit, dataset, door, look, table), taken)
        for (dataset, door), look in looked.items()
        if door != dataset
    ]
    return tuple(sorted(found, key=lambda entry: entry.link.address))


def _doors(visit: Visit) -> list[tuple[Address, Address]]:
    """Every dataset with every door to it that the reader sees: its own, and the catalogue's."""
    compiled, sees = visit.published.compiled, visit.sight.sees
    own = [(dataset, dataset) for dataset in sorted(compiled) if sees(dataset)]
    offered = visit.space.catalog.items()
    return own + sorted((dataset, entry) for entry, dataset in offered if dataset in compiled and sees(entry))


def _projects(
    visit: Visit,
    datasets: tuple[DatasetFacts, ...],
    flows: tuple[FlowFacts, ...],
    dashboards: tuple[DashboardCard, ...],
) -> tuple[ProjectFacts, ...]:
    """Projects the reader may see; others are not there, whatever in them is shared with the reader."""
    return tuple(
        project_facts(visit, project, datasets, flows, dashboards)
        for project in visit.space.of(Project)
        if visit.sight.sees(project.address)
    )


def _name(visit: Visit, seen: Sight) -> str:
    person = visit.person(seen.people[0]) if len(seen.people) == 1 else None
    return person.title if person else seen.reader or ""


def data_hash(applied: Applied) -> str:
    """One hash for all published data: the content of every version."""
    lines = sorted(f"{address} {version.content}" for address, version in applied.versions.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
