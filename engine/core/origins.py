"""All that a dataset is collected by, bound to it: nothing else may decide what is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.addresses import Address
from engine.core.space import Collected, DatasetNode, Resource, Space
from engine.model.source import SourceSpec


def with_files(space: Space, files: Mapping[str, bytes]) -> Space:
    """The space with the files that its specs name, and every origin bound to what it is read by."""
    return with_origins(replace(space, files=files))


def with_origins(space: Space) -> Space:
    """The space with every collected dataset bound to its source, the rules of collecting and its code.

    So a dataset of what is applied is collected as that says, whatever the working tree says by now.
    """
    datasets = {address: _bound(space, node) for address, node in space.datasets.items()}
    return replace(space, datasets=datasets)


def _bound(space: Space, node: DatasetNode) -> DatasetNode:
    if not isinstance(node.producer, Collected):
        return node
    made = replace(
        node.producer,
        source=_source(space, node.producer.resource.spec.from_.source),
        rules=space.settings.spec.collect,
        code=_code(space, node.producer),
    )
    return node if made == node.producer else replace(node, producer=made)


def _source(space: Space, name: str | None) -> Resource[SourceSpec] | None:
    found = space.resources.get(Address("source", "", name)) if name else None
    if found is None or not isinstance(found.spec, SourceSpec):
        return None
    return Resource(found.address, found.spec, found.document)


def _code(space: Space, collected: Collected) -> bytes | None:
    """The module of a fetch function."""
    function = collected.resource.spec.from_.python
    if function is None:
        return None
    return space.files.get(collected.resource.document.beside(function.rpartition(":")[0]))
