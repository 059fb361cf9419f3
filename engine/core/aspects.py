"""What a resource consists of for planning: a hash per aspect, so that a plan can say what changed.

The logic of a dataset is not an aspect: fingerprints speak for it, and a query that is only written
differently is no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.core.fingerprint import digest
from engine.core.space import DatasetNode, Resource
from engine.model.base import Model, Spec
from engine.model.dashboard import Dashboard
from engine.model.dataflow import Dataflow
from engine.model.dataset import Dataset

Aspect = Literal["page", "data", "access", "protection", "checks", "settings", "metadata", "keep"]

PEOPLE = frozenset({
    "title", "description", "email", "owner", "schedule", "refresh", "stale_after", "keywords", "themes",
    "license", "contact", "moved", "approved_by",
})  # fmt: skip
"""Fields that inform people and change neither data, nor pages' content, nor rights."""
PROTECTION = frozenset({"protect", "sensitivity", "tags", "declassify"})
LOGIC = frozenset({"from", "format", "lowcode", "sql", "python", "output", "incremental"})
ACCESS_KINDS = frozenset({"project", "catalog", "role", "user", "group", "network", "datapolicy", "grant"})
IDENTITY = frozenset({"kind", "name", "project"})


def _written(model: Model) -> dict[str, Any]:
    return model.model_dump(by_alias=True, exclude_defaults=True, mode="json")


def _hashed(parts: Mapping[Aspect, Mapping[str, Any]]) -> dict[Aspect, str]:
    return {aspect: digest(fields) for aspect, fields in parts.items() if fields}


def _split(
    fields: Mapping[str, Any], rest: Aspect, people: frozenset[str] = PEOPLE
) -> dict[Aspect, dict[str, Any]]:
    informing = {key: value for key, value in fields.items() if key in people}
    return {"metadata": informing, rest: {k: v for k, v in fields.items() if k not in people | IDENTITY}}


def dataset_aspects(node: DatasetNode) -> dict[Aspect, str]:
    """The aspects of a dataset beside its logic: protection, checks, metadata, and whether it is kept."""
    fields = _written(node.declared)
    columns = fields.pop("columns", [])
    protection = {key: fields[key] for key in PROTECTION & fields.keys()}
    protection["columns"] = [
        [c["name"], c.get("tags"), c.get("sensitivity")]
        for c in columns
        if {"tags", "sensitivity"} & c.keys()
    ]
    described = [[c["name"], c.get("title"), c.get("description")] for c in columns]
    people = {key: fields[key] for key in PEOPLE & fields.keys()}
    people["columns"] = [d for d in described if d[1:] != [None, None]]
    return _hashed(
        {
            "protection": {key: value for key, value in protection.items() if value},
            "checks": {"checks": fields["checks"]} if fields.get("checks") else {},
            "metadata": {key: value for key, value in people.items() if value},
            "keep": {"prevent_destroy": True} if fields.get("prevent_destroy") else {},
        }
    )


def dashboard_aspects(dashboard: Dashboard, versions: Mapping[str, str]) -> dict[Aspect, str]:
    """The aspects of a dashboard; its data are the fingerprints of its `versions`, by dataset."""
    fields = _written(dashboard)
    shared = {"share": fields.pop("share")} if "share" in fields else {}
    return _hashed({**_split(fields, "page"), "access": shared}) | {"data": digest(dict(versions))}


def resource_aspects(resource: Resource[Spec]) -> dict[Aspect, str]:
    """The aspects of any other resource."""
    fields = _written(resource.spec)
    if isinstance(resource.spec, Dataflow):
        # Which datasets it reads is a setting; what it calls them is not.
        fields["inputs"] = sorted(set(resource.spec.inputs.values()))
        fields["steps"] = [step.output for step in resource.spec.steps]
    if resource.address.kind in ACCESS_KINDS:
        return _hashed(_split(fields, "access", PEOPLE - {"owner"}))
    return _hashed(_split(fields, "settings"))


def is_dataset_document(resource: Resource[Spec]) -> bool:
    """Whether the resource is itself a dataset, and so planned as one."""
    return isinstance(resource.spec, Dataset)


def as_text(aspects: Mapping[Aspect, str]) -> str:
    """Aspects as one line, as state keeps them."""
    return ",".join(f"{aspect}:{aspects[aspect]}" for aspect in sorted(aspects))


def from_text(text: str) -> dict[str, str]:
    """Aspects as state kept them."""
    return dict(part.split(":", 1) for part in text.split(",") if part)
