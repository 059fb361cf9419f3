"""An engine that hashes logic differently names versions anew and computes nothing (law 12)."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

from tests.conftest import REPOSITORY, Cli, WriteSpace
from tests.e2e.small_space import change, small_space_inside

EARLIER = """
import engine.core.compiled, engine.core.fingerprint as hashing
engine.core.compiled.ALGORITHM = 0
now = hashing.digest
hashing.digest = lambda value: now(["an earlier way", value])
from engine.cli.main import main
main()
"""
"""The command line of an earlier engine: another algorithm, every hash another one."""


def earlier_engine(cli: Cli, *words: str) -> None:
    done = subprocess.run(
        [str(REPOSITORY / ".venv/bin/python"), "-c", EARLIER, *words],
        cwd=cli.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def files(cli: Cli) -> dict[str, int]:
    store: Path = cli.folder / ".dataspace/versions"
    return {str(p.relative_to(store)): p.stat().st_mtime_ns for p in store.rglob("*.parquet")}


def test_an_upgrade_plans_re_fingerprint_and_writes_no_data(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    earlier_engine(cli, "apply", "--yes")
    before = files(cli)
    plan = json.loads(cli.ok("plan", "--format", "json"))
    data = [c for c in plan["changes"] if c["address"].startswith("dataset/")]
    assert {c["action"] for c in plan["changes"]} == {"re-point"}
    assert len(data) == 4
    assert all(reason.startswith("re-fingerprint") for c in data for reason in c["reasons"])
    run = json.loads(cli.ok("apply", "--yes", "--format", "json"))
    assert {s["status"] for s in run["steps"]} == {"reused"}
    assert files(cli) == before
    assert json.loads(cli.ok("plan", "--format", "json"))["changes"] == []


def test_a_change_made_together_with_an_upgrade_is_still_seen(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    earlier_engine(cli, "apply", "--yes")
    change(cli, "specs/projects/p/dataflows/flow.yaml", "id + 1", "id + 5")
    plan = json.loads(cli.ok("plan", "--format", "json"))
    actions = {c["address"]: c["action"] for c in plan["changes"]}
    assert actions["dataset/p/c"] == "rebuild"
    assert actions["dataset/p/a"] == "re-point"
    run = json.loads(cli.ok("apply", "--yes", "--format", "json"))
    assert {s["address"]: s["status"] for s in run["steps"]}["dataset/p/c"] == "done"


def test_reading_another_dataset_with_the_same_content_is_seen(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    flow = "specs/projects/p/dataflows/flow.yaml"
    change(
        cli,
        flow,
        "  - output: c",
        "  - output: a2\n    sql: select id, lower(email) as email from users\n  - output: c",
    )
    cli.ok("apply", "--yes")
    change(cli, flow, "from a\n", "from a2\n")
    plan = json.loads(cli.ok("plan", "--format", "json"))
    assert {c["address"]: c["action"] for c in plan["changes"]} == {"dataset/p/c": "re-point"}
    cli.ok("apply", "--yes")
    assert json.loads(cli.ok("lineage", "dataset/p/c", "--format", "json"))["upstream"][0] == "dataset/p/a2"
    assert json.loads(cli.ok("plan", "--format", "json"))["changes"] == []


def test_a_state_of_before_policies_were_recorded_is_used_further(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    with sqlite3.connect(cli.folder / ".dataspace/state.db") as state:
        state.execute("alter table runs drop column policy")
    state.close()
    change(cli, "specs/projects/p/project.yaml", "name: p\n", "name: p\ntitle: Another\n")
    cli.ok("apply", "--yes")
    runs = json.loads(cli.ok("runs", "--format", "json"))
    assert [run["policy"] is None for run in runs] == [False, True]
