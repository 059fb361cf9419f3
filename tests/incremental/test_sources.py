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


def test_a_month_whose_rows_are_gone_is_gone(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill(THREE_MONTHS[2:])
    assert file_space.apply()["orders"] == "0 of 2 partitions computed"
    assert file_space.intervals("orders") == {"2025-02": 2, "2025-03": 1}
    assert file_space.rows("orders") == file_space.rows("whole")


def test_an_origin_without_rows_gives_a_dataset_without_rows(file_space: IncrementalSpace) -> None:
    file_space.fill([])
    file_space.apply()
    assert file_space.rows("orders") == []
    file_space.fill(THREE_MONTHS)
    assert file_space.apply()["orders"] == "3 of 3 partitions computed: 2025-01, 2025-02, 2025-03"


def test_a_row_twice_in_the_origin_is_published_twice(file_space: IncrementalSpace) -> None:
    file_space.fill([*THREE_MONTHS, THREE_MONTHS[0]])
    file_space.apply()
    file_space.fill([*THREE_MONTHS, THREE_MONTHS[0], THREE_MONTHS[0]])
    assert file_space.apply()["orders"] == "1 of 3 partitions computed: 2025-01"
    assert file_space.rows("orders") == file_space.rows("whole")


def test_days_are_partitions_as_well(file_space: IncrementalSpace) -> None:
    file_space.orders("incremental: {time_column: day, partition: day}")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, *orders("2025-02-01", first=6)])
    assert file_space.apply()["orders"] == "1 of 5 partitions computed: 2025-02-01"
    shown = json.loads(file_space.ok("show", "dataset/p/orders", "--format", "json"))["intervals"]
    assert shown["by"] == "day of day"
    assert shown["missing"][0] == {"first": "2025-01-06", "last": "2025-01-30"}
    runs = {p["interval"]: p["run"] for p in shown["partitions"]}
    assert runs["2025-02-01"] == "prod-00002"
    assert runs["2025-01-31"] == "prod-00001"
    assert "2025-02-02 to 2025-02-27: missing" in file_space.ok("show", "dataset/p/orders")


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


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("timestamp", ["2025-01-31 23:59:59.999999", "2025-02-01 00:00:00"]),
        ("timestamptz", ["2025-02-01T00:30:00+01:00", "2025-01-31T23:30:00-01:00"]),
    ],
)
def test_instants_belong_to_the_month_they_have_in_utc(
    file_space: IncrementalSpace, kind: str, values: list[str]
) -> None:
    document = file_space.folder / "specs/projects/p/datasets/orders.yaml"
    text = document.read_text(encoding="utf-8").replace("type: date}", f"type: {kind}}}")
    document.write_text(text, encoding="utf-8")
    file_space.dataset("whole", "")
    whole = file_space.folder / "specs/projects/p/datasets/whole.yaml"
    whole.write_text(
        whole.read_text(encoding="utf-8").replace("type: date", "type: string"), encoding="utf-8"
    )
    file_space.fill(orders(*values))
    file_space.apply()
    assert file_space.intervals("orders") == {"2025-01": 1, "2025-02": 1}
    file_space.fill(orders(*values, values[1]))
    assert file_space.apply()["orders"] == "1 of 2 partitions computed: 2025-02"


def test_an_origin_that_only_reading_tells_is_read_by_a_run(file_space: IncrementalSpace) -> None:
    fetch = "def fetch():\n    return [{'id': n, 'ordered on': d, 'amount': n} for n, d in %s]\n"
    module = "projects/p/datasets/orders.py"
    file_space.write(module, fetch % [(1, "2025-01-05"), (2, "2025-02-05"), (3, "2025-03-05")])
    file_space.orders(SETTLING)
    document = file_space.folder / "specs/projects/p/datasets/orders.yaml"
    text = document.read_text(encoding="utf-8")
    document.write_text(
        text.replace("{file: ../../../data/orders.csv}", "{python: 'orders.py:fetch'}"), "utf-8"
    )
    file_space.fill([])
    file_space.apply()
    assert file_space.intervals("orders") == {"2025-01": 1, "2025-02": 1, "2025-03": 1}
    run = ("run", "dataset/p/orders", "--yes", "--format", "json")
    assert file_space.said(file_space.ok(*run))["orders"] == "reused"


def test_a_plan_tells_that_another_logic_reads_settled_partitions_again(
    file_space: IncrementalSpace,
) -> None:
    file_space.orders(SETTLING)
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    document = file_space.folder / "specs/projects/p/datasets/orders.yaml"
    text = document.read_text(encoding="utf-8").replace("amount, type: integer", "amount, type: float")
    document.write_text(text, encoding="utf-8")
    action, reasons = file_space.reasons("orders")
    assert action == "rebuild"
    assert reasons[-1] == "the settled partition is read again, as far as the origin still has the rows"


def test_small_numbers_of_rows_are_not_shown_below_the_floor(file_space: IncrementalSpace) -> None:
    file_space.orders("incremental: {time_column: day, partition: month}\nprotect: {unit: id, min_cell: 2}")
    file_space.dataset("whole", "protect: {unit: id, min_cell: 2}")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    assert file_space.intervals("orders") == {"2025-01": 2, "2025-02": 2, "2025-03": None}
    assert "2025-03     few rows" in file_space.ok("show", "dataset/p/orders")


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


def test_a_lost_partition_is_told_and_computed_again_alone(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    files = file_space.files("orders")
    lost = next(name for name in files if name.startswith("2025-02"))
    (file_space.folder / ".dataspace/versions/p/orders" / lost).unlink()
    assert file_space.reasons("orders")[0] == "rebuild"
    assert file_space.apply()["orders"] == "1 of 3 partitions computed: 2025-02"
    assert set(file_space.files("orders")) == set(files)
    assert file_space.rows("orders") == file_space.rows("whole")
