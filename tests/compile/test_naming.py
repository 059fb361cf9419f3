"""Nothing is chosen, grouped or added up by who somebody is: even a withheld figure of one would tell."""

from __future__ import annotations

import pytest

from tests.compile.spaces import Folder
from tests.compile.test_units import told

CHOSEN = (
    "id = 7", "id in (7, 8)", "id not in (7, 8)", "id between 7 and 7", "id < 8", "id % 10 = 7", "7 = id",
    "cast(id as varchar) like '7%'", "not (id <> 7)", "hash(id) = 1", "id + 0 = age", "coalesce(id, 0) = 7",
    "list_contains([7], id)", "starts_with(cast(id as varchar), '7')", "case when id = 7 then true end",
    "age > 3 and (id = 7 or age < 2)",
)  # fmt: skip


@pytest.mark.parametrize("condition", CHOSEN)
@pytest.mark.parametrize(
    "sql",
    [
        "select * from raw where {0}",
        "select username, count(*) as n from raw where {0} group by username",
        "select username, count(*) filter (where {0}) as n from raw group by username",
        "select username, sum(case when {0} then age else 0 end) as n from raw group by username",
        "select username, count(*) as n from (select *, ({0}) as one from raw) where one group by username",
        "with few as (select * from raw where {0}) select username, count(*) as n from few group by username",
        "select ({0}) as one, count(*) as n from raw group by 1",
    ],
)
def test_a_unit_is_not_chosen_by_its_name(folder: Folder, sql: str, condition: str) -> None:
    assert "not-disclosable" in told(folder, sql.format(condition))


@pytest.mark.parametrize(
    "sql",
    [
        "select username, count(nullif(id, 7)) as n from raw group by username",
        "select username, sum(one) as n from (select *, (id = 7)::int as one from raw) group by username",
        "select username, avg(id) as n from raw group by username",
        "select left(cast(id as varchar), 3) as k, count(*) as n from raw group by 1",
        "select * from raw where username in (select username from raw where id = 7)",
        "select * from raw where age > (select age from raw where id = 7)",
    ],
)
def test_nothing_is_counted_grouped_or_added_up_by_a_units_name(folder: Folder, sql: str) -> None:
    assert "not-disclosable" in told(folder, sql)


def test_a_column_that_was_computed_of_a_name_in_a_step_before_names_units_too(folder: Folder) -> None:
    assert told(folder, "select *, id = 7 as one from raw") == []
    folder.flow(
        "inputs: {raw: raw}\nsteps:\n"
        '  - output: x\n    sql: "select *, id = 7 as one from raw"\n'
        '  - output: y\n    sql: "select * from x where one"\n'
    )
    assert [d.code for d in folder.check().diagnostics] == ["not-disclosable"]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from raw where id is not null",
        "select a.* from raw a join raw b on a.id = b.id",
        "select * from raw where id in (select id from raw where age > 3)",
        "select username, count(distinct id) as n from raw group by username",
        "select username, count(id) as n from raw group by username",
        "select username, count(distinct case when age > 3 then id end) as n from raw group by username",
        "select id, count(*) as n from raw group by id",
        "select * from raw qualify row_number() over (partition by id order by age) = 1",
        "select *, upper(email) as mail, id * 2 as twice from raw",
    ],
)
def test_a_unit_is_joined_counted_and_handed_on(folder: Folder, sql: str) -> None:
    assert told(folder, sql) == []
