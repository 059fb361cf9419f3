"""A plan as Markdown for a pull request: one summary, then removals and access gains on top."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.plan import AccessChange, Change, Plan
from renderers.terminal.plan import SIGNS, summary

LIMIT = 60_000
"""Bytes a comment may hold; what does not fit is counted."""


def plan_markdown(plan: Plan) -> str:
    """The plan as Markdown, below LIMIT bytes, addresses in full, no data row."""
    if plan.is_empty:
        return "**No changes.** The space is what the specs say.\n"
    lines = [f"**{summary(plan)}**", ""]
    gains = [c for c in plan.access if set(c.after) - set(c.before)]
    losses = [c for c in plan.access if c not in gains]
    lines += _section("Who gains access", map(_access, gains))
    lines += _section("Changes", map(_change, plan.changes))
    lines += _section("Who loses access", map(_access, losses))
    return _fitting(lines)


def _section(title: str, rows: Iterator[str]) -> list[str]:
    listed = list(rows)
    return [f"### {title}", "", *listed, ""] if listed else []


def _change(change: Change) -> str:
    reasons = "; ".join(change.reasons)
    return f"- `{SIGNS[change.action]}` **{change.action}** `{change.address}`: {reasons}"


def _access(change: AccessChange) -> str:
    before, after = ", ".join(change.before) or "nothing", ", ".join(change.after) or "nothing"
    why = f" ({'; '.join(change.why)})" if change.why else ""
    return f"- `{change.principal}` on `{change.dataset}`: {before} → {after}{why}"


def _fitting(lines: list[str]) -> str:
    size, kept = 0, 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > LIMIT - 200:
            break
        kept += 1
    rest = len(lines) - kept
    more = [f"… and {rest} more lines: `engine plan --format json` shows all."] if rest else []
    return "\n".join([*lines[:kept], *more]) + "\n"
