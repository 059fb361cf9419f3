"""Who is named: users, roles, owners, approvers and principals of every kind."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.document import Path
from engine.core.resolve_names import Names
from engine.core.space import Resource
from engine.model.base import Spec
from engine.model.dashboard import Dashboard
from engine.model.dataflow import Dataflow, Step
from engine.model.dataset import Dataset
from engine.model.policies import DataPolicy, Grant, Group, Network, User
from engine.model.project import Project


def check_people(names: Names) -> None:
    """Report every principal, user and role that is named and not there."""
    for resource in names.documents():
        for path, user in _users(resource.spec):
            names.named("user", user, resource.span(*path))
        for path, principal, kinds in _principals(resource.spec):
            names.principal(principal, resource.span(*path), kinds)
        match resource.spec:
            case User(role=str(role)):
                names.named("role", role, resource.span("role"))
            case Grant():
                _check_grant(names, resource, resource.spec)
            case _:
                pass


def _check_grant(names: Names, resource: Resource[Spec], grant: Grant) -> None:
    """Report dates out of order, and an approval that is missing or is the requester's own."""
    asker, approver = grant.requested_by, grant.approved_by
    if grant.from_ and grant.until and grant.until < grant.from_:
        summary = f"The grant ends on {grant.until}, before it begins on {grant.from_}."
        names.add("grant", resource.span("until"), summary, "Give `until` a day that is not before `from`.")
    if grant.status == "approved" and resource.document.data.get("approved_by") is None:
        summary = "An approved grant names who approved it."
        names.add("grant", resource.span("status"), summary, "Add `approved_by`.")
    if approver is not None and asker == approver:
        summary = f"{approver} approves what {asker} requested: nobody approves for themselves."
        names.add("grant", resource.span("approved_by"), summary)


def _users(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Users that a document names by bare name."""
    for key in ("owner", "requested_by", "approved_by"):
        user = getattr(spec, key, None)
        if isinstance(user, str):
            yield (key,), user
    if isinstance(spec, Dashboard):
        yield from _users_of_page(spec)
    parts: list[tuple[Path, Dataset | Step]] = [((), spec)] if isinstance(spec, Dataset) else []
    if isinstance(spec, Dataflow):
        parts = [(("steps", index), step) for index, step in enumerate(spec.steps)]
    for path, part in parts:
        if part.declassify is not None:
            yield (*path, "declassify", "approved_by"), part.declassify.approved_by


def _users_of_page(spec: Dashboard) -> Iterator[tuple[Path, str]]:
    for index, share in enumerate(spec.share):
        if share.approved_by is not None:
            yield ("share", index, "approved_by"), share.approved_by
    for index, test in enumerate(spec.tests):
        if test.as_ is not None:
            yield ("tests", index, "as"), test.as_


Named = tuple[Path, str, tuple[str, ...]]
"""Where a principal stands, the principal, and of which kinds it may be (any when empty)."""


def _principals(spec: Spec) -> Iterator[Named]:
    """Principals that a document names."""
    match spec:
        case Project():
            yield from _many("managers", spec.managers, ("user", "group", "role"))
            yield from _many("members", spec.members, ("user", "group", "role"))
        case Group():
            yield from _many("members", spec.members, ("user", "group"))
        case Network():
            yield from _many("applies_to", spec.applies_to)
        case DataPolicy():
            yield from _many("to", spec.to)
        case Grant(to=str(to)):
            yield ("to",), to, ()
        case Dashboard():
            for index, share in enumerate(spec.share):
                yield ("share", index, "to"), share.to, ()
        case _:
            pass


def _many(key: str, value: str | tuple[str, ...], kinds: tuple[str, ...] = ()) -> Iterator[Named]:
    if isinstance(value, str):
        yield (key,), value, kinds
    else:
        yield from (((key, index), principal, kinds) for index, principal in enumerate(value))
