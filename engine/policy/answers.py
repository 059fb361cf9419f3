"""Requests as the Rego modules read them, and their answers as values. Doubt of any sort is a refusal."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from engine.addresses import Address, AddressError
from engine.policy.decision import Decision, Obligations, Request, doubt, refusal
from engine.policy.networks import digits

ANSWER_KEYS = frozenset({"allow", "reasons", "via", "obligations", "datasets", "valid_until", "revision"})


def request_as_input(request: Request) -> dict[str, str]:
    """The request as json: the caller's address as 32 hex digits where it is one."""
    written = {
        "actor": request.actor,
        "action": request.action,
        "resource": str(request.resource),
        "ip": digits(request.ip) or request.ip,
        "now": request.now.isoformat(),
    }
    optional = {"part": request.part, "new_project": request.project}
    return written | {key: value for key, value in optional.items() if value}


def decisions_from(answers: Any, asked: int, revision: str) -> tuple[Decision, ...]:
    """Exactly one decision per request; each answer that is not exactly well formed is a refusal."""
    if not isinstance(answers, Sequence) or isinstance(answers, str | bytes) or len(answers) != asked:
        return (doubt("the policy engine gave no well-formed answer"),) * asked
    return tuple(decision_from(answer, revision) for answer in answers)


def decision_from(answer: Any, revision: str) -> Decision:
    """One answer as a decision; a refusal when anything about it is not as it must be."""
    if not isinstance(answer, Mapping) or answer.keys() != ANSWER_KEYS:
        return doubt("the policy engine gave no well-formed answer")
    if answer["revision"] != revision:
        return doubt("the policy engine answered from another revision of policy data")
    try:
        return _decision(answer)
    except (TypeError, ValueError, AddressError):
        return doubt("the policy engine gave no well-formed answer")


def _decision(answer: Mapping[str, Any]) -> Decision:
    allow, reasons = answer["allow"], _texts(answer["reasons"])
    if not isinstance(allow, bool) or not reasons:
        raise ValueError
    if not allow:
        return refusal(*reasons)
    return Decision(
        allow=True,
        reasons=reasons,
        via=_texts(answer["via"]),
        obligations=_obligations(answer["obligations"]),
        valid_until=_day(answer["valid_until"]),
        datasets={Address.parse(d): _obligations(o) for d, o in sorted(_object(answer["datasets"]).items())},
    )


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError
    return tuple(value)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError
    return value


def _obligations(value: Any) -> Obligations:
    if _object(value).keys() != {"columns", "rows", "min_cell", "rounding"}:
        raise ValueError
    columns = _object(value["columns"])
    if not all(isinstance(mask, str) for mask in columns.values()):
        raise ValueError
    return Obligations(
        dict(columns), _texts(value["rows"]), _number(value["min_cell"]), _number(value["rounding"])
    )


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError
    return value


def _day(value: Any) -> str | None:
    return None if value is None else datetime.date.fromisoformat(value).isoformat()
