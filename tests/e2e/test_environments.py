"""Environments share versions; promotion, rollback and clearing move pointers and files, never data."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Cli, WriteSpace
from tests.e2e.small_space import change, small_space_inside

FLOW = "specs/projects/p/dataflows/flow.yaml"
LATER = ("--now", "2027-03-01")


def rows(cli: Cli, table: str, environment: str = "prod") -> list[Any]:
    sql = f"select * from {table} order by all"
    return list(json.loads(cli.ok("--env", environment, "query", sql, "--as", "ana", "--format", "json")))


def changes(cli: Cli, environment: str) -> dict[str, str]:
    plan = json.loads(cli.ok("--env", environment, "plan", "--format", "json"))
    return {c["address"]: c["action"] for c in plan["changes"]}


def test_a_new_environment_plans_and_builds_only_what_differs_from_prod(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    change(cli, FLOW, "id + 1", "id + 10")
    assert changes(cli, "pr-42") == {"dataset/p/c": "rebuild"}
    run = json.loads(cli.ok("--env", "pr-42", "apply", "--yes", "--format", "json"))
    assert [s["address"] for s in run["steps"]] == ["dataset/p/c"]
    assert rows(cli, "p.c", "pr-42") == [{"id": 11}, {"id": 12}, {"id": 13}]
    assert rows(cli, "p.c") == [{"id": 2}, {"id": 3}, {"id": 4}]
    assert rows(cli, "p.a", "pr-42") == rows(cli, "p.a")
    listed = {e["name"]: e["own"] for e in json.loads(cli.ok("env", "list", "--format", "json"))}
    assert listed == {"prod": 0, "pr-42": 1}


def test_promotion_moves_pointers_and_a_rollback_moves_them_back(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    change(cli, FLOW, "id + 1", "id + 10")
    cli.ok("--env", "pr-42", "apply", "--yes")
    moved = json.loads(cli.ok("promote", "pr-42", "--yes", "--format", "json"))
    assert moved["steps"] == []
    assert {"action": "re-point", "address": "dataset/p/c"} in moved["changes"]
    assert rows(cli, "p.c") == [{"id": 11}, {"id": 12}, {"id": 13}]
    assert json.loads(cli.ok("plan", "--format", "json"))["changes"] == []
    cli.ok("rollback", "--yes")
    assert rows(cli, "p.c") == [{"id": 2}, {"id": 3}, {"id": 4}]
    told = [run["kind"] for run in json.loads(cli.ok("runs", "--format", "json"))]
    assert told == ["rollback", "promote", "apply"]
    assert changes(cli, "prod")["dataset/p/c"] == "re-point"


def test_a_rollback_to_any_earlier_run_points_at_what_that_run_published(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    for number in (1, 10, 100):
        cli.ok("apply", "--yes")
        if number < 100:
            change(cli, FLOW, f"id + {number} as", f"id + {number}0 as")
    stored = sorted((cli.folder / ".dataspace/versions").rglob("*.parquet"))
    moved = json.loads(cli.ok("rollback", "prod-00001", "--yes", "--format", "json"))
    assert moved["steps"] == []
    assert rows(cli, "p.c") == [{"id": 2}, {"id": 3}, {"id": 4}]
    cli.ok("rollback", "prod-00002", "--yes")
    assert rows(cli, "p.c") == [{"id": 11}, {"id": 12}, {"id": 13}]
    assert sorted((cli.folder / ".dataspace/versions").rglob("*.parquet")) == stored
    unknown = cli("rollback", "prod-00099", "--yes")
    assert (unknown.returncode, "published nothing" in unknown.stderr) == (1, True)


def test_promotion_is_refused_once_prod_moved_on(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    change(cli, FLOW, "id + 1", "id + 10")
    cli.ok("--env", "pr-42", "apply", "--yes")
    change(cli, FLOW, "id + 10", "id + 20")
    cli.ok("apply", "--yes")
    refused = cli("promote", "pr-42", "--yes")
    assert refused.returncode == 1
    assert "prod was changed after pr-42 was applied" in refused.stderr
    assert rows(cli, "p.c") == [{"id": 21}, {"id": 22}, {"id": 23}]


def test_cleared_versions_come_back_with_undo_until_they_are_deleted(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    change(cli, FLOW, "id + 1", "id + 10")
    cli.ok("apply", "--yes")
    dry = json.loads(cli.ok("gc", "--dry-run", "--format", "json"))
    assert [v["address"] for v in dry["quarantined"]] == ["dataset/p/c"]
    cli.ok("gc", "--yes")
    assert json.loads(cli.ok("gc", "--dry-run", "--format", "json"))["quarantined"] == []
    cli.ok("rollback", "--yes")
    assert rows(cli, "p.c") == [{"id": 2}, {"id": 3}, {"id": 4}]
    cli.ok("gc", "--yes")
    assert json.loads(cli.ok("undo", "--format", "json"))["brought_back"] == 1
    cli.ok("gc", "--yes")
    freed = json.loads(cli.ok("gc", "--yes", "--format", "json", *LATER))
    assert freed["freed_bytes"] > 0
    refused = cli("rollback", "--yes")
    assert refused.returncode == 1
    assert "were deleted" in refused.stderr
    assert rows(cli, "p.c") == [{"id": 2}, {"id": 3}, {"id": 4}]


def test_a_dropped_environment_is_gone_and_prod_cannot_be_dropped(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    cli.ok("--env", "pr-1", "apply", "--yes")
    cli.ok("env", "drop", "pr-1", "--yes")
    assert [e["name"] for e in json.loads(cli.ok("env", "list", "--format", "json"))] == ["prod"]
    assert cli("env", "drop", "prod", "--yes").returncode == 1
    assert cli("env", "drop", "pr-1", "--yes").returncode == 1


def test_why_names_the_chain_of_causes(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    change(cli, FLOW, "lower(email)", "upper(email)")
    change(cli, "specs/data/users.csv", "3,c@x.org,cid", "3,c@x.org,cid\n4,d@x.org,dan")
    found = json.loads(cli.ok("why", "dataset/p/c", "--format", "json"))
    assert found["change"]["action"] == "refresh"
    assert [c["address"] for c in found["causes"]] == ["dataset/p/a", "dataset/p/users"]
    assert found["causes"][0]["columns"] == ["email"]


def test_why_explains_a_removal(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    (cli.folder / FLOW).unlink()
    found = json.loads(cli.ok("why", "dataset/p/c", "--format", "json"))
    assert (found["change"]["action"], found["file"], found["line"]) == ("remove", None, None)
    assert "no longer in the specs" in cli.ok("why", "dataset/p/c")
    unknown = cli("why", "dataset/p/users1")
    assert unknown.returncode == 1
    assert "there is no dataset/p/users1" in unknown.stderr


def test_an_environment_that_is_not_there_is_told_with_the_command_that_makes_it(
    write_space: WriteSpace,
) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    for words in (("list",), ("can", "ana", "use", "dataset/p/a")):
        told = cli("--env", "pr-7", *words)
        assert told.returncode == 1
        assert "run `engine --env pr-7 apply` first" in told.stderr
    assert "no environment" in cli("promote", "pr-7", "--yes").stderr


def test_a_dataset_renamed_twice_is_renamed_wherever_it_stood(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    cli.ok("apply", "--yes")
    change(cli, FLOW, "output: a\n", "output: middle\n    moved: {from: dataset/p/a}\n")
    change(cli, FLOW, "from a\n", "from middle\n")
    cli.ok("--env", "pr-1", "apply", "--yes")
    change(cli, FLOW, "output: middle", "output: last")
    change(cli, FLOW, "from: dataset/p/a}", "from: [dataset/p/middle, dataset/p/a]}")
    change(cli, FLOW, "from middle\n", "from last\n")
    for environment, before in (("prod", "a"), ("pr-1", "middle")):
        plan = json.loads(cli.ok("--env", environment, "plan", "--format", "json"))
        told = {c["address"]: (c["action"], c["reasons"]) for c in plan["changes"]}
        assert told["dataset/p/last"] == ("re-point", [f"renamed from dataset/p/{before}"])
        assert not {"create", "remove", "rebuild"} & {action for action, _ in told.values()}
        assert plan["access"] == []
        cli.ok("--env", environment, "apply", "--yes")
        assert changes(cli, environment) == {}


def test_each_wrong_former_address_is_told_at_its_place(write_space: WriteSpace) -> None:
    cli = small_space_inside(write_space)
    former = "moved: {from: [dataset/p/gone, dataset/p/b, nonsense]}"
    change(cli, FLOW, "output: a\n", f"output: a\n    {former}\n")
    told = json.loads(cli("validate", "--format", "json").stdout)
    assert [(d["code"], d["line"]) for d in told] == [("moved", 6), ("moved", 6)]
    assert "dataset/p/b is still defined" in told[0]["summary"]
    assert '"nonsense" is no address' in told[1]["summary"]
