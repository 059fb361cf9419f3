"""Killed at any moment, an apply leaves what is published whole, and the next one ends in the same bytes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, Cli, WriteSpace
from tests.e2e.small_space import change, small_space

KILLS = int(os.environ.get("CRASH_KILLS", "12"))
FLOW = "specs/projects/p/dataflows/flow.yaml"


def stored(cli: Cli) -> dict[str, str]:
    """Hash of every version file, by path."""
    folder = cli.folder / ".dataspace/versions"
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*.parquet"))
    }


def published(cli: Cli) -> list[object]:
    sql = "select (select sum(id) from p.c) as c, (select count(*) from p.users) as users"
    return list(json.loads(cli.ok("query", sql, "--as", "ana", "--format", "json")))


def killed_apply(cli: Cli, after: float) -> None:
    process = subprocess.Popen(
        [str(REPOSITORY / ".venv/bin/engine"), "apply", "--yes"],
        cwd=cli.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(after)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_killed_applies_converge_to_the_undisturbed_bytes(write_space: WriteSpace, tmp_path: Path) -> None:
    cli = small_space(write_space)
    cli.ok("apply", "--yes")
    began = time.monotonic()
    change(cli, FLOW, "id + 1", "id + 2")
    cli.ok("apply", "--yes")
    whole = time.monotonic() - began
    chance = random.Random(42)
    for step in range(KILLS):
        before = published(cli)
        change(cli, FLOW, f"id + {step + 2} ", f"id + {step + 3} ")
        line = f"{step + 100},k{step}@x.org,k{step}\n"
        users = cli.folder / "specs/data/users.csv"
        users.write_text(users.read_text(encoding="utf-8") + line, encoding="utf-8")
        killed_apply(cli, chance.uniform(0.2, whole * 1.1))
        between = published(cli)
        cli.ok("apply", "--yes")
        after = published(cli)
        assert between in (before, after)
        assert json.loads(cli.ok("plan", "--format", "json"))["changes"] == []
    undisturbed = Cli(tmp_path / "again")
    undisturbed.folder.mkdir()
    subprocess.run(["cp", "-r", str(cli.folder / "specs"), str(undisturbed.folder)], check=True)
    undisturbed.ok("apply", "--yes")
    expected = stored(undisturbed)
    assert expected
    assert {path: digest for path, digest in stored(cli).items() if path in expected} == expected
    assert published(cli) == published(undisturbed)


def test_of_two_applies_at_once_one_works_and_the_other_says_who_holds_the_lock(
    write_space: WriteSpace,
) -> None:
    slow = "def fetch():\n    import time\n    time.sleep(4)\n    return [{'id': 1}]\n"
    spec = (
        "kind: Dataset\nname: slow\nfrom: {python: 'slow.py:fetch'}\ncolumns: [{name: id, type: integer}]\n"
    )
    cli = small_space(
        write_space,
        **{"specs/projects/p/datasets/slow.yaml": spec, "specs/projects/p/datasets/slow.py": slow},
    )
    words = [str(REPOSITORY / ".venv/bin/engine"), "apply", "--yes"]
    first = subprocess.Popen(words, cwd=cli.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lock = cli.folder / ".dataspace/state.db"
    deadline = time.monotonic() + 30
    second = None
    while time.monotonic() < deadline and first.poll() is None:
        time.sleep(0.5)
        if lock.exists():
            second = cli("apply", "--yes")
            if second.returncode != 0:
                break
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert second is not None
    assert second.returncode == 1
    assert "is locked by" in second.stderr
    assert "since" in second.stderr
    assert "succeeded" in out
