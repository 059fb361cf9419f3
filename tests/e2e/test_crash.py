"""Killed at any moment, an apply leaves what is published whole, and the next one ends in the same bytes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet
import pytest

from engine.adapters.state_db import SqliteState
from engine.addresses import Address
from tests.conftest import REPOSITORY
from tests.e2e.inside import Inside
from tests.e2e.small_space import change

KILLS = int(os.environ.get("CRASH_KILLS", "200"))
"""Random moments in all; they are shared out among the tests below."""
SHARES = 4
FLOW = "specs/projects/p/dataflows/flow.yaml"
FILES = {
    "specs/space.yaml": "kind: Space\nname: test\n",
    "specs/policies/here.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "specs/projects/p/project.yaml": "kind: Project\nname: p\n",
    "specs/data/users.csv": "id\n1\n2\n",
    "specs/projects/p/datasets/users.yaml": """\
kind: Dataset
name: users
from: {file: ../../../data/users.csv}
format: {type: csv, encoding: utf-8}
columns: [{name: id, type: integer}]
checks: [{not_null: [id]}]
""",
    FLOW: "kind: Dataflow\nname: flow\ninputs: {users: users}\nsteps:\n"
    "  - output: c\n    sql: select id + 1 as id from users\n",
}


class Seen(NamedTuple):
    """What a reader finds published: the rows of both datasets of one state, and the home page."""

    users: tuple[int, ...]
    c: tuple[int, ...]
    page: bytes


def seen(folder: Path, state: SqliteState | None = None) -> Seen:
    """What is published in a folder just now."""
    store = folder / ".dataspace"
    versions = (state or SqliteState(store / "state.db")).applied("prod").versions

    def rows(name: str) -> tuple[int, ...]:
        table = pyarrow.parquet.ParquetFile(store / versions[Address("dataset", "p", name)].path).read()
        return tuple(table.column("id").to_pylist())

    return Seen(rows("users"), rows("c"), (store / "site/prod/index.html").read_bytes())


def kept(folder: Path) -> dict[str, str]:
    """Hash of every version's file and every published page, by path."""
    store = folder / ".dataspace"
    pages = store / "site/prod"
    files = [*store.glob("versions/*/*/*.parquet"), *(p for p in pages.rglob("*") if p.is_file())]
    return {str(p.relative_to(store)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(files)}


class Worker:
    """A process that applies spaces in forks of its own (crash_worker.py)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("crash_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            text=True,
        )

    def tell(self, folder: Path, **ending: Any) -> None:
        """Ask for an apply without waiting for the answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"folder": str(folder), **ending}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The answer to what was asked."""
        assert self._process.stdout
        return dict(json.loads(self._process.stdout.readline()))

    def apply(self, folder: Path, **ending: Any) -> dict[str, Any]:
        """Apply the space in a folder, and how that ended."""
        self.tell(folder, **ending)
        return self.answer()

    def close(self) -> None:
        """End the process."""
        self._process.stdin and self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout and self._process.stdout.close()


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One worker for all tests here."""
    worker = Worker()
    yield worker
    worker.close()


@dataclass(frozen=True)
class Story:
    """A space that was applied and then changed, and how an undisturbed apply of the change goes."""

    worker: Worker
    changed: Path
    """Applied before the change. Read only: every kill has a copy of its own."""
    before: Seen
    after: Seen
    kept: dict[str, str]
    boundaries: int
    seconds: float
    """How long the undisturbed apply took."""

    def kill(self, folder: Path, **ending: Any) -> None:
        """Kill an apply while others read; what is published then and after the next one is as promised."""
        shutil.copytree(self.changed, folder, symlinks=True)
        with reading(folder) as found:
            self.worker.apply(folder, **ending)
        between = seen(folder)
        assert between[:2] in (self.before[:2], self.after[:2])
        assert {state[:2] for state in found} <= {self.before[:2], self.after[:2]}
        assert {state.page for state in (*found, between)} <= {self.before.page, self.after.page}
        ended = self.worker.apply(folder)
        assert (ended["killed"], ended.get("error"), ended["left"]) == (False, None, 0)
        assert seen(folder) == self.after
        assert kept(folder) == self.kept
        shutil.rmtree(folder)


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[set[Seen]]:
    """Read what is published again and again, meanwhile; yields all that was seen, whole when it ends."""
    found: set[Seen] = set()
    done = threading.Event()

    def read() -> None:
        state = SqliteState(folder / ".dataspace/state.db")
        while not done.wait(0.002):  # leaves the processor to the apply
            found.add(seen(folder, state))

    with ThreadPoolExecutor(max_workers=1) as pool:
        reader = pool.submit(read)
        try:
            yield found
        finally:
            done.set()
        reader.result()


