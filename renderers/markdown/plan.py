"""A plan as Markdown for a pull request: one summary, then removals and access gains on top.

What authors wrote (names of columns, say) is escaped: it can hold neither HTML, links nor mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from engine.core.access_groups import AccessGroup, grouped
from engine.core.plan import Change, Plan
from engine.diagnostics import Diagnostic, counted, has_errors, in_order
from renderers.terminal.plan import SIGNS, extent, summary

LIMIT = 60_000
"""Bytes a comment may hold; what does not fit is counted."""
A_LINE = 20
"""Addresses in one line; more go on in the next."""
MARKUP = re.compile(r"[\\\[\]]")


def plan_markdown(plan: Plan) -> str:
    """The plan as Markdown, below LIMIT bytes, addresses in full, no data row."""
    warnings = _section("Warnings", map(_diagnostic, plan.diagnostics))
    if plan.is_empty:
        return _fitting(["**No changes.** The space is what the specs say.", "", *warnings])
    return _fitting([f"**{summary(plan)}**", "", *_contents(plan, warnings)])


def _contents(plan: Plan, warnings: list[str]) -> list[str]:
    """What would happen, by weight: removals and gains, then the warnings, then the rest."""
    groups = grouped(plan.access)
    gains = [group for group in groups if group.gains]
    losses = [group for group in groups if not group.gains]
    removed = [change for change in plan.changes if change.action == "remove"]
    others = [change for change in plan.changes if change.action != "remove"]
    lines = _section("Removed", map(_change, removed))
    lines += _section("Who gains access, or sees data otherwise", _access(gains))
    lines += warnings
    lines += _section("Changes", map(_change, others))
    return lines + _section("Who loses access", _access(losses))


def refusal_markdown(diagnostics: Sequence[Diagnostic], refused: Plan | None) -> str:
    """A refused plan as Markdown, below LIMIT bytes: errors first, then what it would do if that is known."""
    ordered = in_order(diagnostics)
    errors = [d for d in ordered if has_errors([d])]
    warnings = [d for d in ordered if not has_errors([d])]
    lines = [f"**The plan is refused: {counted(len(errors), 'error')}.**", ""]
    lines += _section("Errors", map(_diagnostic, errors))
    told = _section("Warnings", map(_diagnostic, warnings))
    if refused is None or refused.is_empty:
        return _fitting([*lines, *told])
    return _fitting([*lines, f"**It would do: {extent(refused)}.**", "", *_contents(refused, told)])


def _section(title: str, rows: Iterable[str]) -> list[str]:
    listed = list(rows)
    return [f"### {title}", "", *listed, ""] if listed else []


def _change(change: Change) -> str:
    reasons = "; ".join(map(_escaped, change.reasons))
    return f"- `{SIGNS[change.action]}` **{change.action}** `{change.address}`: {reasons}"


def _access(groups: Iterable[AccessGroup]) -> Iterator[str]:
    for group in groups:
        before, after = (_escaped(", ".join(words) or "nothing") for words in (group.before, group.after))
        why = f" ({_escaped('; '.join(group.why))})" if group.why else ""
        for start in range(0, len(group.addresses), A_LINE):
            named = ", ".join(f"`{address}`" for address in group.addresses[start : start + A_LINE])
            yield f"- `{group.principal}` on {named}: {before} → {after}{why}"


def _diagnostic(diagnostic: Diagnostic) -> str:
    said = f"{diagnostic.summary} {diagnostic.detail}".strip()
    return f"- `{diagnostic.span}` {diagnostic.severity}\\[{diagnostic.code}\\]: {_escaped(said)}"


def _escaped(text: str) -> str:
    """Text without links, HTML and mentions, in one line."""
    shown = MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")


def _fitting(lines: list[str]) -> str:
    size, kept = 0, 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > LIMIT - 200:
            break
        kept += 1
    rest = sum(line.startswith("- ") for line in lines[kept:])
    more = [f"… and {counted(rest, 'more line')}: `engine plan --format json` shows all."] if rest else []
    return "\n".join([*lines[:kept], *more]).rstrip("\n") + "\n"
