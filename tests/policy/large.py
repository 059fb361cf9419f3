"""A space as large organisations have it: 500 people, 50 projects, 1,000 datasets, most of it regular."""

from __future__ import annotations

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.space import Space
from tests.policy.generated import LEVELS, SHIPPED_ROLES
from tests.policy.spaces import space_of

ROLES = ("viewer", "business-analyst", "data-worker", "data-worker", "data-worker")


def large_space(
    people: int = 500, projects: int = 50, datasets: int = 1000, grants: int = 300, extra_member: str = ""
) -> tuple[Space, dict[Address, CompiledDataset]]:
    """The space; `extra_member` also belongs to project p0 and to group g0."""
    documents = [
        SHIPPED_ROLES,
        "{kind: Space, name: large}",
        "{kind: Network, name: hq, cidrs: [10.0.0.0/8]}",
    ]
    documents += [
        f"{{kind: User, name: u{i}, role: {ROLES[i % 5] if i % 100 else 'platform-manager'}"
        f"{', clearance: restricted' if i % 7 == 0 else ''}}}"
        for i in range(people)
    ]
    documents += [
        f"{{kind: Group, name: g{g}, members: {_names(g, people, 20, extra_member if g == 0 else '')}}}"
        for g in range(20)
    ]
    documents += [
        f"{{kind: Project, name: p{p}, managers: [u{p}], "
        f"members: {_names(p, people, projects, extra_member if p == 0 else '')}}}"
        for p in range(projects)
    ]
    for i in range(datasets):
        documents += _dataset(i, projects)
    documents += [_grant(i, people, projects, datasets) for i in range(grants)]
    return space_of("\n---\n".join(documents))


def _names(part: int, people: int, parts: int, extra: str) -> str:
    names = [f"u{i}" for i in range(part, people, parts)] + ([extra] if extra else [])
    return f"[{', '.join(names)}]"


def _dataset(i: int, projects: int) -> list[str]:
    project, columns = f"p{i % projects}", ", ".join(f"{{name: c{c}, type: string}}" for c in range(12))
    found = [
        f"{{kind: Dataset, project: {project}, name: d{i}, from: {{file: x.csv}}, owner: u{i % projects}, "
        f"sensitivity: {LEVELS[i % 4]}, columns: [{columns}], protect: {{min_cell: {5 * (i % 2)}}}}}"
    ]
    if i % 3:
        access = "open" if i % 2 else "on-request"
        found.append(f"{{kind: CatalogEntry, name: e{i}, dataset: {project}/d{i}, access: {access}}}")
    if i % 10 == 0:
        found.append(
            f"{{kind: Dashboard, project: {project}, name: b{i}, datasets: {{a: d{i}}}, "
            f"rows: [[{{text: hi}}]], share: [{{to: 'group:g{i % 20}', access: read}}]}}"
        )
    if i % 25 == 0:
        found.append(
            f"{{kind: DataPolicy, name: dp{i}, datasets: [{project}/d{i}], to: 'group:g{i % 20}', "
            f"rows: \"c0 = '{i}'\", columns: {{c1: hash}}}}"
        )
    return found


def _grant(i: int, people: int, projects: int, datasets: int) -> str:
    number = (3 * i + 1) % datasets
    number += 0 if number % 3 else 1
    to = f"project:p{i % projects}" if i % 2 else f"user:u{i % people}"
    return (
        f"{{kind: Grant, name: gr{i}, dataset: catalog/e{number}, to: '{to}', actions: [preview, use], "
        f"purpose: x, until: 20{27 + i % 5}-12-31, requested_by: u1, approved_by: u0, status: approved}}"
    )
