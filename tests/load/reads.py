"""Which code outside `model/` reads a key of a document: by the names that its files access.

A key counts as read where a file that names the model, or one that holds it, accesses an attribute of its
name; or where the name is accessed right after that of the place which holds the model (`format.encoding`).
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

import engine.model
from engine.model.base import Spec
from engine.model.space import SpaceSpec

ROOT = Path(__file__).resolve().parents[2]
Class = type[BaseModel]


@dataclass(frozen=True)
class Code:
    """What one file names, and which attributes it accesses, also with what stands before them."""

    names: frozenset[str]
    attributes: frozenset[str]
    chains: frozenset[tuple[str, str]]


@cache
def models() -> frozenset[Class]:
    """Every model of a part of a document."""
    modules = (
        importlib.import_module(f"engine.model.{m.name}") for m in pkgutil.iter_modules(engine.model.__path__)
    )
    found = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    return frozenset(m for m in found if issubclass(m, BaseModel) and m.__module__.startswith("engine.model"))


def is_read(model: Class, key: str) -> bool:
    """Whether any code outside `model/` reads the key of this model, or of one that it is a sort of."""
    mine = [m for m in model.__mro__ if m in models() and key in m.model_fields]  # type: ignore[attr-defined]
    return any(_reads(code, m, key) for m in mine for code in _files())


def _reads(code: Code, model: Class, key: str) -> bool:
    near = key in code.attributes and not code.names.isdisjoint(_around(model))
    return near or any((place, key) in code.chains for place in _places(model))


@cache
def _around(model: Class) -> frozenset[str]:
    """The names of a model and of all that hold it."""
    found: set[Class] = set()
    left: list[Class] = [model]
    while left:
        one = left.pop()
        for sort in (one, *(m for m in models() if issubclass(m, one))):
            if sort not in found:
                found.add(sort)
                left += [holder for holder, _ in _holders()[sort]]
    return frozenset(m.__name__ for m in found)


@cache
def _places(model: Class) -> frozenset[str]:
    """What attributes that hold such a model are called; one of several as its singular, too."""
    held = {key for _, key in _holders()[model]}
    if issubclass(model, Spec):
        held |= {"spec", "declared"}
    if model is SpaceSpec:
        held.add("settings")
    return frozenset(held | {name[:-1] for name in held if name.endswith("s")})


@cache
def _holders() -> dict[Class, set[tuple[Class, str]]]:
    found: dict[Class, set[tuple[Class, str]]] = defaultdict(set)
    for model in models():
        for key, field in model.model_fields.items():
            for inner in _inside(field.annotation):
                found[inner].add((model, key))
    return found


def _inside(annotation: Any) -> Iterator[Class]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _inside(part)


@cache
def _files() -> tuple[Code, ...]:
    paths = [p for top in ("engine", "renderers") for p in sorted((ROOT / top).rglob("*.py"))]
    code = [_python(p.read_text("utf-8")) for p in paths if ROOT / "engine/model" not in p.parents]
    templates = sorted((ROOT / "renderers").rglob("*.j2"))
    return (*code, *(_template(p.read_text("utf-8")) for p in templates))


def _python(text: str) -> Code:
    nodes = list(ast.walk(ast.parse(text)))
    accessed = [n for n in nodes if isinstance(n, ast.Attribute)]
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    names |= {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    chains = {
        (n.value.attr if isinstance(n.value, ast.Attribute) else n.value.id, n.attr)
        for n in accessed
        if isinstance(n.value, ast.Attribute | ast.Name)
    }
    return Code(frozenset(names), frozenset(n.attr for n in accessed), frozenset(chains))


def _template(text: str) -> Code:
    pairs = re.findall(r"(?=(\b\w+)\.(\w+))", text)
    return Code(frozenset(), frozenset(), frozenset(pairs))
