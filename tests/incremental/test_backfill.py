"""`engine backfill`: intervals are computed again on demand, and never twice into the same dataset."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.incremental.spaces import THREE_MONTHS, IncrementalSpace, orders

SETTLING = "incremental: {time_column: day, partition: month, lookback: 0}"


def contents(space: IncrementalSpace, name: str) -> dict[str, str]:
    """Hash of every Parquet file of a dataset's versions."""
    folder = space.folder / ".dataspace/versions/p" / name
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.glob("*.parquet"))}


def with_late_rows(space: IncrementalSpace) -> None:
    """Published, and then late rows in every month, of which the settled ones left them out."""
    space.orders(SETTLING)
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill([*THREE_MONTHS, *orders("2025-01-10", "2025-02-10", "2025-03-10", first=6)])
    space.apply()


def test_a_backfill_restates_its_days_and_no_others(space: IncrementalSpace) -> None:
    with_late_rows(space)
    assert space.backfill("orders", "2025-02-01", "2025-03-01")["orders"].startswith("1 of 3 partitions")
    missing = [row for row in space.rows("whole") if row not in space.rows("orders")]
    assert missing == [[6, "2025-01-10", 6]]
    space.backfill("orders", "2025-01", "2025-02")
    assert space.rows("orders") == space.rows("whole")


def test_a_month_that_a_backfill_reaches_into_is_restated_whole(file_space: IncrementalSpace) -> None:
    with_late_rows(file_space)
    file_space.backfill("orders", "2025-01-31", "2025-02-02")
    assert file_space.rows("orders") == file_space.rows("whole")


def test_the_same_backfill_twice_changes_nothing(space: IncrementalSpace) -> None:
    with_late_rows(space)
    space.backfill("orders", "2025-01", "2025-04")
    once, rows = contents(space, "orders"), space.rows("orders")
    said = space.backfill("orders", "2025-01", "2025-04")
    assert said["orders"] == "3 of 3 partitions computed: 2025-01, 2025-02, 2025-03"
    assert contents(space, "orders") == once
    assert space.rows("orders") == rows == space.rows("whole")


def test_a_backfill_says_what_it_restates_and_is_a_run_of_its_own(file_space: IncrementalSpace) -> None:
    monthly = "incremental: {time_column: day, partition: month}"
    file_space.flow(
        f"{{output: daily, sql: 'select day, count(*) as n from orders group by day', {monthly}}}"
    )
    with_late_rows(file_space)
    done = file_space("backfill", "dataset/p/orders", "--from", "2025-01", "--to", "2025-03", "--yes")
    assert done.exit_code == 0
    assert "dataset/p/orders  restates 2025-01, 2025-02" in done.output
    assert "dataset/p/daily  what changed is computed" in done.output
    runs = json.loads(file_space.ok("runs", "--format", "json"))
    assert [run["kind"] for run in runs] == ["backfill", "apply", "apply"]


def test_a_dataflow_stands_for_its_incremental_outputs(file_space: IncrementalSpace) -> None:
    cut = "incremental: {time_column: day, partition: month, lookback: 0}"
    file_space.flow(
        f"{{output: daily, sql: 'select day, count(*) as n from orders group by day', {cut}}}",
        "{output: total, sql: 'select count(*) as n from orders'}",
    )
    with_late_rows(file_space)
    file_space.backfill("orders", "2025-01", "2025-02")
    said = file_space.said(
        file_space.ok(
            *(
                "backfill",
                "dataflow/p/flow",
                "--from",
                "2025-01",
                "--to",
                "2025-03",
                "--yes",
                "--format",
                "json",
            )
        )
    )
    assert said == {"daily": "2 of 3 partitions computed: 2025-01, 2025-02"}


def test_only_json_is_on_stdout(file_space: IncrementalSpace) -> None:
    with_late_rows(file_space)
    words = ("backfill", "dataset/p/orders", "--from", "2025-01", "--to", "2025-03", "--yes")
    found = json.loads(file_space.ok(*words, "--format", "json"))
    assert found["status"] == "succeeded"
    assert [step["address"] for step in found["steps"]] == ["dataset/p/orders"]


def test_a_backfill_that_fails_a_check_leaves_what_is_published(file_space: IncrementalSpace) -> None:
    file_space.orders(f"{SETTLING}\nchecks: [{{unique: [id]}}]")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, (1, "2025-01-06", 1)])
    file_space.apply()
    rows = file_space.rows("orders")
    words = ("backfill", "dataset/p/orders", "--from", "2025-01", "--to", "2025-02", "--yes")
    assert file_space(*words).exit_code == 1
    assert file_space.rows("orders") == rows


def test_a_backfill_of_an_environment_leaves_the_base_as_it_is(file_space: IncrementalSpace) -> None:
    with_late_rows(file_space)
    file_space.write("projects/p/project.yaml", "kind: Project\nname: p\nmembers: [ana]\ntitle: Shop\n")
    file_space.ok("--env", "pr-1", "apply", "--yes")
    words = ("backfill", "dataset/p/orders", "--from", "2025-01", "--to", "2025-03", "--yes")
    file_space.ok("--env", "pr-1", *words)
    assert file_space.rows("orders", "--env", "pr-1") == file_space.rows("whole")
    assert file_space.rows("orders") != file_space.rows("whole")
    file_space.ok("promote", "pr-1", "--yes")
    assert file_space.rows("orders") == file_space.rows("whole")
    file_space.ok("rollback", "--yes")
    assert file_space.rows("orders") != file_space.rows("whole")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("dataset/p/whole", "--from", "2025-01", "--to", "2025-02"), 1, "is not an incremental dataset"),
        (("dataset/p/order", "--from", "2025-01", "--to", "2025-02"), 1, 'Did you mean "dataset/p/orders"?'),
        (("dataset/p/orders", "--from", "2025-02", "--to", "2025-02"), 2, "--to is to be after --from"),
        (("dataset/p/orders", "--from", "soon", "--to", "2025-02"), 2, "'soon' is no day like 2026-01-31"),
        (("dataset/p/orders", "--from", "2025-01"), 2, "Missing option '--to'"),
        (
            ("dataset/p/orders", "--from", "2025-01", "--to", "2025-02", "--actor", "eve"),
            1,
            "eve may not run dataset/p/orders",
        ),
    ],
)
def test_a_backfill_that_makes_no_sense_is_refused(
    file_space: IncrementalSpace, words: tuple[str, ...], code: int, said: str
) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    refused = file_space("backfill", *words, "--yes")
    assert (refused.exit_code, refused.stdout) == (code, "")
    assert said in refused.stderr
    assert len(json.loads(file_space.ok("runs", "--format", "json"))) == 1
