"""A plan for a person at a terminal: what is lost first, then what changes, then who sees what."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.access_groups import AccessGroup, grouped
from engine.core.plan import AccessChange, Action, Change, Plan
from engine.diagnostics import counted

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

COUNTED: dict[Action, str] = {
    "remove": "to remove",
    "create": "to create",
    "rebuild": "to rebuild",
    "refresh": "to refresh",
    "re-point": "to re-point",
    "access": "with other access rules",
    "metadata": "with other metadata",
}
"""What a number of resources is said to be."""

MANY = 40
"""Access changes shown in full; beyond that they are counted."""
NAMED = 12
"""Datasets and dashboards named for one access change; beyond that they are counted."""


def plan_text(plan: Plan) -> str:
    """The whole plan as plain text, ending in a one-line summary."""
    if plan.is_empty:
        return "No changes: the space is what the specs say."
    return "\n".join([*_changes(plan.changes), *_access(plan.access), "", summary(plan)])


def summary(plan: Plan) -> str:
    """How many changes of each sort, and the plan's fingerprint."""
    return f"Plan: {extent(plan)}. Fingerprint {plan.fingerprint}."


def extent(plan: Plan) -> str:
    """How many changes of each sort, and how many people's access changes."""
    counts = [(action, sum(c.action == action for c in plan.changes)) for action in SIGNS]
    words = ", ".join(f"{count:,} {COUNTED[action]}" for action, count in counts if count)
    people = len({change.principal for change in plan.access})
    access = f"; access changes for {counted(people, 'person', 'people')}" if people else ""
    return f"{words or 'nothing to build'}{access}"


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    width = max((len(change.action) for change in changes), default=0)
    for change in changes:
        yield f"  {SIGNS[change.action]} {change.action:<{width}}  {change.address}"
        if change.action != "create":
            yield from (f"      {reason}" for reason in change.reasons)


def _access(access: tuple[AccessChange, ...]) -> Iterator[str]:
    groups = grouped(access)
    if groups:
        yield ""
        yield "Access:"
    for group in groups[:MANY]:
        yield from _group(group)
    if len(groups) > MANY:
        yield f"  and {len(groups) - MANY:,} more (all of them with --format json)"


def _group(group: AccessGroup) -> Iterator[str]:
    sign = "+" if group.gains else "-"
    before, after = ", ".join(group.before) or "nothing", ", ".join(group.after) or "nothing"
    yield f"  {sign} {group.principal}: {before} -> {after}"
    yield from (f"      {address}" for address in group.addresses[:NAMED])
    if len(group.addresses) > NAMED:
        yield f"      and {len(group.addresses) - NAMED:,} more"
