"""A data policy holds through dataflows: what it hides is not shown by what is made of the dataset.

A dataflow runs as the operator, so its output holds what its author may not see. Two gates follow from that.
The actor of a plan may not write a dataset that gives away what is hidden from them (an error). And whoever
plans is told of every derived dataset that shows people what a data policy hides from them (a warning: an
aggregate of all rows is often meant). Both are quiet where the output is hidden from them as strongly by
a data policy of its own, or where a reviewed `declassify` says why not.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.core.plan import Change
from engine.core.space import Resource, Space
from engine.diagnostics import Diagnostic, error, warning
from engine.model.dashboard import Dashboard
from engine.model.policies import DataPolicy
from engine.policy.compile import datasets_governed, written
from engine.policy.facts import page_datasets
from engine.policy.gates import Governance, people_named
from engine.policy.masks import strength
from engine.policy.narrowing import Exposed, Narrowing, exposed, lost, narrowing_of
from engine.policy.sight import Decides, Marks, Sight

Engines = Callable[[Mapping[str, Any]], Decides]
READING = frozenset({"preview", "export", "use", "read", "edit"})
ADVICE = (
    "Name it in `datasets` of a data policy for them that hides as much, leave that out, or write "
    "`declassify: {reason, approved_by}` there."
)


def narrowed_actor(
    changes: Iterable[Change], before: Governance | None, after: Governance, actor: str
) -> tuple[Diagnostic, ...]:
    """An error at each dataset the actor newly computes from what is hidden from them, and gives it away.

    What is applied says what is hidden; of a dataset that comes with the plan, the plan does. A `declassify`
    that was there before answered for what was computed then.
    """
    return tuple(
        finding
        for change in changes
        if change.address in after.compiled and is_computed_anew(change.address, before, after)
        for finding in _given_away(change.address, before, after, actor)
    )


def is_computed_anew(address: Address, before: Governance | None, after: Governance) -> bool:
    """Whether the plan brings the dataset, or computes it otherwise than what is applied does."""
    if before is None or address not in before.compiled or address not in before.space.datasets:
        return True
    was, will = before.compiled[address], after.compiled[address]
    is_same = (was.logic, was.inputs, was.row_sources) == (will.logic, will.inputs, will.row_sources)
    return not is_same or (
        after.space.datasets[address].declassify is None
        and before.space.datasets[address].declassify is not None
    )


def is_reviewed_anew(address: Address, before: Governance | None, after: Governance) -> bool:
    """Whether the plan brings the dataset's `declassify`, or another reason or approver."""
    known = before.space.datasets.get(address) if before else None
    review = after.space.datasets[address].declassify
    return review is not None and (known is None or known.declassify != review)


def _given_away(
    address: Address, before: Governance | None, after: Governance, actor: str
) -> Iterator[Diagnostic]:
    node, dataset = after.space.datasets[address], after.compiled[address]
    if is_reviewed_anew(address, before, after):
        return
    kept = narrowing_of(after.data, actor, address)
    for source in dict.fromkeys(dataset.inputs.values()):
        known = before is not None and str(source) in before.data["resources"]
        governing = before if before is not None and known else after
        hidden = narrowing_of(governing.data, actor, source)
        rows, columns = lost(source, hidden, dataset, kept)
        if rows or columns:
            what = ("its rows",) * rows + tuple(f"column {source}.{column}" for column in columns)
            yield error(
                "narrowed-input",
                node.span(),
                f"{actor} may see {source} only narrowed, and {address} gives away {' and '.join(what)}.",
                f"{_places(governing.space, hidden)} hides that from {actor}. {ADVICE}",
            )


def _places(space: Space, hidden: Narrowing) -> str:
    named = (space.resources[Address("datapolicy", "", name)] for name in hidden.policies)
    return " and ".join(f"{policy.address} ({policy.span()})" for policy in named)


