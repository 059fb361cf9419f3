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
from engine.policy.compile import entries_granted
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

    Who may approve is decided by policy. Only grants in `changed` are held to their approver: whom an old
    one was approved by was judged when it came.
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
    users, roles = data["users"], data["roles"]
    owner = data["applications"].get(str(application), {}).get("data_owner")
    able = {name for name, role in roles.items() if "approve" in role["rights"].get(application.kind, {})}
    asked = [name for name in sorted(users) if name == owner or users[name]["role"] in able]
    allowed = _decided(data, asked, "approve", application, engines, now)
    return tuple(name for name, ok in zip(asked, allowed, strict=True) if ok)


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
            "A grant is approved by the owner of its dataset or by someone whose role approves applications.",
        )


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
