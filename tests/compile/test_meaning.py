"""Hashes of queries: what is written differently and means the same, and what means something else."""

from __future__ import annotations

import pytest

from engine.core.compiling.analysed import Analysis
from tests.compile.conftest import Analyst

SAME = [
    ("select id, email from users", "SELECT  id,\n  email -- who\nFROM users;"),
    ("select id from users", "select u.id from users as u"),
    ("select id from users", 'select "ID" as id from "Users"'),
    ("select age + 1 as n from users", "select 1 + age as n from users"),
    ("select age * 2 as n from users", "select 2 * age as n from users"),
    ("select id from users where age = 3", "select id from users where 3 = age"),
    ("select id from users where age != 3", "select id from users where age <> 3"),
    ("select id from users where age > 3", "select id from users where 3 < age"),
    (
        "select id from users where age > 3 and email is not null and id < 9",
        "select id from users where id < 9 and (email is not null and age > 3)",
    ),
    ("select id from users where age = 1 or id = 2", "select id from users where id = 2 or age = 1"),
    ("select id from users where age in (1, 2)", "select id from users where age in (2, 1)"),
    ("select email, count(*) as n from users group by 1",
     "select email, count(*) as n from users group by email"),
    ("select email, count(*) as n from users group by all",
     "select email, count(*) as n from users group by email"),
    (
        "select lower(email) as e, count(*) as n from users group by e",
        "select lower(email) as e, count(*) as n from users group by lower(email)",
    ),
    (
        "select email, age, count(*) as n from users group by age, email",
        "select email, age, count(*) as n from users group by email, age",
    ),
    ("select id from users order by 1", "select id from users order by id asc nulls last"),
    (
        "with a as (select id, age + 1 as n from users where age > 2) select n from a where id = 1",
        "select n from (select id, age + 1 as n from users where age > 2) as x where id = 1",
    ),
    (
        "with a as (select id from users), b as (select id from a) select id from b",
        "select id from users",
    ),
    ("with z as (select * from orders) select id from users", "select id from users"),
    ("select * from users", "select id, email, username, age, langs, address from users"),
    ("from users select id", "select id from users"),
    ("select age + 1 as a, a * 2 as b from users", "select age + 1 as a, (age + 1) * 2 as b from users"),
    (
        "select u.id, o.amount from users u join orders o on u.id = o.user_id",
        "select x.id, y.amount from users x inner join orders y on y.user_id = x.id",
    ),
    ("select u.id, o.amount from users u, orders o",
     "select u.id, o.amount from users u cross join orders o"),
    ("select age::varchar as t from users", "select cast(age as text) as t from users"),
    (
        "select id, rank() over (partition by email order by age) as r from users",
        "select id, rank() over w as r from users window w as (partition by email order by age)",
    ),
    ("select id from users u where exists (select 1 from orders o where o.user_id = u.id)",
     "select id from users where exists (select 1 from orders as x where id = x.user_id)"),
    ("select * exclude (langs, address, age) from users", "select id, email, username from users"),
    ("select ifnull(email, '') as e from users", "select coalesce(email, '') as e from users"),
]  # fmt: skip

