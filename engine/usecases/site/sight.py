"""What a reader sees: every question is asked of policy once, and only its answers are used."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.addresses import Address, AddressError, Principal
from engine.core.space import Space
from engine.diagnostics import WorldFailure, did_you_mean
from engine.policy.decision import Decision, Obligations, Request
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

    def may(self, action: str, address: Address) -> bool:
        """Whether the reader may do `action`; what was never asked is refused."""
        if self.reader is None:
            return True
        found = self.decisions.get((action, address))
        return found is not None and found.allow

    def sees(self, address: Address) -> bool:
        """Whether the resource is there at all for the reader."""
        return self.may(ASKED.get(address.kind, ("see",))[0], address)

    def is_me(self, user: str) -> bool:
        """Whether the tree is made for this user alone."""
        return self.people == (user,)

    def obligations(self, address: Address) -> Obligations | None:
        """What must be left of a dataset (or entry) before its rows are shown; None for the operator."""
        return None if self.reader is None else self.decisions[("preview", address)].obligations


def sight(space: Space, engine: PolicyEngine, reader: str | None, now: datetime.date) -> Sight:
    """Everything policy says to `reader` about the space. Raises WorldFailure for an unknown principal."""
    if reader is None:
        return Sight(None, (), {})
    principal = _principal(reader)
    return _sight(space, engine, str(principal), _readers(space, principal), now)


def people_behind(space: Space, reader: str) -> tuple[str, ...]:
    """The users a principal stands for. Raises WorldFailure for an unknown principal."""
    return _readers(space, _principal(reader))


def sights(space: Space, engine: PolicyEngine, audience: str, now: datetime.date) -> tuple[Sight, ...]:
    """What the people of an audience see: once for all of them to whom policy answers alike."""
    principal = _principal(audience)
    alike: dict[Any, list[Sight]] = {}
    for person in _readers(space, principal):
        one = _sight(space, engine, str(principal), (person,), now)
        alike.setdefault(_outcome(one), []).append(one)
    return tuple(
        replace(group[0], people=tuple(person for one in group for person in one.people))
        for group in alike.values()
    )


def _outcome(one: Sight) -> tuple[Any, ...]:
    """All that is allowed and what is left of it; not why."""
    return tuple(
        (question, tuple(sorted(d.obligations.columns.items())), d.obligations.rows, d.obligations.min_cell)
        for question, d in one.decisions.items()
        if d.allow and question[1] != Address("user", "", one.people[0])
    )


def _sight(
    space: Space, engine: PolicyEngine, reader: str, people: tuple[str, ...], now: datetime.date
) -> Sight:
    things = sorted({*space.resources, *space.datasets})
    first = [(ASKED.get(thing.kind, ("see",))[0], thing) for thing in things]
    decisions = _decisions(engine, people, first, now)
    further = [
        (action, thing)
        for seen, thing in first
        if decisions[seen, thing].allow
        for action in ASKED.get(thing.kind, ())[1:]
    ]
    return Sight(reader, people, decisions | _decisions(engine, people, further, now))


def _decisions(
    engine: PolicyEngine, people: tuple[str, ...], pairs: Sequence[tuple[str, Address]], now: datetime.date
) -> dict[tuple[str, Address], Decision]:
    answers = answers_to(engine, [(person, *pair) for pair in pairs for person in people], now)
    return {pair: together([answers[(person, *pair)] for person in people]) for pair in pairs}


def answers_to(
    engine: PolicyEngine, questions: Sequence[Question], now: datetime.date
) -> dict[Question, Decision]:
    """Policy's answer to each question, in one go."""
    requests = [Request(person, action, thing, now=now) for person, action, thing in questions]
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
