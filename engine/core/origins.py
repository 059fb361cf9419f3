"""Where datasets are collected from, and by what: bound to them, for nothing else may decide what is read.

Datasets of one place hold the same rows, and columns of one origin column the same values, whatever they are
called: what is kept from somebody in one is kept from them in all.
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import replace

from engine.addresses import Address
from engine.core.space import Collected, DatasetNode, Resource, Space
from engine.model.dataset import Dataset, Origin
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


def place_of(node: DatasetNode) -> Hashable | None:
    """Where a collected dataset's rows are, in whichever way that is written; None for a derived one."""
    if not isinstance(node.producer, Collected):
        return None
    origin, document = node.producer.resource.spec.from_, node.producer.resource.document
    if origin.file is not None:
        return ("file", document.beside(origin.file))
    if origin.python is not None:
        module, _, function = origin.python.rpartition(":")
        return ("python", document.beside(module), function)
    if origin.url is not None:
        return ("url", origin.url)
    return _place_in(node.producer.source, origin)


def _place_in(source: Resource[SourceSpec] | None, origin: Origin) -> Hashable:
    """The same of what is read through a source: as it is called without one, where it is."""
    if source is None:
        return ("source", origin.source, origin.table, origin.query)
    path = "" if source.spec.path is None else source.document.beside(source.spec.path)
    if source.spec.type == "file":
        return ("file", posixpath.join(path, origin.table or ""))
    if source.spec.type == "url":
        return ("url", url_in(source.spec.url or "", origin.table or ""))
    return (source.spec.type, path or source.spec.url, (origin.table or "").lower(), origin.query)


def url_in(base: str, table: str) -> str:
    """The address of what a dataset names below a url source."""
    return base.replace("{table}", table) if "{table}" in base else f"{base.rstrip('/')}/{table}"


def by_place(space: Space) -> Mapping[Address, tuple[DatasetNode, ...]]:
    """Every collected dataset, and all that are collected from where it is, itself included."""
    found: dict[Hashable, list[DatasetNode]] = {}
    for node in space.datasets.values():
        place = place_of(node)
        if place is not None:
            found.setdefault(place, []).append(node)
    return {node.address: tuple(nodes) for nodes in found.values() for node in nodes}


def origin_column(node: DatasetNode, column: str) -> str:
    """What a column of a collected dataset is read from: equal for all names that find the same column."""
    assert isinstance(node.producer, Collected), f"{node.address} is not collected"
    return origin_columns(node.producer.resource.spec).get(column) or tidy(column)


def origin_columns(spec: Dataset) -> Mapping[str, str]:
    """What each declared column is read from; without a header that is by position."""
    return {
        column.name: tidy(column.from_ or (column.name if spec.format.header else f"column{place}"))
        for place, column in enumerate(spec.columns, 1)
    }


def tidy(name: str) -> str:
    """A column's name without what readers overlook: case, spaces, the way accents are composed."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


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
