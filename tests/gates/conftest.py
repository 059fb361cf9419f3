"""A space with two projects, applied once, for tests that plan changes to it as somebody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic
from engine.policy.decision import Caller
from engine.usecases.plan import make_plan
from engine.wiring import Workspace
from tests.conftest import REPOSITORY, Cli
from tests.gates.spaces import NOW

DATASET = """\
kind: Dataset
name: {name}
sensitivity: {level}
{owner}from: {{file: ../../../data/{name}.csv}}
columns: [{{name: a, type: string}}]
"""
FILES = {
    "specs/space.yaml": "kind: Space\nname: test\n",
    **{f"specs/data/{name}.csv": "a\n1\n" for name in ("inner", "deep", "open", "more", "shut", "new")},
    "specs/policies/networks.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "specs/policies/people.yaml": """\
{kind: User, name: sophie, role: platform-manager}
---
{kind: User, name: pia, role: platform-manager}
---
{kind: User, name: mona, role: data-worker}
---
{kind: User, name: romain, role: data-worker}
---
{kind: User, name: olga, role: data-worker}
---
{kind: User, name: marie, role: business-analyst}
---
{kind: User, name: leo, role: viewer}
""",
    "specs/policies/groups.yaml": "kind: Group\nname: readers\nmembers: [marie]\n",
    "specs/projects/p/project.yaml": "kind: Project\nname: p\nmanagers: [mona]\nmembers: [romain, sophie]\n",
    "specs/projects/p/datasets/inner.yaml": DATASET.format(name="inner", level="internal", owner=""),
    "specs/projects/p/dataflows/flow.yaml": """\
kind: Dataflow
name: flow
inputs: {t: inner}
steps:
  - output: out
    sql: select a from t
""",
    "specs/projects/p/dashboards/page.yaml": """\
kind: Dashboard
name: page
datasets: {d: out}
rows: [[{table: d}]]
share:
  - {to: olga, access: edit}
""",
    "specs/projects/q/project.yaml": "kind: Project\nname: q\nmembers: [olga]\n",
    "specs/projects/q/datasets/deep.yaml": DATASET.format(
        name="deep", level="restricted", owner="owner: olga\n"
    ),
    "specs/projects/q/datasets/open.yaml": DATASET.format(name="open", level="public", owner=""),
    "specs/projects/q/dataflows/down.yaml": """\
kind: Dataflow
name: down
inputs: {t: p/out}
steps:
  - output: below
    sql: select a from t
""",
    "specs/catalog/deep.yaml": "kind: CatalogEntry\nname: deep\ndataset: q/deep\n",
    "specs/catalog/open.yaml": "kind: CatalogEntry\nname: open\ndataset: q/open\naccess: open\n",
    "specs/policies/grants/asked.yaml": """\
kind: Grant
name: asked
dataset: catalog/deep
to: project:p
actions: [use]
purpose: Work
until: 2027-12-31
requested_by: romain
status: requested
""",
    "specs/policies/grants/given.yaml": """\
kind: Grant
name: given
dataset: catalog/deep
to: mona
actions: [preview]
purpose: Work
until: 2027-12-31
requested_by: mona
approved_by: olga
status: approved
""",
}


@pytest.fixture(scope="session")
def applied_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the space is applied. Read only: copy it to change it."""
    folder = tmp_path_factory.mktemp("gates")
    roles = (REPOSITORY / "specs/policies/roles.yaml").read_text(encoding="utf-8")
    for name, text in {**FILES, "specs/policies/roles.yaml": roles}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Cli(folder).ok("apply", "--yes", "--now", NOW.isoformat())
    return folder


class Space:
    """A private copy of the applied space, to change and to plan."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cli = Cli(folder)

    def write(self, path: str, text: str) -> Space:
        """Write a file below `specs`."""
        file = self.folder / "specs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return self

    def change(self, path: str, before: str, after: str) -> Space:
        """Replace a text in a file that must hold it."""
        text = (self.folder / "specs" / path).read_text(encoding="utf-8")
        assert before in text, f"{path} does not say {before!r}"
        return self.write(path, text.replace(before, after))

    def remove(self, path: str) -> Space:
        """Delete a file."""
        (self.folder / "specs" / path).unlink()
        return self

    def told(self, actor: str | None = None) -> list[Diagnostic]:
        """The diagnostics of the plan."""
        caller = None if actor is None else Caller(actor, "127.0.0.1", NOW)
        return list(make_plan(Workspace(self.folder / "specs"), NOW, caller).diagnostics)

    def refused(self, actor: str) -> set[str]:
        """What the actor may not do, as `action address`; every other error fails the test."""
        errors = [d for d in self.told(actor) if d.severity == "error"]
        assert {d.code for d in errors} <= {"not-allowed"}, errors
        return {d.summary.removeprefix(f"{actor} may not ").rstrip(".") for d in errors}


Copy = Callable[[], Space]


@pytest.fixture
def copy(applied_folder: Path, tmp_path: Path) -> Copy:
    """Makes private copies of the applied space."""
    made = 0

    def make() -> Space:
        nonlocal made
        made += 1
        folder = tmp_path / f"space-{made}"
        shutil.copytree(applied_folder, folder, symlinks=True)
        return Space(folder)

    return make


@pytest.fixture
def space(copy: Copy) -> Space:
    """A private copy of the applied space."""
    return copy()
