"""Not too many new readers in one plan, unless the changes that open data to them were agreed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from engine.addresses import Address
from engine.core.plan import AccessChange
from engine.diagnostics import Diagnostic, SourceSpan, error
from engine.model.base import Spec
from engine.model.catalog import CatalogEntry
from engine.model.dashboard import Dashboard
from engine.model.policies import Grant, Group, Network, Role, User
from engine.model.project import Project
from engine.policy.gates import Governance, people_named

READING: Final = frozenset({"read", "preview", "export", "use", "edit"})
"""What a new reader may do that they could not do before."""


def reader_gates(
    access: Iterable[AccessChange], before: Governance | None, after: Governance, actor: str | None
) -> tuple[Diagnostic, ...]:
    """An error at each change that opens data, when together they give too many people their first access.

    A change that carries `approved_by` (of someone else than the actor) is not counted, nor is what a
    project newly makes for those who belonged to it already. A first plan opens everything and is not held.
    """
    limit = after.space.settings.spec.limits.new_readers
    if limit is None or before is None:
        return ()
    opened = _Openings(before, after, actor).by_place(access)
    people = frozenset[str]().union(*opened.values())
    if len(people) <= limit:
        return ()
    return tuple(
        error(
            "too-many-new-readers",
            span,
            f"This opens data to {len(names)} people: {people_named(names)}.",
            f"The plan has {len(people)} new readers and `limits.new_readers` allows {limit}. Let someone "
            "agree to it with `approved_by` here, or open it to fewer at once.",
        )
        for span, names in sorted(opened.items())
    )


class Opener(NamedTuple):
    """The place of a change that opens data, and who agreed to it."""

    span: SourceSpan
    approver: str | None


@dataclass(frozen=True)
class _Openings:
    """Finds the changes that give people their access to something."""

    before: Governance
    after: Governance
    actor: str | None

    def by_place(self, access: Iterable[AccessChange]) -> dict[SourceSpan, set[str]]:
        """The place of each change that nobody agreed to, and whom it opens something to."""
        found: dict[SourceSpan, set[str]] = {}
        for change in access:
            if READING & {*change.after} and not READING & {*change.before}:
                person = change.principal.removeprefix("user:")
                if not self._is_own_work(person, change.dataset):
                    for span in self._unapproved(change, person):
                        found.setdefault(span, set()).add(person)
        return found

    def _is_own_work(self, person: str, thing: Address) -> bool:
        """Whether it is new, in a project that the person belonged to before."""
        known = self.before.data["users"].get(person, {}).get("projects", {})
        return str(thing) not in self.before.data["resources"] and thing.project in known

    def _unapproved(self, change: AccessChange, person: str) -> Iterator[SourceSpan]:
        """The changes behind one new access that nobody agreed to."""
        ways = {line.partition(" (")[0] for line in change.why}
        candidates = dict.fromkeys(self._candidates(change.dataset, ways, person))
        openers = [o for a in candidates if a in self._opening for o in self._openers(a, ways)]
        for span, approver in openers or [self._itself(change.dataset)]:
            if approver is None or approver == self.actor:
                yield span

    def _candidates(self, thing: Address, ways: Collection[str], person: str) -> Iterator[Address]:
        for way in sorted(ways):
            kind, _, name = way.partition(":")
            if kind in ("grant", "project", "role"):
                yield Address(kind, "", name)
        yield thing
        yield from (entry for entry, dataset in self.after.space.catalog.items() if dataset == thing)
        yield Address("user", "", person)
        for address in self._opening:
            principal = f"group:{address.name}"
            if address.kind == "network" or (
                address.kind == "group"
                and person in self.after.people.named((principal,))
                and person not in self.before.people.named((principal,))
            ):
                yield address

    def _openers(self, address: Address, ways: Collection[str]) -> Iterator[Opener]:
        """The document, or of a page its new shares, each with whoever agreed to it."""
        resource = self.after.space.resources[address]
        if not isinstance(resource.spec, Dashboard):
            yield Opener(resource.span(), getattr(resource.spec, "approved_by", None))
            return
        earlier = self.before.space.resources.get(address)
        known = earlier.spec.share if earlier and isinstance(earlier.spec, Dashboard) else ()
        for index, share in enumerate(resource.spec.share):
            if share not in known and f"share:{share.to}" in ways:
                yield Opener(resource.span("share", index), share.approved_by)

    def _itself(self, thing: Address) -> Opener:
        """The dataset or page, where no document about people opens it: it is new, or its level fell."""
        node = self.after.space.datasets.get(thing)
        if node is None:
            resource = self.after.space.resources.get(thing, self.after.space.settings)
            return Opener(resource.span(), None)
        return Opener(node.span(), node.declassify.approved_by if node.declassify else None)

    @cached_property
    def _opening(self) -> tuple[Address, ...]:
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
        case Grant():
            return spec
        case _:
            return None
