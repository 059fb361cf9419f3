"""Compiling a space: every dataset after its inputs, every mistake at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.core.compiled import ColumnLogic, ColumnRef, CompiledDataset
from engine.core.compiling.analysed import Analysis, Ref
from engine.core.compiling.checks import Context, check_mistakes
from engine.core.compiling.collected import collected_logics, origin_facts
from engine.core.compiling.copies import copy_mistakes
from engine.core.compiling.declared import declared_mistakes
from engine.core.compiling.increments import increment_of
from engine.core.compiling.protection import protection_of
from engine.core.compiling.steps import Rejected, Tools, analysed_step, tables_named
from engine.core.compiling.unit_rules import (
    answers_for,
    comes_of_units,
    floor_of,
    unit_mistakes,
    unit_of,
)
from engine.core.fingerprint import digest
from engine.core.origins import by_place
from engine.core.space import Collected, DatasetNode, Derived, Space
from engine.core.state import VersionColumn
from engine.diagnostics import Diagnostic, in_order
from engine.model.dataset import Incremental

if TYPE_CHECKING:
    from engine.core.provenance import Provenances

Origins = Mapping[Address, Sequence[VersionColumn]]


def compile_space(
    space: Space, origins: Origins, tools: Tools
) -> tuple[dict[Address, CompiledDataset], tuple[Diagnostic, ...]]:
    """Every dataset that can be compiled, inputs first, and every mistake in steps, columns and checks.

    `origins` are the columns of collected datasets; one that is not there, and all that is made of it, is
    left out without a word, because its mistake has been told. A dataset whose declarations are wrong is
    still compiled, so that mistakes after it are found too.
    """
    run = _Run(space, origins, tools)
    for address, node in space.datasets.items():
        run.add(address, node)
    context = Context(space, run.compiled, tools)
    for address in run.compiled:
        run.found += check_mistakes(space.datasets[address], context)
    run.found += copy_mistakes(space, run.compiled)
    return run.compiled, in_order(run.found)


@dataclass
class _Run:
    """One compilation under way."""

    space: Space
    origins: Origins
    tools: Tools
    compiled: dict[Address, CompiledDataset] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    of_units: frozenset[Address] = frozenset()
    """Datasets that hold units or come from some."""

    @cached_property
    def places(self) -> Mapping[Address, tuple[DatasetNode, ...]]:
        """The datasets that are collected from where each is."""
        return by_place(self.space)

    @cached_property
    def provenances(self) -> Provenances:
        """How rows come from units; most spaces have none."""
        from engine.core.provenance import Provenances

        return Provenances(self.compiled)

    def add(self, address: Address, node: DatasetNode) -> None:
        """Compile one dataset, its inputs having been compiled as far as they can be."""
        try:
            dataset = self._collected(node) if isinstance(node.producer, Collected) else self._derived(node)
        except Rejected as mistakes:
            self.found += mistakes.diagnostics
            return
        if dataset is not None:
            self.compiled[address] = dataset
            self.found += declared_mistakes(node, dataset)
            self._judge_units(node, dataset)

    def _judge_units(self, node: DatasetNode, dataset: CompiledDataset) -> None:
        """Units are inherited, and only some figures may be computed of them."""
        if node.declassify is not None and answers_for(node, dataset, self.of_units, self.provenances):
            place = node.span("declassify")
            self.found = [d for d in self.found if d.code != "unused-declassify" or d.span != place]
        if not comes_of_units(dataset, self.compiled, self.of_units):
            return
        self.of_units |= {node.address}
        self.found += unit_mistakes(node, dataset, self.compiled, self.of_units, self.provenances)

    def _collected(self, node: DatasetNode) -> CompiledDataset | None:
        assert isinstance(node.producer, Collected)
        if node.address not in self.origins:
            return None
        columns = collected_logics(node, self.origins[node.address])
        rows = digest(["rows", origin_facts(node.producer.resource, self.space)])
        return self._made(node, _Meaning(columns, {}, "", rows, (), False))

    def _derived(self, node: DatasetNode) -> CompiledDataset | None:
        assert isinstance(node.producer, Derived)
        inputs = node.producer.inputs
        schemas = {
            name: [VersionColumn(c.name, c.type) for c in self.compiled[address].columns]
            for name, address in inputs.items()
            if address in self.compiled
        }
        if self._lacks(node, node.producer, schemas):
            return None
        return self._made(node, _meaning(analysed_step(node, schemas, self.tools), inputs))

    def _lacks(self, node: DatasetNode, producer: Derived, schemas: Mapping[str, object]) -> bool:
        """Whether the step reads a table that is known but could not be compiled or bound."""
        written = {*producer.inputs, *producer.resource.spec.inputs}
        written |= {step.output for step in producer.resource.spec.steps[: producer.index]}
        missing = {name.lower() for name in written - set(schemas)}
        if not missing:
            return False
        read = tables_named(node, self.tools)
        return read is None or not missing.isdisjoint(read)

    def _made(self, node: DatasetNode, meaning: _Meaning) -> CompiledDataset:
        sources = tuple(dict.fromkeys(meaning.inputs.values()))
        held, mistakes = protection_of(
            node, meaning.columns, meaning.row_sources, sources, self.space, self.compiled,
            self.places.get(node.address, ()),
        )  # fmt: skip
        self.found += mistakes
        made = CompiledDataset(
            address=node.address,
            columns=meaning.columns,
            inputs=meaning.inputs,
            query=meaning.query,
            rows=meaning.rows,
            row_sources=meaning.row_sources,
            ordered=meaning.ordered,
            logic=_whole_logic(meaning),
            sensitivity=held.sensitivity,
            tags=held.tags,
            levels=held.levels,
            min_cell=floor_of(node, sources, self.compiled),
            unit=unit_of(node, meaning.columns, sources, self.compiled, self.of_units),
        )
        return made if node.declared.incremental is None else self._cut(node.declared.incremental, made)

    def _cut(self, written: Incremental, whole: CompiledDataset) -> CompiledDataset:
        """The dataset cut into partitions; how is part of its logic."""
        inputs = {name: self.compiled[address] for name, address in whole.inputs.items()}
        cut = increment_of(written, whole, inputs, self.tools.memory)
        return replace(whole, increment=cut, logic=digest([whole.logic, cut.cut]))


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a dataset's logic is, before levels and tags."""

    columns: tuple[ColumnLogic, ...]
    inputs: Mapping[str, Address]
    query: str
    rows: str
    row_sources: tuple[ColumnRef, ...]
    ordered: bool


def _meaning(analysis: Analysis, inputs: Mapping[str, Address]) -> _Meaning:
    """The analysis with addresses for the names its query uses."""
    addresses = [inputs[name] for name in analysis.tables]

    def refs(found: tuple[Ref, ...]) -> tuple[ColumnRef, ...]:
        return tuple(ColumnRef(addresses[number], column) for number, column in found)

    return _Meaning(
        tuple(ColumnLogic(c.name, c.type, c.kind, refs(c.sources), c.logic) for c in analysis.columns),
        dict(zip(analysis.tables, addresses, strict=True)),
        analysis.query,
        analysis.rows,
        refs(analysis.row_sources),
        analysis.ordered,
    )


def _whole_logic(meaning: _Meaning) -> str:
    """The hash of everything that decides content, the inputs' own content apart."""
    columns = [[c.name, c.type, c.logic, list(map(str, c.sources))] for c in meaning.columns]
    inputs = list(map(str, meaning.inputs.values()))
    return digest([meaning.rows, list(map(str, meaning.row_sources)), meaning.ordered, columns, inputs])
