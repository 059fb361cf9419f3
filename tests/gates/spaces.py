"""Spaces for gate tests: read and resolved as the engine does, datasets as declared."""

from __future__ import annotations

import datetime

from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.resolve import resolve
from engine.core.space import Collected
from engine.diagnostics import has_errors
from engine.policy.compile import policy_data
from engine.policy.gates import Governance
from tests.conftest import REPOSITORY
from tests.policy.spaces import compiled

NOW = datetime.date(2026, 11, 24)
ROLES = (REPOSITORY / "specs/policies/roles.yaml").read_text(encoding="utf-8")
BASE = """\
kind: Space
name: test
---
{kind: User, name: sophie, role: platform-manager}
---
{kind: User, name: romain, role: data-worker}
---
{kind: User, name: olga, role: data-worker}
---
{kind: User, name: marie, role: business-analyst}
---
{kind: User, name: leo, role: viewer}
---
{kind: Group, name: readers, members: [marie, leo]}
---
{kind: Network, name: here, cidrs: [127.0.0.0/8]}
---
{kind: Project, name: p, members: [romain]}
---
{kind: Dataset, project: p, name: open, sensitivity: public, from: {file: open.csv}, columns: [{name: a, type: string}]}
---
{kind: Dataset, project: p, name: inner, sensitivity: internal, from: {file: inner.csv}, columns: [{name: a, type: string}]}
---
{kind: Dataset, project: p, name: deep, owner: olga, sensitivity: restricted, from: {file: deep.csv}, columns: [{name: a, type: string}]}
---
{kind: CatalogEntry, name: deep, dataset: p/deep}
---
{kind: CatalogEntry, name: inner, dataset: p/inner, access: open}
"""  # noqa: E501


def governed(more: str = "", base: str = BASE, roles: str = ROLES) -> Governance:
    """The space of `base` and further documents in `specs/more.yaml`, which must resolve without errors."""
    files = {"specs/base.yaml": base, "specs/more.yaml": more, "specs/roles.yaml": roles}
    sources = [SourceFile(path, text.encode()) for path, text in sorted(files.items()) if text]
    resources, wrong = load(sources)
    space, unresolved = resolve(resources)
    assert space is not None
    assert not has_errors((*wrong, *unresolved)), [*wrong, *unresolved]
    lowest = space.settings.spec.sensitivity[0]
    datasets = {
        address: compiled(address, node.producer.resource.spec, lowest)
        for address, node in space.datasets.items()
        if isinstance(node.producer, Collected)
    }
    return Governance(space, datasets, policy_data(space, datasets))
