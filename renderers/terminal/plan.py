"""A plan for a person at a terminal: what is lost first, then what changes, then who sees what."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.plan import AccessChange, Action, Change, Plan

SIGNS: dict[Action, str] = {
    "remove": "-",
    "create": "+",
    "rebuild": "~",
    "refresh": "~",
    "re-point": ">",
    "access": "!",
    "metadata": "·",
}
"""A sign for each action, so that nothing depends on colour."""

MANY = 40
"""Access changes shown in full; beyond that people are counted."""


def plan_text(plan: Plan) -> str:
    """The whole plan as plain text, ending in a one-line summary."""
    if plan.is_empty:
        return "No changes: the space is what the specs say."
    return "\n".join([*_changes(plan.changes), *_access(plan.access), "", summary(plan)])


def summary(plan: Plan) -> str:
    """How many changes of each sort, and the plan's fingerprint."""
    counts = [(action, sum(c.action == action for c in plan.changes)) for action in SIGNS]
    words = ", ".join(f"{count} {action}" for action, count in counts if count)
    people = len({change.principal for change in plan.access})
    access = f"; access changes for {people} {'person' if people == 1 else 'people'}" if people else ""
    return f"Plan: {words}{access}. Fingerprint {plan.fingerprint}."


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    width = max((len(change.action) for change in changes), default=0)
    for change in changes:
        yield f"  {SIGNS[change.action]} {change.action:<{width}}  {change.address}"
        if change.action != "create":
            yield from (f"      {reason}" for reason in change.reasons)


def _access(access: tuple[AccessChange, ...]) -> Iterator[str]:
    if access:
        yield ""
        yield "Access:"
    for change in access[:MANY]:
        before, after = ", ".join(change.before) or "nothing", ", ".join(change.after) or "nothing"
        yield f"  ! {change.principal}  {change.dataset}: {before} -> {after}"
    if len(access) > MANY:
        yield f"  and {len(access) - MANY} more (all of them with --format json)"
