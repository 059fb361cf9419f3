"""May this person do this? Answered by the policy that is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.addresses import Address
from engine.diagnostics import PolicyUnavailable
from engine.policy.decision import Decision, Obligations, Request
from engine.policy.document import policy_from_text
from engine.ports import PolicyEngine, Workbench
from engine.usecases.environments import never_applied

if TYPE_CHECKING:
    from engine.usecases.published import Published


def applied_policy(bench: Workbench) -> Mapping[str, Any]:
    """The policy data of the environment, without the rest of what is applied. Raises WorldFailure."""
    applied = bench.state.applied(bench.environment)
    if not applied.policy:
        raise never_applied(bench.environment)
    return policy_from_text(bench.state.document(applied.policy))


def decide(bench: Workbench, published: Published, request: Request) -> Decision:
    """The decision on one request, by the policy that is applied. Doubt is a refusal, never an exception."""
    return bench.policy(published.policy_data).decide(request)


@dataclass(frozen=True)
class Answering:
    """A policy engine of which every refusal is policy's own.

    For what is made of many decisions, where a refusal leaves no trace: a list of those who may, a site.
    Raises PolicyUnavailable where the engine could not be asked.
    """

    engine: PolicyEngine

    def decide(self, request: Request) -> Decision:
        """The decision on one request."""
        return self.decide_many((request,))[0]

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked."""
        decisions = self.engine.decide_many(requests)
        doubt = next((decision for decision in decisions if decision.unanswered), None)
        if doubt is not None:
            raise PolicyUnavailable("; ".join(doubt.reasons), "see to the OPA server, then ask again.")
        return decisions


def least(request: Request) -> Request:
    """The request for the least that its action may mean: of a project, only its members change."""
    if request.action == "update" and request.resource.kind == "project":
        return Request(request.actor, request.action, request.resource, request.ip, request.now, "members")
    return request


def decision_as_json(decision: Decision) -> dict[str, Any]:
    """The decision as SPECS.md promises it; beside it until when it holds, and a page's datasets."""
    return {
        "allow": decision.allow,
        "reasons": list(decision.reasons),
        "via": list(decision.via),
        "obligations": obligations_as_json(decision.obligations),
        **({"valid_until": decision.valid_until} if decision.valid_until else {}),
        **({"datasets": _by_dataset(decision.datasets)} if decision.datasets else {}),
    }


def obligations_as_json(obligations: Obligations) -> dict[str, Any]:
    """What must be done to the data: the columns that may be seen with their masks, rows, smallest cell,
    rounding."""
    return {
        "columns": dict(obligations.columns),
        "rows": list(obligations.rows),
        "min_cell": obligations.min_cell,
        "rounding": obligations.rounding,
    }


def _by_dataset(datasets: Mapping[Address, Obligations]) -> dict[str, Any]:
    return {str(dataset): obligations_as_json(o) for dataset, o in datasets.items()}
