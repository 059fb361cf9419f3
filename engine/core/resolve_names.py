"""What there is to refer to, and finding it: every unknown name is reported with a suggestion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.addresses import (
    Address,
    AddressError,
    Principal,
    dataset_address,
    dataset_reference,
)
from engine.core.space import Resource
from engine.core.unsound import Unsound
from engine.diagnostics import Diagnostic, SourceSpan, did_you_mean, error
from engine.model.base import Spec
from engine.model.catalog import CatalogEntry
from engine.model.dataflow import Dataflow

MAX_COMPARED = 100_000
"""Names that unknown ones are compared with in all: in a large space, only the first get suggestions."""

_WORDS = {"catalog": "catalogue entry", "datapolicy": "data policy", "test": "dataflow test"}


@dataclass
class Names:
    """Every address that is defined, once, and what was found wrong so far."""

    resources: dict[Address, Resource[Spec]] = field(default_factory=dict)
    outputs: dict[Address, tuple[Resource[Spec], int]] = field(default_factory=dict)
    """Datasets that are the output of a dataflow's step, and which."""
    found: list[Diagnostic] = field(default_factory=list)
    _folded: dict[tuple[str, str, str], Address] = field(default_factory=dict)
    _compared: int = 0

    def add(self, code: str, span: SourceSpan, summary: str, detail: str = "") -> None:
        """Report an error."""
        self.found.append(error(code, span, summary, detail))

    def is_sound(self, address: Address) -> bool:
        """Whether it is defined, by a document whose shape is right."""
        if address in self.outputs:
            return not isinstance(self.outputs[address][0].spec, Unsound)
        return address in self.resources and not isinstance(self.resources[address].spec, Unsound)

    def exists(self, address: Address) -> bool:
        """Whether anything defines it, even a document whose shape is wrong."""
        return address in self.resources or address in self.outputs

    def names(self, kind: str, project: str = "") -> Iterator[str]:
        """All names of a kind (in a project)."""
        for addresses in (self.resources, self.outputs):
            yield from (a.name for a in addresses if a.kind == kind and a.project == project)

    def documents(self) -> Iterator[Resource[Spec]]:
        """All documents in address order, as far as their references can be checked."""
        for resource in self.resources.values():
            if not isinstance(resource.spec, Unsound):
                yield resource
            elif resource.spec.fragment is not None:
                yield replace(resource, spec=resource.spec.fragment)

    def suggest(self, word: str, known: Iterable[str]) -> str:
        """A "did you mean", as long as comparing does not take too long."""
        candidates = list(known)
        self._compared += len(candidates)
        return did_you_mean(word, candidates) if self._compared <= MAX_COMPARED else ""

    def named(self, kind: str, name: str, span: SourceSpan, project: str = "") -> bool:
        """Whether a resource of that name exists; an unknown one is reported."""
        if self.exists(Address(kind, project, name)):
            return True
        word = _WORDS.get(kind, kind)
        where = f' in project "{project}"' if project else ""
        detail = self.suggest(name, self.names(kind, project))
        self.add(f"unknown-{kind}", span, f'There is no {word} "{name}"{where}.', detail)
        return False

    def principal(self, text: str, span: SourceSpan, kinds: Sequence[str] = ()) -> None:
        """Check that a principal exists, and that it is of one of `kinds` where those are given."""
        principal = Principal.parse(text)
        if kinds and principal.kind not in kinds:
            allowed = " or ".join(f"a {kind}" for kind in kinds)
            self.add("principal", span, f'"{principal}" cannot stand here: write {allowed}.')
        elif principal.kind != "everyone":
            self.named(principal.kind, principal.name, span)

    def dataset(self, text: str, project: str, span: SourceSpan) -> Address | None:
        """The dataset that a reference means, the one behind a catalogue entry included.

        None when there is none (reported) or when what it names is itself wrong (reported there).
        """
        try:
            address = dataset_reference(text, project)
        except AddressError as mistake:
            self.add("unknown-dataset", span, str(mistake))
            return None
        if not self.exists(address):
            word = "catalogue entry" if address.kind == "catalog" else "dataset"
            detail = self.suggest(text, self._references(project))
            self.add("unknown-dataset", span, f'There is no {word} "{text}".', detail)
            return None
        return self.behind(address)

    def behind(self, address: Address) -> Address | None:
        """The dataset at an address or behind a catalogue entry; None when its document is wrong."""
        if address.kind != "catalog":
            return address if self.is_sound(address) else None
        entry = self.resources[address].spec
        if not isinstance(entry, CatalogEntry):
            return None
        try:
            target = dataset_reference(entry.dataset, "")
        except AddressError:
            return None
        return target if target.kind == "dataset" and self.is_sound(target) else None

    def _references(self, project: str) -> Iterator[str]:
        for addresses in (self.resources, self.outputs):
            for address in addresses:
                if address.kind == "catalog":
                    yield str(address)
                elif address.kind == "dataset":
                    yield f"{address.project}/{address.name}"
                    if address.project == project:
                        yield address.name

    def define(self, resource: Resource[Spec]) -> None:
        """Take a document in; one whose address is taken is reported and left out."""
        address = resource.address
        if self._taken(address, resource.document.key_span("name")):
            return
        self.resources[address] = resource

    def define_outputs(self, resource: Resource[Spec]) -> None:
        """Take in the datasets that a dataflow makes."""
        for index, name in _outputs(resource):
            address = dataset_address(resource.address.project, name)
            if not self._taken(address, resource.span("steps", index, "output")):
                self.outputs[address] = (resource, index)

    def place(self, address: Address) -> SourceSpan:
        """Where an address is defined."""
        if address in self.outputs:
            resource, index = self.outputs[address]
            return resource.span("steps", index, "output")
        return self.resources[address].document.key_span("name")

    def _taken(self, address: Address, span: SourceSpan) -> bool:
        key = (address.kind, address.project.casefold(), address.name.casefold())
        other = self._folded.setdefault(key, address)
        if not self.exists(other):
            return False
        what = (
            f"{address} is defined already"
            if other == address
            else f"{address} differs from {other} in case only"
        )
        detail = f"See {self.place(other)}. Rename one of them or remove it."
        self.add("duplicate-name", span, f"{what}.", detail)
        return True


def collect(resources: Sequence[Resource[Spec]]) -> Names:
    """All that the documents define. Of several with one address the first stands."""
    names = Names()
    ordered = sorted(resources, key=lambda r: (r.document.file, r.document.index, r.address))
    for resource in ordered:
        names.define(resource)
    for resource in ordered:
        if names.resources.get(resource.address) is resource and resource.address.kind == "dataflow":
            names.define_outputs(resource)
    names.resources = dict(sorted(names.resources.items()))
    return names


def _outputs(resource: Resource[Spec]) -> Iterator[tuple[int, str]]:
    if isinstance(resource.spec, Dataflow):
        yield from ((index, step.output) for index, step in enumerate(resource.spec.steps))
        return
    steps = resource.document.data.get("steps")
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, Mapping) and isinstance(step.get("output"), str):
            yield index, step["output"]
