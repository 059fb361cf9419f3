"""Rules that a plan must pass whoever makes it: what may not be removed, and how much at once."""

from __future__ import annotations

from engine.core.aspects import from_text
from engine.core.plan import Desired, Plan
from engine.core.state import Applied
from engine.diagnostics import Diagnostic, error


def removal_gates(plan: Plan, desired: Desired, applied: Applied) -> tuple[Diagnostic, ...]:
    """Diagnostics for removals that `prevent_destroy` or `limits.removals` forbid."""
    settings = desired.space.settings
    removed = [change.address for change in plan.changes if change.action == "remove"]
    kept = [address for address in removed if "keep" in from_text(applied.digests[address])]
    found = [
        error(
            "prevent-destroy",
            settings.span(),
            f"The plan would remove {address}, which says `prevent_destroy: true`.",
            "Put it back, or apply `prevent_destroy: false` first; a rename says `moved: {from: ...}`.",
        )
        for address in kept
    ]
    limit = settings.spec.limits.removals
    if limit is not None and len(removed) > limit:
        found.append(
            error(
                "too-many-removals",
                settings.span("limits", "removals"),
                f"The plan would remove {len(removed)} resources; `limits.removals` allows {limit}.",
                "Remove fewer at once, or raise the limit in the same change if this is meant.",
            )
        )
    return tuple(found)
