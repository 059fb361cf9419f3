"""Which of its inputs a step follows: an interval of it is made from the same interval of that one."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from engine.usecases.validate import validate
from engine.wiring import Workspace
from tests.incremental.spaces import IncrementalSpace

FOLLOW = {
    "a plain filter": "select * from orders where amount > 2",
    "a group by the time": "select day, sum(amount) as n from orders group by day",
    "a group by the time and more": "select day, amount, count(*) as n from orders group by 1, 2",
    "all groups": "select day, count(*) as n from orders group by all",
    "a window within the time": "select day, rank() over (partition by day order by id) as n from orders",
    "a window within the month": (
        "select day, sum(amount) over (partition by date_trunc('month', day)) as n from orders"
    ),
    "a qualify within the time": (
        "select day, id from orders qualify row_number() over (partition by day order by id) = 1"
    ),
    "a left join": "select o.day, w.amount from orders o left join whole w on o.id = w.id",
    "an inner join from the other side": "select o.day, w.amount from whole w join orders o on o.id = w.id",
    "an anti join": "select o.* from orders o anti join whole w on o.id = w.amount",
    "a CTE": "with a as (select day, id from orders where id > 1) select * from a",
    "a subquery": "select q.day, q.n from (select day, count(*) as n from orders group by day) as q",
    "distinct rows": "select distinct day, amount from orders",
    "an exclusion": "select * exclude (amount) from orders",
    "a subquery of another table": "select * from orders where amount > (select avg(amount) from whole)",
    "the month of the day": "select date_trunc('month', day) as day, count(*) as n from orders group by all",
    "an order": "select day, id from orders order by id desc",
}
DO_NOT = {
    "another table": "select * from whole",
    "a running sum": "select day, sum(amount) over (order by day) as n from orders",
    "a window by something else": "select day, rank() over (partition by id order by day) as n from orders",
    "a limit": "select * from orders order by amount, id limit 3",
    "an inner limit": "select * from (select * from orders order by amount, id limit 3) as q",
    "a shifted time": "select day + interval 40 day as day, id from orders",
    "the year": "select date_trunc('year', day) as day, count(*) as n from orders group by all",
    "the first day": "select min(day) as day, amount from orders group by amount",
    "itself twice": "select a.day, b.amount from orders a join orders b on a.id = b.id + 1",
    "itself in a subquery": "select * from orders where amount > (select avg(amount) from orders)",
    "a right join": "select o.day, w.amount from orders o right join whole w on o.id = w.id",
    "a left join from the other side": "select o.day, w.id from whole w left join orders o on o.id = w.id",
    "the other side's time": "select w.day, o.amount from orders o join whole w on o.id = w.id",
    "a union": "select day, id from orders union all select day, id from whole",
    "groups at several levels": "select day, count(*) as n from orders group by rollup (day)",
    "one row for each of something else": "select distinct on (id) day, id from orders order by id, day",
    "a replaced time": "select * replace (date '2025-01-01' as day) from orders",
    "an asof join": "select o.day, w.amount from orders o asof join whole w on o.id >= w.id",
}


def space_with(folder: Path, sql: str) -> IncrementalSpace:
    """A space whose step computes the query."""
    space = IncrementalSpace(folder)
    step = "output: out\n    incremental: {time_column: day, partition: month}\n"
    space.flow(f"{step}    sql: |\n      {sql}")
    space.fill([(1, "2025-01-01", 1)])
    return space


def followed(space: IncrementalSpace) -> str | None:
    """The input that the step follows."""
    checked = validate(Workspace(space.folder / "specs"))
    assert [str(d) for d in checked.diagnostics] == []
    (dataset,) = (d for a, d in checked.compiled.items() if a.name == "out")
    assert dataset.increment is not None
    return dataset.increment.follows


@pytest.mark.parametrize("sql", FOLLOW.values(), ids=FOLLOW.keys())
def test_a_query_whose_rows_keep_their_time_follows_its_input(tmp_path: Path, sql: str) -> None:
    assert followed(space_with(tmp_path, sql)) == "orders"


@pytest.mark.parametrize("sql", DO_NOT.values(), ids=DO_NOT.keys())
def test_a_query_that_may_mix_times_follows_none(tmp_path: Path, sql: str) -> None:
    assert followed(space_with(tmp_path, sql)) is None


@pytest.mark.parametrize("sql", FOLLOW.values(), ids=FOLLOW.keys())
def test_where_a_query_follows_a_months_rows_come_from_that_month_alone(sql: str) -> None:
    chance = random.Random(sql)
    database = duckdb.connect()
    database.execute("create table whole (id bigint, day date, amount bigint)")
    days = [None, *(f"2025-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 15, 28))]
    rows = [(n, chance.choice(days), chance.randrange(6)) for n in range(60)]
    database.executemany("insert into whole values (?, ?, ?)", rows)
    month = "coalesce(strftime(day, '%Y-%m'), 'none')"
    database.execute("create table every_order as from whole")
    for name in ("2025-01", "2025-02", "2025-03", "none"):
        database.execute("create or replace view orders as from every_order")
        expected = database.execute(f"from ({sql}) where {month} = '{name}' order by all").fetchall()
        database.execute(f"create or replace view orders as from every_order where {month} = '{name}'")
        assert database.execute(f"from ({sql}) order by all").fetchall() == expected
    database.close()


def test_a_day_does_not_follow_a_month(tmp_path: Path) -> None:
    space = space_with(tmp_path, FOLLOW["a plain filter"])
    flow = tmp_path / "specs/projects/p/dataflows/flow.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("month}", "day}"), encoding="utf-8")
    assert followed(space) is None
    space.orders("incremental: {time_column: day, partition: day}")
    assert followed(space) == "orders"
