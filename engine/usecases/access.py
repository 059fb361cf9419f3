"""Who gains and who loses what: old and new policy decided over every person, dataset and dashboard.

Pairs of person and thing about which old and new facts are equal are passed over; the rest is decided class
by class (policy/classes.py), by the engine that decides requests. Nothing here knows a rule.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.plan import AccessChange
from engine.core.space import Space
from engine.policy.sight import NOTHING, Marks, Outcome, Sight
from engine.policy.traces import Traces
from engine.ports import PolicyEngine

Engines = Callable[[Mapping[str, Any]], PolicyEngine]


@dataclass(frozen=True)
class Governed:
    """A space, its datasets and the policy data made of them."""

    space: Space
    compiled: Mapping[Address, CompiledDataset]
    policy_data: Mapping[str, Any]


class _Row(NamedTuple):
    """One thing: the mark of every person before and after, in the order of persons; None for not there."""

    thing: str
    before: list[int | None]
    after: list[int | None]


def access_changes(
    before: Governed | None,
    after: Governed,
    engine: Engines,
    now: datetime.date,
    moves: Mapping[Address, Address] | None = None,
) -> tuple[AccessChange, ...]:
    """Every difference in what a person may do with a dataset or dashboard, by person and address.

    `moves` are renames, old address to new: what is only called otherwise is no difference. Equal policy
    data give none either, and then no engine is started.
    """
    if before is not None and before.policy_data == after.policy_data:
        return ()
    marks = Marks()
    old = Sight(before.policy_data, marks, now) if before else None
    new = Sight(after.policy_data, marks, now)
    people = sorted({*new.groups, *(old.groups if old else ())})
    names = {str(now_called): str(was_called) for was_called, now_called in (moves or {}).items()}
    rows = _rows(old, new, people, names)
    differing = {
        pair for row in rows for pair in zip(row.before, row.after, strict=True) if pair[0] != pair[1]
    }
    outcomes = new.decide({after for _, after in differing}, engine)
    if old:
        outcomes |= old.decide({before for before, _ in differing} - outcomes.keys(), engine)
    lines = _Lines(Traces(before.space) if before else None, Traces(after.space), names)
    return tuple(_changes(people, rows, outcomes, lines))


def _rows(old: Sight | None, new: Sight, people: list[str], names: Mapping[str, str]) -> list[_Row]:
    """Every thing before or after, in address order; `names` are those renamed things had before."""
    gone = {*(old.things if old else ())} - {*names.values()}
    things = sorted({*new.things} | gone, key=Address.parse)
    return [
        _Row(thing, _marks(old, names.get(thing, thing), people), _marks(new, thing, people))
        for thing in things
    ]


def _marks(sight: Sight | None, thing: str, people: list[str]) -> list[int | None]:
    table = sight.table(thing) if sight else None
    if sight is None or table is None:
        return [None] * len(people)
    return table.marks([(person, sight.groups.get(person)) for person in people])


def _changes(
    people: list[str], rows: list[_Row], outcomes: Mapping[int | None, Outcome], lines: _Lines
) -> Iterator[AccessChange]:
    """The pairs that are answered differently, persons first. What is told of many is worked out once."""
    told: dict[tuple[int | None, int | None, str, str], _Told | None] = {}
    for place, person in enumerate(people):
        for row in rows:
            before, after = row.before[place], row.after[place]
            if before == after:
                continue
            was, will = outcomes.get(before, NOTHING), outcomes.get(after, NOTHING)
            mark = (before, after, row.thing, person if was.is_personal or will.is_personal else "")
            if mark not in told:
                told[mark] = _tell(was, will, person, row.thing, lines)
            what = told[mark]
            if what is not None:
                yield AccessChange(f"user:{person}", what.address, what.before, what.after, what.why)


@dataclass(frozen=True, slots=True)
class _Told:
    """An access change but for the person."""

    address: Address
    before: tuple[str, ...]
    after: tuple[str, ...]
    why: tuple[str, ...]


def _tell(before: Outcome, after: Outcome, person: str, thing: str, lines: _Lines) -> _Told | None:
    if before.words == after.words:
        return None
    why = lines.why(before, after, person, thing)
    return _Told(Address.parse(thing), before.words, after.words, why)


@dataclass(frozen=True)
class _Lines:
    """The lines of YAML, before and after, that a change comes from."""

    before: Traces | None
    after: Traces
    names: Mapping[str, str]
    """What renamed things were called before."""

    def why(self, before: Outcome, after: Outcome, person: str, thing: str) -> tuple[str, ...]:
        """What no longer gives access, and what now does; where the ways are the same, all of them."""
        if not self.after.has(thing):
            return (f"{thing} is removed",)
        gained, lost = after.via - before.via, before.via - after.via
        found: list[str] = []
        if self.before:
            was = self.names.get(thing, thing)
            found += (f"no longer {line}" for line in self.before.lines(lost, person, was))
        found += self.after.lines(gained or (after.via if not lost else frozenset()), person, thing)
        if before.duties != after.duties:
            found += self._narrowing(before, after, person, thing)
        return tuple(dict.fromkeys(found))

    def _narrowing(self, before: Outcome, after: Outcome, person: str, thing: str) -> Iterator[str]:
        called = self.names.get(thing, thing)
        was = self.before.narrowing(person, called) if self.before and before.duties else ()
        will = self.after.narrowing(person, thing) if after.duties else ()
        yield from (f"no longer {line}" for line in was if line not in will)
        yield from (line for line in will if line not in was)
