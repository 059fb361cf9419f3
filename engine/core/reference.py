"""What may be written, read off the models: every kind, its parts, and each key with type and meaning."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from engine.model.base import Model
from engine.model.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a kind or part."""

    name: str
    type: str
    required: bool
    default: str
    """As written in YAML; empty when there is none."""
    meaning: str


@dataclass(frozen=True, slots=True)
class Part:
    """A kind, or a part of one: its name, what it is, and its keys in the order of the model."""

    name: str
    meaning: str
    keys: tuple[Key, ...]


@functools.cache
def kinds() -> tuple[Part, ...]:
    """All kinds, by name."""
    return tuple(_part(name, KINDS[name]) for name in sorted(KINDS))


def parts_of(kind: str) -> tuple[Part, ...]:
    """The parts that a kind is made of, each once, in the order they are met."""
    found: dict[str, type[Model]] = {}
    _collect(KINDS[kind], found)
    return tuple(_part(name, model) for name, model in found.items())


def _collect(model: type[Model], found: dict[str, type[Model]]) -> None:
    for field in model.model_fields.values():
        for part in _models(field.annotation):
            if part.__name__ not in found:
                found[part.__name__] = part
                _collect(part, found)


def _models(annotation: Any) -> Iterator[type[Model]]:
    if inspect.isclass(annotation) and issubclass(annotation, Model):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _part(name: str, model: type[Model]) -> Part:
    meanings = _meanings(model)
    fields = [(n, f) for n, f in model.model_fields.items() if n not in ("kind", "project")]
    keys = tuple(_key(n, f, meanings.get(n, "")) for n, f in fields)
    return Part(name, inspect.cleandoc(model.__doc__ or ""), keys)


def _key(name: str, field: FieldInfo, meaning: str) -> Key:
    required = field.is_required()
    default = "" if required else _written(field.get_default(call_default_factory=True))
    return Key(field.alias or name, _type(field.annotation), required, default, meaning)


def _meanings(model: type[Model]) -> dict[str, str]:
    """The text that stands below each field in the model and its bases."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if inspect.isclass(base) and issubclass(base, Model) and base is not Model:
            found |= _attribute_texts(base)
    return found


@functools.cache
def _classes(module: str) -> Mapping[str, ast.ClassDef]:
    """The classes of a module by name, parsed once: `inspect.getsource` parses it anew for each class."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


@functools.cache
def _attribute_texts(model: type) -> Mapping[str, str]:
    body = _classes(model.__module__)[model.__name__]
    found = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[before.target.id] = inspect.cleandoc(after.value.value)
    return found


def _type(annotation: Any) -> str:
    """A type in words for authors."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " | ".join(f"`{_written(value)}`" for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(a) for a in arguments if a is not type(None)))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"map to {_type(arguments[1])}"
    if inspect.isclass(annotation) and issubclass(annotation, Model):
        return f"{annotation.__name__}"
    words = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date"}
    return words.get(getattr(annotation, "__name__", ""), "anything")


def _written(value: Any) -> str:
    if value is None or value in ((), {}) or isinstance(value, Model):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return "" if isinstance(value, dict) else str(value)
