"""Turns what pydantic says about a document into diagnostics: plain words, at the key or value they mean."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Tag, ValidationError
from pydantic_core import ErrorDetails

from engine.core.document import Document, Path
from engine.core.shape_words import MISMATCHES, TOO_SHORT, described
from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.model.base import Model, Spec, found
from engine.model.tiles import TILE_KEYS

MAX_SHOWN = 50
"""Shape mistakes told of one document."""

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ShapeMistake:
    """One mistake in a document's shape, and the path it is about."""

    path: Path
    diagnostic: Diagnostic

    @property
    def unknown_key(self) -> bool:
        """Whether it is a key that nobody knows."""
        return self.diagnostic.code == "unknown-key"

    @property
    def missing(self) -> bool:
        """Whether it is a key that is not there."""
        return self.diagnostic.code == "missing-key"


@dataclass(frozen=True, slots=True)
class _Found:
    """One of pydantic's errors, its location split into a path in the data and a union's branch."""

    details: ErrorDetails
    path: Path
    at_key: bool
    union: Path | None
    branch: str

    @property
    def kind(self) -> str:
        return self.details["type"]

    @property
    def is_mismatch(self) -> bool:
        """Whether it only says that the value is not of the branch's type."""
        return self.path == self.union and self.kind in MISMATCHES


def shape_mistakes(
    document: Document, spec: type[Spec], failure: ValidationError
) -> tuple[ShapeMistake, ...]:
    """Every shape mistake of a document, each told once and in the words of the branch that was meant."""
    details = failure.errors(include_url=False)
    located = [_located(d, document.data) for d in details if not _is_follow_on(d)]
    told = [m for group in _groups(located) for m in _of_group(document, spec, group)]
    misspelt = {(m.path[:-1], _closest(m, spec, located)) for m in told if m.unknown_key}
    kept = [
        m for m in told if m.diagnostic.code != "missing-key" or (m.path[:-1], m.path[-1]) not in misspelt
    ]
    return tuple(kept[:MAX_SHOWN])


def _is_follow_on(details: ErrorDetails) -> bool:
    """Pydantic counts only the sound items of a list: too few of those is not what is wrong."""
    return details["type"] == TOO_SHORT and bool(details["input"])


def _located(details: ErrorDetails, data: Any) -> _Found:
    path: list[str | int] = []
    union: Path | None = None
    branch, at_key, value = "", False, data
    location = details["loc"]
    for position, item in enumerate(location):
        if isinstance(item, str) and item.startswith("<"):
            continue  # the tag of a tile
        if item == "[key]":
            at_key = True
        elif _has(value, item):
            path.append(item)
            value = value[item]
        elif position == len(location) - 1 and details["type"] == "missing":
            path.append(item)
        elif union is None:
            union, branch = tuple(path), str(item)
    return _Found(details, tuple(path), at_key or details["type"] == "extra_forbidden", union, branch)


def _has(value: Any, item: str | int) -> bool:
    if isinstance(item, int):
        return isinstance(value, list | tuple) and item < len(value)
    return isinstance(value, dict) and item in value


def _groups(located: Iterable[_Found]) -> Iterator[list[_Found]]:
    """Errors of one union together, the others alone, in the order pydantic gave them."""
    groups: dict[Any, list[_Found]] = {}
    for position, item in enumerate(located):
        groups.setdefault(position if item.union is None else ("union", item.union), []).append(item)
    yield from groups.values()


def _of_group(document: Document, spec: type[Spec], group: list[_Found]) -> Iterator[ShapeMistake]:
    if group[0].union is not None:
        meant = {item.branch for item in group if not item.is_mismatch}
        if not meant and len(group) > 1:
            yield _no_branch(document, group)
            return
        group = [item for item in group if not meant or item.branch in meant]
    for item in group:
        yield _told(document, spec, item)


def _no_branch(document: Document, group: list[_Found]) -> ShapeMistake:
    expected = " or ".join(dict.fromkeys(MISMATCHES[item.kind] for item in group))
    path = group[0].path
    summary = f"{_subject(path)} must be {expected}, but is {found(group[0].details['input'])}."
    return ShapeMistake(path, error("wrong-type", document.span(*path), summary))


