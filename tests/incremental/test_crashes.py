"""Killed between two partitions, an apply loses nothing: the next one goes on where it stood."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.incremental.spaces import IncrementalSpace, orders

DAYS = [(datetime.date(2025, 1, 1) + datetime.timedelta(days=n)).isoformat() for n in range(60)]
DAILY = "incremental: {time_column: day, partition: day}"
RUNNER = "from engine.cli.main import main; main()"


def space_of_days(folder: Path) -> IncrementalSpace:
    """Orders of every day, and a step that follows them."""
    space = IncrementalSpace(folder)
    (folder / "specs/projects/p/datasets/whole.yaml").unlink()
    space.orders(DAILY)
    step = f"{{output: daily, sql: 'select day, sum(amount) as total from orders group by day', {DAILY}}}"
    space.flow(step)
    flow = folder / "specs/projects/p/dataflows/flow.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace(", whole: whole", ""), encoding="utf-8")
    space.fill(orders(*DAYS))
    return space


def killed_apply(space: IncrementalSpace, name: str, partitions: int) -> None:
    """An apply that is killed when a dataset has that many partitions, published or not."""
    words = [sys.executable, "-c", RUNNER, "--specs", str(space.folder / "specs"), "apply", "--yes"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, stdout=quiet, stderr=quiet, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(space.files(name)) < partitions and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the apply was done before it could be killed"


def contents(space: IncrementalSpace) -> dict[str, str]:
    """Hash of every Parquet file of every version."""
    folder = space.folder / ".dataspace/versions"
    files = sorted(folder.rglob("*.parquet"))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.mark.slow
def test_a_killed_apply_goes_on_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    space = space_of_days(tmp_path / "killed")
    for name, partitions in (("orders", 1), ("orders", 30), ("daily", 3)):
        killed_apply(space, name, partitions)
    finished = {name: space.files(name) for name in ("orders", "daily")}
    assert len(finished["orders"]) == len(DAYS)
    said = space.apply()
    assert said["orders"] == "reused"
    computed = re.match(r"(\d+) of 60 partitions computed", said["daily"])
    assert computed is not None
    # One partition may be written and not yet entered in the ledger: its file is then found by its content.
    assert len(DAYS) - len(finished["daily"]) <= int(computed[1]) <= len(DAYS) - len(finished["daily"]) + 1
    for name, files in finished.items():
        assert {file: known for file, known in space.files(name).items() if file in files} == files
    undisturbed = space_of_days(tmp_path / "undisturbed")
    undisturbed.apply()
    assert contents(space) == contents(undisturbed)


@pytest.mark.slow
def test_readers_see_what_was_published_until_a_killed_refresh_is_done(tmp_path: Path) -> None:
    space = space_of_days(tmp_path)
    space.apply()
    before = space.rows("daily")
    space.fill([*orders(*DAYS), *orders(*DAYS, first=1000)])
    killed_apply(space, "orders", len(DAYS) + 15)
    assert space.rows("daily") == before
    assert space.reasons("daily")[0] == "refresh"
    assert space.apply()["daily"] == "60 of 60 partitions computed: " + ", ".join(DAYS[:6]) + " and 54 more"
    assert len(space.rows("orders")) == 2 * len(DAYS)
