"""Versions made of partitions: shared files, pointers, clearing away, and everyone who reads them."""

from __future__ import annotations

import json

import pytest

from tests.incremental.spaces import THREE_MONTHS, IncrementalSpace, orders

LATER = ("--now", "2027-03-01")
MORE = [*THREE_MONTHS, *orders("2025-02-14", "2025-04-01", first=6)]


def published_twice(space: IncrementalSpace) -> None:
    """Two versions of the orders: one with three months, and one with another February and an April."""
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill(MORE)
    space.apply()


def test_a_rollback_gives_the_earlier_partitions_and_computes_nothing(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    before = file_space.rows("orders")
    file_space.fill(MORE)
    file_space.apply()
    after, files = file_space.rows("orders"), file_space.files("orders")
    file_space.ok("rollback", "--yes")
    assert file_space.rows("orders") == before
    assert file_space.reasons("orders")[0] == "re-point"
    assert file_space.apply()["orders"] == "reused"
    assert (file_space.rows("orders"), file_space.files("orders")) == (after, files)


def test_clearing_away_an_old_version_keeps_the_partitions_it_shares(file_space: IncrementalSpace) -> None:
    published_twice(file_space)
    files, rows = file_space.files("orders"), file_space.rows("orders")
    cleared = json.loads(file_space.ok("gc", "--yes", "--format", "json"))
    assert [v["address"] for v in cleared["quarantined"]] == ["dataset/p/orders", "dataset/p/whole"]
    kept = file_space.files("orders")
    assert sorted(name[:7] for name in files) == ["2025-01", "2025-02", "2025-02", "2025-03", "2025-04"]
    assert sorted(name[:7] for name in kept) == ["2025-01", "2025-02", "2025-03", "2025-04"]
    assert file_space.rows("orders") == rows
    assert json.loads(file_space.ok("gc", "--dry-run", "--format", "json"))["quarantined"] == []


def test_what_was_cleared_away_comes_back_until_it_is_deleted(file_space: IncrementalSpace) -> None:
    published_twice(file_space)
    files, rows = file_space.files("orders"), file_space.rows("orders")
    file_space.ok("gc", "--yes")
    assert json.loads(file_space.ok("undo", "--format", "json"))["brought_back"] == 2
    assert file_space.files("orders") == files
    file_space.ok("gc", "--yes")
    file_space.ok("rollback", "--yes")
    assert len(file_space.rows("orders")) == len(THREE_MONTHS)
    file_space.ok("gc", "--yes")
    assert json.loads(file_space.ok("gc", "--yes", "--format", "json", *LATER))["freed_bytes"] > 0
    # The later version and its partitions are gone for good: they are computed again.
    assert file_space.apply()["orders"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert file_space.rows("orders") == rows


def test_partitions_of_an_apply_that_failed_are_cleared_away(file_space: IncrementalSpace) -> None:
    file_space.orders("incremental: {time_column: day, partition: month}\nchecks: [{unique: [id]}]")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    files = file_space.files("orders")
    file_space.fill([*THREE_MONTHS, (1, "2025-04-01", 1)])
    assert file_space("apply", "--yes").exit_code == 1
    assert set(file_space.files("orders")) > set(files)
    file_space.ok("gc", "--yes")
    assert file_space.files("orders") == files
    assert len(file_space.rows("orders")) == len(THREE_MONTHS)


def test_a_new_environment_shares_every_partition_with_the_base(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    files = file_space.files("orders")
    file_space.fill(MORE)
    assert file_space.apply("--env", "pr-1")["orders"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert len(file_space.files("orders")) == len(files) + 2
    assert len(file_space.rows("orders")) == len(THREE_MONTHS)
    found = json.loads(file_space.ok("diff", "dataset/p/orders", "--env", "pr-1", "--format", "json"))
    assert found["rows"] == {"here": len(MORE), "there": len(THREE_MONTHS)}


def test_a_renamed_dataset_keeps_its_partitions(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    (file_space.folder / "specs/projects/p/datasets/orders.yaml").unlink()
    moved = "incremental: {time_column: day, partition: month}\nmoved: {from: dataset/p/orders}"
    file_space.dataset("sales", moved)
    file_space.apply()
    file_space.fill(MORE)
    assert file_space.apply()["sales"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert file_space.rows("sales") == file_space.rows("whole")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_everyone_reads_all_partitions_in_the_same_order(file_space: IncrementalSpace, form: str) -> None:
    import duckdb

    file_space.fill([*MORE, *orders(None, first=8)])
    file_space.apply()
    out = file_space.folder / f"orders.{form}"
    file_space.ok("export", "dataset/p/orders", "--as", "ana", "--format", form, "--out", str(out))
    numbers = [row[0] for row in duckdb.sql(f"select id from '{out}'").fetchall()]
    assert numbers == [1, 2, 3, 4, 6, 5, 7, 8]
    shown = json.loads(file_space.ok("preview", "dataset/p/orders", "--as", "ana", "--format", "json"))
    assert [row["id"] for row in shown["rows"]] == numbers


def test_a_query_reads_all_partitions(file_space: IncrementalSpace) -> None:
    published_twice(file_space)
    sql = "select count(*) as n, count(distinct day) as days from p.orders"
    found = file_space.ok("query", sql, "--as", "ana", "--format", "json")
    assert json.loads(found) == [{"n": len(MORE), "days": len({row[1] for row in MORE})}]


def test_checks_see_the_whole_dataset_and_others_read_it_in_theirs(file_space: IncrementalSpace) -> None:
    file_space.orders(
        "incremental: {time_column: day, partition: month}\n"
        "checks:\n"
        "  - row_count: {min: 5}\n"
        '  - sql: "select count(*) from {self} having count(distinct day) <> 5"\n'
    )
    file_space.dataset("whole", "checks: [{references: {column: id, to: p/orders, key: id}}]")
    file_space.fill(THREE_MONTHS)
    said = json.loads(file_space.ok("apply", "--yes", "--format", "json"))
    assert [check["status"] for check in said["checks"]] == ["passed", "passed", "passed"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "{time_column: dya, partition: month}",
            'orders.yaml:8:28: error[unknown-column]: There is no column "dya"',
        ),
        ("{time_column: amount, partition: month}", 'Column "amount" is integer; partitions need a date'),
        ("{time_column: day, partition: week}", "partition"),
        ("{time_column: day, lookback: -1}", "lookback"),
        ("{time_column: day, look_back: 1}", 'Did you mean "lookback"?'),
        ("{partition: day}", "time_column"),
    ],
)
def test_a_mistake_in_incremental_is_told_with_its_place(
    file_space: IncrementalSpace, written: str, said: str
) -> None:
    file_space.orders(f"incremental: {written}")
    file_space.fill(THREE_MONTHS)
    refused = file_space("validate")
    assert refused.exit_code == 1
    assert "orders.yaml:8:" in refused.stderr
    assert said in refused.stderr
