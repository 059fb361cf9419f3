"""Plan rules of a space, run in a child process: a rule without end, or one that crashes, ends with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from engine.adapters.child import ChildFailed, Limits, run_child
from engine.diagnostics import PolicyUnavailable

ENTRY: Final = "dataspace/plan/deny"
LIMITS: Final = Limits(seconds=20, memory=300 << 30, answer=16 << 20, written=16 << 20)
"""The engine of these rules sets 256 GB of addresses aside at once, so only time bounds what it fills."""
_WHY: Final = {
    "timeout": "they do not end",
    "memory": "they need too much memory",
    "output": "they say too much",
}


class ChildPlanRules:
    """Evaluates Rego modules over a plan and the planned policy data."""

    def deny(
        self, modules: Mapping[str, str], plan: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> tuple[Mapping[str, str], ...]:
        """The refusals, each with code, message and address. Raises PolicyUnavailable: doubt refuses."""
        asked = {"modules": dict(modules), "plan": plan, "facts": facts, "entry": ENTRY}
        payload = json.dumps(asked, ensure_ascii=False).encode()
        try:
            answered = json.loads(run_child("engine.adapters.plan_rules_child", payload, LIMITS))
        except (ChildFailed, ValueError) as failure:
            why = _WHY.get(getattr(failure, "reason", ""), "they fail")
            raise _unusable(why) from None
        if "failure" in answered:
            raise _unusable(f"the engine for them failed ({answered['failure']})")
        return _refusals(answered.get("values"))


def _refusals(values: Any) -> tuple[Mapping[str, str], ...]:
    """Exactly one list of well-formed refusals; anything else is no answer."""
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], list):
        raise _unusable("they give no answer")
    for refusal in values[0]:
        if not isinstance(refusal, dict) or refusal.keys() != {"code", "message", "address"}:
            raise _unusable("a refusal is an object of code, message and address")
        if not all(isinstance(text, str) and text for text in refusal.values()):
            raise _unusable("code, message and address of a refusal are texts")
    return tuple(sorted(values[0], key=lambda refusal: sorted(refusal.items())))


def _unusable(why: str) -> PolicyUnavailable:
    return PolicyUnavailable(
        f"the rules in specs/policies/*.rego cannot be relied on: {why}.", "no plan passes until they can."
    )
