"""What the actor of a plan must be allowed for each change: questions to policy, answered elsewhere.

What is applied decides. Only about what the plan itself creates (a project and all in it, a grant) the
planned policy is asked, for nothing else knows of it; that it may be created is asked of what is applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from engine.addresses import Address
from engine.core.moves import earlier_names
from engine.core.named_paths import named_paths
from engine.core.plan import Change
from engine.core.space import DatasetNode, Derived, Resource, Space
from engine.diagnostics import SourceSpan
from engine.model.base import Spec
from engine.model.catalog import CatalogEntry
from engine.model.dashboard import Dashboard
from engine.model.policies import Grant
from engine.model.project import Project
from engine.policy.compile import entries_granted
from engine.policy.decision import Caller, Request
from engine.policy.facts import page_datasets
from engine.policy.gates import Governance
from engine.policy.gates_narrowing import is_computed_anew
from engine.policy.gates_origins import moved_columns


class Asked(NamedTuple):
    """One request, and whether the planned policy is to decide it and not the applied one."""

    request: Request
    planned: bool
    word: str = ""
    """What the change is called, where the request asks for it in other words."""


@dataclass(frozen=True)
class Question:
    """What is asked about one change; the change may be made when any of the alternatives is allowed."""

    place: SourceSpan
    alternatives: tuple[Asked, ...]


def actor_questions(
    changes: Iterable[Change], before: Governance | None, after: Governance, actor: Caller
) -> tuple[Question, ...]:
    """Everything the actor must be allowed for the changes, in their order.

    What only follows from other changes (newer data, a rebuild for what an input became) is not asked about.
    """
    asking = _Asking(before, after, actor)
    return tuple(question for change in changes for question in asking.about(change.address))


def move_questions(
    moved: Iterable[Address], before: Governance | None, after: Governance, actor: Caller
) -> tuple[Question, ...]:
    """The same for a move of pointers, which may also bring other data of what nobody edited.

    To let a dataset or page be another version of itself, one must be allowed to update it.
    """
    asking = _Asking(before, after, actor)
    return tuple(
        question
        for address in moved
        for question in tuple(asking.about(address)) or (asking.another_version(address),)
    )


@dataclass(frozen=True)
class _Asking:
    before: Governance | None
    after: Governance
    actor: Caller

    def about(self, address: Address) -> Iterator[Question]:
        """The questions about what was written at one address."""
        old, new = self._spec(self.before, address), self._spec(self.after, address)
        if old is not None and new is not None and not self._is_edited(address):
            return
        for requests in self._needed(address, old, new):
            yield Question(self._place(address), requests)

    def another_version(self, address: Address) -> Question:
        """The question about data that change while what is written stays."""
        return Question(self._place(address), (self._applied("update", address),))

    def _needed(self, address: Address, old: Spec | None, new: Spec | None) -> Iterator[tuple[Asked, ...]]:
        if isinstance(new, Grant) or isinstance(old, Grant):
            yield from self._of_grant(address, _grant(old), _grant(new))
        elif new is None:
            yield (self._applied("delete", address),)
        elif isinstance(new, Dashboard):
            yield from self._of_page(address, old, new)
        elif isinstance(new, Project) and isinstance(old, Project):
            part = "members" if _but_members(old) == _but_members(new) else ""
            yield (self._applied("update", address, part=part),)
        elif isinstance(new, CatalogEntry):
            yield from self._of_entry(address, old)
        else:
            yield from self._verb(address)
        for policy, _ in moved_columns(self.before, self.after, address):
            yield (self._applied("update", policy.address),)
        yield from self._reads(address)
        if address in self.after.space.resources:
            yield from self._schedules(address, old, new)

    def _verb(self, address: Address) -> Iterator[tuple[Asked, ...]]:
        """To create or to update; what was renamed is deleted in one place and created in another."""
        if self._knows(address):
            yield (self._applied("update", address),)
            return
        if address in self._moved and self._knows(self._moved[address]):
            yield (self._applied("delete", self._moved[address]),)
        yield (self._create(address),)

    def _create(self, address: Address, project: str = "") -> Asked:
        home = Address("project", "", project or address.project)
        is_inside = bool(home.name)
        if self.before is None or (
            is_inside and home in self.after.space.resources and not self._knows(home)
        ):
            return self._planned("update", address)._replace(word="create")
        return self._applied("create", address, project=project)

    def _of_entry(self, address: Address, old: Spec | None) -> Iterator[tuple[Asked, ...]]:
        """An entry belongs to the project of its dataset: offering another project's needs a right there."""
        if old is None:
            dataset = self.after.space.catalog.get(address)
            yield (self._create(address, dataset.project if dataset else ""),)
            return
        yield (self._applied("update", address),)
        earlier = self.before.space.catalog.get(address) if self.before else None
        if earlier != self.after.space.catalog.get(address):
            yield (self._planned("update", address),)

    def _of_page(self, address: Address, old: Spec | None, new: Dashboard) -> Iterator[tuple[Asked, ...]]:
        shared = old.share if isinstance(old, Dashboard) else ()
        if old is None or _but_share(old) != _but_share(new) or self._files_differ(address):
            yield from self._verb(address)
        if {*shared} != {*new.share}:
            yield (
                self._applied("share", address) if self._knows(address) else self._planned("share", address),
            )

    def _of_grant(
        self, address: Address, old: Grant | None, new: Grant | None
    ) -> Iterator[tuple[Asked, ...]]:
        """Applying is for oneself, approving for those who approve; taking back for either."""
        approve = self._applied("approve", address) if old else self._planned("approve", address)
        if new is not None and new.status == "approved":
            yield (self._planned("approve", address),)
            for entry in self._entries(new):
                if self._knows(entry):
                    yield (self._applied("approve", entry),)
        elif new is not None and self._is_own(new) and (old is None or self._is_own(old)):
            yield tuple(self._request(entry) for entry in self._entries(new)) or (approve,)
        elif new is None and old is not None and self._is_own(old):
            yield (self._applied("delete", address), approve, *map(self._request, self._entries(old)))
        elif new is None:
            yield (self._applied("delete", address), approve)
        else:
            yield (*next(self._verb(address)), *((approve,) if old else ()))

    def _is_own(self, grant: Grant) -> bool:
        """Whether it is the actor's own application, still open."""
        return grant.status == "requested" and grant.requested_by == self.actor.name

    def _entries(self, grant: Grant) -> tuple[Address, ...]:
        found = entries_granted(self.after.space, grant)
        return found or (entries_granted(self.before.space, grant) if self.before else ())

    def _request(self, entry: Address) -> Asked:
        return self._applied("request", entry) if self._knows(entry) else self._planned("request", entry)

    def _reads(self, address: Address) -> Iterator[tuple[Asked, ...]]:
        """`use`, through any door, of all that a dataset is newly computed from, and a page newly shows.

        Of its own project's datasets a page takes no more than to be the project's.
        """
        if address in self.after.compiled:
            is_new = is_computed_anew(address, self.before, self.after)
            read = frozenset(self.after.compiled[address].inputs.values()) if is_new else frozenset()
        else:
            earlier = _shown_by(self.before.space, address) if self.before else frozenset()
            shown = _shown_by(self.after.space, address) - earlier
            read = frozenset(dataset for dataset in shown if dataset.project != address.project)
        for dataset in sorted(read):
            yield tuple(
                self._applied("use", door) if self._knows(door) else self._planned("use", door)
                for door in (dataset, *self._doors.get(dataset, ()))
            )

    def _schedules(self, address: Address, old: Spec | None, new: Spec | None) -> Iterator[tuple[Asked, ...]]:
        for key in ("schedule", "refresh"):
            wanted = getattr(new, key, None)
            if wanted is not None and wanted != getattr(old, key, None):
                known = self._knows(address)
                yield (self._applied("schedule", address) if known else self._planned("schedule", address),)

    def _is_edited(self, address: Address) -> bool:
        assert self.before is not None
        old, new = self.before.space, self.after.space
        if address in new.datasets and address in old.datasets:
            before, after = old.datasets[address], new.datasets[address]
            is_same = before.declared == after.declared and _inputs(before) == _inputs(after)
            return not is_same or _code(old, before) != _code(new, after)
        before_spec, after_spec = old.resources[address].spec, new.resources[address].spec
        return before_spec != after_spec or self._files_differ(address)

    def _files_differ(self, address: Address) -> bool:
        """Whether a file that the document names has other content."""
        assert self.before is not None
        return _contents(self.before.space, self.before.space.resources[address]) != _contents(
            self.after.space, self.after.space.resources[address]
        )

    def _knows(self, address: Address) -> bool:
        """Whether the applied policy knows the address."""
        return self.before is not None and str(address) in self.before.data["resources"]

    @cached_property
    def _moved(self) -> Mapping[Address, Address]:
        return earlier_names(self.after.space, self.before.space.addresses) if self.before else {}

    @cached_property
    def _doors(self) -> Mapping[Address, list[Address]]:
        found: dict[Address, list[Address]] = {}
        for entry, dataset in self.after.space.catalog.items():
            found.setdefault(dataset, []).append(entry)
        return found

    def _applied(self, action: str, address: Address, part: str = "", project: str = "") -> Asked:
        request = replace(self.actor.asks(action, address), part=part, project=project)
        return Asked(request, self.before is None)

    def _planned(self, action: str, address: Address) -> Asked:
        return Asked(self.actor.asks(action, address), True)

    def _place(self, address: Address) -> SourceSpan:
        space = self.after.space
        if address in space.datasets:
            return space.datasets[address].span()
        return space.resources.get(address, space.settings).span()

    @staticmethod
    def _spec(governance: Governance | None, address: Address) -> Spec | None:
        """The document at an address; of a dataset that a step makes, its dataflow."""
        if governance is None:
            return None
        node = governance.space.datasets.get(address)
        if node is not None:
            return node.producer.resource.spec
        resource = governance.space.resources.get(address)
        return resource.spec if resource else None


