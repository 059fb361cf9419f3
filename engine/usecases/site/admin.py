"""The configuration of the space as its administrators see it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TypeVar

from engine.addresses import Address, Principal, dataset_reference
from engine.core.space import Resource
from engine.model.base import Spec
from engine.model.policies import DataPolicy, Grant, Group, Network, Role, User
from engine.model.project import Project
from engine.model.source import SourceSpec
from engine.usecases.site.values_admin import Admin, ConfigRow, GrantFacts, UserFacts
from engine.usecases.site.values_basic import Attention, Mood
from engine.usecases.site.visit import Visit

S = TypeVar("S", bound=Spec)

WHEN = {
    "shared": "shared with them", "member": "in a project of theirs", "manager": "in a project they manage",
    "owner": "their own", "clearance": "within clearance", "any": "any",
}  # fmt: skip
"""Conditions of rights, in words."""

EXPIRING = datetime.timedelta(days=30)
"""A grant that ends within this time is flagged."""


def admin(visit: Visit) -> Admin | None:
    """All configuration the reader may see; None when they see nothing of it but themselves."""
    found = Admin(
        users=_users(visit),
        groups=_rows(visit, Group, _group),
        roles=_rows(visit, Role, _role),
        networks=_rows(visit, Network, _network),
        sources=_rows(visit, SourceSpec, _source),
        policies=_rows(visit, DataPolicy, _policy),
        grants=tuple(_grant(visit, r) for r in visit.space.of(Grant) if visit.sight.sees(r.address)),
        orphans=_orphans(visit) if visit.sight.reader is None else (),
    )
    others = [u for u in found.users if not visit.sight.is_me(u.link.address.name)]
    seen = (others, found.groups, found.roles, found.networks, found.sources, found.policies, found.grants)
    return found if any(seen) else None


def _rows(
    visit: Visit, kind: type[S], facts: Callable[[S], tuple[tuple[str, str], ...]]
) -> tuple[ConfigRow, ...]:
    seen = (r for r in visit.space.of(kind) if visit.sight.sees(r.address))
    return tuple(ConfigRow(visit.link(r.address), facts(r.spec)) for r in seen)


def _users(visit: Visit) -> tuple[UserFacts, ...]:
    groups = [g.address.name for g in visit.space.of(Group) if visit.sight.sees(g.address)]
    roles = {r.address.name: r.spec for r in visit.space.of(Role)}
    found = []
    for user in visit.space.of(User):
        name = user.address.name
        if not visit.knows(name):
            continue
        role = roles.get(user.spec.role)
        projects = visit.people.standing.get(name, {})
        found.append(
            UserFacts(
                link=visit.link(user.address),
                email=user.spec.email or "",
                role=visit.words(role.title) or user.spec.role if role else user.spec.role,
                clearance=user.spec.clearance or (role.clearance if role else ""),
                groups=tuple(g for g in groups if name in visit.people.members[Principal("group", g)]),
                projects=visit.seen(Address("project", "", project) for project in sorted(projects)),
            )
        )
    return tuple(found)


def _group(spec: Group) -> tuple[tuple[str, str], ...]:
    return (("Members", ", ".join(spec.members) or "nobody"),)


def _role(spec: Role) -> tuple[tuple[str, str], ...]:
    rights = "\n".join(f"{r.on}, {WHEN[r.when]}: {', '.join(r.actions)}" for r in spec.allow)
    return (("Clearance", spec.clearance), ("Rights", rights))


def _network(spec: Network) -> tuple[tuple[str, str], ...]:
    covered = (spec.applies_to,) if isinstance(spec.applies_to, str) else spec.applies_to
    up_to = spec.sensitivity or "every level"
    return (("Ranges", ", ".join(spec.cidrs)), ("Covers", ", ".join(covered)), ("Up to", up_to))


def _source(spec: SourceSpec) -> tuple[tuple[str, str], ...]:
    return (("Type", spec.type), ("Projects", ", ".join(spec.allow_projects) or "none"))


def _policy(spec: DataPolicy) -> tuple[tuple[str, str], ...]:
    to = (spec.to,) if isinstance(spec.to, str) else spec.to
    masks = ", ".join(f"{column}: {mask}" for column, mask in sorted(spec.columns.items()))
    return (
        ("Datasets", ", ".join(spec.datasets)),
        ("To", ", ".join(to)),
        ("Rows", spec.rows or "all"),
        ("Columns", masks or "all clear"),
    )


def _grant(visit: Visit, resource: Resource[Grant]) -> GrantFacts:
    spec = resource.spec
    face = visit.face(dataset_reference(spec.dataset, ""))
    state, mood = grant_state(spec, visit.now)
    return GrantFacts(
        link=visit.link(resource.address),
        dataset=visit.link(face) if face else None,
        to=spec.to,
        actions=spec.actions,
        purpose=spec.purpose,
        from_=spec.from_.isoformat() if spec.from_ else "",
        until=spec.until.isoformat() if spec.until else "",
        requested_by=spec.requested_by,
        approved_by=spec.approved_by or "",
        state=state,
        mood=mood,
    )


def grant_state(spec: Grant, now: datetime.date) -> tuple[str, Mood]:
    """Whether a grant holds on day `now`, in words: what needs an eye is `warn`."""
    if spec.status != "approved":
        return spec.status, "warn" if spec.status == "requested" else "plain"
    if spec.from_ and now < spec.from_:
        return "not yet", "info"
    if spec.until and now > spec.until:
        return "expired", "bad"
    if spec.until and spec.until - now <= EXPIRING:
        days = (spec.until - now).days
        return f"expires in {days} days" if days else "expires today", "warn"
    return "in force", "good"


def _orphans(visit: Visit) -> tuple[Attention, ...]:
    """Datasets and projects that nobody answers for."""
    found = [
        Attention("warn", "No owner", "name one with owner: in its file", visit.link(address))
        for address, node in visit.space.datasets.items()
        if node.owner is None and not _personal(visit, address.project)
    ]
    for project in visit.space.of(Project):
        if not project.spec.personal and not project.spec.managers:
            link = visit.link(project.address)
            found.append(Attention("warn", "No manager", "name one with managers: in its file", link))
    return tuple(found)


def _personal(visit: Visit, project: str) -> bool:
    resource = visit.space.resources.get(Address("project", "", project))
    return resource is not None and isinstance(resource.spec, Project) and resource.spec.personal
