"""Incremental outputs of dataflows: computed where their inputs changed, and equal to a full build."""

from __future__ import annotations

import pytest

from tests.incremental.spaces import THREE_MONTHS, IncrementalSpace, orders

MONTHLY = "incremental: {time_column: day, partition: month}"
DAILY = f"{{output: daily, sql: 'select day, sum(amount) as total from orders group by day', {MONTHLY}}}"
RANKED = (
    "{output: ranked, sql: 'select day, total, rank() over (partition by day order by total) as place "
    f"from daily', {MONTHLY}}}"
)
MORE = [*THREE_MONTHS, *orders("2025-02-14", "2025-04-01", first=6)]


def whole(sql: str) -> str:
    """A step that computes the same from the orders that are one file."""
    return f"{{output: reference, sql: '{sql}'}}"


def test_of_a_chain_of_steps_only_the_months_that_changed_are_computed(space: IncrementalSpace) -> None:
    space.flow(DAILY, RANKED, whole("select day, sum(amount) as total, 1 as place from whole group by day"))
    space.fill(THREE_MONTHS)
    said = space.apply()
    assert said["daily"] == said["ranked"] == "3 of 3 partitions computed: 2025-01, 2025-02, 2025-03"
    before = {name: space.files(name) for name in ("daily", "ranked")}
    space.fill(MORE)
    assert space.reasons("ranked")[1] == [
        "new data in dataset/p/daily: at most 2 of 4 partitions: 2025-02, 2025-04"
    ]
    said = space.apply()
    assert said["daily"] == said["ranked"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert space.rows("ranked") == space.rows("reference")
    for name, files in before.items():
        kept = {file: known for file, known in files.items() if not file.startswith("2025-02")}
        assert {file: space.files(name)[file] for file in kept} == kept


def test_a_month_that_comes_out_the_same_stops_the_chain(file_space: IncrementalSpace) -> None:
    file_space.flow(DAILY, RANKED)
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    split = [(10, "2025-01-05", 0), *THREE_MONTHS]
    file_space.fill(split)
    said = file_space.apply()
    assert said["daily"] == "1 of 3 partitions computed: 2025-01"
    assert said["ranked"] == "reused"


def test_a_step_that_looks_across_months_is_right_and_rewrites_only_what_differs(
    file_space: IncrementalSpace,
) -> None:
    running = "select day, id, sum(amount) over (order by day, id) as so_far from {}"
    step = f"{{output: running, sql: '{running.format('orders')}', {MONTHLY}}}"
    file_space.flow(step, whole(running.format("whole")))
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, *orders("2025-02-14", first=6)])
    assert file_space.reasons("running")[1] == [
        "new data in dataset/p/orders: all its rows are computed, and the months that differ are written"
    ]
    assert file_space.apply()["running"] == "2 of 3 partitions computed: 2025-02, 2025-03"
    assert file_space.rows("running") == file_space.rows("reference")


def test_a_limit_counts_over_all_months(file_space: IncrementalSpace) -> None:
    best = "select day, amount from {} order by amount desc, day limit 2"
    file_space.flow(
        f"{{output: best, sql: '{best.format('orders')}', {MONTHLY}}}", whole(best.format("whole"))
    )
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, (9, "2025-03-20", 100)])
    file_space.apply()
    assert file_space.rows("best") == file_space.rows("reference")
    assert [row[1] for row in file_space.rows("best")] == [5, 100]


def test_an_authors_order_holds_within_each_partition(file_space: IncrementalSpace) -> None:
    file_space.flow(f"{{output: latest, sql: 'select id, day from orders order by id desc', {MONTHLY}}}")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill(MORE)
    file_space.apply()
    out = file_space.folder / "latest.csv"
    file_space.ok("export", "dataset/p/latest", "--as", "ana", "--format", "csv", "--out", str(out))
    numbers = [int(line.split(",")[0]) for line in out.read_text(encoding="utf-8").splitlines()[1:]]
    assert numbers == [2, 1, 6, 4, 3, 5, 7]


