"""An application for authorization: the Grant document that asks for it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.addresses import Address, Principal
from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.space import Resource
from engine.diagnostics import WorldFailure, did_you_mean
from engine.model.base import Spec
from engine.model.policies import Grant
from engine.policy.decision import Request
from engine.policy.gates import needs_end
from engine.policy.gates_applications import approvers
from engine.policy.people import people_of
from engine.ports import Workbench
from engine.usecases.published import Published

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*(?::[A-Za-z0-9_-]+)?")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "none"})
_LONGEST: Final = 56
"""Characters of a derived name, a number after it not counted."""


@dataclass(frozen=True)
class Wanted:
    """What is applied for, as the applicant says it."""

    dataset: Address
    """A catalogue entry, or the dataset that one offers."""
    to: Principal
    actions: tuple[str, ...]
    purpose: str
    requester: str
    begin: datetime.date | None
    end: datetime.date | None


@dataclass(frozen=True)
class Application:
    """The document to be added to the specs, and who may approve it."""

    name: str
    entry: Address
    path: str
    """Where it belongs, relative to the specs folder."""
    text: str
    approvers: tuple[str, ...]


def application(
    bench: Workbench, published: Published, wanted: Wanted, ip: str, now: datetime.date
) -> Application:
    """The document of an application that policy, as applied, lets the requester make.

    Raises WorldFailure when the dataset, a person or a principal is not known, the dates make no sense,
    the requester may not apply, or the same application is open already.
    """
    _check_people(published, wanted)
    entry = _requested(bench, published, wanted, ip, now)
    _check_dates(published, wanted, entry, now)
    grants = tuple(_grants(bench))
    _check_not_open(grants, wanted, entry)
    name = _free_name(f"{wanted.to.name or wanted.to.kind}-{entry.name}", grants)
    path = f"policies/grants/{name}.yaml"
    text = _document(name, entry, wanted)
    _, wrong = load([SourceFile(path, text.encode())])
    if wrong:
        raise WorldFailure(f"this makes no grant: {wrong[0].summary}", wrong[0].detail)
    able = approvers(published.policy_data, entry, bench.policy, now)
    barred = {wanted.requester, *_only_beneficiary(published, wanted)}
    return Application(name, entry, path, text, tuple(a for a in able if a not in barred))


def _only_beneficiary(published: Published, wanted: Wanted) -> frozenset[str]:
    """The one person it is for, who does not approve it; nobody where there are more."""
    people = people_of(published.space).named((str(wanted.to),))
    return people if len(people) == 1 else frozenset()


def _check_people(published: Published, wanted: Wanted) -> None:
    users = published.policy_data["users"]
    if wanted.requester not in users:
        raise WorldFailure(f"there is no user {wanted.requester}.", did_you_mean(wanted.requester, users))
    to = wanted.to
    if to.kind != "everyone" and Address(to.kind, "", to.name) not in published.space.resources:
        known = [f"{a.kind}:{a.name}" for a in published.space.resources if a.kind in _PRINCIPALS]
        raise WorldFailure(f"there is no {to}.", did_you_mean(str(to), known))


_PRINCIPALS: Final = frozenset({"user", "group", "role", "project"})


def _requested(
    bench: Workbench, published: Published, wanted: Wanted, ip: str, now: datetime.date
) -> Address:
    """The catalogue entry that may be applied for. What is not there and what is hidden are told alike."""
    offered = sorted(entry for entry, dataset in published.space.catalog.items() if dataset == wanted.dataset)
    entry = offered[0] if offered else wanted.dataset
    engine = bench.policy(published.policy_data)
    decision = engine.decide(Request(wanted.requester, "request", entry, ip, now))
    if decision.allow and entry.kind == "catalog":
        return entry
    hint = "; ".join(decision.reasons)
    known = {str(address): address for address in published.space.catalog}
    guess = did_you_mean(str(entry), known).rpartition('"')[0].rpartition('"')[2]
    if entry not in published.space.resources and guess in known:
        seen = engine.decide(Request(wanted.requester, "see", known[guess], ip, now))
        hint = f'Did you mean "{guess}"?' if seen.allow else hint
    raise WorldFailure(f"{wanted.requester} may not request {wanted.dataset}.", hint)


def _check_dates(published: Published, wanted: Wanted, entry: Address, now: datetime.date) -> None:
    if wanted.end is not None and wanted.end < now:
        raise WorldFailure(f"{wanted.end} lies in the past.", "say with --until how long it is needed.")
    if wanted.begin is not None and wanted.end is not None and wanted.end < wanted.begin:
        raise WorldFailure(
            "`until` lies before `from`.", f"say with --until a day that is not before {wanted.begin}."
        )
    levels = published.policy_data["levels"]
    level = published.policy_data["resources"][str(entry)]["level"]
    if wanted.end is None and needs_end(levels, level):
        raise WorldFailure(
            f"{entry} is {levels[level]}: a grant on it says until when.",
            "add --until DATE, like 2027-12-31.",
        )


def _grants(bench: Workbench) -> Iterator[Resource[Spec]]:
    """Every grant in the author's files, also one that has mistakes."""
    resources, _ = load(bench.specs.read())
    return (resource for resource in resources if resource.address.kind == "grant")


def _check_not_open(grants: tuple[Resource[Spec], ...], wanted: Wanted, entry: Address) -> None:
    for resource in grants:
        grant = resource.spec
        if (
            isinstance(grant, Grant)
            and (grant.status, grant.requested_by, grant.to)
            == ("requested", wanted.requester, str(wanted.to))
            and grant.dataset in (str(entry), str(wanted.dataset).removeprefix("dataset/"))
            and {*wanted.actions} <= {*grant.actions}
        ):
            raise WorldFailure(
                f"{wanted.requester} has applied for this already: {resource.span()}.",
                "have it approved, or change it there.",
            )


def _free_name(wish: str, grants: tuple[Resource[Spec], ...]) -> str:
    taken = {resource.address.name.lower() for resource in grants}
    name, number = wish[:_LONGEST], 1
    while name.lower() in taken:
        number += 1
        name = f"{wish[:_LONGEST]}-{number}"
    return name


def _document(name: str, entry: Address, wanted: Wanted) -> str:
    lines = [
        "kind: Grant",
        f"name: {_scalar(name)}",
        f"dataset: {_scalar(str(entry))}",
        f"to: {_scalar(str(wanted.to))}",
        f"actions: [{', '.join(wanted.actions)}]",
        f"purpose: {json.dumps(wanted.purpose, ensure_ascii=False)}",
        *([f"from: {wanted.begin}"] if wanted.begin else []),
        *([f"until: {wanted.end}"] if wanted.end else []),
        f"requested_by: {_scalar(wanted.requester)}",
        "status: requested",
    ]
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    """A text as YAML: plain where it can be taken for nothing else."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)