def _told(document: Document, spec: type[Spec], item: _Found) -> ShapeMistake:
    path, details = item.path, item.details
    span = document.key_span(*path) if item.at_key else document.span(*path)
    if item.kind == "extra_forbidden":
        known = _known_keys(spec, details["loc"][:-1])
        summary = f'Unknown key "{path[-1]}"{_inside(path)}.'
        advice = did_you_mean(str(path[-1]), known)
        if details["input"] is None and not advice.startswith("Did"):
            advice = "If it belongs to a text with a comma, put that text in quotes."
        return ShapeMistake(path, error("unknown-key", span, summary, advice))
    if item.kind == "missing":
        summary = f'Key "{path[-1]}" is missing{_inside(path)}.'
        return ShapeMistake(path, error("missing-key", document.span(*path[:-1]), summary))
    if item.kind == "tile_key":
        return ShapeMistake(path, _no_tile(document, path, details["input"]))
    code, summary, detail = described(_subject(path), details)
    return ShapeMistake(path, error(code, span, summary, detail))


def _no_tile(document: Document, path: Path, value: Any) -> Diagnostic:
    summary = f"A tile is exactly one of {', '.join(TILE_KEYS)}."
    keys = list(value) if isinstance(value, dict) else []
    for key in keys:
        close = difflib.get_close_matches(key, TILE_KEYS, n=1)
        if close:
            span = document.key_span(*path, key)
            return error(
                "unknown-key", span, f'Unknown key "{key}". {summary}', f'Did you mean "{close[0]}"?'
            )
    return error("wrong-type", document.span(*path), summary, "" if keys else f"This is {found(value)}.")


def _subject(path: Path) -> str:
    """How the text of a message names a value: by its key, or its place in a list."""
    if not path:
        return "The document"
    if isinstance(path[-1], int):
        names = [part for part in path if isinstance(part, str)]
        return f'Entry {path[-1] + 1} of "{names[-1]}"' if names else f"Entry {path[-1] + 1}"
    return f'"{path[-1]}"'


def _inside(path: Path) -> str:
    names = [part for part in path[:-1] if isinstance(part, str)]
    return f' in "{names[-1]}"' if names else ""


def _closest(mistake: ShapeMistake, spec: type[Spec], located: list[_Found]) -> str:
    """The known key that an unknown one was probably meant to be."""
    location = next(item.details["loc"] for item in located if item.path == mistake.path[: len(item.path)])
    known = _known_keys(spec, location[:-1])
    return next(iter(difflib.get_close_matches(str(mistake.path[-1]), known, n=1)), "")


def _known_keys(spec: type[Spec], location: Location) -> list[str]:
    model = next(_models(spec, location), None)
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(kind: Any, location: Location) -> Iterator[type[Model]]:
    """The models that the value at `location` may be, following pydantic's location labels."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        tags = [note.tag for note in arguments[1:] if isinstance(note, Tag)]
        if not tags:
            yield from _models(arguments[0], location)
        elif location[:1] == (tags[0],):
            yield from _models(arguments[0], location[1:])
    elif origin in (Union, types.UnionType):
        for argument in arguments:
            yield from _models(argument, location)
    elif origin is tuple or origin is dict:
        rest = location[1:] if _is_label(location, origin) else location
        if rest:
            yield from _models(arguments[0 if origin is tuple else 1], rest[1:])
    elif isinstance(kind, type) and issubclass(kind, Model):
        yield from _inside_model(kind, location[1:] if location[:1] == (kind.__name__,) else location)


def _is_label(location: Location, origin: type) -> bool:
    return bool(location) and isinstance(location[0], str) and location[0].startswith(f"{origin.__name__}[")


def _inside_model(model: type[Model], location: Location) -> Iterator[type[Model]]:
    if not location:
        yield model
        return
    for name, field in model.model_fields.items():
        if (field.alias or name) == location[0]:
            yield from _models(field.annotation, location[1:])
