"""A plan names the partitions that will be computed, as far as that can be known."""

from __future__ import annotations

import json

from tests.incremental.spaces import THREE_MONTHS, IncrementalSpace, orders

CHANGED = "the content of its origin changed: "


def test_a_plan_names_missing_changed_and_vanished_partitions(space: IncrementalSpace) -> None:
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill([*THREE_MONTHS[2:], *orders("2025-02-14", "2025-04-01", first=6)])
    action, reasons = space.reasons("orders")
    assert action == "refresh"
    assert reasons == [f"{CHANGED}2 of 3 partitions: 2025-01 gone, 2025-02 changed, 2025-04 missing"]


def test_rows_in_another_order_change_no_partition(space: IncrementalSpace) -> None:
    space.fill(THREE_MONTHS)
    space.apply()
    space.fill(THREE_MONTHS[::-1])
    assert space.reasons("orders")[1] == [f"{CHANGED}0 of 3 partitions"]
    assert space.apply()["orders"] == "0 of 3 partitions computed"


def test_a_plan_names_settled_partitions_whose_rows_changed(file_space: IncrementalSpace) -> None:
    file_space.orders("incremental: {time_column: day, partition: month, lookback: 0}")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, *orders("2025-01-20", "2025-03-20", first=6)])
    told = f"{CHANGED}1 of 3 partitions: 2025-03 changed; settled, though changed: 2025-01"
    assert file_space.reasons("orders")[1] == [told]


def test_of_many_partitions_the_first_few_are_named(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill(orders(*(f"2024-{month:02}-01" for month in range(1, 13))))
    (reason,) = file_space.reasons("orders")[1]
    assert reason.startswith(f"{CHANGED}12 of 12 partitions: 2024-01 missing, 2024-02 missing,")
    assert reason.endswith("2024-06 missing and 9 more")


def test_what_was_planned_with_these_reasons_is_applied(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, *orders("2025-04-01", first=6)])
    saved = str(file_space.folder / "plan.json")
    first = file_space.ok("plan", "--out", saved, "--format", "json")
    assert file_space.ok("plan", "--format", "json") == first
    steps = json.loads(file_space.ok("apply", saved, "--yes", "--format", "json"))["steps"]
    assert steps[0]["message"] == "1 of 4 partitions computed: 2025-04"
    assert file_space.rows("orders") == file_space.rows("whole")


def test_an_origin_with_a_mistake_is_planned_and_told_by_the_apply(file_space: IncrementalSpace) -> None:
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, (6, "soon", 1)])
    assert file_space.reasons("orders")[1] == [f"{CHANGED}only the months whose rows differ are written"]
    failed = file_space("apply", "--yes")
    assert failed.exit_code == 1
    assert "orders.csv:7:3: error[bad-value]" in failed.stderr
    assert len(file_space.rows("orders")) == len(THREE_MONTHS)
