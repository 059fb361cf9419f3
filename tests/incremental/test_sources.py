"""Collected datasets, cut into partitions: only what is missing or changed is computed."""

from __future__ import annotations

import json

import pytest

from tests.incremental.spaces import THREE_MONTHS, IncrementalSpace, orders

SETTLING = "incremental: {time_column: day, partition: month, lookback: 1}"


def test_only_months_that_are_missing_or_changed_are_computed(space: IncrementalSpace) -> None:
    space.fill(THREE_MONTHS)
    assert space.apply()["orders"] == "3 of 3 partitions computed: 2025-01, 2025-02, 2025-03"
    before = space.files("orders")
    changed = [*THREE_MONTHS[:2], (3, "2025-02-02", 99), *THREE_MONTHS[3:], *orders("2025-04-01", first=6)]
    space.fill(changed)
    assert space.apply()["orders"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert space.rows("orders") == space.rows("whole")
    after = space.files("orders")
    kept = {name for name in before if not name.startswith("2025-02")}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert len(after) == len(before) + 2


def test_rows_without_a_time_are_a_partition_of_their_own(space: IncrementalSpace) -> None:
    space.fill([*THREE_MONTHS, *orders(None, None, first=6)])
    space.apply()
    assert space.intervals("orders") == {"2025-01": 2, "2025-02": 2, "2025-03": 1, "none": 2}
    space.fill([*THREE_MONTHS, *orders(None, first=6)])
    assert space.apply()["orders"] == "1 of 4 partitions computed: none"
    assert space.rows("orders") == space.rows("whole")


def test_a_month_whose_rows_are_gone_is_gone(space: IncrementalSpace) -> None:
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill(THREE_MONTHS[2:])
    assert space.apply()["orders"] == "0 of 2 partitions computed"
    assert space.intervals("orders") == {"2025-02": 2, "2025-03": 1}
    assert space.rows("orders") == space.rows("whole")


def test_an_origin_without_rows_gives_a_dataset_without_rows(space: IncrementalSpace) -> None:
    space.fill([])
    space.apply()
    assert space.rows("orders") == []
    space.fill(THREE_MONTHS)
    assert space.apply()["orders"] == "3 of 3 partitions computed: 2025-01, 2025-02, 2025-03"


def test_a_row_twice_in_the_origin_is_published_twice(space: IncrementalSpace) -> None:
    space.fill([*THREE_MONTHS, THREE_MONTHS[0]])
    space.apply()
    space.fill([*THREE_MONTHS, THREE_MONTHS[0], THREE_MONTHS[0]])
    assert space.apply()["orders"] == "1 of 3 partitions computed: 2025-01"
    assert space.rows("orders") == space.rows("whole")


def test_days_are_partitions_as_well(space: IncrementalSpace) -> None:
    space.orders("incremental: {time_column: day, partition: day}")
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill([*THREE_MONTHS, *orders("2025-02-01", first=6)])
    assert space.apply()["orders"] == "1 of 5 partitions computed: 2025-02-01"
    shown = json.loads(space.ok("show", "dataset/p/orders", "--format", "json"))["intervals"]
    assert shown["by"] == "day of day"
    assert shown["missing"][0] == {"first": "2025-01-06", "last": "2025-01-30"}
    runs = {p["interval"]: p["run"] for p in shown["partitions"]}
    assert runs["2025-02-01"] == "prod-00002"
    assert runs["2025-01-31"] == "prod-00001"
    assert "2025-02-02 to 2025-02-27: missing" in space.ok("show", "dataset/p/orders")


def test_settled_months_stay_as_they_are_until_a_backfill(space: IncrementalSpace) -> None:
    space.orders(SETTLING)
    space.fill(THREE_MONTHS)
    space.apply()
    late = orders("2025-01-20", "2025-02-20", "2025-03-20", first=6)
    space.fill([*THREE_MONTHS, *late])
    said = space.apply()["orders"]
    assert said.startswith("2 of 3 partitions computed: 2025-02, 2025-03")
    assert [row for row in space.rows("whole") if row not in space.rows("orders")] == [[6, "2025-01-20", 6]]
    if space.origin == "file":
        assert said.endswith("; settled, though changed: 2025-01 (`engine backfill` restates)")
    assert space.backfill("orders", "2025-01-01", "2025-02-01")["orders"].startswith("1 of 3 partitions")
    assert space.rows("orders") == space.rows("whole")


def test_rows_of_settled_months_may_go_from_the_origin_and_stay_published(space: IncrementalSpace) -> None:
    space.orders(SETTLING)
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill([*THREE_MONTHS[4:], *orders("2025-04-02", first=6)])
    space.apply()
    assert space.intervals("orders") == {"2025-01": 2, "2025-03": 1, "2025-04": 1}


def test_a_month_that_was_never_published_is_computed_wherever_it_lies(space: IncrementalSpace) -> None:
    space.orders(SETTLING)
    space.fill([row for row in THREE_MONTHS if row[1] is None or not row[1].startswith("2025-02")])
    space.apply()
    older = orders("2024-06-01", first=9)
    space.fill([*older, *THREE_MONTHS, *orders("2025-04-01", first=10)])
    assert space.apply()["orders"] == "3 of 5 partitions computed: 2024-06, 2025-02, 2025-04"
    assert space.rows("orders") == space.rows("whole")


def test_without_lookback_what_had_settled_is_computed_again(space: IncrementalSpace) -> None:
    space.orders(SETTLING)
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill([*THREE_MONTHS, *orders("2025-01-20", first=6)])
    space.apply()
    assert space.rows("orders") != space.rows("whole")
    space.orders("incremental: {time_column: day, partition: month}")
    assert space.apply()["orders"] == "1 of 3 partitions computed: 2025-01"
    assert space.rows("orders") == space.rows("whole")


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ("incremental: {time_column: day, partition: day}", "rebuild"),
        ("incremental: {time_column: day, partition: month, lookback: 3}", "metadata"),
    ],
)
def test_another_cut_is_a_rebuild_and_another_lookback_is_not(
    file_space: IncrementalSpace, more: str, action: str
) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    before = file_space.files("orders")
    file_space.orders(more)
    assert file_space.reasons("orders")[0] == action
    said = file_space.apply()["orders"]
    assert file_space.rows("orders") == file_space.rows("whole")
    assert (said == "reused") == (action == "metadata") == (file_space.files("orders") == before)


