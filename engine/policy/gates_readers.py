"""Not too many new readers in one plan, unless the changes that open data to them were agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.core.plan import AccessChange
from engine.diagnostics import Diagnostic, SourceSpan, counted, error
from engine.policy.approvals import Approvals
from engine.policy.gates import people_named
from engine.policy.openings import Opening, Openings


@dataclass
class _Told:
    """Whom one place opens something to, and why that is not agreed to."""

    people: set[str] = field(default_factory=set)
    objections: set[str] = field(default_factory=set)


def reader_gates(
    access: Iterable[AccessChange], approvals: Approvals, actor: str | None
) -> tuple[Diagnostic, ...]:
    """An error at each change that opens data, when together they open something to too many people.

    A new reader could read nothing of a dataset or page before, or could see less of it through data
    policies. A change is not counted that newly carries `approved_by` someone else than the actor who may
    agree to it, nor what a project newly makes for those who belonged to it. The limit is the lower of the
    applied and the planned one: a raised limit holds from the next plan on. A first plan is not held.
    """
    limit = _limit(approvals)
    if limit is None or approvals.before is None:
        return ()
    openings = Openings(approvals.before, approvals.after)
    opened = tuple(openings.of(access))
    if len({opening.person for opening in opened}) <= limit:
        return ()
    told = _by_place(opened, approvals, actor)
    people = frozenset[str]().union(*(one.people for one in told.values()))
    if len(people) <= limit:
        return ()
    return tuple(
        error(
            "too-many-new-readers",
            span,
            f"This opens data to {counted(len(one.people), 'person', 'people')}: {people_named(one.people)}.",
            f"The plan has {counted(len(people), 'new reader')} and `limits.new_readers` allows {limit}. "
            f"{' '.join(sorted(one.objections))} Or open it to fewer at once.",
        )
        for span, one in sorted(told.items(), key=lambda item: item[0])
    )


def _limit(approvals: Approvals) -> int | None:
    sides = (approvals.before, approvals.after)
    limits = [side.space.settings.spec.limits.new_readers for side in sides if side is not None]
    return min((limit for limit in limits if limit is not None), default=None)


def _by_place(
    opened: tuple[Opening, ...], approvals: Approvals, actor: str | None
) -> dict[SourceSpan, _Told]:
    approvals.ask((o.approver, d) for o in opened if o.approver is not None for d in o.datasets)
    found: dict[SourceSpan, _Told] = {}
    for opening in opened:
        objection = _objection(opening, approvals, actor)
        if objection is not None:
            told = found.setdefault(opening.span, _Told())
            told.people.add(opening.person)
            told.objections.add(objection)
    return found


def _objection(opening: Opening, approvals: Approvals, actor: str | None) -> str | None:
    """Why an opening is not agreed to; None when it is."""
    approver = opening.approver
    if approver is None:
        return f"Let someone agree to it with `{opening.key}` here."
    if approver == actor:
        return f"{approver} opens it and cannot agree to it as well."
    if not opening.is_fresh:
        return f"`{opening.key}: {approver}` was there before and answered for an earlier change."
    if not approvals.may(approver, opening.datasets):
        return f"{approver} owns not all that it opens and approves no applications, so cannot agree to it."
    return None
