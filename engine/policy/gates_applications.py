"""What a plan says of applications for authorization: open ones, those that end, and who approved them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.addresses import Address
from engine.core.space import Resource
from engine.diagnostics import Diagnostic, error, warning
from engine.model.policies import Grant
from engine.policy.classes import Classes
from engine.policy.compile import entries_granted, granted_dataset
from engine.policy.decision import Request
from engine.policy.gates import Governance, people_named
from engine.policy.sight import Decides

AHEAD: Final = datetime.timedelta(days=30)
"""How long before its end a grant is reported."""
Engines = Callable[[Mapping[str, Any]], Decides]


def application_gates(
    before: Governance | None,
    after: Governance,
    changed: Collection[Address],
    engines: Engines,
    now: datetime.date,
) -> tuple[Diagnostic, ...]:
    """Open requests with who may approve them, grants near or past their end, approvals by the wrong person.

    Who may approve is decided by policy. Grants in `changed` are held to their approver. An old one was
    judged when it came and goes on; where whoever approved it no longer owns the data or approves
    applications, that is told, for someone else to answer for it.
    """
    found: list[Diagnostic] = []
    for grant in after.space.of(Grant):
        match grant.spec.status:
            case "requested":
                found.append(_open_request(after, grant, engines, now))
            case "approved":
                found += _ending(grant, now)
                if grant.address in changed:
                    found += _approver(before, after, grant, engines, now)
                else:
                    found += _former_approver(after, grant)
            case "refused" | "revoked":
                pass
    return tuple(found)


def _ending(grant: Resource[Grant], now: datetime.date) -> Iterator[Diagnostic]:
    until = grant.spec.until
    if until is None or until > now + AHEAD:
        return
    name, span = grant.address.name, grant.span("until")
    if until < now:
        advice = "Remove it, or renew it with another approval."
        yield warning("grant-expired", span, f"Grant {name} ended on {until}: it gives nothing.", advice)
    else:
        advice = "Whoever still needs it applies again in time."
        yield warning("grant-expiring", span, f"Grant {name} ends on {until}.", advice)


def _open_request(
    after: Governance, grant: Resource[Grant], engines: Engines, now: datetime.date
) -> Diagnostic:
    spec = grant.spec
    able = approvers(after.data, grant.address, engines, now)
    who = f"{people_named(able)} may approve it" if able else "nobody may approve it yet"
    return warning(
        "open-request",
        grant.span(),
        f"{spec.requested_by} requests {', '.join(spec.actions)} on {spec.dataset} for {spec.to}: {who}.",
        "Who approves sets `status: approved` and `approved_by`, or `status: refused`.",
    )


def approvers(
    data: Mapping[str, Any], application: Address, engines: Engines, now: datetime.date
) -> tuple[str, ...]:
    """Everyone whom policy lets approve a grant, or any application for a catalogue entry, by name.

    Only those are asked about whom a rule can look up for it.
    """
    asked = [name for name in sorted(data["users"]) if _is_looked_up(data, name, application)]
    allowed = _decided(data, asked, "approve", application, engines, now)
    return tuple(name for name, ok in zip(asked, allowed, strict=True) if ok)


def _is_looked_up(data: Mapping[str, Any], person: str, application: Address) -> bool:
    """Whether anything speaks for the person's approving: the data are theirs, or a right of their role."""
    owner = data["applications"].get(str(application), {}).get("data_owner")
    role = data["roles"].get(data["users"].get(person, {}).get("role"), {"rights": {}})
    return person == owner or "approve" in role["rights"].get(application.kind, {})


def _former_approver(after: Governance, grant: Resource[Grant]) -> Iterator[Diagnostic]:
    approver = str(grant.spec.approved_by)
    if not _is_looked_up(after.data, approver, grant.address):
        yield warning(
            "grant-approver",
            grant.span("approved_by"),
            f"{approver} approved grant {grant.address.name} and may not approve it any more.",
            "It goes on. Have someone approve it who may today, or set `status: revoked`.",
        )


def _approver(
    before: Governance | None,
    after: Governance,
    grant: Resource[Grant],
    engines: Engines,
    now: datetime.date,
) -> Iterator[Diagnostic]:
    """The approver must be one by the planned policy, and by the applied one where it knows the entry."""
    approver = grant.spec.approved_by
    if approver is None or approver == grant.spec.requested_by:
        return  # reported on loading and resolving
    if _gains(after, approver, grant.spec):
        yield warning(
            "grant-for-approver",
            grant.span("approved_by"),
            f"{approver} approved grant {grant.address.name} and is among those whom it opens the data to.",
            "Let someone else approve it, if there is anyone.",
        )
    allowed = _decided(after.data, [approver], "approve", grant.address, engines, now)
    if before is not None and approver in before.data["users"]:
        for entry in entries_granted(after.space, grant.spec):
            if str(entry) in before.data["applications"]:
                allowed += _decided(before.data, [approver], "approve", entry, engines, now)
    if not all(allowed):
        yield error(
            "grant-approver",
            grant.span("approved_by"),
            f"{approver} may not approve grant {grant.address.name}.",
            "A grant is approved by the owner of its dataset or by someone whose role approves applications, "
            "and not by the only person it is for.",
        )


def _gains(after: Governance, approver: str, grant: Grant) -> bool:
    """Whether a grant is for its approver among others, who is not in the project of the dataset anyway."""
    people = after.people.named((grant.to,))
    dataset = granted_dataset(after.space, grant)
    belongs = dataset is not None and dataset.project in after.people.standing.get(approver, {})
    return len(people) > 1 and approver in people and not belongs


def _decided(
    data: Mapping[str, Any],
    people: Sequence[str],
    action: str,
    resource: Address,
    engines: Engines,
    now: datetime.date,
) -> list[bool]:
    """Whether each may, asked as if from the best of their own networks."""
    if not people:
        return []
    places = Classes(data).places
    requests = [Request(name, action, resource, places[name][1], now) for name in people]
    return [decision.allow for decision in engines(data).decide_many(requests)]