@pytest.fixture(scope="module")
def story(worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The space that all kills begin with."""
    folder = tmp_path_factory.mktemp("crash")
    changed, undisturbed = folder / "changed", folder / "undisturbed"
    for name, text in FILES.items():
        (changed / name).parent.mkdir(parents=True, exist_ok=True)
        (changed / name).write_text(text, encoding="utf-8")
    assert worker.apply(changed)["plan"] == 6
    before = seen(changed)
    change(Inside(changed), FLOW, "id + 1", "id + 10")
    change(Inside(changed), "specs/data/users.csv", "2\n", "2\n3\n")
    shutil.copytree(changed, undisturbed, symlinks=True)
    began = time.monotonic()
    ended = worker.apply(undisturbed)
    seconds = time.monotonic() - began
    after = seen(undisturbed)
    assert (before[:2], after[:2]) == (((1, 2), (2, 3)), ((1, 2, 3), (11, 12, 13)))
    return Story(worker, changed, before, after, kept(undisturbed), ended["boundaries"], seconds)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_an_apply_killed_at_every_boundary_converges_to_the_undisturbed_bytes(
    story: Story, tmp_path: Path, share: int
) -> None:
    assert story.boundaries > 30
    for at in range(1 + share, story.boundaries + 1, SHARES):
        story.kill(tmp_path / str(at), at=at)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_an_apply_killed_at_random_moments_converges_to_the_undisturbed_bytes(
    story: Story, tmp_path: Path, share: int
) -> None:
    chance = random.Random(share)
    for number in range(share, KILLS, SHARES):
        story.kill(tmp_path / str(number), after=chance.uniform(0, story.seconds))


@pytest.fixture
def held(story: Story, tmp_path: Path) -> Iterator[tuple[Path, Worker, Path]]:
    """A folder where another process is in the middle of an apply, its worker, and what lets it go on."""
    folder, until = tmp_path / "space", tmp_path / "go.on"
    shutil.copytree(story.changed, folder, symlinks=True)
    other = Worker()
    other.tell(folder, hold=str(until))
    deadline = time.monotonic() + 60
    while not until.with_suffix(".begun").exists():
        assert time.monotonic() < deadline, "the other apply never began"
        time.sleep(0.01)
    yield folder, other, until
    until.touch()
    other.close()


def test_of_two_applies_at_once_one_works_and_the_other_says_who_holds_the_lock_and_since_when(
    held: tuple[Path, Worker, Path], story: Story
) -> None:
    folder, other, until = held
    cli = Inside(folder)
    refused = cli("apply", "--yes")
    assert refused.returncode == 1
    assert 'environment "prod" is locked by ana (process ' in refused.stderr
    assert "since 20" in refused.stderr
    assert seen(folder) == story.before
    until.touch()
    assert other.answer()["left"] == 0
    assert seen(folder) == story.after
    runs = json.loads(cli.ok("runs", "--format", "json"))
    assert [run["status"] for run in runs] == ["succeeded", "succeeded"]


def test_the_lock_of_a_holder_that_died_is_taken_over(story: Story, tmp_path: Path) -> None:
    folder = tmp_path / "space"
    shutil.copytree(story.changed, folder, symlinks=True)
    assert story.worker.apply(folder, at=story.boundaries // 2) == {"killed": True}
    cli = Inside(folder)
    cli.ok("apply", "--yes")
    runs = json.loads(cli.ok("runs", "--format", "json"))
    assert [run["status"] for run in runs] == ["succeeded", "interrupted", "succeeded"]