OTHER = [
    ("select id from users", "select id from users where age > 1"),
    ("select id from users where age > 1", "select id from users where age > 2"),
    ("select id from users where age > 1", "select id from users where age >= 1"),
    ("select id from users where email = 'A'", "select id from users where email = 'a'"),
    ("select id from users", "select distinct id from users"),
    ("select id from users", "select id from users limit 1"),
    ("select id from users limit 1", "select id from users limit 1 offset 1"),
    ("select id from users limit 10", "select id from users limit 10%"),
    ("select id from users order by id", "select id from users order by id desc"),
    ("select id from users order by age", "select id from users order by age nulls first"),
    ("select id - age as n from users", "select age - id as n from users"),
    ("select email || username as n from users", "select username || email as n from users"),
    ("select langs + ['x'] as n from users", "select ['x'] + langs as n from users"),
    ("select count(*) as n from users", "select count(email) as n from users"),
    ("select count(email) as n from users", "select count(distinct email) as n from users"),
    ("select sum(age) as n from users", "select sum(distinct age) as n from users"),
    ("select sum(age) as n from users", "select sum(age) filter (where id > 1) as n from users"),
    ("select u.id from users u join orders o on u.id = o.user_id",
     "select u.id from users u left join orders o on u.id = o.user_id"),
    ("select u.id from users u join orders o on u.id = o.user_id",
     "select u.id from users u join orders o on u.id = o.order_id"),
    ("select u.id from users u semi join orders o on u.id = o.user_id",
     "select u.id from users u anti join orders o on u.id = o.user_id"),
    ("select id from users union all select user_id from orders",
     "select id from users union select user_id from orders"),
    ("select id from users union select user_id from orders",
     "select id from users except select user_id from orders"),
    ("select id, row_number() over (order by id) as n from users",
     "select id, row_number() over (order by id desc) as n from users"),
    ("select id, sum(age) over (order by id rows 1 preceding) as n from users",
     "select id, sum(age) over (order by id rows 2 preceding) as n from users"),
    # a window sees rows before a filter outside it, and after a filter beside it
    ("select n from (select id, row_number() over (order by id) as n from users) where id > 1",
     "select row_number() over (order by id) as n from users where id > 1"),
    ("select n from (select id, age, count(*) over () as n from users where id > 1) where age > 1",
     "select n from (select count(*) over () as n from (select * from users where id > 1) where age > 1)"),
    ("select email, age as n from users", "select username as email, age as n from users"),
    ("select id, email from users", "select email, id from users"),
    ("select a.id, b.age from users a join users b on a.id = b.age",
     "select b.id, a.age from users a join users b on a.id = b.age"),
    ("select email, count(*) as n from users group by email",
     "select email, count(*) as n from users group by email, age"),
    ("select email, count(*) as n from users group by email having n > 1",
     "select email, count(*) as n from users group by email"),
    ("select unnest(langs) as l from users", "select langs as l from users"),
    ("select id from users qualify row_number() over (partition by email order by id) = 1",
     "select id from users qualify row_number() over (partition by age order by id) = 1"),
    ("select try_cast(email as integer) as n from users", "select cast(email as integer) as n from users"),
    ("select id // 2 as n from users", "select id / 2 as n from users"),
    ("select id from users where not (age > 1 and id > 2)",
     "select id from users where not (age > 1 or id > 2)"),
    ("select first(id) as n from users", "select any_value(id) as n from users"),
    ("select distinct on (email) email, id from users order by email, id",
     "select distinct on (id) email, id from users order by email, id"),
    ("pivot_a", "pivot_b"),
]  # fmt: skip

TEXTS = {
    "pivot_a": "select * from (pivot (select age, id from users) on age in (1, 2) using sum(id))",
    "pivot_b": "select * from (pivot (select age, id from users) on age in (1, 3) using sum(id))",
}


def meaning(analysis: Analysis) -> tuple[object, ...]:
    """All that decides what the query yields."""
    columns = tuple((c.name.lower(), c.type, c.logic, c.sources) for c in analysis.columns)
    return analysis.tables, analysis.rows, analysis.row_sources, analysis.ordered, columns


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_query_that_is_only_written_differently_has_the_same_hashes(
    analyst: Analyst, one: str, other: str
) -> None:
    assert meaning(analyst(one)) == meaning(analyst(other))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_a_query_that_can_yield_something_else_has_other_hashes(
    analyst: Analyst, one: str, other: str
) -> None:
    assert meaning(analyst(TEXTS.get(one, one))) != meaning(analyst(TEXTS.get(other, other)))


def test_only_the_changed_column_changes_its_hash(analyst: Analyst) -> None:
    before = analyst("select id, lower(email) as email, age from users where age > 1")
    after = analyst("select id, upper(email) as email, age from users where age > 1")
    assert before.rows == after.rows
    assert [a.logic == b.logic for a, b in zip(before.columns, after.columns, strict=True)] == [
        True,
        False,
        True,
    ]


def test_an_unrelated_column_changes_nothing_else(analyst: Analyst) -> None:
    before = analyst("with u as (select id, email from users where age > 1) select id from u")
    after = analyst("with u as (select id, email, age from users where age > 1) select id, age from u")
    assert before.rows == after.rows
    assert before.columns[0] == after.columns[0]


def test_a_filter_changes_the_rows_and_no_column(analyst: Analyst) -> None:
    before, after = analyst("select id, age from users"), analyst("select id, age from users where id > 1")
    assert before.rows != after.rows
    assert before.columns == after.columns
    assert after.row_sources == ((0, "id"),)
