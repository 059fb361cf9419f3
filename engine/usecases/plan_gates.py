"""The gates of a plan: rules that hold in every space, and the actor's own rights to each change."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.core.gates import removal_gates
from engine.core.plan import Change, Desired, Plan
from engine.core.state import Applied
from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.policy.approvals import Approvals
from engine.policy.decision import Caller, Decision
from engine.policy.gates import Governance, standing_gates
from engine.policy.gates_actor import Asked, Question, actor_questions, move_questions
from engine.policy.gates_applications import application_gates
from engine.policy.gates_declassify import declassify_gates
from engine.policy.gates_lowering import lowering_gates
from engine.policy.gates_narrowing import narrowed_actor, narrowing_gates
from engine.policy.gates_origins import origin_gates
from engine.policy.gates_readers import reader_gates
from engine.ports import PolicyEngine, Workbench
from engine.usecases.access import Governed
from engine.usecases.plan_rules import rule_gates
from engine.usecases.published import Published

Engines = Callable[[Mapping[str, Any]], PolicyEngine]


@dataclass(frozen=True)
class Gated:
    """What the gates look at: a plan, what it leads to, and what it starts from."""

    plan: Plan
    desired: Desired
    applied: Applied
    before: Governed | None


def gates(
    bench: Workbench, gated: Gated, caller: Caller | None, now: datetime.date
) -> tuple[Diagnostic, ...]:
    """Everything the gates say of a plan. An error refuses it; a warning is for its readers."""
    actor = None if caller is None else caller.name
    before = _governance(gated.before) if gated.before else None
    after = Governance(gated.desired.space, gated.desired.compiled, gated.desired.policy_data)
    changed = frozenset(change.address for change in gated.plan.changes)
    approvals = Approvals(before, after, bench.plan_policy, now)
    return (
        *removal_gates(gated.plan, gated.desired, gated.applied),
        *standing_gates(after),
        *application_gates(before, after, changed, bench.plan_policy, now),
        *rule_gates(bench.specs, bench.plan_rules, gated.plan, gated.desired),
        *narrowing_gates(after, bench.plan_policy, now),
        *origin_gates(before, after, changed),
        *lowering_gates(before, after),
        *declassify_gates(approvals, actor),
        *reader_gates(gated.plan.access, approvals, actor),
        *(
            _actor_gate(gated.plan.changes, before, after, bench.plan_policy, caller)
            or _known_actor(before, after, caller.name)
            if caller is not None
            else ()
        ),
    )


def _governance(governed: Governed) -> Governance:
    return Governance(governed.space, governed.compiled, governed.policy_data)


def _known_actor(before: Governance | None, after: Governance, actor: str) -> tuple[Diagnostic, ...]:
    """An actor nobody has heard of may not act, not even where nothing changes."""
    spaces = [g.space for g in (before, after) if g is not None]
    users = {address.name for space in spaces for address in space.resources if address.kind == "user"}
    if actor in users:
        return ()
    place = after.space.settings.span()
    return (error("unknown-user", place, f'The actor "{actor}" is no user.', did_you_mean(actor, users)),)


def move_gates(
    bench: Workbench,
    moved: Iterable[Address],
    before: Published | None,
    after: Published,
    actor: Caller,
) -> tuple[Diagnostic, ...]:
    """What the actor lacks to make an environment point from `before` to `after`; empty when nothing."""
    old = None if before is None else Governance(before.space, before.compiled, before.policy_data)
    new = Governance(after.space, after.compiled, after.policy_data)
    questions = move_questions(moved, old, new, actor)
    return _refusals(questions, old, new, bench.plan_policy) or _known_actor(old, new, actor.name)


def _actor_gate(
    changes: Sequence[Change],
    before: Governance | None,
    after: Governance,
    engines: Engines,
    actor: Caller,
) -> tuple[Diagnostic, ...]:
    """Every change decided by the actor's own rights: as applied, and as planned for what is new."""
    questions = actor_questions(changes, before, after, actor)
    refusals = _refusals(questions, before, after, engines)
    return (*refusals, *narrowed_actor(changes, before, after, actor.name))


def _refusals(
    questions: Sequence[Question], before: Governance | None, after: Governance, engines: Engines
) -> tuple[Diagnostic, ...]:
    """One for every question that policy answers with no, whichever way it is asked."""
    asked = dict.fromkeys(alternative for question in questions for alternative in question.alternatives)
    decided = _decided(tuple(asked), before or after, after, engines)
    return tuple(
        _refusal(question, [decided[alternative] for alternative in question.alternatives])
        for question in questions
        if not any(decided[alternative].allow for alternative in question.alternatives)
    )


def _decided(
    asked: tuple[Asked, ...], before: Governance, after: Governance, engines: Engines
) -> dict[Asked, Decision]:
    """The decision on each, in one round trip per policy."""
    found: dict[Asked, Decision] = {}
    for governance, planned in ((before, False), (after, True)):
        mine = [one for one in asked if one.planned is planned]
        if mine:
            decisions = engines(governance.data).decide_many([one.request for one in mine])
            found |= dict(zip(mine, decisions, strict=True))
    return found


def _refusal(question: Question, decisions: list[Decision]) -> Diagnostic:
    request = question.alternatives[0].request
    action = question.alternatives[0].word or request.action
    summary = f"{request.actor} may not {action} {request.resource}"
    told = dict.fromkeys(reason for decision in decisions for reason in decision.reasons)
    reasons = "; ".join(reason for reason in told if reason != summary) or "no rule allows it"
    return error(
        "not-allowed",
        question.place,
        f"{summary}.",
        f"{reasons}. Ask someone who may, or leave this change out.",
    )
