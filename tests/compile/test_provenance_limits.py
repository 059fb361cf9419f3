"""What is not followed to its units, what depends on other units, and queries nobody thought of."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import duckdb
import pytest

from engine.addresses import Address
from engine.core.compiled import ColumnLogic, ColumnRef, CompiledDataset
from engine.core.provenance import NotFollowed, Provenance, provenance_of
from tests.compile.spaces import Folder
from tests.compile.unit_spaces import Space, check_cells, check_rows, collected


@pytest.fixture
def data() -> Iterator[duckdb.DuckDBPyConnection]:
    """The four collected datasets."""
    yield from collected()


TOP = "select region, max(income) over () as m, pid from people"
CELLS = "select region, count(*) as n from people group by region"

NOT_FOLLOWED = [
    ("select a.region, b.income from people a join people b on a.region = b.region",),
    ("select a.pid, b.income from people a join people b on b.pid = 7",),
    ("select a.pid, b.income from people a, people b where a.pid = b.pid or true",),
    ("select a.pid, b.income from people a left join people b on a.pid = b.pid + 1",),
    ("select pid, region from people union all select pop, region from regions",),
    ("select r.region, p.pid from regions r left join people p using (region)",),
    ("select r.region, p.pid from people p full join regions r using (region)",),
    ("select region, pop from regions semi join people using (region)",),
    ("select (select max(income) from people) as m, region from regions",),
    ("select region, max(income) over () as m from people",),
    ("select region from people limit 10",),
    ("select region from people where income > (select avg(income) from people)",),
    ("select region, count(*) as n from people where pid in (select patient from visits) group by region",),
    ("select distinct region from people qualify row_number() over (partition by sex order by pid) = 1",),
    ("select distinct region, sum(income) over () as s from people",),
    ("select region, count(*) as n from people group by region, sex",),
    ("select region, count(*) as n from people group by rollup (region)",),
    (f"{CELLS} union all {CELLS}",),
    (f"{CELLS} having region = (select region from people where pid = 7)",),
    ("select fullname ~ 'P1' as f, count(*) as n from people group by f",),
    ("select (select sum(p.income)) as s from people p",),
    ('select "__unit" from (select pid as "__unit" from people)',),
    (TOP, "select m, count(*) as n from s0 group by m"),
    (TOP, "select region, count(*) as n from s0 where m > 100 group by region"),
    (TOP, "select distinct m from s0"),
    (CELLS, "select n, count(*) as k from s0 group by n"),
    (CELLS, "select * from s0 where region = (select max(region) from s0)"),
    (CELLS, "select a.region, a.n from s0 a join s0 b using (region)"),
    (CELLS, "select a.n, r.zone from s0 a join regions r on r.pop > a.n"),
    ("select region, sex, count(*) as n from people group by all", "select region, n from s0"),
    (f"{CELLS} having count(*) > 5", "select 'all' as what, sum(n) as n from s0"),
    ("select region from people limit 10", "select region, count(*) as n from s0 group by region"),
    ("select pid, n from people join counts using (region)", "select n, count(*) as k from s0 group by 1"),
]  # fmt: skip


@pytest.mark.parametrize("steps", NOT_FOLLOWED)
def test_when_in_doubt_nothing_is_followed(
    folder: Folder, data: duckdb.DuckDBPyConnection, steps: tuple[str, ...]
) -> None:
    space = Space(folder, data, *steps)
    found = space.found
    assert isinstance(found, NotFollowed)
    assert found.why
    assert not found.why.endswith(".")


MIXED = [
    ("select pid, income, rank() over (order by income) as r from people", {"r"}),
    ("select pid, income - avg(income) over (partition by region) as d, sex from people", {"d"}),
    ("select pid, (select max(income) from people) as top, income from people", {"top"}),
    ("select p.pid, p.sex, c.n from people p join counts c using (region)", {"n"}),
    ("select p.pid, t.m from people p, (select max(income) as m from people) t", {"m"}),
    ("select pid, fullname as f from people positional join regions", set()),
    ("select pid, x, x+1 as y from (select pid, lag(pid) over (order by pid) as x from people)", {"x", "y"}),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "mixed"), MIXED)
def test_rows_that_others_decide_are_read_by_their_unit(
    folder: Folder, data: duckdb.DuckDBPyConnection, sql: str, mixed: set[str]
) -> None:
    space = Space(folder, data, sql)
    found = space.provenance()
    assert space.last is not None
    assert (found.mixed, list(found.tables.values())) == (mixed, [space.last.address])
    check_rows(space, space.last, found)


def test_a_mixed_column_stays_so_down_the_line(folder: Folder, data: duckdb.DuckDBPyConnection) -> None:
    space = Space(
        folder, data, TOP, "select pid, m as top, region from s0", "select top, upper(region) as r from s1"
    )
    found = space.provenance()
    assert found.mixed == {"top"}
    assert space.last is not None
    check_rows(space, space.last, found)


@pytest.mark.parametrize(
    "sql",
    [
        "select max(region) as m from s0",
        "select first(region order by n desc) as m from s0",
        "select arg_max(region, n) as m from s0",
        "select region, n < 5 as m from s0",
        "select region, case when n < 5 then 'few' else 'many' end as m from s0",
        "select region, n, max(region) over () as m from s0",
        "select region, lag(region) over (order by n) as m from s0",
        "select region, date '2020-01-01' + n::int as m from s0",
        "select region, n + (select max(income) from people) as m from s0",
    ],
)
def test_over_groups_nothing_tells_what_another_group_is_named_by(
    folder: Folder, data: duckdb.DuckDBPyConnection, sql: str
) -> None:
    space = Space(folder, data, CELLS, sql)
    (told,) = space.diagnostics
    assert "error[not-disclosable]" in told
    assert 'Column "m"' in told


@pytest.mark.parametrize(
    "sql",
    [
        "select region, max(n) over () as m from s0",
        "select region, n - lag(n) over (order by region) as m from s0",
        "select region, rank() over (order by n) as m from s0",
        "select region, case when n < 50 then 0 else 1 end as m from s0",
        "select 'all' as region, max(n) as m from s0",
        "select 'all' as region, avg(n) filter (where region <> 'R1') as m from s0",
        "select s0.region, n * 1.0 / pop as m from s0 left join "
        "(select distinct region, 9 as pop from regions) using (region)",
    ],
)
def test_other_figures_over_groups_are_derived(
    folder: Folder, data: duckdb.DuckDBPyConnection, sql: str
) -> None:
    space = Space(folder, data, CELLS, sql)
    assert space.diagnostics == []
    found = space.provenance()
    assert found.figures["m"].form == "derived"
    assert space.last is not None
    check_cells(space, space.last, found)


def test_what_is_protected_without_units_is_not_followed(
    folder: Folder, data: duckdb.DuckDBPyConnection
) -> None:
    assert Space(folder, data, "select region, sum(n) as n from counts group by region").found is None
    assert Space(folder, data, "select region, max(pop) as n from regions group by region").found is None


def chained(length: int) -> dict[Address, CompiledDataset]:
    """A chain of datasets, each of the two before it."""
    found: dict[Address, CompiledDataset] = {}
    for i in range(length):
        address = Address("dataset", "p", f"d{i}")
        inputs = {"t": Address("dataset", "p", f"d{i - 1}")} if i else {}
        sources = (ColumnRef(inputs["t"], "pid"),) if i else ()
        query = "select a.pid from t a join t b on a.pid = b.pid" if i else ""
        found[address] = CompiledDataset(
            address, (ColumnLogic("pid", "integer", "identity", sources, str(i)),), inputs, query,
            "", (), False, str(i), "internal", {}, {"pid": "internal"}, 5, "pid",
        )  # fmt: skip
    return found


def test_following_costs_as_much_as_there_are_datasets() -> None:
    compiled = chained(150)
    started = time.process_time()
    found = [provenance_of(dataset, compiled) for dataset in compiled.values()]
    assert time.process_time() - started < 20
    last = found[-1]
    assert isinstance(last, Provenance)
    assert len(last.sql) < 1000 * len(compiled)


def query(chance: random.Random) -> str:
    """A query over people and visits, made of parts that may be in any other."""
    source = chance.choice([
        "people p", "people p left join regions r on r.region = p.region", "people p, range(2) as r(zone)",
        "(select * from people where income > 50) p join regions r using (region)",
        "(select v.patient as pid, q.region, q.sex, v.cost as income from visits v left join people q "
        "on q.pid = v.patient) p",
        "(select pid, region, sex, income from people union all "
        "select patient, ward, 'F', cost from visits) p",
        "(select pid, any_value(region) as region, max(sex) as sex, sum(income) as income "
        "from people group by pid) p",
    ])  # fmt: skip
    zone = "zone" if "join regions" in source else "sex"
    where = chance.choice(
        ["", " where income > 100", " where sex = 'F' or p.sex is null", " where pid % 2 = 0"]
    )
    keys = chance.sample(["p.sex", "upper(p.sex)", zone, "pid % 3", "income // 2000"], chance.randrange(3))
    if chance.random() < 0.3:
        own = "lag(income) over (partition by pid order by income, p.sex)"
        others = "row_number() over (order by pid, income)"
        shown = chance.sample(["pid", "income * 2", "p.sex", zone, own, others], 2)
        limit = chance.choice(["", "", " order by 1, 2 limit 20"])
        distinct = chance.choice(["", "distinct "])
        return (
            f"select {distinct}"
            + ", ".join(f"{e} as c{i}" for i, e in enumerate(shown))
            + f" from {source}{where}{limit}"
        )
    figures = chance.sample(["count(*)", "count(distinct pid)", "sum(income)", "avg(income)", "count(p.sex)",
                             "count(*) filter (where income > 500)", "round(1.0 * sum(income) / count(*), 2)",
                             "count_if(sex = 'M') * 100"], 2)  # fmt: skip
    items = ", ".join(f"{e} as c{i}" for i, e in enumerate([*keys, *figures]))
    having = chance.choice(["", "", " having count(*) > 4"])
    group = " group by " + ", ".join(str(i + 1) for i in range(len(keys))) if keys else ""
    return f"select {items} from {source}{where}{group}{having if keys else ''}"


def second(chance: random.Random, dataset: CompiledDataset) -> str:
    """A query over such a query's outputs."""
    names = [c.name for c in dataset.columns]
    one, other = chance.choice(names), chance.choice(names)
    return chance.choice([
        f"select * from s0 where {one} is not null",
        f"select {one} as k, sum({other}) as v from s0 group by 1",
        f"select {one} as k, count(*) as v from s0 group by 1",
        f"select *, sum({other}) over () as v from s0",
        f"select distinct {one} as k from s0",
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_what_is_followed_is_right(folder: Folder, data: duckdb.DuckDBPyConnection, seed: int) -> None:
    chance = random.Random(seed)
    space = Space(folder, data, query(chance))
    assert space.last is not None, space.diagnostics
    check(space)
    again = Space(folder, data, query(random.Random(seed)), second(chance, space.last))
    if again.last is not None:
        check(again)


def check(space: Space) -> None:
    """That what is said of the last step is so, if it is followed."""
    assert space.last is not None
    if isinstance(space.found, Provenance):
        found = space.provenance()
        (check_cells if found.grouped else check_rows)(space, space.last, found)
