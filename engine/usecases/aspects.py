"""The aspects of everything in a space, as plans compare them and state keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from engine.addresses import Address
from engine.core.aspects import (
    Aspect,
    as_text,
    dashboard_aspects,
    dataset_aspects,
    page_datasets,
    resource_aspects,
)
from engine.core.fingerprint import Identity
from engine.core.named_paths import named_paths
from engine.core.space import Resource, Space
from engine.model.base import Spec
from engine.model.dashboard import Dashboard


def aspects_of(space: Space, known: Mapping[Address, Identity]) -> dict[Address, str]:
    """The aspects of every resource and dataset of the space, as state keeps them."""
    found = {address: as_text(dataset_aspects(node)) for address, node in space.datasets.items()}
    for address, resource in space.resources.items():
        if address not in found:
            found[address] = as_text(_aspects(space, resource, known))
    return found


def _aspects(space: Space, resource: Resource[Spec], known: Mapping[Address, Identity]) -> dict[Aspect, str]:
    if not isinstance(resource.spec, Dashboard):
        return resource_aspects(resource)
    versions = {
        name: known[source].fingerprint
        for name, source in page_datasets(space, resource.spec, resource.address.project).items()
    }
    return dashboard_aspects(resource.spec, versions, _pictures(space, resource, resource.spec))


def _pictures(space: Space, resource: Resource[Spec], page: Dashboard) -> dict[str, str]:
    """The pictures and geometries that a page names, by content."""
    named = {found.text: resource.document.beside(found.text) for found in named_paths(page)}
    return {
        text: hashlib.sha256(space.files[path]).hexdigest()
        for text, path in sorted(named.items())
        if path in space.files
    }
