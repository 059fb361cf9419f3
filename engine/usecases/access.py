"""Who gains and who loses what: old and new policy decided over every person, dataset and dashboard.

Persons and addresses that no rule can tell apart are decided once (policy/classes.py), by the engine that
decides requests; nothing here knows a rule.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.plan import AccessChange
from engine.core.space import Space
from engine.policy.classes import Classes, Key, Seat
from engine.policy.decision import Decision, Request
from engine.policy.traces import Traces
from engine.policy.words import outcome_words, renamed
from engine.ports import PolicyEngine

DATA_ACTIONS: Final = ("see", "preview", "export", "use", "update")
PAGE_ACTIONS: Final = ("read", "edit")


@dataclass(frozen=True)
class Governed:
    """A space, its datasets and the policy data made of them."""

    space: Space
    compiled: Mapping[Address, CompiledDataset]
    policy_data: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What one person may do with one dataset or page, through every door: in words, and through what."""

    words: tuple[str, ...]
    via: frozenset[str]


NOTHING: Final = Outcome((), frozenset())


def access_changes(
    before: Governed | None,
    after: Governed,
    engine: Callable[[Mapping[str, Any]], PolicyEngine],
    now: datetime.date,
) -> tuple[AccessChange, ...]:
    """Every difference in what a person may do with a dataset or dashboard, by person and address.

    Equal policy data give no difference, and then no engine is started.
    """
    if before is not None and before.policy_data == after.policy_data:
        return ()
    old = Sight(before, engine, now) if before else None
    new = Sight(after, engine, now)
    things = sorted({*new.things, *(old.things if old else ())})
    return tuple(sorted(_changes(old, new, things), key=lambda c: (c.principal, c.dataset)))


def _changes(old: Sight | None, new: Sight, things: Iterable[str]) -> Iterator[AccessChange]:
    for thing in things:
        address = Address.parse(thing)
        was, will = old.outcomes(thing) if old else {}, new.outcomes(thing)
        for person in {*was, *will}:
            before, after = was.get(person, NOTHING), will.get(person, NOTHING)
            if before.words != after.words:
                why = (*_lost(old, before, after, person, thing), *_gained(new, before, after, person, thing))
                yield AccessChange(f"user:{person}", address, before.words, after.words, why)


def _gained(new: Sight, before: Outcome, after: Outcome, person: str, thing: str) -> tuple[str, ...]:
    """The lines that give what is new; where the ways in are the same, all that now hold."""
    ways = after.via - before.via or (after.via if not before.via - after.via else frozenset())
    return tuple(new.traces.line(way, person, thing) for way in sorted(ways))


def _lost(old: Sight | None, before: Outcome, after: Outcome, person: str, thing: str) -> tuple[str, ...]:
    gone = before.via - after.via
    return tuple(f"no longer {old.traces.line(way, person, thing)}" for way in sorted(gone)) if old else ()


class Sight:
    """What every person may do with every dataset and page under one policy, decided class by class."""

    def __init__(
        self, governed: Governed, engine: Callable[[Mapping[str, Any]], PolicyEngine], now: datetime.date
    ) -> None:
        self._data = governed.policy_data
        self._classes = Classes(governed.policy_data)
        self._engine = engine
        self._now = now
        self.traces = Traces(governed.space)
        self.things = tuple(
            address
            for address, facts in self._data["resources"].items()
            if facts["kind"] in ("dataset", "dashboard")
        )
        self._seats = {door: self._classes.of(door) for thing in self.things for door in self._doors(thing)}
        self._merged: dict[Key, Outcome] = {}

    def outcomes(self, thing: str) -> dict[str, Outcome]:
        """The outcome of every person who may do anything with the thing."""
        if thing not in self._data["resources"]:
            return {}
        seats = [self._seats[door] for door in self._doors(thing)]
        named = frozenset[str]().union(*(seat.named for seat in seats))
        usual: dict[Key, Outcome] = {}
        found: dict[str, Outcome] = {}
        for person, group in self._classes.groups.items():
            outcome = usual.get(group) if person not in named else None
            if outcome is None:
                outcome = self._merge(
                    thing, tuple(seat.named.get(person) or seat.usual[group] for seat in seats)
                )
                if person not in named:
                    usual[group] = outcome
            if outcome.words:
                found[person] = outcome
        return found

    @cached_property
    def _entries(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for entry, facts in self._data["entries"].items():
            found.setdefault(facts["dataset"], []).append(entry)
        return found

    def _doors(self, thing: str) -> tuple[str, ...]:
        return (thing, *self._entries.get(thing, ()))

    @cached_property
    def _decided(self) -> dict[int, tuple[Seat, dict[str, Decision]]]:
        """The allowing decisions on every class by action; all classes are asked about in one batch."""
        asked: dict[int, tuple[Seat, str]] = {}
        for door, seats in self._seats.items():
            for seat in (*seats.usual.values(), *seats.named.values()):
                asked.setdefault(seat.number, (seat, door))
        questions = [
            (number, alike, self._request(seat.person, alike[0], door))
            for number, (seat, door) in asked.items()
            for alike in self._classes.alike(seat, door, _actions(door))
        ]
        decisions = self._engine(self._data).decide_many([request for _, _, request in questions])
        found: dict[int, tuple[Seat, dict[str, Decision]]] = {n: (seat, {}) for n, (seat, _) in asked.items()}
        for (number, alike, request), decision in zip(questions, decisions, strict=True):
            if decision.allow:
                found[number][1].update(dict.fromkeys(alike, self._nameless(decision, request.resource)))
        return found

    def _request(self, person: str, action: str, door: str) -> Request:
        ip = self._classes.places[person][1]
        return Request(person, action, Address.parse(door), ip, self._now)

    def _nameless(self, decision: Decision, door: Address) -> Decision:
        """The decision with the representative's project taken out of its ways: the class has others too."""
        project = f"project:{self._data['resources'][str(door)]['project']}"
        return replace(decision, via=tuple("project:" if way == project else way for way in decision.via))

    def _merge(self, thing: str, seats: tuple[Seat, ...]) -> Outcome:
        """One outcome of all doors of a thing; things of equal classes and names share it."""
        project = self._data["resources"][thing]["project"]
        mark = (project, *((seat.number, seat.names) for seat in seats))
        known = self._merged.get(mark)
        if known is None:
            doors = [self._named_again(seat) for seat in seats]
            via = {way for door in doors for decision in door.values() for way in decision.via}
            ways = frozenset(f"project:{project}" if way == "project:" else way for way in via)
            known = self._merged[mark] = Outcome(outcome_words(doors), ways)
        return known

    def _named_again(self, seat: Seat) -> dict[str, Decision]:
        """The decisions of the seat's class with the seat's own names in them."""
        stands, decisions = self._decided[seat.number]
        if stands.names == seat.names:
            return decisions
        names = dict(zip(stands.names, seat.names, strict=True))
        return {action: renamed(decision, names) for action, decision in decisions.items()}


def _actions(door: str) -> tuple[str, ...]:
    return PAGE_ACTIONS if door.startswith("dashboard/") else DATA_ACTIONS
