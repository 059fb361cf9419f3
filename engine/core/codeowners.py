"""CODEOWNERS from the owners and managers that the specs name: who must look at a change of which file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.addresses import Address, Principal
from engine.core.space import Space
from engine.model.policies import Group, User
from engine.model.project import Project

HEAD = "# Made by `engine init --ci` from the owners and managers in the specs."


def codeowners(space: Space) -> str:
    """The file's text: a line per folder or file with the mail addresses of those responsible.

    Later lines win (as GitHub and GitLab read it): the space, then projects, then what has an owner of its
    own. People without an `email` are left out.
    """
    everyone = _mails(space, _platform_managers(space))
    lines = [(_folder(space), everyone)]
    for project in space.of(Project):
        spec = project.spec
        names = [spec.owner] if spec.personal and spec.owner else _users(space, spec.managers)
        folder = project.document.file.rpartition("/")[0]
        lines.append((f"/{folder}/", _mails(space, names)))
    for address, resource in sorted(space.resources.items()):
        owner = getattr(resource.spec, "owner", None)
        if owner and address.kind != "project":
            lines.append((f"/{resource.document.file}", _mails(space, [owner])))
    written = [f"{path} {' '.join(mails)}" for path, mails in lines if mails]
    return "\n".join([HEAD, *dict.fromkeys(written)]) + "\n"


def _folder(space: Space) -> str:
    return f"/{space.settings.document.file.rpartition('/')[0]}/"


def _platform_managers(space: Space) -> Iterator[str]:
    return (user.address.name for user in space.of(User) if user.spec.role == "platform-manager")


def _users(space: Space, principals: Iterable[str]) -> list[str]:
    """The users that principals stand for, groups followed."""
    found: dict[str, None] = {}
    waiting = list(principals)
    seen: set[str] = set()
    while waiting:
        principal = Principal.parse(waiting.pop(0))
        if principal.kind == "user":
            found[principal.name] = None
        elif principal.kind == "group" and principal.name not in seen:
            seen.add(principal.name)
            group = space.resources.get(Address("group", "", principal.name))
            waiting += list(group.spec.members) if group and isinstance(group.spec, Group) else []
    return list(found)


def _mails(space: Space, names: Iterable[str]) -> list[str]:
    users = (space.resources.get(Address("user", "", name)) for name in names)
    mails = [u.spec.email for u in users if u is not None and isinstance(u.spec, User) and u.spec.email]
    return sorted(mails)
