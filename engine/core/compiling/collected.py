"""Collected datasets: their columns as declared or found, and what decides how they are read."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from engine.core.compiled import ColumnLogic
from engine.core.fingerprint import digest
from engine.core.space import DatasetNode, Resource, Space
from engine.core.state import VersionColumn
from engine.model.dataset import Dataset, Origin
from engine.model.source import SourceSpec


def declared_columns(node: DatasetNode) -> tuple[VersionColumn, ...] | None:
    """The columns as written, when every one has its type: then nothing needs to be looked at."""
    if not node.columns or any(column.type is None for column in node.columns):
        return None
    return tuple(VersionColumn(c.name, type_word(c.type or "")) for c in node.columns)


def type_word(word: str) -> str:
    """The type in SPECS.md's spelling. Raises ValueError when it is no type."""
    if word in ("string", "integer", "float", "boolean", "date", "timestamp"):
        return word
    from engine.core.types import canonical

    return canonical(word)


def collected_logics(node: DatasetNode, columns: Sequence[VersionColumn]) -> tuple[ColumnLogic, ...]:
    """Each column's logic: which column of the origin it is, its type, and how it is parsed."""
    written = {column.name: column for column in node.columns}
    found = []
    for column in columns:
        declared = written.get(column.name)
        origin = (declared.from_ if declared else None) or column.name
        logic = digest(["origin", origin, column.type, declared.parse if declared else None])
        found.append(ColumnLogic(column.name, column.type, "identity", (), logic))
    return tuple(found)


def origin_facts(resource: Resource[Dataset], space: Space) -> list[Any]:
    """What decides the rows of a collected dataset, the content of its origin apart.

    Where a file lies decides nothing: its content is known by its stamp. Its ending may decide how it is
    read.
    """
    spec = resource.spec
    how = spec.format.model_dump(exclude_defaults=True, mode="json")
    return [_place(resource, spec.from_, space), how]


def _place(resource: Resource[Dataset], origin: Origin, space: Space) -> list[Any]:
    if origin.file is not None:
        return ["file", PurePosixPath(origin.file).suffixes]
    if origin.url is not None:
        return ["url", origin.url]
    if origin.python is not None:
        module = space.files.get(module_path(resource.document.file, origin.python), b"")
        return ["python", origin.python.rpartition(":")[2], hashlib.sha256(module).hexdigest()]
    source = next((r.spec for r in space.of(SourceSpec) if r.spec.name == origin.source), None)
    facts = source.model_dump(mode="json", include={"type", "url", "path", "options"}) if source else None
    return ["source", facts, origin.table, origin.query]


def module_path(document: str, named: str) -> str:
    """The path of the module in `flows/x.py:function`, as a document of that path names it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), named.rpartition(":")[0]))
