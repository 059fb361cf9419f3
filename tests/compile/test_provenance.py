"""Datasets followed to their units, held against what DuckDB itself makes of the queries."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.compile.spaces import Folder
from tests.compile.unit_spaces import Space, check_cells, check_rows, collected


@pytest.fixture
def data() -> Iterator[duckdb.DuckDBPyConnection]:
    """The four collected datasets."""
    yield from collected()


ROWS = [
    "select * from people",
    "select region, income * 2 as twice, upper(sex) as s from people where income > 100 or region is null",
    "select pid as doctor, fullname from people order by income",
    "select * exclude (pid) replace (income + 1 as income) from people p",
    "with a as (select pid, region as r from people), b(x, y) as (select * from a) select y, x from b "
    "where y <> 'R1'",
    "select q.a, q.b from (select pid as a, region as b from people where sex = 'F') q",
    "select pid, region, zone from people join regions using (region)",
    "select p.region, r.zone, p.income from people p left "
    "join regions r on r.region = p.region and r.pop > 50",
    "select p.pid, r.zone from regions r right join people p on r.region = p.region",
    "select p.pid, r.zone from regions r join people p on r.region = p.region",
    "select region, income from people cross join range(3)",
    "select p.pid, i from people p, range(3) as r(i) where i < p.income",
    "select pid, x from people, (values (1), (2)) v(x)",
    "select * from people semi join regions using (region)",
    "select * from people p anti join regions r on p.region = r.region",
    "select region, income from people where region in (select region from regions where pop > 100)",
    "select region, (select max(pop) from regions r where r.region = p.region) as pop from people p",
    "select v.vid, v.ward, p.region, p.pid from visits v join people p on p.pid = v.patient",
    "select v.ward, p.region, patient from visits v left "
    "join people p on p.pid = v.patient and p.income > 10",
    "select p.region, v.ward, pid from people p left join visits v on p.pid = v.patient",
    "select p.region, v.ward from people p right join visits v on p.pid = v.patient",
    "select pid, patient, v.ward from people p full join visits v on p.pid = v.patient",
    "select region from people where exists (select 1 from regions r where r.region = people.region)",
    "select p.* from people p semi join visits v on v.patient = p.pid",
    "select p.region from people p anti join visits v on v.patient = p.pid and v.ward = 'W1'",
    "select region from people union all select ward from visits",
    "select pid, region, income from people union all select pid, region, 0 from people where sex = 'F'",
    "select pid as u, 'p' as kind from people union all select patient, ward from visits",
    "select pid, region from people union select patient, ward from visits",
    "select patient, count(*) as n, max(cost) as most, list(ward order by vid) as wards from visits "
    "group by patient",
    "select patient, ward, sum(cost) as c from visits group by all having count(*) > 1",
    "select count(*) as n, max(day) as d from visits group by patient",
    "select date_trunc('month', day) as m, patient as p, count(*) as n from visits group by 1, 2",
    "select distinct patient, ward from visits",
    "select ward, cost, sum(cost) over (partition by patient) as mine from visits",
    "select ward, patient, row_number() over w as n from visits window w as (partition by patient "
    "order by vid)",
    "select ward, lag(cost) over (partition by patient, ward order by vid) as before from visits",
    "select ward, cost from visits qualify row_number() over (partition by patient order by vid) = 1",
    "select p.region, t.n, p.pid from people p left join "
    "(select patient, count(*) as n from visits group by 1) t on t.patient = p.pid",
    "select income + 1 as more, more * 2 as double from people",
    "select unnest([region, sex]) as v from people",
    "select case when income > 10 then 'much' else 'little' end as c, born::date - date "
    "'1990-01-01' as days from people",
    "select pid, case when sex = 'F' then 1 end as f from people where sex is not null limit 20 offset 3",
    "select pid, region, rank() over (order by income, pid) as place from people",
    "select pid, region from people where income > (select avg(income) from people)",
    "select pid, region from people where pid in (select patient from visits)",
    "select * from people qualify row_number() over (order by pid) < 10",
    "select distinct on (region) pid, region from people order by pid",
    "select pid, income, income * 1.0 / (select sum(income) from people) as share from people",
    "from people select pid, region where region <> 'R2'",
]


@pytest.mark.parametrize("sql", ROWS)
def test_rows_of_units_are_the_datasets_rows_with_their_unit(
    folder: Folder, data: duckdb.DuckDBPyConnection, sql: str
) -> None:
    space = Space(folder, data, sql)
    assert space.diagnostics == []
    assert space.last is not None
    check_rows(space, space.last, space.provenance())


CELLS = [
    "select region, count(*) as n from people group by region",
    "select region, sex, count(distinct pid) as n, sum(income) as s, avg(income) as a from people "
    "group by all",
    "select upper(region) as r, count(*) as n from people group by 1 order by n desc",
    "select upper(region) as r, count(*) as n from people where sex = 'F' group by upper(region)",
    "select date_trunc('year', born) as y, year(date_trunc('year', born)) + 1 as next, count(*) as n "
    "from people group by 1",
    "select region, lower(region) as l, count(*) as n from people group by region",
    "select region, count(*) filter (where income > 100) as rich, count_if(sex = 'F') as f, "
    "count(income) as c, "
    "sum(case when sex = 'F' then income end) as fs, sum(income) filter (where sex = 'M') as ms "
    "from people group by 1",
    "select region, count(distinct pid) filter (where sex = 'F') as f, "
    "count(distinct case when sex = 'M' then pid end) as m from people group by 1",
    "select region, round(100.0 * count_if(sex = 'F') / count(*), 1) as share, median(income) as m, "
    "quantile_cont(income, 0.25) as q, coalesce(sum(income), 0)::double / nullif(count(*), 0) as a "
    "from people group by region",
    "select count(*) as n, sum(income) as s from people",
    "select 'all' as what, count(*) as n from people",
    "select ward, p.region, count(distinct patient) as n, sum(cost) as c from visits v "
    "join people p on p.pid = v.patient group by all",
    "select r.zone, count(*) as n, sum(income) as s from people p left join regions r using (region) "
    "group by zone",
    "select region, zone, pop, count(*) * 1000.0 / pop as rate from people join regions using (region) "
    "group by 1, 2, 3",
    "select distinct region, sex from people",
    "select region from people group by region",
    "select region, count(*) as n from people group by region having count(*) > 12",
    "select region, count(*) as n from people group by region order by n desc limit 2",
    "select region, count(*) as n, rank() over (order by count(*)) as place from people group by region",
    "select region, n from (select region, count(*) as n from people group by region) where region <> 'R1'",
    "select region, n from (select region, count(*) as n from people group by region) where n > 12",
    "select region, n, n * 1.0 / sum(n) over () as share from (select region, count(*) as n from people "
    "group by 1)",
    "with c as (select region, sex, count(*) as n, sum(income) as s from people group by all) "
    "select region, sum(n) as n, sum(s) as s, max(n) as top, count(*) as cells from c group by region",
    "with c as (select region, sex, count(*) as n from people group by all) "
    "select region, sum(n) filter (where sex = 'F') as f, sum(case when sex = 'M' then n end) as m "
    "from c group by 1",
    "with c as (select region, count(*) as n from people group by 1) "
    "select c.region, zone, n, n * 1.0 / pop as rate from c left join regions r on r.region = c.region",
    "with c as (select region, count(*) as n from people group by 1) "
    "select c.region, n from c left join regions r on r.region = c.region",
    "with c as (select region, count(*) as n, sum(income) as s from people group by 1) "
    "select zone, sum(n) as n, sum(s) as s from c join regions using (region) group by zone",
    "with c as (select region, count(*) as n from people group by 1) "
    "select c.region, sum(n) as n from c left join regions r on r.region = c.region group by 1",
    "select 'region' as by, region as v, count(*) as n, sum(income) as s from people group by all "
    "union all select 'sex', sex, count(*), sum(income) from people group by all",
    "select 'p' as t, count(distinct pid) as n from people union all select 'v', count(distinct patient) "
    "from visits",
    "select region, count(*) as n from (select pid, region from people union all select patient, "
    "ward from visits) "
    "group by 1",
    "select n, count(*) as patients from (select patient, count(*) as n from visits group by 1) group by 1",
    "select p.region, sum(v.n) as visits from people p left join "
    "(select patient, count(*) as n from visits group by 1) v on v.patient = p.pid group by 1",
    "select ward, count(*) as n from visits, range(3) group by ward",
    "select ward, sum(c) as c from (select ward, cost as c, row_number() over (partition by patient "
    "order by vid) as k "
    "from visits) where k = 1 group by ward",
]


@pytest.mark.parametrize("sql", CELLS)
def test_grouping_the_units_rows_gives_the_cells(
    folder: Folder, data: duckdb.DuckDBPyConnection, sql: str
) -> None:
    space = Space(folder, data, sql)
    assert space.diagnostics == []
    assert space.last is not None
    check_cells(space, space.last, space.provenance())
