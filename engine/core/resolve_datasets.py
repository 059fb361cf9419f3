"""Datasets and what they are made of: nodes with inputs bound, in dependency order; cycles."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from engine.addresses import Address, dataset_address
from engine.core.document import Path
from engine.core.resolve_names import Names
from engine.core.space import Collected, DatasetNode, Derived, Resource
from engine.core.unsound import Unsound
from engine.diagnostics import SourceSpan
from engine.model.base import Spec
from engine.model.dataflow import Dataflow, Step
from engine.model.dataset import Dataset

Tables = dict[str, Address | None]
"""What each name in a dataflow stands for; None where its dataset is wrong itself."""

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"[\w-]+")


def dataset_nodes(names: Names) -> dict[Address, DatasetNode]:
    """Every dataset that can be bound, inputs first, ties by address. What is wrong is reported."""
    nodes: dict[Address, DatasetNode] = {}
    for address, resource in names.resources.items():
        match resource.spec:
            case Dataset():
                nodes[address] = DatasetNode(address, Collected(_of_dataset(resource)))
            case Dataflow():
                nodes.update(_derived(names, _of_dataflow(resource)))
            case Unsound(fragment=Dataflow() as flow):
                _inputs(names, flow, resource)
            case _:
                pass
    return _bounded(names, nodes)


def _of_dataset(resource: Resource[Spec]) -> Resource[Dataset]:
    return resource  # type: ignore[return-value]  # its spec was matched


def _of_dataflow(resource: Resource[Spec]) -> Resource[Dataflow]:
    return resource  # type: ignore[return-value]  # its spec was matched


def _derived(names: Names, resource: Resource[Dataflow]) -> Iterator[tuple[Address, DatasetNode]]:
    flow, project = resource.spec, resource.address.project
    tables = _inputs(names, flow, resource)
    for index, step in enumerate(flow.steps):
        address = dataset_address(project, step.output)
        known = _check_tables(names, resource, index, tables)
        lost = {name for name, source in tables.items() if source is None} & mentioned(step, tables)
        usable = names.outputs.get(address) == (resource, index) and known and not lost
        if usable:
            inputs = {name: source for name, source in tables.items() if source is not None}
            yield address, DatasetNode(address, Derived(resource, index, inputs))
        clash = next((name for name in flow.inputs if name.casefold() == step.output.casefold()), None)
        if clash is not None:
            span, summary = (
                resource.span("steps", index, "output"),
                f'"{step.output}" is also the name of an input.',
            )
            names.add("duplicate-name", span, summary, "Steps could not tell them apart: rename one of them.")
        tables[step.output] = address if usable else None


def _inputs(names: Names, flow: Dataflow, resource: Resource[Spec]) -> Tables:
    """The datasets that the inputs of a dataflow name; None for those that can't be used."""
    project = resource.address.project
    return {
        name: names.dataset(reference, project, resource.span("inputs", name))
        for name, reference in flow.inputs.items()
    }


def _check_tables(names: Names, resource: Resource[Dataflow], index: int, tables: Tables) -> bool:
    """Whether every table that a low-code step names is an input or an earlier output."""
    later = {step.output for step in resource.spec.steps[index:]}
    good = True
    for path, name in low_code_tables(resource.spec.steps[index]):
        if name in tables:
            continue
        good = False
        detail = names.suggest(name, tables)
        if name in later:
            detail = "It is the output of this step or a later one: steps read inputs and earlier outputs."
        summary = f'"{name}" is no input of the dataflow and no earlier output.'
        names.add("unknown-table", resource.span("steps", index, *path), summary, detail)
    return good


def low_code_tables(step: Step) -> Iterator[tuple[Path, str]]:
    """The tables that a low-code step names, and where."""
    if step.from_ is not None:
        yield ("from",), step.from_
    for position, verb in enumerate(step.lowcode or ()):
        if verb.join is not None:
            yield ("lowcode", position, "join", "to"), verb.join.to
        if verb.union is not None:
            for k, name in enumerate(verb.union.with_):
                yield ("lowcode", position, "union", "with", k), name


