"""What the specs no longer define and something still reads: the error names every reader."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from engine.addresses import Address, AddressError, dataset_address, dataset_reference
from engine.core.document import Path
from engine.core.resolve_datasets import low_code_tables, mentioned
from engine.core.resolve_names import Names, collect
from engine.core.resolve_references import checked_references, dataset_references
from engine.core.space import Resource
from engine.diagnostics import Diagnostic, SourceSpan, error
from engine.model.base import Spec
from engine.model.dataflow import Dataflow
from engine.model.dataflow_test import DataflowTest

CODES = frozenset({"unknown-dataset", "unknown-table", "sql"})
"""How what is missing is told before anybody asks whether it was there once."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One place that reads what is gone."""

    gone: Address
    reader: Address
    span: SourceSpan
    inside: bool = False
    """Whether the place is a text, in which the mistake stands somewhere."""

    def is_told_by(self, found: Diagnostic) -> bool:
        """Whether the diagnostic is about this reading."""
        if not self.inside:
            return found.span == self.span
        here = found.span.file == self.span.file and found.span.line >= self.span.line
        return here and f'table "{self.gone.name}"' in found.summary


def naming_readers(
    diagnostics: Sequence[Diagnostic], resources: Sequence[Resource[Spec]], applied: Collection[Address]
) -> tuple[Diagnostic, ...]:
    """The diagnostics; those about a dataset or entry that was `applied` and removed say who reads it."""
    readings = sorted(_readings(collect(resources), applied), key=lambda reading: reading.span)
    return tuple(_told(found, readings) if found.code in CODES else found for found in diagnostics)


def _told(found: Diagnostic, readings: Sequence[_Reading]) -> Diagnostic:
    # Of several texts in a file that may hold the mistake it is in the last that begins before it.
    about = next((reading for reading in reversed(readings) if reading.is_told_by(found)), None)
    if about is None:
        return found
    same = {r.reader: r for r in readings if r.gone == about.gone and r.reader != about.reader}
    others = [f"{reader} ({reading.span})" for reader, reading in same.items()]
    also = f" So do {', '.join(others)}." if others[1:] else f" So does {others[0]}." if others else ""
    summary = f"{about.gone} was removed, and {about.reader} still reads it.{also}"
    where = f"write `moved: {{from: {about.gone}}}` where it went"
    return error("removed-but-read", found.span, summary, f"Put it back, change what reads it, or {where}.")


def _readings(names: Names, applied: Collection[Address]) -> Iterator[_Reading]:
    for resource in names.documents():
        for path, text in _references(resource.spec):
            try:
                address = dataset_reference(text, resource.address.project)
            except AddressError:
                continue  # reported as what it is
            if address in applied and not names.exists(address):
                yield _Reading(address, resource.address, resource.span(*path))
        if isinstance(resource.spec, Dataflow | DataflowTest):
            project = resource.address.project
            gone = {a.name: a for a in applied if a.kind == "dataset" and a.project == project}
            yield from _by_name(resource, {n: a for n, a in gone.items() if not names.exists(a)})


def _references(spec: Spec) -> Iterator[tuple[Path, str]]:
    yield from dataset_references(spec)
    yield from checked_references(spec)
    if isinstance(spec, Dataflow):
        yield from ((("inputs", name), text) for name, text in spec.inputs.items())


def _by_name(resource: Resource[Spec], gone: dict[str, Address]) -> Iterator[_Reading]:
    """What steps and tests of a dataflow read by its short name, `gone` being what they may miss."""
    if isinstance(resource.spec, DataflowTest):
        for name in resource.spec.expect.keys() & gone.keys():
            span = resource.document.key_span("expect", name)
            yield _Reading(gone[name], resource.address, span)
        return
    assert isinstance(resource.spec, Dataflow)
    for index, step in enumerate(resource.spec.steps):
        reader = dataset_address(resource.address.project, step.output)
        missing = {name: gone[name] for name in gone.keys() - resource.spec.inputs.keys()}
        for path, name in low_code_tables(step):
            if name in missing:
                yield _Reading(missing[name], reader, resource.span("steps", index, *path))
        if step.sql is not None:
            for name in mentioned(step, missing):
                yield _Reading(missing[name], reader, resource.span("steps", index, "sql"), inside=True)
