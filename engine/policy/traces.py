"""Which line of YAML a way in comes from: a role's right, a membership, a share, a grant."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from engine.addresses import Address
from engine.core.space import Resource, Space
from engine.diagnostics import SourceSpan
from engine.model.base import Spec
from engine.model.dashboard import Dashboard
from engine.model.policies import DataPolicy
from engine.model.project import Project
from engine.policy.compile import datasets_governed, written
from engine.policy.facts import page_datasets
from engine.policy.people import People, people_of


class Traces:
    """Finds the lines of one space, each once."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._known: dict[tuple[str, str, str], str] = {}
        self._together: dict[tuple[frozenset[str], str, str], tuple[str, ...]] = {}

    @cached_property
    def people(self) -> People:
        """Who belongs to what."""
        return people_of(self._space)

    def has(self, thing: str) -> bool:
        """Whether a dataset or dashboard is there."""
        address = Address.parse(thing)
        return address in self._space.datasets or address in self._space.resources

    def lines(self, ways: frozenset[str], person: str, thing: str) -> tuple[str, ...]:
        """`way (file:line)` for each of the ways; the way alone where no line says it."""
        personal = any(way.startswith("project:") for way in ways)
        local = any(way.startswith("share:") for way in ways) or len(ways) == 1
        mark = (ways, person if personal else "", thing if local else "")
        found = self._together.get(mark)
        if found is None:
            lines = [self._line(way, person, thing) for way in sorted(ways)]
            offered = self._offers(thing) if len(ways) == 1 and not personal else ()
            found = self._together[mark] = (*lines, *offered)
        return found

    def narrowing(self, person: str, thing: str) -> tuple[str, ...]:
        """The data policies that narrow what the person sees of the dataset, or of those behind the page."""
        datasets = (thing, *self._behind.get(thing, ()))
        named = {n: None for dataset in datasets for n in self._governing.get(dataset, ())}
        return tuple(self._policies[n][0] for n in named if person in self._policies[n][1])

    @cached_property
    def _policies(self) -> list[tuple[str, frozenset[str], tuple[Address, ...]]]:
        """Each data policy: its line, whom it narrows, and on which datasets."""
        return [
            (
                f"{policy.address} ({_place(policy.span())})",
                self.people.named(written(policy.spec.to)),
                datasets_governed(self._space, policy.spec),
            )
            for policy in self._space.of(DataPolicy)
        ]

    @cached_property
    def _governing(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, (_, _, datasets) in enumerate(self._policies):
            for dataset in datasets:
                found.setdefault(str(dataset), []).append(number)
        return found

    @cached_property
    def _behind(self) -> dict[str, tuple[str, ...]]:
        return {
            str(page.address): tuple(map(str, page_datasets(self._space, page.spec, page.address.project)))
            for page in self._space.of(Dashboard)
        }

    @cached_property
    def _entries(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for entry, dataset in self._space.catalog.items():
            span = self._space.resources[entry].span()
            found.setdefault(str(dataset), []).append(f"{entry} ({_place(span)})")
        return found

    def _offers(self, thing: str) -> tuple[str, ...]:
        """The catalogue entries that a role's clearance opens."""
        return tuple(self._entries.get(thing, ()))

    def _line(self, way: str, person: str, thing: str) -> str:
        kind, _, name = way.partition(":")
        mark = (way, person if kind == "project" else "", thing if kind == "share" else "")
        found = self._known.get(mark)
        if found is None:
            span = next(self._spans(kind, name, person, thing), None)
            found = self._known[mark] = f"{way} ({_place(span)})" if span else way
        return found

    def _spans(self, kind: str, name: str, person: str, thing: str) -> Iterator[SourceSpan]:
        match kind:
            case "role" | "grant":
                yield from (r.span() for r in self._at(Address(kind, "", name)))
            case "project":
                yield from self._membership(name, person)
            case "share":
                yield from self._share(Address.parse(thing), name)
            case _:
                return

    def _at(self, address: Address) -> Iterator[Resource[Spec]]:
        if address in self._space.resources:
            yield self._space.resources[address]

    def _membership(self, project: str, person: str) -> Iterator[SourceSpan]:
        for resource in self._at(Address("project", "", project)):
            spec = resource.spec
            assert isinstance(spec, Project)
            for key, principals in (("managers", spec.managers), ("members", spec.members)):
                for index, principal in enumerate(principals):
                    if person in self.people.named((principal,)):
                        yield resource.span(key, index)
            yield resource.span("owner") if spec.personal else resource.span()

    def _share(self, page: Address, principal: str) -> Iterator[SourceSpan]:
        for resource in self._at(page):
            if isinstance(resource.spec, Dashboard):
                for index, share in enumerate(resource.spec.share):
                    if share.to == principal:
                        yield resource.span("share", index)


def _place(span: SourceSpan) -> str:
    return f"{span.file}:{span.line}"
