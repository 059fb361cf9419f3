"""JSON Schemas of what may be written, for editors: completion, and mistakes while typing."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from engine.model.kinds import KINDS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of every kind, by the word in `kind:`, sorted."""
    found = {}
    for kind, spec in sorted(KINDS.items()):
        schema = spec.model_json_schema(by_alias=True, mode="validation")
        found[kind] = {"$schema": DIALECT, **schema, "title": kind}
    return found


def any_schema() -> dict[str, Any]:
    """The schema of a document of any kind: what a file of the specs holds."""
    kinds = sorted(KINDS)
    references, shared = models_json_schema([(KINDS[kind], "validation") for kind in kinds], by_alias=True)
    return {
        "$schema": DIALECT,
        "title": "A document of a data space",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": kinds}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": references[KINDS[kind], "validation"],
            }
            for kind in kinds
        ],
        "$defs": shared["$defs"],
    }