def narrowing_gates(after: Governance, engines: Engines, now: datetime.date) -> tuple[Diagnostic, ...]:
    """A warning at each derived dataset that shows people what a data policy hides from them elsewhere.

    Each is told of at the first dataset on the way that they read, not at all that is made of that.
    """
    reviewed = frozenset(a for a, node in after.space.datasets.items() if node.declassify is not None)
    escapes = [
        _Escape(policy, source, exposed(source, _hidden_by(policy.spec), after.compiled.values(), reviewed))
        for policy in after.space.of(DataPolicy)
        for source in datasets_governed(after.space, policy.spec)
        if source in after.compiled
    ]
    reached = {address for escape in escapes for address in escape.exposed}
    if not reached:
        return ()
    readers = _readers(after, reached, engines, now)
    return tuple(finding for escape in escapes for finding in _told(after, escape, readers))


@dataclass(frozen=True)
class _Escape:
    """What one data policy hides in one dataset, and where it is shown."""

    policy: Resource[DataPolicy]
    source: Address
    exposed: Mapping[Address, Exposed]
    """Inputs before what is made of them."""


def _hidden_by(policy: DataPolicy) -> Narrowing:
    masks = {column: strength(mask) for column, mask in policy.columns.items()}
    filters = frozenset[str]() if policy.rows is None else frozenset({policy.rows})
    return Narrowing((policy.name,), filters, masks)


def _told(
    after: Governance, escape: _Escape, readers: Mapping[Address, frozenset[str]]
) -> Iterator[Diagnostic]:
    """The warnings for those of the policy's people who read a dataset, and whom nothing narrows there."""
    governed = after.people.named(written(escape.policy.spec.to))
    settled: dict[Address, frozenset[str]] = {}  # told there, or hidden from there: told no further on
    for address, what in escape.exposed.items():
        inputs = frozenset(after.compiled[address].inputs.values()) & {escape.source, *escape.exposed}
        before = governed.intersection(*(settled.get(one, frozenset()) for one in inputs))
        paths = _paths_beyond(after, address, what, governed)
        shown = paths.keys() & readers[address]
        settled[address] = before | shown | (governed - paths.keys())
        new = shown - before
        if new:
            yield _lost(after, escape.policy, address, {person: paths[person] for person in sorted(new)})


def _paths_beyond(
    after: Governance, address: Address, what: Exposed, people: frozenset[str]
) -> dict[str, tuple[tuple[str, ...], ...]]:
    """For each person whom something is shown to that is not hidden here again: the paths it comes along."""
    paths = {person: tuple(what.beyond(narrowing_of(after.data, person, address))) for person in people}
    return {person: found for person, found in paths.items() if found}


def _lost(
    after: Governance,
    policy: Resource[DataPolicy],
    address: Address,
    paths: Mapping[str, tuple[tuple[str, ...], ...]],
) -> Diagnostic:
    ways = dict.fromkeys(path for found in paths.values() for path in found)
    return warning(
        "narrowing-lost",
        after.space.datasets[address].span(),
        f"{address} shows {people_named(paths)} what {policy.address} ({policy.span()}) hides from them.",
        f"It comes along {' and '.join(' -> '.join(way) for way in ways)}. {ADVICE}",
    )


def _readers(
    after: Governance, datasets: set[Address], engines: Engines, now: datetime.date
) -> dict[Address, frozenset[str]]:
    """Who may read each dataset through any door, or a page that is drawn from it."""
    sight = Sight(after.data, Marks(), now)
    pages: dict[Address, set[str]] = {address: {str(address)} for address in datasets}
    for page in after.space.of(Dashboard):
        for behind in page_datasets(after.space, page.spec, page.address.project):
            if behind in pages:
                pages[behind].add(str(page.address))
    marks = {
        thing: _marks(sight, thing)
        for thing in sorted({thing for things in pages.values() for thing in things})
    }
    outcomes = sight.decide({mark for by_person in marks.values() for mark in by_person.values()}, engines)
    may = {mark for mark, outcome in outcomes.items() if READING & {*outcome.actions}}
    return {
        address: frozenset(person for thing in things for person, mark in marks[thing].items() if mark in may)
        for address, things in pages.items()
    }


def _marks(sight: Sight, thing: str) -> dict[str, int | None]:
    """Each person's mark at a thing."""
    table = sight.table(thing)
    people = list(sight.groups.items())
    return {} if table is None else dict(zip(sight.groups, table.marks(people), strict=True))
