"""Which line of YAML a way in comes from: a role's right, a membership, a share, a grant."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from engine.addresses import Address
from engine.core.space import Resource, Space
from engine.diagnostics import SourceSpan
from engine.model.base import Spec
from engine.model.dashboard import Dashboard
from engine.model.project import Project
from engine.policy.people import People, people_of


class Traces:
    """Finds the lines of one space, each once."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._known: dict[tuple[str, str, str], str] = {}

    @cached_property
    def _people(self) -> People:
        return people_of(self._space)

    def line(self, way: str, person: str, thing: str) -> str:
        """`way (file:line)`; the way alone when no line says it."""
        kind, _, name = way.partition(":")
        mark = (way, person if kind == "project" else "", thing if kind == "share" else "")
        found = self._known.get(mark)
        if found is None:
            span = next(self._spans(kind, name, person, thing), None)
            found = self._known[mark] = f"{way} ({span.file}:{span.line})" if span else way
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
                    if person in self._people.named((principal,)):
                        yield resource.span(key, index)
            yield resource.span("owner") if spec.personal else resource.span()

    def _share(self, page: Address, principal: str) -> Iterator[SourceSpan]:
        for resource in self._at(page):
            if isinstance(resource.spec, Dashboard):
                for index, share in enumerate(resource.spec.share):
                    if share.to == principal:
                        yield resource.span("share", index)
