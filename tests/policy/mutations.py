"""Every way to lose or mistype one fact of a json document."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Where = tuple[str | int, ...]


def facts(value: Any, where: Where = ()) -> Iterator[Where]:
    """The place of every fact, inner ones included."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*where, key)
        yield from facts(part, (*where, key))


def without(value: Any, where: Where) -> Any:
    """The document without one fact; what is beside the path to it is shared with the original."""
    if len(where) == 1:
        changed = copy.copy(value)
        del changed[where[0]]
        return changed
    return _with(value, where[0], without(value[where[0]], where[1:]))


def mistyped(value: Any, where: Where) -> Any:
    """The document with one fact of another type; the rest is shared with the original."""
    if not where:
        return other_type(value)
    return _with(value, where[0], mistyped(value[where[0]], where[1:]))


def _with(value: Any, key: str | int, part: Any) -> Any:
    changed = copy.copy(value)
    changed[key] = part
    return changed


def at(value: Any, where: Where) -> Any:
    """The part at a place."""
    for key in where:
        value = value[key]
    return value


def other_type(value: Any) -> Any:
    """A value that says the like in another type."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return [value]
        case dict():
            return list(value)
        case _:
            return {str(k): v for k, v in enumerate(value)} if isinstance(value, list) else 0


def pointer(where: Where) -> str:
    """The place as a json pointer."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in where)
