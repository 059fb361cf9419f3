"""Which changes of a plan open what to whom: each new reader traced to the documents that let them in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from engine.addresses import Address
from engine.core.plan import AccessChange
from engine.diagnostics import SourceSpan
from engine.model.base import Spec
from engine.model.catalog import CatalogEntry
from engine.model.dashboard import Dashboard
from engine.model.policies import DataPolicy, Grant, Group, Network, Role, User
from engine.model.project import Project
from engine.policy.compile import entries_by_dataset
from engine.policy.facts import page_datasets
from engine.policy.gates import Governance
from engine.policy.narrowing import narrowing_of

READING: Final = frozenset({"read", "preview", "export", "use", "edit"})
"""What a new reader may do that they could not do before."""
CONTAINERS: Final = frozenset({"group", "project", "role"})
"""Kinds that people come into and go out of, and that shares, grants and data policies name."""


class Opener(NamedTuple):
    """The place of a change that opens data, and who agreed to it, by a word that came with the change."""

    span: SourceSpan
    approver: str | None
    is_fresh: bool = True
    key: str = "approved_by"


class Opening(NamedTuple):
    """One person to whom one change opens something, and the datasets that are opened."""

    person: str
    datasets: tuple[Address, ...]
    span: SourceSpan
    approver: str | None
    is_fresh: bool
    key: str


@dataclass(frozen=True)
class Openings:
    """Finds the changes that give people their access to something."""

    before: Governance
    after: Governance

    def of(self, access: Iterable[AccessChange]) -> Iterator[Opening]:
        """Every opening, in the order of the access changes."""
        for change in access:
            person = change.principal.removeprefix("user:")
            if not READING & {*change.after} or self._is_own_work(person, change.dataset):
                continue
            behind = self._behind(change.dataset)
            if READING & {*change.before}:
                openers = tuple(o for dataset in behind for o in self._unveilers(dataset, person))
            else:
                openers = tuple(self._ways_in(change, person))
            for opener in dict.fromkeys(openers):
                yield Opening(person, behind, *opener)

    def _is_own_work(self, person: str, thing: Address) -> bool:
        """Whether it is new, in a project that the person belonged to before."""
        known = self.before.data["users"].get(person, {}).get("projects", {})
        return str(thing) not in self.before.data["resources"] and thing.project in known

    def _behind(self, thing: Address) -> tuple[Address, ...]:
        """The dataset itself, or those that a page shows."""
        resource = self.after.space.resources.get(thing)
        if resource is not None and isinstance(resource.spec, Dashboard):
            return page_datasets(self.after.space, resource.spec, thing.project)
        return (thing,)

    def _ways_in(self, change: AccessChange, person: str) -> Iterator[Opener]:
        """The changes behind one new access; where no document about people changed, the thing itself."""
        ways = {line.partition(" (")[0] for line in change.why}
        candidates = dict.fromkeys(self._candidates(change.dataset, ways, person))
        openers = tuple(o for a in candidates if a in self._changed for o in self._openers(a, ways))
        yield from openers or (self._itself(change.dataset),)

    def _candidates(self, thing: Address, ways: Collection[str], person: str) -> Iterator[Address]:
        for way in sorted(ways):
            kind, _, name = way.partition(":")
            if kind in ("grant", "project", "role"):
                yield Address(kind, "", name)
        yield thing
        yield from self._entries.get(thing, ())
        yield Address("user", "", person)
        for address in self._changed:
            if address.kind == "network" or (address.kind == "group" and person in self._joined[address]):
                yield address

    def _unveilers(self, dataset: Address, person: str) -> Iterator[Opener]:
        """The changes by which data policies hide less of a dataset from a person than before."""
        was = narrowing_of(self.before.data, person, dataset)
        if not narrowing_of(self.after.data, person, dataset).hides_less_than(was):
            return
        policies = [Address("datapolicy", "", name) for name in was.policies]
        own = Address("user", "", person)
        left = [a for a in self._changed if a == own or (a in self._left and person in self._left[a])]
        openers = tuple(
            o for a in (*policies, *left) if a in self._changed for o in self._openers(a, frozenset())
        )
        yield from openers or (self._itself(dataset),)

    @cached_property
    def _joined(self) -> Mapping[Address, frozenset[str]]:
        """Who comes into each group, project or role that changed."""
        return {a: self._members(self.after, a) - self._members(self.before, a) for a in self._containers}

    @cached_property
    def _left(self) -> Mapping[Address, frozenset[str]]:
        """Who goes out of each."""
        return {a: self._members(self.before, a) - self._members(self.after, a) for a in self._containers}

    @cached_property
    def _containers(self) -> tuple[Address, ...]:
        return tuple(address for address in self._changed if address.kind in CONTAINERS)

    @cached_property
    def _entries(self) -> Mapping[Address, tuple[Address, ...]]:
        return entries_by_dataset(self.after.space)

    @staticmethod
    def _members(governance: Governance, container: Address) -> frozenset[str]:
        return governance.people.named((f"{container.kind}:{container.name}",))

    def _openers(self, address: Address, ways: Collection[str]) -> Iterator[Opener]:
        """The document, or of a page its new shares, each with whoever agreed to it."""
        resource, earlier = self.after.space.resources[address], self.before.space.resources.get(address)
        if not isinstance(resource.spec, Dashboard):
            approver = getattr(resource.spec, "approved_by", None)
            stale = earlier is not None and getattr(earlier.spec, "approved_by", None) == approver
            yield Opener(resource.span(), approver, not stale)
            return
        known = earlier.spec.share if earlier and isinstance(earlier.spec, Dashboard) else ()
        for index, share in enumerate(resource.spec.share):
            if share not in known and f"share:{share.to}" in ways:
                stale = any((old.to, old.approved_by) == (share.to, share.approved_by) for old in known)
                yield Opener(resource.span("share", index), share.approved_by, not stale)

    def _itself(self, thing: Address) -> Opener:
        """The dataset or page: it is new, its level fell, or what hid a part of it is gone."""
        node = self.after.space.datasets.get(thing)
        if node is None:
            resource = self.after.space.resources.get(thing, self.after.space.settings)
            return Opener(resource.span(), None)
        earlier = self.before.space.datasets.get(thing)
        review = node.declassify
        is_fresh = earlier is None or earlier.declassify != review
        return Opener(node.span(), review.approved_by if review else None, is_fresh, "declassify")

    @cached_property
    def _changed(self) -> tuple[Address, ...]:
        """Every document of which a part changed that decides whom something is open to."""
        before = self.before.space.resources
        return tuple(
            address
            for address, resource in self.after.space.resources.items()
            if (said := opening_part(resource.spec)) is not None
            and (address not in before or said != opening_part(before[address].spec))
        )


def opening_part(spec: Spec) -> object:
    """The part of a document that decides whom something is open to; None where there is none."""
    match spec:
        case Dashboard(share=share):
            return share
        case Project(managers=managers, members=members, owner=owner):
            return managers, members, owner
        case Group(members=members):
            return members
        case CatalogEntry(dataset=dataset, access=access):
            return dataset, access
        case Role(clearance=clearance, allow=allow):
            return clearance, allow
        case User(role=role, clearance=clearance):
            return role, clearance
        case Network(cidrs=cidrs, applies_to=whom, sensitivity=level):
            return cidrs, whom, level
        case DataPolicy(datasets=datasets, to=to, rows=rows, columns=columns):
            return datasets, to, rows, tuple(sorted(columns.items()))
        case Grant():
            return spec
        case _:
            return None
