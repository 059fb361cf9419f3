"""Spaces for policy tests, made from YAML text without reading any data."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from engine.addresses import Address, dataset_reference
from engine.core.compiled import ColumnLogic, CompiledDataset
from engine.core.document import Document
from engine.core.space import Collected, DatasetNode, Resource, Space
from engine.diagnostics import SourceSpan
from engine.model.base import Spec
from engine.model.catalog import CatalogEntry
from engine.model.dataset import Dataset
from engine.model.kinds import KINDS


class _Loader(yaml.SafeLoader):
    """YAML 1.2 booleans only: `on` is a word."""


_Loader.yaml_implicit_resolvers = {
    key: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool" or key in "tTfF"]
    for key, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def space_of(text: str) -> tuple[Space, dict[Address, CompiledDataset]]:
    """The space that the YAML documents say, and its datasets compiled: columns as declared."""
    resources = dict(
        sorted(_resource(i, data) for i, data in enumerate(yaml.load_all(text, _Loader)) if data)
    )
    settings = next(r for r in resources.values() if r.address.kind == "space")
    datasets = {
        a: DatasetNode(a, Collected(r))  # type: ignore[arg-type]
        for a, r in resources.items()
        if isinstance(r.spec, Dataset)
    }
    catalog = {
        a: dataset_reference(r.spec.dataset, "")
        for a, r in resources.items()
        if isinstance(r.spec, CatalogEntry)
    }
    space = Space(settings, resources, datasets, catalog)  # type: ignore[arg-type]
    lowest = settings.spec.sensitivity[0]  # type: ignore[attr-defined]
    return space, {a: compiled(a, n.resource.spec, lowest) for a, n in _collected(datasets).items()}


def _collected(datasets: Mapping[Address, DatasetNode]) -> dict[Address, Collected]:
    return {a: node.producer for a, node in datasets.items() if isinstance(node.producer, Collected)}


def _resource(index: int, data: dict[str, object]) -> tuple[Address, Resource[Spec]]:
    kind = KINDS[str(data["kind"])]
    spec = kind.model_validate(data)
    project = str(data.get("project", "")) if kind.in_project else ""
    address = Address(kind.address_kind, project, spec.name)
    spans = {(): SourceSpan(f"specs/{spec.name}.yaml", index + 1)}
    return address, Resource(address, spec, Document(f"specs/{spec.name}.yaml", 0, data, spans, {}, {}))


def compiled(address: Address, dataset: Dataset, lowest: str) -> CompiledDataset:
    """The dataset with its declared columns, as if collected."""
    return CompiledDataset(
        address=address,
        columns=tuple(
            ColumnLogic(c.name, c.type or "string", "identity", (), c.name) for c in dataset.columns
        ),
        inputs={},
        query="",
        rows="",
        row_sources=(),
        ordered=False,
        logic="",
        sensitivity=dataset.sensitivity or lowest,
        tags={},
        levels={},
        min_cell=dataset.protect.min_cell if dataset.protect else 0,
        unit=dataset.protect.unit if dataset.protect else None,
    )
