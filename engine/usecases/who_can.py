"""Everyone who may do something, and through what."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.diagnostics import WorldFailure
from engine.policy.decision import Decision, Request
from engine.policy.networks import digits
from engine.ports import Workbench
from engine.usecases.decide import Answering, least


@dataclass(frozen=True, slots=True)
class Allowed:
    """One person who may, and the decision that says so."""

    user: str
    decision: Decision


def who_can(
    bench: Workbench, data: Mapping[str, Any], action: str, resource: Address, ip: str, now: datetime.date
) -> tuple[Allowed, ...]:
    """Everyone whom the policy data allow the action, by name; asked as if each came from `ip`.

    Raises WorldFailure when `ip` is no address, PolicyUnavailable when policy cannot be asked: that nobody
    may would then be no answer.
    """
    if digits(ip) is None:
        raise WorldFailure(f'"{ip}" is no internet address.', "write one like 192.0.2.1 or 2001:db8::1.")
    requests = [least(Request(user, action, resource, ip, now)) for user in sorted(data["users"])]
    decisions = Answering(bench.policy(data)).decide_many(requests)
    return tuple(
        Allowed(request.actor, decision)
        for request, decision in zip(requests, decisions, strict=True)
        if decision.allow
    )
