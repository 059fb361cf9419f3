"""Projects and studios: people, contents and what ran; and dashboards as lists show them."""

from __future__ import annotations

from engine.addresses import Address, Principal, dataset_reference
from engine.core.space import Resource
from engine.model.assistant import Assistant
from engine.model.dashboard import Dashboard
from engine.model.notebook import Notebook
from engine.model.project import Project
from engine.usecases.site.flows import EXECUTIONS
from engine.usecases.site.values import DashboardCard, DatasetFacts, Execution, FlowFacts, ProjectFacts
from engine.usecases.site.values_basic import Link
from engine.usecases.site.visit import Visit
from engine.usecases.site.written import yaml_of


def project_facts(
    visit: Visit,
    resource: Resource[Project],
    datasets: tuple[DatasetFacts, ...],
    flows: tuple[FlowFacts, ...],
    dashboards: tuple[DashboardCard, ...],
) -> ProjectFacts:
    """A project with those of the given datasets, dataflows and dashboards that are its own."""
    spec, name = resource.spec, resource.address.name
    mine = tuple(d for d in datasets if d.link.address.project == name)
    own_flows = tuple(f for f in flows if f.link.address.project == name)
    inside = visit.sight.sees(resource.address)
    return ProjectFacts(
        link=visit.link(resource.address),
        description=visit.words(spec.description),
        personal=spec.personal,
        mine=_belongs(visit, name),
        owner=visit.person(spec.owner),
        managers=_principals(visit, spec.managers) if inside else (),
        members=_principals(visit, spec.members) if inside else (),
        uses=visit.seen(dataset_reference(text, name) for text in spec.uses),
        created=_created(visit, name) if inside else "",
        bytes=sum(d.bytes for d in mine),
        datasets=mine,
        flows=own_flows,
        dashboards=tuple(d for d in dashboards if d.link.address.project == name),
        assistants=_of_project(visit, Assistant, name),
        notebooks=_of_project(visit, Notebook, name),
        executions=_latest(tuple(e for flow in own_flows for e in flow.executions)),
        yaml=yaml_of(resource) if inside else "",
    )


def _belongs(visit: Visit, project: str) -> bool:
    team = visit.people.members.get(Principal("project", project), frozenset())
    return visit.sight.reader is not None and team.issuperset(visit.sight.people)


def _principals(visit: Visit, principals: tuple[str, ...]) -> tuple[Link, ...]:
    found = []
    for text in principals:
        kind, _, name = text.partition(":")
        address = Address(kind, "", name)
        known = address in visit.space.resources and visit.sight.sees(address)
        found.append(visit.link(address) if known else Link(address, name))
    return tuple(found)


def _created(visit: Visit, project: str) -> str:
    times = [
        step[-1][0].started for address, step in visit.steps_of.items() if address.project == project and step
    ]
    return min(times, default="")


def _of_project(visit: Visit, kind: type[Assistant] | type[Notebook], project: str) -> tuple[Link, ...]:
    return visit.seen(r.address for r in visit.space.of(kind) if r.address.project == project)


def _latest(executions: tuple[Execution, ...]) -> tuple[Execution, ...]:
    by_flow = sorted(executions, key=lambda e: e.flow)
    return tuple(sorted(by_flow, key=lambda e: e.at, reverse=True)[:EXECUTIONS])


def dashboard_card(visit: Visit, resource: Resource[Dashboard]) -> DashboardCard:
    """A dashboard as lists show it; its level is the highest of its datasets'."""
    spec, address = resource.spec, resource.address
    project = Address("project", "", address.project)
    read = visit.page_sources[address]
    levels = visit.space.settings.spec.sensitivity
    reached = [visit.published.compiled[a].sensitivity for a in read if a in visit.published.compiled]
    return DashboardCard(
        link=visit.link(address),
        project=visit.link(project) if visit.sight.sees(project) else None,
        summary=next(
            (t for t in map(visit.words, (spec.summary, spec.description)) if t and "{{" not in t), ""
        ),
        owner=visit.person(spec.owner),
        level=max(reached, key=levels.index, default=""),
        datasets=visit.seen(read),
    )
