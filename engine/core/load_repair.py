"""A document with harmless shape mistakes, read without them, so that what builds on it is still checked.

Its mistakes have been reported as errors, so nothing is ever applied from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from engine.addresses import is_name
from engine.core.document import Document, Path
from engine.core.load_shapes import ShapeMistake
from engine.model.base import Spec
from engine.model.dataflow import Dataflow
from engine.model.policies import DataPolicy, Grant, Group, Network, Role, User

_HARMLESS = frozenset({
    "title", "description", "email", "owner", "schedule", "refresh", "stale_after", "tags", "sensitivity",
    "protect", "checks", "declassify", "moved", "prevent_destroy", "keywords", "themes", "license", "contact",
    "min_cell", "purpose",
})  # fmt: skip
"""Keys whose value nothing else is bound to."""
_CONTENT = (
    "columns", "from", "format", "inputs", "steps", "lowcode", "sql", "python", "output", "incremental",
    "datasets", "rows", "tabs", "filters", "members", "managers", "dataset",
)  # fmt: skip
"""Keys that a misspelt one must not be taken for when it is left out."""
_GOVERNING = (DataPolicy, Grant, Group, Network, Role, User)
"""Kinds whose references stand side by side: one that is wrong says nothing about the others."""


def repaired(document: Document, spec: type[Spec], mistakes: Sequence[ShapeMistake]) -> Spec | None:
    """The document without the keys that are wrong, or None when others might build on one of them.

    A dataflow may also come without its last steps, from the first wrong one on.
    """
    paths = [_harmless_part(mistake) for mistake in mistakes]
    data: Any = document.data
    if spec is Dataflow:
        data, paths = _without_later_steps(document, mistakes, paths)
    for path in paths:
        if path is None:
            return None
        data = without(data, path)
    try:
        return spec.model_validate(data)
    except ValidationError:
        return None


def lost_outputs(document: Document, spec: Spec) -> tuple[str, ...]:
    """The outputs of a dataflow's steps that were left out when it was repaired."""
    if not isinstance(spec, Dataflow):
        return ()
    left_out = document.data["steps"][len(spec.steps) :]
    names = (step.get("output") for step in left_out if isinstance(step, dict))
    return tuple(name for name in names if isinstance(name, str) and is_name(name))


def _without_later_steps(
    document: Document, mistakes: Sequence[ShapeMistake], paths: list[Path | None]
) -> tuple[Any, list[Path | None]]:
    """A dataflow up to its first step that others might build on wrongly, and the paths still to leave out.

    Steps read earlier ones only, so those before it are still checked.
    """
    steps = [_step_of(mistake.path) for mistake in mistakes]
    wrong = [step for step, path in zip(steps, paths, strict=True) if path is None and step is not None]
    if not wrong:
        return document.data, paths
    end = min(wrong)
    kept = [path for step, path in zip(steps, paths, strict=True) if step is None or step < end]
    return {**document.data, "steps": document.data["steps"][:end]}, kept


def _step_of(path: Path) -> int | None:
    """The step of a dataflow that a path leads into."""
    return path[1] if len(path) > 1 and path[0] == "steps" and isinstance(path[1], int) else None


def fragment(document: Document, spec: type[Spec], mistakes: Iterable[ShapeMistake]) -> Spec | None:
    """What is left of a document when every key with a mistake below it is taken out, and is not missed.

    Nothing is built from it; it only lets the references in the rest be checked.
    """
    wrong = {mistake.path[0] for mistake in mistakes if mistake.path}
    values: dict[str, Any] = {}
    for name, field in spec.model_fields.items():
        key = field.alias or name
        if key in document.data and key not in wrong:
            whole: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            try:
                values[name] = TypeAdapter(whole).validate_python(document.data[key])
            except ValidationError:
                return None  # more is wrong than was told
        elif spec is Dataflow and name == "steps":
            values[name] = ()  # its inputs can be checked without
        elif field.is_required() and issubclass(spec, _GOVERNING):
            values[name] = ()  # names nothing, whether one name or several are expected
        elif field.is_required():
            return None
    return spec.model_construct(**values)


def without(data: Any, path: Path) -> Any:
    """`data` without the key at `path`; the data given stays as it is."""
    head, rest = path[0], path[1:]
    if isinstance(data, dict):
        if not rest:
            return {key: value for key, value in data.items() if key != head}
        return {key: without(value, rest) if key == head else value for key, value in data.items()}
    if isinstance(data, list):
        return [without(value, rest) if i == head else value for i, value in enumerate(data)]
    return data


def _harmless_part(mistake: ShapeMistake) -> Path | None:
    """The shortest part of the mistake's path that may be left out without loss to others."""
    for end, key in enumerate(mistake.path, 1):
        if key in _HARMLESS:
            return mistake.path[:end]
    key = str(mistake.path[-1]) if mistake.path else ""
    if mistake.unknown_key and not difflib.get_close_matches(key, _CONTENT, n=1):
        inside = [part for part in mistake.path[:-1] if isinstance(part, str)]
        return mistake.path if inside in ([], ["steps"]) else None
    return None
