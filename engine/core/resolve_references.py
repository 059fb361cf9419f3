"""References between documents other than to people: datasets, projects, sources, dataflows, renames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.document import Path
from engine.core.resolve_names import Names
from engine.core.space import Resource
from engine.diagnostics import SourceSpan
from engine.model.assistant import Assistant
from engine.model.base import Moved, Spec
from engine.model.catalog import CatalogEntry
from engine.model.checks import Check
from engine.model.dashboard import Dashboard, PageDataset
from engine.model.dataflow import Dataflow
from engine.model.dataflow_test import DataflowTest
from engine.model.dataset import Dataset
from engine.model.notebook import Notebook
from engine.model.policies import DataPolicy, Grant
from engine.model.project import Project
from engine.model.source import SourceSpec


def check_projects(names: Names) -> None:
    """Report documents of a project that has no Project document, once per project."""
    told: set[str] = set()
    for address, resource in names.resources.items():
        project = address.project
        if project and project not in told and not names.exists(Address("project", "", project)):
            told.add(project)
            names.named("project", project, resource.span("project"))
    if names.exists(Address("project", "", "catalog")):
        span = names.resources[Address("project", "", "catalog")].span("name")
        summary = 'A project cannot be called "catalog": `catalog/x` means an entry of the catalogue.'
        names.add("duplicate-name", span, summary, "Rename it.")


def check_references(names: Names) -> frozenset[Address]:
    """Report every reference to a dataset that is not there.

    Answers the resources that cannot be used because of theirs (dataflows apart, whose steps are looked
    at one by one).
    """
    lost: set[Address] = set()
    for resource in names.documents():
        address = resource.address
        for path, text in dataset_references(resource.spec):
            if names.dataset(text, address.project, resource.span(*path)) is None and path[0] != "uses":
                lost.add(address)
        for path, text in checked_references(resource.spec):
            names.dataset(text, address.project, resource.span(*path))
        _check_others(names, resource)
    _check_moves(names)
    return frozenset(lost)


def dataset_references(spec: Spec) -> Iterator[tuple[Path, str]]:
    """The references to datasets that a document (no dataflow) is built on."""
    match spec:
        case CatalogEntry(dataset=str(text)) | Grant(dataset=str(text)):
            yield ("dataset",), text
        case DataPolicy():
            yield from ((("datasets", index), text) for index, text in enumerate(spec.datasets))
        case Project():
            yield from ((("uses", index), text) for index, text in enumerate(spec.uses))
        case Assistant() | Notebook():
            yield from ((("datasets", name), text) for name, text in spec.datasets.items())
        case Dashboard():
            for name, written in spec.datasets.items():
                if isinstance(written, PageDataset):
                    yield ("datasets", name, "dataset"), written.dataset
                else:
                    yield ("datasets", name), written
        case _:
            pass


def checked_references(spec: Spec) -> Iterator[tuple[Path, str]]:
    """What `references` checks compare with."""

    def of(path: Path, checks: Iterable[Check]) -> Iterator[tuple[Path, str]]:
        for index, check in enumerate(checks):
            if check.references is not None:
                yield (*path, "checks", index, "references", "to"), check.references.to

    if isinstance(spec, Dataset):
        yield from of((), spec.checks)
    elif isinstance(spec, Dataflow):
        for index, step in enumerate(spec.steps):
            yield from of(("steps", index), step.checks)


def _check_others(names: Names, resource: Resource[Spec]) -> None:
    match resource.spec:
        case Dataset():
            _check_source(names, resource, resource.spec)
        case DataflowTest():
            _check_test(names, resource, resource.spec)
        case CatalogEntry():
            _check_entry(names, resource, resource.spec)
        case Project():
            for index, text in enumerate(resource.spec.uses):
                if not text.startswith("catalog/"):
                    span, summary = resource.span("uses", index), f'"{text}" is no catalogue entry.'
                    names.add(
                        "uses", span, summary, "A project's library holds catalogue entries: catalog/<entry>."
                    )
        case SourceSpec():
            for index, project in enumerate(resource.spec.allow_projects):
                names.named("project", project, resource.span("allow_projects", index))
        case _:
            pass


def _check_source(names: Names, resource: Resource[Spec], dataset: Dataset) -> None:
    name = dataset.from_.source
    span = resource.span("from", "source")
    if name is None or not names.named("source", name, span):
        return
    source = names.resources[Address("source", "", name)].spec
    project = resource.address.project
    if isinstance(source, SourceSpec) and project not in source.allow_projects:
        summary = f'Project "{project}" may not collect from source "{name}".'
        detail = "A platform manager can add it to the source's `allow_projects`."
        names.add("source-not-allowed", span, summary, detail)


def _check_entry(names: Names, resource: Resource[Spec], entry: CatalogEntry) -> None:
    try:
        target = dataset_reference(entry.dataset, "")
    except AddressError:
        return  # reported as a reference
    span = resource.span("dataset")
    if target.kind == "catalog":
        names.add("unknown-dataset", span, "A catalogue entry offers a dataset, not another entry.")
        return
    project = names.resources.get(Address("project", "", target.project))
    if project is not None and isinstance(project.spec, Project) and project.spec.personal:
        summary = (
            f"{target} is in a personal studio: nothing in it is shared, so the catalogue cannot offer it."
        )
        names.add("studio", span, summary, "Move it to a project first.")


def _check_test(names: Names, resource: Resource[Spec], test: DataflowTest) -> None:
    project = resource.address.project
    if not names.named("dataflow", test.dataflow, resource.span("dataflow"), project):
        return
    flow = names.resources[Address("dataflow", project, test.dataflow)].spec
    if not isinstance(flow, Dataflow):
        return
    outputs = [step.output for step in flow.steps]
    for key, written, known, word in (
        ("given", test.given, [*flow.inputs], "input"),
        ("expect", test.expect, outputs, "output"),
    ):
        for name in written:
            if name not in known:
                summary = f'"{name}" is no {word} of dataflow "{test.dataflow}".'
                span = resource.document.key_span(key, name)
                names.add("unknown-table", span, summary, names.suggest(name, known))


def _check_moves(names: Names) -> None:
    """Report renames that name no address, another kind, or what is still there."""
    claimed: dict[Address, Address] = {}
    for address, span, text in _moves(names):
        try:
            old = Address.parse(text)
        except AddressError as mistake:
            names.add("moved", span, str(mistake))
            continue
        if old.kind != address.kind:
            names.add("moved", span, f"{old} cannot become {address}: it is of another kind.")
        elif names.exists(old):
            detail = "Take `moved` out, or remove the old one."
            names.add("moved", span, f"{old} is still defined, so it was not renamed.", detail)
        elif old in claimed:
            names.add("moved", span, f"{old} was renamed to {claimed[old]} already; only one can be it.")
        claimed.setdefault(old, address)


def _moves(names: Names) -> Iterator[tuple[Address, SourceSpan, str]]:
    """Every former address that is written: whose it was, where it stands, and its text."""
    for address, path, resource, moved in _moved(names):
        for n, text in enumerate(moved.addresses):
            yield address, resource.span(*path, "moved", "from", n), text


def _moved(names: Names) -> Iterator[tuple[Address, Path, Resource[Spec], Moved]]:
    for resource in names.documents():
        moved = getattr(resource.spec, "moved", None)
        if isinstance(moved, Moved):
            yield resource.address, (), resource, moved
    for address, (resource, index) in sorted(names.outputs.items(), key=lambda item: item[0]):
        if isinstance(resource.spec, Dataflow):
            moved = resource.spec.steps[index].moved
            if moved is not None:
                yield address, ("steps", index), resource, moved
