"""The reference of kinds and keys, read from the models that check what authors write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

KIND_PAGES: Mapping[str, str] = {
    "Space": "settings of the whole space",
    "Project": "who works together on what; a personal studio",
    "Dataset": "what is collected, kept and published",
    "Dataflow": "how datasets are made from others",
    "DataflowTest": "given rows in, expected rows out",
    "Dashboard": "a page of numbers, charts, tables and texts",
    "CatalogEntry": "a dataset offered to the whole space",
    "Source": "a place that data is collected from",
    "Role": "a set of rights and a clearance",
    "User": "a person",
    "Group": "several people under one name",
    "Network": "addresses that people may come from",
    "DataPolicy": "rows and columns that some may see",
    "Grant": "a time-limited right on a dataset",
    "Assistant": "answers questions over datasets",
    "Notebook": "a notebook kept with a project",
}
"""Every kind in the order people meet them, and what it is."""


def kind_path(kind: str) -> str:
    """The site path of a kind's page."""
    return f"docs/{kind.lower()}.html"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a document or part of one."""

    name: str
    type: str
    required: bool
    default: str
    part: str
    """The part its values are, when that has keys of its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """A document, or a part of one, and its keys."""

    name: str
    description: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A kind: its own keys first, then the parts they are made of."""

    kind: str
    summary: str
    parts: tuple[Part, ...]


@cache
def kind_reference(kind: str) -> Reference:
    """The reference of one kind."""
    from engine.model.kinds import KINDS

    schema = KINDS[kind].model_json_schema(by_alias=True)
    defined: Mapping[str, Any] = schema.get("$defs", {})
    parts = (_part(kind, schema), *(_part(name, defined[name]) for name in sorted(defined)))
    return Reference(kind, KIND_PAGES[kind], tuple(part for part in parts if part.keys))


def _part(name: str, schema: Mapping[str, Any]) -> Part:
    required = schema.get("required", ())
    properties: dict[str, Any] = schema.get("properties", {})
    first = [key for key in ("kind", "name", "title", "description") if key in properties]
    ordered = {key: properties[key] for key in (*first, *properties)}
    keys = tuple(_key(key, value, key in required) for key, value in ordered.items())
    return Part(name, schema.get("description", "").strip(), keys)


def _key(name: str, schema: Mapping[str, Any], required: bool) -> Key:
    kinds = list(dict.fromkeys(_types(schema)))
    return Key(name, " or ".join(kinds) or "anything", required, _default(schema), next(_parts(schema), ""))


def _default(schema: Mapping[str, Any]) -> str:
    """The value a key has when it is left out, where one word says it."""
    match schema.get("default"):
        case bool() as flag:
            return "true" if flag else "false"
        case str() | int() | float() as value:
            return str(value)
        case _:
            return ""


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    """The types a value may have, in words."""
    if "const" in schema:
        yield str(schema["const"])
    elif "enum" in schema:
        yield " | ".join(map(str, schema["enum"]))
    elif "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    elif schema.get("type") == "array":
        yield f"list of {' or '.join(dict.fromkeys(_types(schema.get('items', {})))) or 'values'}"
    elif isinstance(schema.get("additionalProperties"), dict):
        yield f"name: {' or '.join(dict.fromkeys(_types(schema['additionalProperties']))) or 'value'}"
    elif branches := schema.get("anyOf") or schema.get("oneOf"):
        for branch in branches:
            yield from _types(branch)
    elif schema.get("type") not in (None, "null"):
        yield {"string": "text", "integer": "whole number", "object": "keys"}.get(
            schema["type"], schema["type"]
        )


def _parts(schema: Any) -> Iterator[str]:
    """The parts a value refers to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for inner in schema.values():
            yield from _parts(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _parts(inner)
