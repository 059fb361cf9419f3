"""One making of the site: for whom, of what, and what every part of it needs to look up."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.core.aspects import page_datasets
from engine.core.compiled import ColumnRef
from engine.core.space import Space
from engine.core.state import CheckResult, CheckStatus, RunRecord, StepRecord
from engine.model.base import Spec, Text
from engine.model.dashboard import Dashboard
from engine.policy.classes import Classes
from engine.policy.people import People, people_of
from engine.ports import PolicyEngine, Workbench
from engine.usecases.published import Published
from engine.usecases.site.sight import Sight
from engine.usecases.site.values_basic import Link

if TYPE_CHECKING:
    from engine.usecases.page_releases import Releases

HISTORY = 30
"""Most outcomes of a check that a page tells."""


@dataclass(frozen=True)
class Visit:
    """For whom (`sight`), of what (`published`, `runs`), on which day, in which language."""

    bench: Workbench
    published: Published
    engine: PolicyEngine
    sight: Sight
    runs: tuple[RunRecord, ...]
    now: datetime.date
    lang: str

    @property
    def space(self) -> Space:
        """The applied space."""
        return self.published.space

    def words(self, text: Text | None) -> str:
        """Text for people in the site's language, or in the first there is."""
        if isinstance(text, dict):
            return text.get(self.lang) or text.get("en") or next(iter(text.values()), "")
        return text or ""

    def link(self, address: Address) -> Link:
        """A resource and what people call it. Ask `sight` first whether the reader may know."""
        node = self.space.datasets.get(address)
        declared: Spec | None = None if node else self.space.resources[address].spec
        title = node.declared.title if node else declared.title if declared else None
        if title is None and address in self.space.catalog:
            title = self.space.datasets[self.space.catalog[address]].declared.title
        text = self.words(title)
        return Link(address, (_unfilled(text) if isinstance(declared, Dashboard) else text) or address.name)

    def face(self, address: Address) -> Address | None:
        """As what the reader sees a resource: itself, a dataset also as its catalogue entry; or not."""
        if self.sight.sees(address):
            return address
        return next((e for e in self.entries.get(address, ()) if self.sight.sees(e)), None)

    def seen(self, addresses: Iterable[Address]) -> tuple[Link, ...]:
        """Links to those the reader sees, in the order given, each as they see it."""
        faces = dict.fromkeys(face for a in addresses if (face := self.face(a)))
        return tuple(map(self.link, faces))

    def narrowed(self, dataset: Address) -> bool:
        """Whether policy keeps rows of a dataset from the reader: then no count of all rows is told."""
        doors = (dataset, *self.entries.get(dataset, ()))
        kept = [self.sight.obligations(door) for door in doors if self.sight.may("preview", door)]
        return any(obligations is not None and obligations.rows for obligations in kept)

    def reads(self, dataset: Address) -> bool:
        """Whether the tree is for people who may look at rows of a dataset; the operator's is for anyone."""
        doors = (dataset, *self.entries.get(dataset, ()))
        return self.sight.reader is not None and any(self.sight.may("preview", door) for door in doors)

    def person(self, user: str | None) -> Link | None:
        """A user named beside something the reader sees; None when there is none."""
        if not user:
            return None
        address = Address("user", "", user)
        known = address in self.space.resources and self.knows(user)
        return self.link(address) if known else Link(address, user)

    def knows(self, user: str) -> bool:
        """Whether the reader may know of this user: themself, or whoever policy lets them see."""
        return self.sight.is_me(user) or self.sight.sees(Address("user", "", user))

    @cached_property
    def releases(self) -> Releases:
        """What all pages together withhold, as their operator sees them."""
        from engine.usecases.page_releases import Releases

        return Releases(self.bench, self.published)

    def place_of(self, person: str) -> str:
        """Where somebody who is told of is taken to come from: the network that lets them see most."""
        return self._classes.place_of(person)

    @cached_property
    def _classes(self) -> Classes:
        return Classes(self.published.policy_data)

    @cached_property
    def people(self) -> People:
        """Who belongs to what."""
        return people_of(self.space)

    @cached_property
    def uses(self) -> Mapping[Address, tuple[Address, ...]]:
        """Each dataset's direct readers: datasets and dashboards, sorted."""
        found: dict[Address, set[Address]] = {}
        for address, compiled in self.published.compiled.items():
            for source in compiled.inputs.values():
                found.setdefault(source, set()).add(address)
        for page, sources in self.page_sources.items():
            for source in sources:
                found.setdefault(source, set()).add(page)
        return {address: tuple(sorted(readers)) for address, readers in found.items()}

    @cached_property
    def page_sources(self) -> Mapping[Address, tuple[Address, ...]]:
        """The datasets behind each dashboard, sorted."""
        return {
            page.address: tuple(
                sorted(set(page_datasets(self.space, page.spec, page.address.project).values()))
            )
            for page in self.space.of(Dashboard)
        }

    @cached_property
    def column_uses(self) -> Mapping[ColumnRef, tuple[ColumnRef, ...]]:
        """The columns made directly from each column."""
        found: dict[ColumnRef, list[ColumnRef]] = {}
        for address, compiled in self.published.compiled.items():
            for column in compiled.columns:
                for source in column.sources:
                    found.setdefault(source, []).append(ColumnRef(address, column.name))
        return {ref: tuple(sorted(uses)) for ref, uses in found.items()}

    @cached_property
    def entries(self) -> Mapping[Address, tuple[Address, ...]]:
        """The catalogue entries that offer each dataset."""
        found: dict[Address, list[Address]] = {}
        for entry, dataset in sorted(self.space.catalog.items()):
            found.setdefault(dataset, []).append(entry)
        return {dataset: tuple(entries) for dataset, entries in found.items()}

    def checks_of(self, fingerprint: str) -> tuple[CheckResult, ...]:
        """The latest outcomes for a version. The run that is being published is not in the state yet."""
        for run in self.runs[:1]:
            found = tuple(check for check in run.checks if check.version == fingerprint)
            if found:
                return found
        return self.bench.state.checks(fingerprint)

    @cached_property
    def check_history(self) -> Mapping[tuple[Address, str], tuple[tuple[str, str, CheckStatus], ...]]:
        """The latest outcomes of each check of each dataset, oldest first: run, when it began, outcome."""
        found: dict[tuple[Address, str], list[tuple[str, str, CheckStatus]]] = {}
        for run in self.runs:
            for check in run.checks:
                past = found.setdefault((check.address, check.name), [])
                if len(past) < HISTORY:
                    past.append((run.run, run.started, check.status))
        return {key: tuple(reversed(past)) for key, past in found.items()}

    @cached_property
    def steps_of(self) -> Mapping[Address, tuple[tuple[RunRecord, StepRecord], ...]]:
        """Each resource's steps in the kept runs, latest first."""
        found: dict[Address, list[tuple[RunRecord, StepRecord]]] = {}
        for run in self.runs:
            for step in run.steps:
                found.setdefault(step.address, []).append((run, step))
        return {address: tuple(steps) for address, steps in found.items()}


def _unfilled(title: str) -> str:
    """A page's title where no page is open to fill it with numbers: something stands for each."""
    if "{{" not in title:
        return title
    from engine.core.pages.texts import HOLE

    return HOLE.sub("…", title)
