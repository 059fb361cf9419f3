"""What a resource consists of for planning: a hash per aspect, so that a plan can say what changed.

The logic of a dataset is not an aspect: fingerprints speak for it, and a query that is only written
differently is no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.addresses import Address, dataset_reference
from engine.core.fingerprint import digest
from engine.core.space import DatasetNode, Resource, Space
from engine.model.base import Model, Spec
from engine.model.dashboard import Dashboard, PageDataset
from engine.model.dataflow import Dataflow, Step
from engine.model.dataset import Dataset

Aspect = Literal["page", "data", "access", "protection", "checks", "settings", "metadata", "keep"]

PEOPLE = frozenset({
    "title", "description", "email", "owner", "schedule", "refresh", "stale_after", "keywords", "themes",
    "license", "contact", "approved_by",
})  # fmt: skip
"""Fields that inform people and change neither data, nor pages' content, nor rights."""
PROTECTION = frozenset({"protect", "sensitivity", "tags", "declassify"})
LOGIC = frozenset({"from", "format", "lowcode", "sql", "python", "output", "incremental"})
ACCESS_KINDS = frozenset({"project", "catalog", "role", "user", "group", "network", "datapolicy", "grant"})
IDENTITY = frozenset({"kind", "name", "project", "moved"})
"""What names a resource: addresses speak for it, and a rename is a change of its own (core/moves.py)."""


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
    """The aspects of a dataset beside its logic: protection, checks, lookback, words, whether kept."""
    fields = _written(node.declared)
    columns = fields.pop("columns", [])
    protection = {key: fields[key] for key in PROTECTION & fields.keys()}
    protection["columns"] = [
        [c["name"], c.get("tags"), c.get("sensitivity")]
        for c in columns
        if {"tags", "sensitivity"} & c.keys()
    ]
    described = [[c["name"], c.get("title"), c.get("description")] for c in columns]
    lookback = node.declared.incremental.lookback if node.declared.incremental else None
    people = {key: fields[key] for key in PEOPLE & fields.keys()}
    people["columns"] = [d for d in described if d[1:] != [None, None]]
    return _hashed(
        {
            "protection": {key: value for key, value in protection.items() if value},
            "checks": {"checks": fields["checks"]} if fields.get("checks") else {},
            "metadata": {key: value for key, value in people.items() if value},
            "keep": {"prevent_destroy": True} if fields.get("prevent_destroy") else {},
            "settings": {"lookback": lookback} if lookback is not None else {},
        }
    )


def dashboard_aspects(
    dashboard: Dashboard, versions: Mapping[str, str], pictures: Mapping[str, str]
) -> dict[Aspect, str]:
    """The aspects of a dashboard; its data are the fingerprints of its `versions`, by dataset, and what its
    `pictures` show belongs to the page: hashes of the files it names, by path."""
    fields = _written(dashboard) | ({"pictures": dict(pictures)} if pictures else {})
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


def changed_fields(aspect: Aspect, before: Model, after: Model) -> tuple[str, ...]:
    """The fields of an aspect that two texts of the same resource say differently, sorted."""
    old, new = _written(before), _written(after)
    return tuple(
        sorted(
            key
            for key in {*old, *new} - IDENTITY
            if old.get(key) != new.get(key) and aspect in _aspects_of_field(key, after)
        )
    )


def _aspects_of_field(field: str, model: Model) -> frozenset[Aspect]:
    """The aspects that a field of a resource counts for."""
    if isinstance(model, Dataset | Step):
        if field == "columns":
            return frozenset({"metadata", "protection"})
        if field == "incremental":
            return frozenset({"settings"})
        words: frozenset[Aspect] = frozenset({"metadata"}) if field in PEOPLE else frozenset()
        return frozenset({"protection"}) if field in PROTECTION else words
    rights: Aspect = "access" if getattr(model, "address_kind", "") in ACCESS_KINDS else "settings"
    if isinstance(model, Dashboard):
        rights = "access" if field == "share" else "page"
    informing = PEOPLE - {"owner"} if rights == "access" else PEOPLE
    return frozenset({"metadata" if field in informing else rights})


def page_datasets(space: Space, page: Dashboard, project: str) -> dict[str, Address]:
    """The dataset behind each name of a dashboard's `datasets`."""
    written = {n: d.dataset if isinstance(d, PageDataset) else d for n, d in page.datasets.items()}
    return {n: space.dataset_of(dataset_reference(text, project)) for n, text in sorted(written.items())}


def is_dataset_document(resource: Resource[Spec]) -> bool:
    """Whether the resource is itself a dataset, and so planned as one."""
    return isinstance(resource.spec, Dataset)


def as_text(aspects: Mapping[Aspect, str]) -> str:
    """Aspects as one line, as state keeps them."""
    return ",".join(f"{aspect}:{aspects[aspect]}" for aspect in sorted(aspects))


def from_text(text: str) -> dict[str, str]:
    """Aspects as state kept them."""
    return dict(part.split(":", 1) for part in text.split(",") if part)
