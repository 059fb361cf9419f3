"""Who may read what, and through what: asked of policy once for people times things, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.addresses import Address
from engine.model.dashboard import Dashboard
from engine.model.policies import User
from engine.policy.decision import Decision, Obligations
from engine.usecases.site.sight import answers_to
from engine.usecases.site.values import Matrix, Reader
from engine.usecases.site.values_basic import Link
from engine.usecases.site.visit import Visit

MOST_QUESTIONS = 600
"""How many decisions the site's tables of readers may cost, at some milliseconds each; `engine who-can`
answers for the rest."""

Door = tuple[str, str, Address]
"""What people call it, the action that opens it, and the resource that is asked for."""


@dataclass(frozen=True)
class Readers:
    """The answers: for each thing and person how they read it; refusals are left out."""

    people: tuple[Link, ...]
    things: tuple[Address, ...]
    cells: Mapping[tuple[Address, Address], Reader]
    skipped: frozenset[Address]

    def of(self, thing: Address) -> tuple[Reader, ...]:
        """Who reads a thing, by name."""
        found = (self.cells.get((thing, person.address)) for person in self.people)
        return tuple(reader for reader in found if reader)

    def left_out(self, thing: Address) -> bool:
        """Whether the thing did not fit."""
        return thing in self.skipped

    def matrix(self, visit: Visit) -> Matrix:
        """The whole table, for the access page."""
        links = tuple(visit.link(thing) for thing in self.things)
        return Matrix(self.people, links, self.cells, len(self.skipped))


def readers(visit: Visit) -> Readers:
    """Who reads each dataset and dashboard that the reader sees, among those the reader may know of."""
    people = tuple(visit.link(u.address) for u in visit.space.of(User) if visit.knows(u.spec.name))
    things = _things(visit)
    asked: dict[Address, tuple[Door, ...]] = {}
    budget = MOST_QUESTIONS
    for thing in things:
        doors = _doors(visit, thing)
        budget -= len(doors) * len(people)
        if budget < 0:
            break
        asked[thing] = doors
    answers = answers_to(
        visit.engine,
        [
            (p.address.name, action, door)
            for doors in asked.values()
            for _, action, door in doors
            for p in people
        ],
        visit.place_of,
        visit.now,
    )
    opened: dict[tuple[Address, Address], list[tuple[Door, Decision]]] = {}
    for thing, doors in asked.items():
        for person in people:
            decided = [(door, answers[person.address.name, *door[1:]]) for door in doors]
            allowed = [(door, decision) for door, decision in decided if decision.allow]
            if allowed:
                opened[thing, person.address] = allowed
    names = {person.address: person for person in people}
    further = _further(visit, opened)
    cells = {cell: _reader(names[cell[1]], decisions, further[cell]) for cell, decisions in opened.items()}
    return Readers(people, tuple(asked), cells, frozenset(things) - asked.keys())


FURTHER: Mapping[str, tuple[str, ...]] = {
    "dashboard": ("edit", "share"),
    "dataset": ("export", "use", "update"),
    "catalog": ("export", "use", "update"),
}
"""What may be done with a thing beside reading it, by the kind of its door."""


def _further(
    visit: Visit, opened: Mapping[tuple[Address, Address], Sequence[tuple[Door, Decision]]]
) -> dict[tuple[Address, Address], tuple[tuple[str, tuple[str, ...]], ...]]:
    """What else those who read a thing may do with it, and through what: nobody else is asked about."""
    questions = {
        cell: [(cell[1].name, action, door) for (_, _, door), _ in decisions for action in FURTHER[door.kind]]
        for cell, decisions in opened.items()
    }
    answers = answers_to(
        visit.engine, [q for asked in questions.values() for q in asked], visit.place_of, visit.now
    )
    return {
        cell: _together([(action, answers[who, action, door]) for who, action, door in asked])
        for cell, asked in questions.items()
    }


def _together(decisions: Iterable[tuple[str, Decision]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each action that is allowed through any door, with the rules of all of them."""
    found: dict[str, dict[str, None]] = {}
    for action, decision in decisions:
        if decision.allow:
            found.setdefault(action, {}).update(dict.fromkeys(decision.via))
    return tuple((action, tuple(via)) for action, via in found.items())


def _things(visit: Visit) -> tuple[Address, ...]:
    """Dashboards first, then catalogued datasets, then the rest: what most people ask about."""
    pages = [p.address for p in visit.space.of(Dashboard) if visit.sight.sees(p.address)]
    offered = sorted(d for d in visit.entries if _sees_dataset(visit, d))
    rest = [d for d in sorted(visit.space.datasets) if d not in visit.entries and visit.sight.sees(d)]
    return (*pages, *offered, *rest)


def _sees_dataset(visit: Visit, dataset: Address) -> bool:
    return visit.sight.sees(dataset) or any(map(visit.sight.sees, visit.entries.get(dataset, ())))


def _doors(visit: Visit, thing: Address) -> tuple[Door, ...]:
    if thing.kind == "dashboard":
        return (("page", "read", thing),)
    entries = (e for e in visit.entries.get(thing, ()) if visit.sight.sees(e))
    return (("project", "preview", thing), *(("catalogue", "preview", entry) for entry in entries))


def _reader(
    person: Link,
    decisions: Sequence[tuple[Door, Decision]],
    further: tuple[tuple[str, tuple[str, ...]], ...],
) -> Reader:
    doors = tuple(dict.fromkeys(name for (name, _, _), _ in decisions))
    via = tuple(dict.fromkeys(v for _, d in decisions for v in d.via))
    narrowed = [in_words(d.obligations) for _, d in decisions]
    first = _together((action, decision) for (_, action, _), decision in decisions)
    return Reader(person, doors, via, "" if "" in narrowed else narrowed[0], (*first, *further))


def in_words(obligations: Obligations) -> str:
    """What policy leaves, in words: masks and rows; empty when nothing is narrowed."""
    masks: Iterable[str] = (f"{c}: {m}" for c, m in sorted(obligations.columns.items()) if m != "clear")
    rows = ("some rows only",) if obligations.rows else ()
    return "; ".join((*rows, *masks))