def test_another_time_column_is_a_rebuild(file_space: IncrementalSpace) -> None:
    columns = "  - {name: paid, from: ordered on, type: date}\n"
    file_space.orders(f"{columns}incremental: {{time_column: day, partition: month}}")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.orders(f"{columns}incremental: {{time_column: paid, partition: month}}")
    action, reasons = file_space.reasons("orders")
    assert action == "rebuild"
    assert reasons == ["it is cut into partitions by month of paid, before by month of day"]


def test_a_failed_check_leaves_earlier_partitions_published(space: IncrementalSpace) -> None:
    space.orders("incremental: {time_column: day, partition: month}\nchecks: [{unique: [id]}]")
    space.fill(THREE_MONTHS)
    space.apply()
    before, rows = space.files("orders"), space.rows("orders")
    twice = [*THREE_MONTHS, *orders("2025-04-01", first=6), (1, "2025-05-01", 1)]
    space.fill(twice)
    failed = space("apply", "--yes", "--format", "json")
    assert failed.exit_code == 1
    assert json.loads(failed.stdout)["checks"][0]["failures"] == 1
    assert space.rows("orders") == rows
    assert {name: space.files("orders")[name] for name in before} == before
    finished = space.files("orders")
    space.fill([*twice[:-1], (7, "2025-05-01", 1)])
    space.apply()
    assert space.rows("orders") == space.rows("whole")
    # April was finished by the apply that failed: its file is still the same one.
    assert {name: space.files("orders")[name] for name in finished} == finished


def test_a_lost_partition_is_told_and_computed_again_alone(space: IncrementalSpace) -> None:
    space.fill(THREE_MONTHS)
    space.apply()
    files = space.files("orders")
    lost = next(name for name in files if name.startswith("2025-02"))
    (space.folder / ".dataspace/versions/p/orders" / lost).unlink()
    assert space.reasons("orders")[0] == "rebuild"
    assert space.apply()["orders"] == "1 of 3 partitions computed: 2025-02"
    assert set(space.files("orders")) == set(files)
    assert space.rows("orders") == space.rows("whole")
