"""Levels of sensitivity, wherever they are written."""

from __future__ import annotations

from collections.abc import Iterator

from engine.addresses import Address
from engine.core.document import Path
from engine.core.resolve_names import Names
from engine.model.base import Spec
from engine.model.dataflow import Dataflow, Step
from engine.model.dataset import Dataset


def check_levels(names: Names, levels: tuple[str, ...]) -> dict[Address, list[Path]]:
    """Report levels that the space does not have; answers where they stand."""
    wrong: dict[Address, list[Path]] = {}
    for resource in names.documents():
        for path, level in _levels(resource.spec):
            if level not in levels:
                summary = f'There is no level "{level}".'
                names.add("unknown-level", resource.span(*path), summary, names.suggest(level, levels))
                wrong.setdefault(resource.address, []).append(path)
    return wrong


def _levels(spec: Spec) -> Iterator[tuple[Path, str]]:
    for key in ("sensitivity", "clearance"):
        level = getattr(spec, key, None)
        if isinstance(level, str):
            yield (key,), level
    parts: list[tuple[Path, Dataset | Step]] = [((), spec)] if isinstance(spec, Dataset) else []
    if isinstance(spec, Dataflow):
        parts = [(("steps", index), step) for index, step in enumerate(spec.steps)]
    for path, part in parts:
        if path and part.sensitivity is not None:
            yield (*path, "sensitivity"), part.sensitivity
        for index, column in enumerate(part.columns):
            if column.sensitivity is not None:
                yield (*path, "columns", index, "sensitivity"), column.sensitivity