def _grant(spec: Spec | None) -> Grant | None:
    return spec if isinstance(spec, Grant) else None


def _but_members(project: Project) -> Project:
    return project.model_copy(update={"members": (), "approved_by": None})


def _but_share(page: Spec) -> Spec:
    return page.model_copy(update={"share": ()})


def _inputs(node: DatasetNode) -> Mapping[str, Address]:
    return node.producer.inputs if isinstance(node.producer, Derived) else {}


def _shown_by(space: Space, address: Address) -> frozenset[Address]:
    """The datasets that a page shows."""
    resource = space.resources.get(address)
    if resource is not None and isinstance(resource.spec, Dashboard):
        return frozenset(page_datasets(space, resource.spec, address.project))
    return frozenset()


def _code(space: Space, node: DatasetNode) -> Mapping[str, bytes | None]:
    """The content of the files that make a dataset: of a step's, its own module alone."""
    resource, path = node.producer.resource, node.path
    return {
        file.text: space.files.get(resource.document.beside(file.text))
        for file in named_paths(resource.spec)
        if file.carried and file.where[: len(path)] == path
    }


def _contents(space: Space, resource: Resource[Spec]) -> Mapping[str, bytes | None]:
    return {
        file.text: space.files.get(resource.document.beside(file.text))
        for file in named_paths(resource.spec)
        if file.carried
    }
