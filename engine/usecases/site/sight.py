"""What a reader sees: every question is asked of policy once, and only its answers are used."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.addresses import Address, AddressError, Principal
from engine.core.space import Space
from engine.diagnostics import WorldFailure, did_you_mean
from engine.policy.decision import Caller, Decision, Obligations, Request
from engine.policy.people import people_of
from engine.ports import PolicyEngine

ASKED: Mapping[str, tuple[str, ...]] = {
    "catalog": ("see", "preview", "export", "use", "request"),
    "dataset": ("see", "preview"),
    "dashboard": ("read",),
}
"""What is asked of each kind of resource; of every other kind, whether it may be seen."""

Question = tuple[str, str, Address]
"""Person, action, resource."""


@dataclass(frozen=True)
class Sight:
    """The answers for one tree. The operator (`reader` None) sees everything."""

    reader: str | None
    people: tuple[str, ...]
    """The users the tree is made for: what is in it, every one of them may read."""
    decisions: Mapping[tuple[str, Address], Decision]
    """What holds for all of them together."""
    answers: Mapping[Question, Decision] = field(default_factory=dict)
    """What policy answered about each of them."""
    ip: str = ""
    """Where they come from; nowhere, for the operator."""

    def may(self, action: str, address: Address) -> bool:
        """Whether the reader may do `action`; what was never asked is refused."""
        if self.reader is None:
            return True
        found = self.decisions.get((action, address))
        return found is not None and found.allow

    def sees(self, address: Address) -> bool:
        """Whether the resource is there at all for the reader."""
        return self.may(ASKED.get(address.kind, ("see",))[0], address)

    def pages_of(self, person: str) -> dict[Address, Decision]:
        """What policy answered about one person's reading of each page."""
        return {
            thing: decision
            for (who, action, thing), decision in self.answers.items()
            if who == person and action == "read" and thing.kind == "dashboard"
        }

    def is_me(self, user: str) -> bool:
        """Whether the tree is made for this user alone."""
        return self.people == (user,)

    def obligations(self, address: Address) -> Obligations | None:
        """What must be left of a dataset (or entry) before its rows are shown; None for the operator."""
        return None if self.reader is None else self.decisions[("preview", address)].obligations


OPERATOR = Sight(None, (), {})
"""Sees everything, and policy is asked nothing."""


def sight(space: Space, engine: PolicyEngine, caller: Caller) -> Sight:
    """Everything policy says to a principal about the space. Raises WorldFailure for an unknown one."""
    principal = _principal(caller.name)
    return _sight(space, engine, replace(caller, name=str(principal)), _readers(space, principal))


def sights(space: Space, engine: PolicyEngine, audience: Caller) -> tuple[Sight, ...]:
    """What the people of an audience see: once for all of them to whom policy answers alike."""
    principal = _principal(audience.name)
    caller = replace(audience, name=str(principal))
    alike: dict[Any, list[Sight]] = {}
    for person in _readers(space, principal):
        one = _sight(space, engine, caller, (person,))
        alike.setdefault(_outcome(one), []).append(one)
    return tuple(map(_merged, alike.values()))


def _merged(alike: Sequence[Sight]) -> Sight:
    """One sight for people to whom policy answers alike."""
    people = tuple(person for one in alike for person in one.people)
    answers = {question: decision for one in alike for question, decision in one.answers.items()}
    return replace(alike[0], people=people, answers=answers)


def _outcome(one: Sight) -> tuple[Any, ...]:
    """All that is allowed and what is left of it; not why."""
    return tuple(
        (question, tuple(sorted(d.obligations.columns.items())), d.obligations.rows, d.obligations.min_cell)
        for question, d in one.decisions.items()
        if d.allow and question[1] != Address("user", "", one.people[0])
    )


def _sight(space: Space, engine: PolicyEngine, caller: Caller, people: tuple[str, ...]) -> Sight:
    things = sorted({*space.resources, *space.datasets})
    first = [(ASKED.get(thing.kind, ("see",))[0], thing) for thing in things]
    answers = _answers(engine, caller, people, first)
    held = _held(answers, people, first)
    further = [
        (action, thing)
        for seen, thing in first
        if held[seen, thing].allow
        for action in ASKED.get(thing.kind, ())[1:]
    ]
    answers |= _answers(engine, caller, people, further)
    return Sight(caller.name, people, held | _held(answers, people, further), answers, caller.ip)


def _held(
    answers: Mapping[Question, Decision], people: tuple[str, ...], pairs: Sequence[tuple[str, Address]]
) -> dict[tuple[str, Address], Decision]:
    return {pair: together([answers[(person, *pair)] for person in people]) for pair in pairs}


def _answers(
    engine: PolicyEngine, caller: Caller, people: tuple[str, ...], pairs: Sequence[tuple[str, Address]]
) -> dict[Question, Decision]:
    questions = [(person, *pair) for pair in pairs for person in people]
    return answers_to(engine, questions, lambda _: caller.ip, caller.now)


def answers_to(
    engine: PolicyEngine,
    questions: Sequence[Question],
    place_of: Callable[[str], str],
    now: datetime.date,
) -> dict[Question, Decision]:
    """Policy's answer to each question, in one go, everybody coming from their place."""
    requests = [Request(who, action, thing, place_of(who), now) for who, action, thing in questions]
    return dict(zip(questions, engine.decide_many(requests), strict=True)) if requests else {}


def together(decisions: Sequence[Decision]) -> Decision:
    """What holds for all of several readers at once: allowed only to all, and narrowed for each."""
    first, *others = decisions
    if not others:
        return first
    if not all(d.allow for d in decisions):
        return Decision(False, tuple(sorted({r for d in decisions if not d.allow for r in d.reasons})))
    columns = {
        name: mask
        for name, mask in first.obligations.columns.items()
        if all(d.obligations.columns.get(name) == mask for d in others)
    }
    rows = tuple(sorted({row for d in decisions for row in d.obligations.rows}))
    floor = max(d.obligations.min_cell for d in decisions)
    rounding = max(d.obligations.rounding for d in decisions)
    if first.obligations.columns and not columns:
        return Decision(False, ("no column reads alike for all of them",))
    return Decision(True, first.reasons, first.via, Obligations(columns, rows, floor, rounding))


def _principal(text: str) -> Principal:
    try:
        return Principal.parse(text)
    except AddressError as mistake:
        raise WorldFailure(str(mistake)) from None


def _readers(space: Space, principal: Principal) -> tuple[str, ...]:
    """The users a principal stands for, sorted. Raises WorldFailure for an unknown or empty one."""
    known = people_of(space).members
    people = tuple(sorted(known.get(principal, ())))
    if not people:
        raise WorldFailure(
            f"there is nobody who is {principal}.",
            did_you_mean(str(principal), map(str, known)) or "`engine list --kind user` shows who is there.",
        )
    return people
