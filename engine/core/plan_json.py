"""A plan as json: what the CLI prints, what a saved plan file holds, and what its fingerprint hashes."""

from __future__ import annotations

from typing import Any, assert_never

from engine.core.plan import FORMAT_VERSION, AccessChange, Build, Change, Forget, Plan, Publish, Step


def change_as_json(change: Change) -> dict[str, Any]:
    """One change; `columns` only where there are any."""
    value: dict[str, Any] = {
        "action": change.action,
        "address": str(change.address),
        "reasons": list(change.reasons),
    }
    return {**value, "columns": list(change.columns)} if change.columns else value


def access_as_json(change: AccessChange) -> dict[str, Any]:
    """One access change."""
    return {
        "principal": change.principal,
        "dataset": str(change.dataset),
        "before": list(change.before),
        "after": list(change.after),
        "why": list(change.why),
    }


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """The plan as SPECS.md promises it."""
    return {
        "format_version": FORMAT_VERSION,
        "environment": plan.environment,
        "changes": [change_as_json(change) for change in plan.changes],
        "access": [access_as_json(change) for change in plan.access],
        "diagnostics": [diagnostic.as_json() for diagnostic in plan.diagnostics],
        "fingerprint": plan.fingerprint,
    }


def plan_body(plan: Plan) -> dict[str, Any]:
    """All that the fingerprint covers: what is shown, what would be done, and against which state."""
    return {
        **{
            key: value
            for key, value in plan_as_json(plan).items()
            if key not in ("fingerprint", "diagnostics")
        },
        "serial": plan.serial,
        "specs": plan.specs,
        "steps": [_step(step) for step in plan.steps],
    }


def _step(step: Step) -> list[str]:
    match step:
        case Build():
            return ["build", str(step.address), step.action, step.fingerprint]
        case Forget():
            return ["forget", str(step.address)]
        case Publish():
            return ["publish"]
        case _:
            assert_never(step)
