"""A chain of steps over people and their visits, by what following them to people yields."""

from __future__ import annotations

from collections.abc import Mapping

PEOPLE = """
    kind: Dataset
    name: people
    sensitivity: internal
    from: {file: ../../../data/people.csv}
    columns:
      - {name: pid, type: integer}
      - {name: region, type: string}
      - {name: age, type: integer}
      - {name: income, type: float}
    protect: {unit: pid, min_cell: 5}
    ---
    kind: Dataset
    name: visits
    sensitivity: internal
    from: {file: ../../../data/visits.csv}
    columns:
      - {name: vid, type: integer}
      - {name: person, type: integer}
      - {name: kind, type: string}
      - {name: cost, type: float}
      - {name: day, type: date}
    protect: {unit: person, min_cell: 3}
    ---
    kind: Dataset
    name: regions
    sensitivity: internal
    from: {file: ../../../data/regions.csv}
    columns:
      - {name: code, type: string}
      - {name: zone, type: string}
      - {name: title, type: string}
    ---
    kind: Dataset
    name: counts
    sensitivity: internal
    from: {file: ../../../data/counts.csv}
    columns:
      - {name: area, type: string}
      - {name: n, type: integer}
    protect: {min_cell: 5}
"""


def people() -> str:
    rows = [f"{i},R{i * 7 % 4},{20 + i * 13 % 50},{1000 + i * 37 % 400}.5" for i in range(40)]
    return "\n".join(["pid,region,age,income", *rows, "40,,33,10.0"]) + "\n"


def visits() -> str:
    rows = [
        f"{i},{i * 11 % 47},{'abc'[i * 5 % 3]},{i * 3 % 17}.25,2024-{1 + i % 3:02}-{1 + i % 28:02}"
        for i in range(120)
    ]
    return "\n".join(["vid,person,kind,cost,day", *rows]) + "\n"


REGIONS = (
    "code,zone,title\nR0,north,Alpha\nR1,north,Beta\nR2,south,Gamma\nR2,south,Gamma bis\nR9,south,None\n"
)

ROWS = {
    "plain": "select pid, region, age + 1 as older from people where age > 25",
    "no_unit": "select region, income from people where region is not null order by income",
    "star": "select * from people",
    "star_but": "select * exclude (income) replace (age // 10 as age) from people",
    "qualified": "select p.*, p.age * 2 as twice from people as p",
    "cte": "with a as (select pid as who, age from people), b as (select * from a where age > 30) "
           "select * from b",
    "cte_named": "with a(x, y) as (select pid, age from people) select y from a where x > 3",
    "sub": "select s.a from (select age as a, region from people) s where s.region = 'R1'",
    "sub_named": "select s.z from (select age, region from people) s(z, r) where r = 'R1'",
    "looked_up": "select p.age, r.zone from people p join regions r on r.code = p.region",
    "left_looked_up": "select p.*, r.* from people p left join regions r on r.code = p.region",
    "right_looked_up": "select p.age, title from regions r right join people p on r.code = p.region",
    "crossed": "select p.age, t.n from people p, range(3) t(n)",
    "semi": "select p.age from people p semi join regions r on r.code = p.region",
    "chosen": "select age from people where region in (select code from regions where zone = 'north')",
    "same_person": "select p.region, v.cost from people p join visits v on v.person = p.pid and v.cost > 2",
    "same_person_where": "select p.region, v.kind from people p, visits v where v.person = p.pid",
    "same_person_left": "select p.pid, p.region, v.kind from people p left join visits v on v.person = p.pid",
    "same_person_right": "select p.region, v.kind from people p right join visits v on v.person = p.pid",
    "same_person_using": "select * from people join (select person as pid, kind from visits) using (pid)",
    "same_person_semi": "select p.age from people p semi join visits v on v.person = p.pid",
    "united": "select pid, age from people where age < 40 union all select person, 7 from visits",
    "united_alike": "select age from people where age < 40 union all select age from people where age > 50",
    "united_once": "select pid, region from people union select person, kind from visits",
    "own_window": "select region, count(*) over (partition by pid) as n from people",
    "own_named_window": "select kind, sum(cost) over w as s from visits window w as (partition by person)",
    "latest": "select kind, cost from visits "
              "qualify row_number() over (partition by person order by day, vid) = 1",
    "distinct_own": "select distinct person, kind from visits",
    "each": "select person, count(*) as visits, max(cost) as most, list(kind order by vid) as kinds "
            "from visits group by person having count(*) > 1",
    "each_all": "select person as p, kind, min(day) as first from visits group by all",
    "each_joined": "select p.region, v.n from people p left join "
                   "(select person, count(*) as n from visits group by 1) v on v.person = p.pid",
    "nested": "select older + 1 as oldest, pid from plain where older < 60",
    "shadow": "with people as (select pid, age from people where age > 30) select * from people",
    "spread": "select pid, unnest([age, 1]) as x from people",
    "unnested": "select p.pid, u.x from people p, unnest([p.age, 2]) u(x)",
}  # fmt: skip

