"""Resources to the Space: references bound, datasets in dependency order, every wrong reference reported."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from engine.addresses import Address, dataset_reference
from engine.core.document import Path
from engine.core.load_repair import without
from engine.core.origins import with_origins
from engine.core.resolve_datasets import dataset_nodes
from engine.core.resolve_files import missing_files, named_files
from engine.core.resolve_groups import check_group_cycles
from engine.core.resolve_levels import check_levels
from engine.core.resolve_names import Names, collect
from engine.core.resolve_networks import check_networks
from engine.core.resolve_people import check_people
from engine.core.resolve_references import check_projects, check_references, dataset_references
from engine.core.resolve_studios import check_studios
from engine.core.resolve_theme import check_theme
from engine.core.space import Resource, Space
from engine.core.unsound import Unsound
from engine.diagnostics import Diagnostic, SourceSpan, error, in_order
from engine.model.base import Spec
from engine.model.space import SpaceSpec

__all__ = ["missing_files", "named_files", "resolve"]


def resolve(resources: Sequence[Resource[Spec]]) -> tuple[Space | None, tuple[Diagnostic, ...]]:
    """The desired state, and every reference in it that leads nowhere.

    With errors, the Space holds what is sound: a document that is built on something wrong is left out,
    so that all references in what is there can be followed. None without a Space document.
    """
    names = collect(resources)
    settings = _settings(names)
    if settings is not None:
        _without_levels(names, check_levels(names, settings.spec.sensitivity))
        check_theme(names, settings)
    check_projects(names)
    lost = check_references(names)
    nodes = dataset_nodes(names)
    check_people(names)
    check_group_cycles(names)
    check_networks(names)
    check_studios(names)
    if settings is None:
        return None, in_order(names.found)
    kept = {
        address: resource
        for address, resource in names.resources.items()
        if not isinstance(resource.spec, Unsound) and address not in lost
    }
    catalog = {a: target for a in kept if a.kind == "catalog" and (target := names.behind(a)) is not None}
    space = with_origins(_sound(Space(settings, kept, nodes, catalog)))
    return space, in_order(names.found)


def _settings(names: Names) -> Resource[SpaceSpec] | None:
    """The Space document; another one, or none at all, is reported."""
    found = (resource for address, resource in names.resources.items() if address.kind == "space")
    spaces = sorted(found, key=lambda resource: resource.document.file)
    for other in spaces[1:]:
        summary, detail = "There is a second Space document.", f"See {spaces[0].span()}; a space has one."
        names.add("space", other.span(), summary, detail)
    if not spaces:
        names.found.append(_no_space(names))
        return None
    first = spaces[0]
    if not isinstance(first.spec, SpaceSpec):
        return None
    levels = first.spec.sensitivity
    if len(set(levels)) < len(levels):
        names.add("space", first.span("sensitivity"), "A level stands twice in `sensitivity`.")
    return Resource(first.address, first.spec, first.document)


def _no_space(names: Names) -> Diagnostic:
    folders = {posixpath.dirname(resource.document.file) or "." for resource in names.resources.values()}
    folder = posixpath.commonpath(folders) if folders else "specs"
    detail = "Write one, for example in space.yaml: {kind: Space, name: my-space}."
    return error(
        "no-space", SourceSpan(posixpath.join(folder, "space.yaml")), "There is no Space document.", detail
    )


def _without_levels(names: Names, wrong: Mapping[Address, Sequence[Path]]) -> None:
    """Take unknown levels (reported) out of their documents, so that the rest of them can be checked."""
    for address, paths in wrong.items():
        resource = names.resources[address]
        if isinstance(resource.spec, Unsound):
            continue
        data = resource.document.data
        for path in paths:
            data = without(data, path)
        try:
            spec = type(resource.spec).model_validate(data)
        except ValidationError:
            spec = Unsound(name=address.name, fragment=resource.spec)  # a level it cannot do without
        sound = replace(resource, spec=spec)
        names.resources[address] = sound
        for output, (producer, index) in names.outputs.items():
            if producer is resource:
                names.outputs[output] = (sound, index)


def _sound(space: Space) -> Space:
    """The space without catalogue entries and pages whose datasets did not make it into it."""

    def usable(address: Address, resource: Resource[Spec]) -> bool:
        targets = [
            space.dataset_of(dataset_reference(text, address.project))
            for path, text in dataset_references(resource.spec)
            if path[0] != "uses"
        ]
        return all(target in space.datasets for target in targets)

    kept = {a: r for a, r in space.resources.items() if usable(a, r)}
    catalog = {a: target for a, target in space.catalog.items() if a in kept}
    return replace(space, resources=kept, catalog=catalog)
