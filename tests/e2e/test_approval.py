"""A plan's fingerprint is the approval: what is applied is what was approved, or nothing is."""

from __future__ import annotations

import json
import os

from tests.conftest import Cli, WriteSpace
from tests.e2e.small_space import change, small_space_inside

FLOW = "specs/projects/p/dataflows/flow.yaml"


def fingerprint(cli: Cli) -> str:
    return str(json.loads(cli.ok("plan", "--format", "json"))["fingerprint"])


def test_the_expected_plan_is_applied_and_any_other_is_refused(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    approved = fingerprint(cli)
    cli.ok("apply", "--expect", approved)
    change(cli, FLOW, "id + 1", "id + 2")
    reviewed = fingerprint(cli)
    change(cli, FLOW, "id + 2", "id + 3")
    refused = cli("apply", "--yes", "--expect", reviewed)
    assert refused.returncode == 1
    assert "what was approved is not what would be done" in refused.stderr
    assert len(json.loads(cli.ok("runs", "--format", "json"))) == 1
    change(cli, FLOW, "id + 3", "id + 2")
    assert json.loads(cli.ok("apply", "--expect", reviewed, "--format", "json"))["status"] == "succeeded"


def test_a_saved_plan_is_refused_once_an_origins_content_or_the_state_moved(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    change(cli, FLOW, "id + 1", "id + 2")
    cli.ok("plan", "--out", "plan.json")
    change(cli, "specs/data/users.csv", "1,a@x.org", "1,z@x.org")
    assert "what was approved" in cli("apply", "plan.json").stderr
    change(cli, "specs/data/users.csv", "1,z@x.org", "1,a@x.org")
    change(cli, "specs/projects/p/project.yaml", "name: p\n", "name: p\ntitle: Another\n")
    cli.ok("apply", "--yes")
    moved = cli("apply", "plan.json")
    assert (moved.returncode, "what was approved" in moved.stderr) == (1, True)


def test_plans_hold_no_data_and_the_same_files_give_the_same_plan(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    first, second = cli.ok("plan", "--format", "json"), cli.ok("plan", "--format", "json")
    assert first == second
    assert "a@x.org" not in first
    os.utime(cli.folder / "specs/data/users.csv", (1, 1))
    assert cli.ok("plan", "--format", "json") == first


def test_a_saved_plan_that_was_altered_is_refused(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("plan", "--out", "plan.json")
    saved = json.loads((cli.folder / "plan.json").read_text(encoding="utf-8"))
    shown = {**saved, "changes": saved["changes"][:1]}
    (cli.folder / "plan.json").write_text(json.dumps(shown), encoding="utf-8")
    refused = cli("apply", "plan.json", "--yes")
    assert refused.returncode == 1
    assert "does not say what its fingerprint stands for" in refused.stderr
    assert json.loads(cli.ok("runs", "--format", "json")) == []
    (cli.folder / "plan.json").write_text(json.dumps(saved), encoding="utf-8")
    cli.ok("apply", "plan.json", "--yes")
