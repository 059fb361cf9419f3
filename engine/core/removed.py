"""What the specs no longer define and something still reads: the error names every reader."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.document import Path
from engine.core.resolve_names import collect
from engine.core.resolve_references import checked_references, dataset_references
from engine.core.space import Resource
from engine.diagnostics import Diagnostic, SourceSpan, error
from engine.model.base import Spec
from engine.model.dataflow import Dataflow

Readers = dict[Address, dict[SourceSpan, Address]]
"""By what is gone: the places that still name it, each with the resource that stands there."""


def naming_readers(
    diagnostics: Sequence[Diagnostic], resources: Sequence[Resource[Spec]], applied: Collection[Address]
) -> tuple[Diagnostic, ...]:
    """The diagnostics; those about a dataset or entry that was `applied` and removed say who reads it."""
    readers = _readers(resources, applied)
    places = {span: gone for gone, found in readers.items() for span in found}
    return tuple(
        _removed(places[found.span], found.span, readers[places[found.span]])
        if found.code == "unknown-dataset" and found.span in places
        else found
        for found in diagnostics
    )


def _readers(resources: Sequence[Resource[Spec]], applied: Collection[Address]) -> Readers:
    names = collect(resources)
    found: Readers = {}
    for resource in names.documents():
        for path, text in _references(resource.spec):
            try:
                address = dataset_reference(text, resource.address.project)
            except AddressError:
                continue  # reported as what it is
            if address in applied and not names.exists(address):
                found.setdefault(address, {})[resource.span(*path)] = resource.address
    return found


def _references(spec: Spec) -> Iterator[tuple[Path, str]]:
    yield from dataset_references(spec)
    yield from checked_references(spec)
    if isinstance(spec, Dataflow):
        yield from ((("inputs", name), text) for name, text in spec.inputs.items())


def _removed(gone: Address, here: SourceSpan, readers: dict[SourceSpan, Address]) -> Diagnostic:
    others = [f"{reader} ({span})" for span, reader in sorted(readers.items()) if span != here]
    also = f" So do {', '.join(others)}." if others[1:] else f" So does {others[0]}." if others else ""
    detail = f"Put it back, change what reads it, or write `moved: {{from: {gone}}}` where it went."
    return error(
        "removed-but-read", here, f"{gone} was removed, and {readers[here]} still reads it.{also}", detail
    )
