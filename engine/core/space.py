"""The desired state: every spec with its references bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from engine.addresses import Address
from engine.core.document import Document
from engine.diagnostics import SourceSpan
from engine.model.base import Declassify, Protect, Spec
from engine.model.checks import Check
from engine.model.dataflow import Dataflow, Step
from engine.model.dataset import Column, Dataset
from engine.model.source import SourceSpec
from engine.model.space import CollectSettings, SpaceSpec

S = TypeVar("S", bound=Spec, covariant=True)


@dataclass(frozen=True, slots=True)
class Resource(Generic[S]):
    """One validated document and the address it defines."""

    address: Address
    spec: S
    document: Document = field(repr=False, compare=False)

    def span(self, *path: str | int) -> SourceSpan:
        """The place of the value at `path` in the author's file."""
        return self.document.span(*path)


@dataclass(frozen=True, slots=True)
class Collected:
    """A dataset that is read from outside, as its own document says."""

    resource: Resource[Dataset]
    source: Resource[SourceSpec] | None = None
    """The connector that it is read through, where it names one that there is."""
    rules: CollectSettings = field(default_factory=CollectSettings)
    """What collecting may do."""
    code: bytes | None = None
    """The module of its fetch function."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A dataset that is the output of one step of a dataflow."""

    resource: Resource[Dataflow]
    index: int
    """Which step, from 0."""
    inputs: Mapping[str, Address]
    """Every table name the step may use, and the dataset it means: inputs and earlier outputs."""

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.resource.spec.steps[self.index]


@dataclass(frozen=True, slots=True)
class DatasetNode:
    """One dataset of the space, collected or derived, with what is declared of it."""

    address: Address
    producer: Collected | Derived

    @property
    def declared(self) -> Dataset | Step:
        """The part of a document that declares it."""
        return self.producer.resource.spec if isinstance(self.producer, Collected) else self.producer.step

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where that part stands in its document."""
        return () if isinstance(self.producer, Collected) else ("steps", self.producer.index)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its declared checks, in the order written."""
        return self.declared.checks

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its declared columns: all of a collected dataset's, or documentation of a step's."""
        return self.declared.columns

    @property
    def protect(self) -> Protect | None:
        """Its declared disclosure floor."""
        return self.declared.protect

    @property
    def sensitivity(self) -> str | None:
        """The level written for it; what holds for it also depends on its inputs."""
        return self.declared.sensitivity

    @property
    def declassify(self) -> Declassify | None:
        """The reviewed lowering written for it."""
        return self.declared.declassify

    @property
    def owner(self) -> str | None:
        """The user written as its owner (a step's dataset has its dataflow's)."""
        return self.producer.resource.spec.owner

    def span(self, *path: str | int) -> SourceSpan:
        """The place of `path`, relative to the part that declares the dataset."""
        return self.producer.resource.span(*self.path, *path)


@dataclass(frozen=True)
class Space:
    """All specs of the data space; references in them are known to resolve."""

    settings: Resource[SpaceSpec]
    resources: Mapping[Address, Resource[Spec]]
    """Every document, in address order, the Space document included."""
    datasets: Mapping[Address, DatasetNode]
    """Every dataset, inputs before what is made of them; ties in address order."""
    catalog: Mapping[Address, Address]
    """Catalogue entry to the dataset it offers."""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Other files the specs name (Python modules), by path as written in diagnostics."""

    @property
    def addresses(self) -> frozenset[Address]:
        """Of every document and every dataset."""
        return frozenset((*self.resources, *self.datasets))

    def of(self, spec: type[S]) -> Iterator[Resource[S]]:
        """All resources of one kind, in address order."""
        for resource in self.resources.values():
            if isinstance(resource.spec, spec):
                yield cast("Resource[S]", resource)

    def dataset_of(self, reference: Address) -> Address:
        """The dataset behind a bound reference: itself, or what a catalogue entry offers."""
        return self.catalog.get(reference, reference)