def test_days_are_gathered_into_months(file_space: IncrementalSpace) -> None:
    file_space.orders("incremental: {time_column: day, partition: day}")
    monthly = "select date_trunc(''month'', day) as month, count(*) as n from {} group by all"
    cut = "incremental: {time_column: month, partition: month}"
    file_space.flow(
        f"{{output: monthly, sql: '{monthly.format('orders')}', {cut}}}", whole(monthly.format("whole"))
    )
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill(MORE)
    assert file_space.apply()["monthly"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert file_space.rows("monthly") == file_space.rows("reference")


def test_a_change_of_a_joined_table_computes_every_month(file_space: IncrementalSpace) -> None:
    file_space.write("projects/p/datasets/names.yaml", NAMES)
    names = file_space.folder / "specs/data/names.csv"
    names.parent.mkdir(parents=True)
    names.write_text("id,name\n1,ann\n3,bob\n", encoding="utf-8")
    joined = "select o.day, o.id, n.name from {} as o left join names as n using (id)"
    step = f"{{output: named, sql: '{joined.format('orders')}', {MONTHLY}}}"
    file_space.flow(step, whole(joined.format("whole")))
    flow = file_space.folder / "specs/projects/p/dataflows/flow.yaml"
    text = flow.read_text(encoding="utf-8").replace("whole: whole", "whole: whole, names: names")
    flow.write_text(text, encoding="utf-8")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    before = file_space.files("named")
    names.write_text("id,name\n1,ann\n3,bea\n", encoding="utf-8")
    assert file_space.apply()["named"] == "3 of 3 partitions computed: 2025-01, 2025-02, 2025-03"
    assert file_space.rows("named") == file_space.rows("reference")
    # Every month was computed, and only February came out otherwise.
    assert sorted(set(file_space.files("named")) - set(before))[0].startswith("2025-02")
    assert len(file_space.files("named")) == len(before) + 1
    file_space.fill(MORE)
    assert file_space.apply()["named"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert file_space.rows("named") == file_space.rows("reference")


NAMES = """
    kind: Dataset
    name: names
    from: {file: ../../../data/names.csv}
    columns: [{name: id, type: integer}, {name: name, type: string}]
"""


@pytest.mark.parametrize(
    "step",
    [
        "{output: kept, from: orders, lowcode: [{filter: 'amount > 1'}], " + MONTHLY + "}",
        "{output: kept, python: 'flows/kept.py:kept', " + MONTHLY + "}",
    ],
    ids=["lowcode", "python"],
)
def test_low_code_and_python_follow_their_input_too(file_space: IncrementalSpace, step: str) -> None:
    module = "def kept(orders):\n    return orders.filter(orders.amount > 1)\n"
    file_space.write("projects/p/dataflows/flows/kept.py", module)
    file_space.flow(step, whole("select * from whole where amount > 1"))
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill(MORE)
    assert file_space.apply()["kept"] == "2 of 4 partitions computed: 2025-02, 2025-04"
    assert file_space.rows("kept") == file_space.rows("reference")


def test_a_month_without_rows_is_known_and_not_computed_again(file_space: IncrementalSpace) -> None:
    file_space.flow(f"{{output: large, sql: 'select * from orders where amount > 3', {MONTHLY}}}")
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    assert file_space.intervals("large") == {"2025-01": 0, "2025-02": 1, "2025-03": 1}
    file_space.fill(MORE)
    assert file_space.apply()["large"] == "2 of 4 partitions computed: 2025-02, 2025-04"


def test_settled_months_of_a_step_wait_for_a_backfill_of_it_or_of_its_input(
    file_space: IncrementalSpace,
) -> None:
    settling = "incremental: {time_column: day, partition: month, lookback: 0}"
    sql = "select day, sum(amount) as total from {} group by day"
    file_space.flow(
        f"{{output: daily, sql: '{sql.format('orders')}', {settling}}}", whole(sql.format("whole"))
    )
    file_space.fill(THREE_MONTHS)
    file_space.apply()
    file_space.fill([*THREE_MONTHS, *orders("2025-01-10", "2025-02-10", "2025-03-10", first=6)])
    said = file_space.apply()["daily"]
    changed = "settled, though changed: 2025-01, 2025-02 (`engine backfill` restates)"
    assert said == f"1 of 3 partitions computed: 2025-03; {changed}"
    assert file_space.backfill("daily", "2025-02", "2025-03")["daily"].startswith("1 of 3 partitions")
    missing = [row for row in file_space.rows("reference") if row not in file_space.rows("daily")]
    assert missing == [["2025-01-10", 6]]
    said = file_space.backfill("orders", "2025-01", "2025-02")["daily"]
    assert said == "1 of 3 partitions computed: 2025-01"
    assert file_space.rows("daily") == file_space.rows("reference")
