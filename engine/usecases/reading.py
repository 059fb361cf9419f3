"""Reading as somebody: decide, then open the slice that the decision leaves. The one door to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.addresses import Address
from engine.core.state import Version
from engine.diagnostics import WorldFailure, did_you_mean
from engine.policy.decision import Decision, Request
from engine.policy.networks import digits
from engine.ports import Workbench
from engine.usecases.published import Published


class Refused(WorldFailure):
    """Policy refuses the request. What does not exist and what is forbidden are told in the same words."""

    def __init__(self, request: Request, decision: Decision) -> None:
        super().__init__(
            f"{request.actor} may not {request.action} {request.resource}.",
            f"`engine can {request.actor} {request.action} {request.resource}` tells why.",
        )
        self.decision = decision


def known_caller(published: Published, actor: str, ip: str) -> None:
    """Raises WorldFailure when nobody of that name is a user, or when `ip` is no address at all.

    Neither depends on what is asked for, so neither is told in the words of a refusal.
    """
    users = published.policy_data["users"]
    if actor not in users:
        raise WorldFailure(f"there is no user {actor}.", did_you_mean(actor, users))
    known_ip(ip)


def known_ip(ip: str) -> None:
    """Raises WorldFailure when `ip` is no address at all: policy refuses it, and would name no network."""
    if digits(ip) is None:
        raise WorldFailure(f'"{ip}" is no internet address.', "write one like 192.0.2.1 or 2001:db8::1.")


@dataclass(frozen=True)
class Reading:
    """What one reader sees of one dataset: the slice's file, and the decision that made it."""

    decision: Decision
    path: Path
    version: Version
    address: Address
    """The dataset, also when a catalogue entry was asked for."""

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The columns of the slice and their masks (`clear` for none), in the dataset's order."""
        masks = self.decision.obligations.columns
        return tuple((c.name, masks[c.name]) for c in self.version.columns if c.name in masks)


def read_as(bench: Workbench, published: Published, request: Request) -> Reading:
    """The slice of the dataset or catalogue entry that the request's actor may read.

    Raises Refused, PolicyUnavailable when an obligation cannot be carried out, and WorldFailure.
    """
    (decision,) = decisions(bench, published, [request])
    if not decision.allow:
        known_caller(published, request.actor, request.ip)
        raise Refused(request, decision)
    return opened(bench, published, request, decision)


def decisions(bench: Workbench, published: Published, requests: Sequence[Request]) -> tuple[Decision, ...]:
    """The decisions on the requests, by the policy that is applied."""
    return bench.policy(published.policy_data).decide_many(requests)


def opened(bench: Workbench, published: Published, request: Request, decision: Decision) -> Reading:
    """The slice of an allowed request. Raises Refused when there is nothing to read at its address."""
    address = published.space.dataset_of(request.resource)
    version = published.applied.versions.get(address)
    if version is None or not decision.allow:
        raise Refused(request, decision)
    return Reading(decision, bench.slices.slice(version, decision.obligations), version, address)
