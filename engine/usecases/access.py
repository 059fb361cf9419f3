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
    before: Governed | None, after: Governed, engine: Engines, now: datetime.date
) -> tuple[AccessChange, ...]:
    """Every difference in what a person may do with a dataset or dashboard, by person and address.

    Equal policy data give no difference, and then no engine is started.
    """
    if before is not None and before.policy_data == after.policy_data:
        return ()
    marks = Marks()
    old = Sight(before.policy_data, marks, now) if before else None
    new = Sight(after.policy_data, marks, now)
    people = sorted({*new.groups, *(old.groups if old else ())})
    rows = _rows(old, new, people)
    differing = {
        pair for row in rows for pair in zip(row.before, row.after, strict=True) if pair[0] != pair[1]
    }
    outcomes = new.decide({after for _, after in differing}, engine)
    if old:
        outcomes |= old.decide({before for before, _ in differing} - outcomes.keys(), engine)
    lines = _Lines(Traces(before.space) if before else None, Traces(after.space))
    return tuple(_changes(people, rows, outcomes, lines))


def _rows(old: Sight | None, new: Sight, people: list[str]) -> list[_Row]:
    """Every thing before or after, in address order."""
    things = sorted({*new.things, *(old.things if old else ())}, key=Address.parse)
    return [_Row(thing, _marks(old, thing, people), _marks(new, thing, people)) for thing in things]


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

    def why(self, before: Outcome, after: Outcome, person: str, thing: str) -> tuple[str, ...]:
        """What no longer gives access, and what now does; where the ways are the same, all of them."""
        gained, lost = after.via - before.via, before.via - after.via
        found: list[str] = []
        if self.before:
            found += (f"no longer {line}" for line in self.before.lines(lost, person, thing))
        found += self.after.lines(gained or (after.via if not lost else frozenset()), person, thing)
        if before.duties != after.duties:
            found += self._narrowing(before, after, person, thing)
        return tuple(dict.fromkeys(found))

    def _narrowing(self, before: Outcome, after: Outcome, person: str, thing: str) -> Iterator[str]:
        was = self.before.narrowing(person, thing) if self.before and before.duties else ()
        will = self.after.narrowing(person, thing) if after.duties else ()
        yield from (f"no longer {line}" for line in was if line not in will)
        yield from (line for line in will if line not in was)