def mentioned(step: Step, tables: Mapping[str, object]) -> set[str]:
    """The tables whose names occur in a step: all it reads, and perhaps more.

    A Python step is taken to read everything, for only running it would tell.
    """
    if step.python is not None:
        return set(tables)
    if step.lowcode is not None:
        return {name for _, name in low_code_tables(step)} & set(tables)
    text = (step.sql or "").casefold()
    words = {*_WORD.findall(text), *_NAME.findall(text)}
    return {name for name in tables if name.casefold() in words}


def _bounded(names: Names, nodes: dict[Address, DatasetNode]) -> dict[Address, DatasetNode]:
    """The nodes in order, without those in a cycle and those that build on what is missing."""
    ordered = _ordered(nodes)
    if len(ordered) < len(nodes):
        # A step may use any input of its dataflow, but a cycle is one only if the names are mentioned.
        nodes = {address: node if address in ordered else _narrowed(node) for address, node in nodes.items()}
        ordered = _ordered(nodes)
    while len(ordered) < len(nodes):
        cycle = _cycle({address: nodes[address] for address in nodes if address not in ordered})
        _report_cycle(names, nodes, cycle)
        nodes = {address: node for address, node in nodes.items() if address not in cycle}
        ordered = _ordered(nodes)
    return _whole(ordered)


def _ordered(nodes: Mapping[Address, DatasetNode]) -> dict[Address, DatasetNode]:
    """The nodes in dependency order, up to those in cycles."""
    sorter = TopologicalSorter({address: _sources(node, nodes) for address, node in nodes.items()})
    with contextlib.suppress(CycleError):  # what can be ordered is handed out all the same
        sorter.prepare()
    ordered: dict[Address, DatasetNode] = {}
    while ready := sorted(sorter.get_ready()):
        ordered.update((address, nodes[address]) for address in ready)
        sorter.done(*ready)
    return ordered


def _sources(node: DatasetNode, nodes: Mapping[Address, DatasetNode]) -> list[Address]:
    producer = node.producer
    return [a for a in producer.inputs.values() if a in nodes] if isinstance(producer, Derived) else []


def _narrowed(node: DatasetNode) -> DatasetNode:
    producer = node.producer
    if not isinstance(producer, Derived):
        return node
    used = mentioned(producer.step, producer.inputs)
    inputs = {name: source for name, source in producer.inputs.items() if name in used}
    return replace(node, producer=replace(producer, inputs=inputs))


def _cycle(tangled: Mapping[Address, DatasetNode]) -> list[Address]:
    """One cycle among nodes that each wait for another of them."""
    walked = [min(tangled)]
    while True:
        following = min(a for a in _sources(tangled[walked[-1]], tangled))
        if following in walked:
            return walked[walked.index(following) :]
        walked.append(following)


def _report_cycle(names: Names, nodes: Mapping[Address, DatasetNode], cycle: list[Address]) -> None:
    start = cycle.index(min(cycle))
    turned = cycle[start:] + cycle[:start]
    whole = " <- ".join(map(str, [*turned, turned[0]]))
    summary = f"These datasets are made of each other: {whole}."
    names.add("cycle", _reads(nodes[turned[0]], turned[1 % len(turned)]), summary, "Break the circle.")


def _reads(node: DatasetNode, source: Address) -> SourceSpan:
    """Where a node's dataflow names the source, or the step itself."""
    producer = node.producer
    if isinstance(producer, Derived):
        for name in producer.resource.spec.inputs:
            if producer.inputs.get(name) == source:
                return producer.resource.span("inputs", name)
    return node.span("output")


def _whole(ordered: Mapping[Address, DatasetNode]) -> dict[Address, DatasetNode]:
    """The nodes whose every mentioned input is there; inputs that are not mentioned may be missing."""
    kept: dict[Address, DatasetNode] = {}
    for address, node in ordered.items():
        producer = node.producer
        if isinstance(producer, Derived):
            missing = {name for name, source in producer.inputs.items() if source not in kept}
            if missing & mentioned(producer.step, producer.inputs):
                continue
            if missing:
                inputs = {n: s for n, s in producer.inputs.items() if n not in missing}
                node = replace(node, producer=replace(producer, inputs=inputs))
        kept[address] = node
    return kept
