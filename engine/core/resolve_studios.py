"""Personal studios: one owner whose role creates them, nothing shared, nothing scheduled."""

from __future__ import annotations

from engine.addresses import Address
from engine.core.resolve_names import Names
from engine.core.space import Resource
from engine.model.base import Spec
from engine.model.policies import Role, User
from engine.model.project import Project


def check_studios(names: Names) -> None:
    """Report what breaks the rules of a personal studio: one owner, nothing shared, nothing scheduled."""
    studios = set()
    for resource in names.documents():
        address, spec = resource.address, resource.spec
        if isinstance(spec, Project):
            if spec.personal:
                studios.add(address.name)
                _check_studio(names, resource, spec)
            elif address.name.startswith("studio-"):
                summary = 'Names that begin with "studio-" belong to personal studios.'
                names.add("studio", resource.span("name"), summary, "Add `personal: true`, or rename it.")
    for resource in names.documents():
        if resource.address.project in studios:
            for key in ("share", "schedule", "refresh"):
                if getattr(resource.spec, key, None):
                    span = resource.document.key_span(key)
                    detail = "Move it to a project, or take this out."
                    names.add("studio", span, f"`{key}` does not work in a personal studio.", detail)


def _check_studio(names: Names, resource: Resource[Spec], spec: Project) -> None:
    if spec.owner is None:
        names.add("studio", resource.span(), "A personal studio has an owner.", "Add `owner: <user>`.")
    elif spec.name != f"studio-{spec.owner}":
        span = resource.span("name")
        names.add("studio", span, f'The personal studio of {spec.owner} is called "studio-{spec.owner}".')
    else:
        _check_owner(names, resource, spec.owner)
    for key in ("members", "managers"):
        if getattr(spec, key):
            span = resource.document.key_span(key)
            names.add(
                "studio", span, f"A personal studio is its owner's alone: it has no {key}.", "Remove them."
            )


def _check_owner(names: Names, studio: Resource[Spec], owner: str) -> None:
    """A studio is for people whose role creates one. Unknown users and roles are reported where named."""
    user = names.resources.get(Address("user", "", owner))
    if user is None or not isinstance(user.spec, User):
        return
    role = names.resources.get(Address("role", "", user.spec.role))
    if role is None or not isinstance(role.spec, Role):
        return
    if not any(r.on == "studio" and r.when == "owner" and "create" in r.actions for r in role.spec.allow):
        names.add(
            "studio",
            studio.span("owner"),
            f"{owner} is {user.spec.role}, a role that creates no personal studio.",
            "Give them a role with `{on: studio, actions: [create], when: owner}`, or remove the studio.",
        )
