"""Who belongs to what: groups closed over groups, project memberships, and every principal a user is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.addresses import AddressError, Principal
from engine.core.space import Space
from engine.model.policies import Group, User
from engine.model.project import Project


@dataclass(frozen=True)
class People:
    """Users by the principals they are, and their standing in projects."""

    members: Mapping[Principal, frozenset[str]]
    """The users each principal of the space stands for."""
    standing: Mapping[str, Mapping[str, str]]
    """User to project to `owner`, `manager` or `member`; a manager counts as a member."""

    def named(self, principals: Iterable[str]) -> frozenset[str]:
        """Everyone the written principals stand for."""
        return _union(self.members, _parsed(principals))


def people_of(space: Space) -> People:
    """The closure of all groups, roles and projects over the users of the space."""
    users = [resource.address.name for resource in space.of(User)]
    members: dict[Principal, frozenset[str]] = {Principal("everyone", ""): frozenset(users)}
    members |= {Principal("user", name): frozenset({name}) for name in users}
    for resource in space.of(User):
        role = Principal("role", resource.spec.role)
        members[role] = members.get(role, frozenset()) | {resource.address.name}
    _close(members, _containers(space))
    return People(members, _standings(space, members))


def _containers(space: Space) -> dict[Principal, tuple[Principal, ...]]:
    found = {Principal("group", r.address.name): _parsed(r.spec.members) for r in space.of(Group)}
    for resource in space.of(Project):
        found[Principal("project", resource.address.name)] = _participants(resource.spec)
    return found


def _participants(project: Project) -> tuple[Principal, ...]:
    if project.personal:
        return (Principal("user", project.owner),) if project.owner else ()
    return _parsed((*project.managers, *project.members))


def _close(
    members: dict[Principal, frozenset[str]], containers: Mapping[Principal, tuple[Principal, ...]]
) -> None:
    """Let every container hold whoever its parts hold, until nothing more is found; cycles end too."""
    members |= {container: frozenset() for container in containers}
    grown = True
    while grown:
        grown = False
        for container, parts in containers.items():
            found = _union(members, parts)
            if found != members[container]:
                members[container] = found
                grown = True


def _union(members: Mapping[Principal, frozenset[str]], parts: Iterable[Principal]) -> frozenset[str]:
    return frozenset[str]().union(*(members.get(part, frozenset()) for part in parts))


def _standings(space: Space, members: Mapping[Principal, frozenset[str]]) -> dict[str, dict[str, str]]:
    standing: dict[str, dict[str, str]] = {}
    for resource in space.of(Project):
        project, spec = resource.address.name, resource.spec
        everyone = members[Principal("project", project)]
        managers = frozenset() if spec.personal else _union(members, _parsed(spec.managers))
        for user in everyone:
            word = "owner" if spec.personal else "manager" if user in managers else "member"
            standing.setdefault(user, {})[project] = word
    return standing


def _parsed(texts: Iterable[str]) -> tuple[Principal, ...]:
    """Principals as written; what is none names nobody (loading has reported it)."""
    found = []
    for text in texts:
        try:
            found.append(Principal.parse(text))
        except AddressError:
            continue
    return tuple(found)
