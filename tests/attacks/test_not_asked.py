"""Where nobody can be asked, nothing is done: no answer on a pipe stands for a person's."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Cli

SPACE = {
    "space.yaml": "kind: Space\nname: s\ntitle: S\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\nmembers: [eve]\n",
    "projects/p/d.csv": "x,day\n1,2026-01-01\n",
    "projects/p/d.yaml": "kind: Dataset\nname: d\nfrom: {file: d.csv}\n"
    "columns: [{name: x, type: integer}, {name: day, type: date}]\n"
    "incremental: {time_column: day, partition: month}\n",
    "people.yaml": "kind: User\nname: eve\nrole: worker\n---\nkind: Role\nname: worker\nclearance: internal\n"
    "allow:\n  - {on: dataset, actions: [see, preview, use, run], when: member}\n"
    "  - {on: catalog, actions: [see, request], when: any}\n",
    "entry.yaml": "kind: CatalogEntry\nname: c\ndataset: p/d\naccess: on-request\n",
}
COMMANDS = {
    "apply": ("apply",),
    "apply as json": ("apply", "--format", "json"),
    "apply on a day": ("apply", "--now", "2026-02-03"),
    "apply in an environment": ("--env", "pr-2", "apply"),
    "promote": ("promote", "pr-1"),
    "rollback": ("rollback",),
    "backfill": ("backfill", "dataset/p/d", "--from", "2026-01-01", "--to", "2026-02-01"),
    "gc": ("gc",),
    "env drop": ("env", "drop", "pr-1"),
    "request": ("request", "catalog/c", "--to", "user:eve", "--as", "eve", "--purpose", "x"),
}
PIPED = {"y": b"y\ny\n", "nothing": b""}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    for name, text in SPACE.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    cli = Cli(folder)
    cli.ok("apply", "--yes")
    (folder / "specs/projects/p/e.yaml").write_text("kind: Dataset\nname: e\nfrom: {file: d.csv}\n")
    cli.ok("apply", "--yes")
    cli.ok("--env", "pr-1", "apply", "--yes")
    (folder / "specs/projects/p/f.yaml").write_text("kind: Dataset\nname: f\nfrom: {file: d.csv}\n")
    return folder


def _everything(folder: Path) -> tuple[list[str], list[str]]:
    """The state as a whole, and all specs by name."""
    with sqlite3.connect(folder / ".dataspace/state.db") as state:
        return list(state.iterdump()), list(map(str, sorted((folder / "specs").rglob("*"))))


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_done_without_a_terminal_and_without_yes(space: Path, name: str) -> None:
    before = _everything(space)
    for said in PIPED.values():
        words = [Path(sys.executable).with_name("engine"), *COMMANDS[name]]
        done = subprocess.run(words, cwd=space, input=said, capture_output=True)
        assert done.returncode == 2, (done.stdout, done.stderr)
        assert b"say --yes" in done.stderr
        assert b"Traceback" not in done.stderr
    assert _everything(space) == before