BY_VALUE = {
    "limited": "select pid, region, age // 10 as tens from people order by pid limit 10",
    "ranked": "select pid, region, row_number() over (order by income, pid) as place from people",
    "existing": "select pid, age from people p where exists (select 1 from visits v where v.cost > p.income)",
    "share": "select pid, income / (select sum(income) from people) as share from people",
    "qualified_once": "select pid, region from people "
                      "qualify row_number() over (partition by region order by pid) = 1",
    "distinct_on": "select distinct on (region) pid, region from people order by region, pid",
    "beside_cells": "select p.pid, p.region, c.n from people p join by_region c on c.region = p.region",
    "after_limited": "select pid, region, tens from limited where tens > 2",
}  # fmt: skip

CELLS = {
    "by_region": "select region, count(*) as n, count(distinct pid) as units, sum(income) as s, "
                 "avg(age) as a from people group by region",
    "by_place": "select age // 10 as tens, region, count(*) as n from people where income > 1050 "
                "group by 1, 2",
    "by_alias": "select age // 10 as tens, count(*) as n from people group by tens order by n desc",
    "by_all": "select region, count(*) filter (where age > 40) as old, "
              "sum(income) filter (where age > 40) as s, count(distinct pid) filter (where age > 40) as d "
              "from people group by all",
    "total": "select count(*) as n, count(age) as ages from people",
    "distinct": "select distinct region, age // 20 as a from people",
    "same_cells": "select p.region, v.kind, count(*) as n, count(distinct p.pid) as d, sum(v.cost) as s "
                  "from people p join visits v on v.person = p.pid group by all",
    "zones": "select r.zone, count(*) as n, count(distinct pid) as d from people p "
             "join regions r on r.code = p.region group by r.zone",
    "case": "select region, sum(case when age > 40 then 1 else 0 end) as old, sum(income * 2 - 1) as s, "
            "count(distinct case when age > 30 then pid end) as d, count_if(age < 30) as young "
            "from people group by region",
    "chained": "select tens, count(*) as n from (select pid, older // 10 as tens from plain) group by tens",
    "put_together": "select kind, sum(n) as n, sum(s) as s from same_cells group by kind",
    "zoned": "select r.zone, sum(c.n) as n from by_region c join (select distinct code, zone from regions) r "
             "on r.code = c.region group by r.zone",
    "labelled": "select c.*, r.zone from by_region c "
                "left join (select distinct code, zone from regions) r on r.code = c.region",
    "one_region": "select n, units from by_region where region = 'R1'",
    "some": "select region, n from by_region where region <> 'R1'",
    "renamed": "select code, n from by_region c join (select distinct code from regions) r "
               "on c.region = r.code",
    "per_person": "select visits, count(*) as people from (select person, count(*) as visits from visits "
                  "group by person) group by visits",
    "windowed": "with c as (select region, count(*) as n from people group by region) "
                "select *, n / sum(n) over () as share from c",
    "twice": "select region, count(*) as n from own_window group by region",
    "of_united": "select pid % 3 as k, count(*) as n, count(distinct pid) as d from united group by 1",
    "each_cells": "select region, sum(n) as n from each_joined group by region",
}  # fmt: skip

NOT_FOLLOWED = {
    "other_people": "select a.pid, b.income from people a join people b on a.region = b.region",
    "limited_away": "select region from people order by pid limit 10",
    "ranked_cells": "select place, count(*) as n from ranked group by place",
    "nobody": "select r.code, p.pid from regions r left join people p on p.region = r.code",
    "nobody_united": "select age from people union all select 1",
    "by_figure": "select n, count(*) as k from by_region group by n",
    "rolled": "select region, count(*) as n from people group by rollup (region)",
    "no_key": "select count(*) as n from people group by region",
    "key_lost": "select n from by_region",
    "cells_united": "select region, count(*) as n from people group by region "
                    "union all select 'all', count(*) from people",
    "some_together": "select left(region, 1) as r, sum(n) as n from big group by 1",
    "only_figures": "select r.code, (select count(*) from people) as n from regions r",
    "spine": "select r.code, c.n from regions r left join by_region c on c.region = r.code",
    "other_units": "select v.kind, p.age from visits v join people p on p.pid = v.vid",
}  # fmt: skip

PARTIAL = {
    "big": "select region, count(*) as n from people group by region having count(*) > 3",
    "top": "select region, n from by_region order by n desc limit 2",
    "many": "select region, n from by_region where n > 5",
}  # fmt: skip

FREE = {
    "free": "select zone, count(*) as n from regions group by zone",
    "otherwise": "select area, n from counts",
}  # fmt: skip

ALL: Mapping[str, str] = {**ROWS, **CELLS, **BY_VALUE, **PARTIAL, **NOT_FOLLOWED, **FREE}
