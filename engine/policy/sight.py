"""What every person may do with every dataset and page under one policy, decided class by class."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Protocol

from engine.addresses import Address
from engine.policy.classes import Classes, Key, Seat
from engine.policy.decision import Decision, Request
from engine.policy.words import action_words, duty_words, renamed

DATA_ACTIONS: Final = ("see", "preview", "export", "use", "update")
PAGE_ACTIONS: Final = ("read", "edit")


class Decides(Protocol):
    """What is needed of a policy engine here."""

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What one person may do with one dataset or page through every door, what is done to it, and why."""

    actions: tuple[str, ...]
    duties: tuple[str, ...]
    via: frozenset[str]

    @cached_property
    def is_personal(self) -> bool:
        """Whether a way in is a membership, which other lines give to other people."""
        return any(way.startswith("project:") for way in self.via)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Actions, then duties; nothing for no access."""
        return (*self.actions, *self.duties)


NOTHING: Final = Outcome((), (), frozenset())


@dataclass(frozen=True)
class Marks:
    """Numbers for classes, and for the seats a person has at all doors of a thing: equal means the same."""

    classes: dict[Key, int] = field(default_factory=dict)
    things: dict[Key, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """The mark of every person at one thing."""

    usual: Mapping[int, int]
    """By group, for everyone who is not in `named`."""
    named: Mapping[str, int]

    def marks(self, people: Sequence[tuple[str, int | None]]) -> list[int | None]:
        """The mark of each person, given with their group; None for one who is not there."""
        usual, named = self.usual, self.named
        return [
            named[person] if person in named else None if group is None else usual[group]
            for person, group in people
        ]


class Sight:
    """One policy's marks, and the outcomes they stand for."""

    def __init__(self, data: Mapping[str, Any], marks: Marks, now: datetime.date) -> None:
        self._data = data
        self._marks = marks
        self._now = now
        self._classes = Classes(data, marks.classes)
        self._seats: dict[int, tuple[str, tuple[Seat, ...]]] = {}
        self.groups: Mapping[str, int] = self._classes.groups
        self.things = tuple(a for a, f in data["resources"].items() if f["kind"] in ("dataset", "dashboard"))

    def table(self, thing: str) -> Table | None:
        """The marks at a thing; None when it is not there."""
        if thing not in self._data["resources"]:
            return None
        doors = [self._classes.of(door) for door in (thing, *self._entries.get(thing, ()))]
        named = frozenset[str]().union(*(seats.named for seats in doors))
        strangers = {group: name for name, group in self.groups.items() if name not in named}
        return Table(
            {g: self._mark(thing, [s.of(name, g) for s in doors]) for g, name in strangers.items()},
            {name: self._mark(thing, [s.of(name, self.groups[name]) for s in doors]) for name in named},
        )

    def _mark(self, thing: str, seats: Iterable[Seat]) -> int:
        there = tuple(seats)
        project = self._data["resources"][thing]["project"]
        key = (project, *((seat.number, seat.names) for seat in there))
        mark = self._marks.things.setdefault(key, len(self._marks.things))
        self._seats.setdefault(mark, (project, there))
        return mark

    @cached_property
    def _entries(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for entry, facts in self._data["entries"].items():
            found.setdefault(facts["dataset"], []).append(entry)
        return found

    def decide(
        self, marks: Collection[int | None], engine: Callable[[Mapping[str, Any]], Decides]
    ) -> dict[int | None, Outcome]:
        """The outcomes of those of the marks that are known here; all are asked in one batch."""
        wanted = sorted(mark for mark in marks if mark in self._seats)
        if not wanted:
            return {}
        seats = {seat.number: seat for mark in wanted for seat in self._seats[mark][1]}
        decided = self._decided(seats, engine)
        merged = {
            mark: [_named(seat, *decided[seat.number]) for seat in self._seats[mark][1]] for mark in wanted
        }
        return {mark: _outcome(self._seats[mark][0], doors) for mark, doors in merged.items()}

    def _decided(
        self, seats: Mapping[int, Seat], engine: Callable[[Mapping[str, Any]], Decides]
    ) -> dict[int, tuple[Seat, dict[str, Decision]]]:
        """The allowing decisions of every class by action, and the seat that stood for it."""
        questions = [
            (seat, alike, self._request(seat, alike[0]))
            for seat in seats.values()
            for alike in self._classes.alike(seat, _actions(seat.address))
        ]
        decisions = engine(self._data).decide_many([request for _, _, request in questions])
        found: dict[int, tuple[Seat, dict[str, Decision]]] = {n: (seat, {}) for n, seat in seats.items()}
        for (seat, alike, _), decision in zip(questions, decisions, strict=True):
            if decision.allow:
                found[seat.number][1].update(dict.fromkeys(alike, self._nameless(decision, seat)))
        return found

    def _request(self, seat: Seat, action: str) -> Request:
        place = self._classes.places[seat.person][1]
        return Request(seat.person, action, Address.parse(seat.address), place, self._now)

    def _nameless(self, decision: Decision, seat: Seat) -> Decision:
        """The decision with the representative's project taken out of its ways: the class has others too."""
        project = f"project:{self._data['resources'][seat.address]['project']}"
        return replace(decision, via=tuple("project:" if way == project else way for way in decision.via))


def _named(seat: Seat, stood: Seat, decisions: Mapping[str, Decision]) -> Mapping[str, Decision]:
    """The decisions of the seat's class with the seat's own names in them."""
    if stood.names == seat.names:
        return decisions
    names = dict(zip(stood.names, seat.names, strict=True))
    return {action: renamed(decision, names) for action, decision in decisions.items()}


def _outcome(project: str, doors: Sequence[Mapping[str, Decision]]) -> Outcome:
    via = {way for door in doors for decision in door.values() for way in decision.via}
    ways = frozenset(f"project:{project}" if way == "project:" else way for way in via)
    return Outcome(action_words(doors), duty_words(doors), ways)


def _actions(door: str) -> tuple[str, ...]:
    return PAGE_ACTIONS if door.startswith("dashboard/") else DATA_ACTIONS
