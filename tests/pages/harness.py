"""Makes a published space from YAML texts, with the real loader, compiler, collector and store."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Mapping
from pathlib import Path

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.pages.release import PageModel
from engine.core.space import Collected, Space
from engine.core.state import Applied, Version
from engine.diagnostics import SourceSpan, has_errors
from engine.policy.compile import policy_data
from engine.policy.decision import Caller
from engine.usecases.page_releases import Releases
from engine.usecases.pages import page_as, page_model
from engine.usecases.published import Published
from engine.usecases.validate import validate
from engine.wiring import Workspace
from renderers.html.dashboard import dashboard_files
from renderers.html.layout import Layout, asset
from renderers.html.tokens import tokens_css

NOW = datetime.date(2026, 11, 24)
SPACE = "kind: Space\nname: test\ntitle: Test space\n"
PROJECT = "kind: Project\nname: p\ntitle: A project\nmembers: [ana]\n"
PEOPLE = """
kind: Role
name: worker
clearance: restricted
allow:
  - {on: dashboard, actions: [read], when: shared}
  - {on: dashboard, actions: [read], when: member}
---
kind: User
name: ana
role: worker
---
kind: Network
name: everywhere
cidrs: [0.0.0.0/0, "::/0"]
"""


def workspace(folder: Path, files: Mapping[str, str]) -> Workspace:
    """A space of these files (paths below `specs/`) beside a project, a person and an open network."""
    texts = {"space.yaml": SPACE, "projects/p/project.yaml": PROJECT, "people.yaml": PEOPLE, **files}
    for name, text in texts.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Workspace(folder / "specs")


def messages(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Everything that is wrong with the files, as people see it."""
    return [str(found) for found in validate(workspace(folder, files)).diagnostics]


def publish(folder: Path, files: Mapping[str, str]) -> tuple[Workspace, Published]:
    """The same with every dataset built; there must be no mistakes."""
    bench = workspace(folder, files)
    checked = validate(bench)
    assert checked.space is not None
    assert not has_errors(checked.diagnostics), [str(d) for d in checked.diagnostics]
    versions: dict[Address, Version] = {}
    for i, (address, dataset) in enumerate(checked.compiled.items()):
        versions[address] = _built(bench, checked.space, address, dataset, versions, f"{i:032x}")
    data = policy_data(checked.space, checked.compiled)
    applied = Applied("prod", 1, snapshot="-", versions=versions)
    return bench, Published(applied, checked.space, checked.compiled, data)


def _built(
    bench: Workspace,
    space: Space,
    address: Address,
    dataset: CompiledDataset,
    versions: Mapping[Address, Version],
    fingerprint: str,
) -> Version:
    node = space.datasets[address]
    if isinstance(node.producer, Collected):
        with tempfile.TemporaryDirectory() as into:
            staged = bench.collector.collect(node, Path(into))
            return bench.warehouse.store(staged, dataset, fingerprint, "2026-11-20T06:00:00Z")
    inputs = {name: versions[source] for name, source in dataset.inputs.items()}
    return bench.warehouse.build(dataset, inputs, fingerprint, SourceSpan("test"))


def model(folder: Path, files: Mapping[str, str], page: str, reader: str | None = None) -> PageModel:
    """The values of one dashboard of project `p`."""
    bench, published = publish(folder, files)
    return drawn(bench, published, page, reader)


def drawn(bench: Workspace, published: Published, page: str, reader: str | None = None) -> PageModel:
    """The values of a published dashboard, for the operator or a reader."""
    address = Address("dashboard", "p", page)
    if reader is None:
        return page_model(Releases(bench, published), address, NOW)
    return page_as(bench, published, address, Caller(reader, "127.0.0.1", NOW))


def site(folder: Path, files: Mapping[str, str], page: str, reader: str | None = None) -> Path:
    """The dashboard written as files, with the site's assets; returns the page's path."""
    made = model(folder, files, page, reader)
    return write_pages(folder / "site", made)


def write_pages(out: Path, made: PageModel) -> Path:
    """Write a page's files and assets; returns the page's path."""
    files = dashboard_files(made, Layout("Test space"))
    files |= {f"assets/{name}": asset(name) for name in ("site.css", "site.js")}
    files["assets/tokens.css"] = tokens_css()
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return out / "projects" / made.address.project / "dashboards" / f"{made.address.name}.html"
