"""Dataflows over people, computed by DuckDB, and what their provenance says held against them."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb

from engine.core.compiled import CompiledDataset
from engine.core.provenance import NotFollowed, Provenance, provenance_of
from tests.compile.spaces import Folder

DATASETS = """
    kind: Dataset
    name: people
    owner: sophie
    sensitivity: internal
    from: {file: ../../../data/people.csv}
    columns:
      - {name: pid, type: integer}
      - {name: fullname, type: string}
      - {name: sex, type: string}
      - {name: region, type: string}
      - {name: income, type: integer}
      - {name: born, type: date}
    protect: {unit: pid, min_cell: 5}
    ---
    kind: Dataset
    name: visits
    owner: sophie
    sensitivity: internal
    from: {file: ../../../data/visits.csv}
    columns:
      - {name: vid, type: integer}
      - {name: patient, type: integer}
      - {name: day, type: date}
      - {name: ward, type: string}
      - {name: cost, type: integer}
    protect: {unit: patient, min_cell: 5}
    ---
    kind: Dataset
    name: regions
    owner: sophie
    sensitivity: internal
    from: {file: ../../../data/regions.csv}
    columns:
      - {name: region, type: string}
      - {name: zone, type: string}
      - {name: pop, type: integer}
    ---
    kind: Dataset
    name: counts
    owner: sophie
    sensitivity: internal
    from: {file: ../../../data/counts.csv}
    columns:
      - {name: region, type: string}
      - {name: n, type: integer}
    protect: {min_cell: 5}
"""
CSVS = {
    "people": "pid,fullname,sex,region,income,born\n1,A,F,R1,10,1990-01-01\n",
    "visits": "vid,patient,day,ward,cost\n1,1,2024-01-01,W1,10\n",
    "regions": "region,zone,pop\nR1,Z1,100\n",
    "counts": "region,n\nR1,7\n",
}
INPUTS = "inputs: {people: people, visits: visits, regions: regions, counts: counts}\n"


def collected() -> Iterator[duckdb.DuckDBPyConnection]:
    """The four collected datasets, with nulls, doubles, and rows that match nothing."""
    chance = random.Random(7)
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "create table people (pid bigint, fullname text, sex text, region text, income bigint, born date)"
        )
        for pid in range(60):
            values = [
                None if pid == 59 else pid,
                f"P{pid}",
                chance.choice(["F", "M", None]),
                chance.choice(["R1", "R2", "R3", "R4", None]),
                chance.choice([None, 0, chance.randrange(9000)]),
                f"19{chance.randrange(40, 99)}-01-{chance.randrange(1, 28):02}",
            ]
            connection.execute("insert into people values (?, ?, ?, ?, ?, ?)", values)
        connection.execute(
            "create table visits (vid bigint, patient bigint, day date, ward text, cost bigint)"
        )
        for vid in range(250):
            values = [
                vid,
                chance.choice([None, *range(66)]),
                f"2024-{chance.randrange(1, 5):02}-{chance.randrange(1, 28):02}",
                chance.choice(["W1", "W2", "W3"]),
                chance.randrange(500),
            ]
            connection.execute("insert into visits values (?, ?, ?, ?, ?)", values)
        connection.execute("create table regions (region text, zone text, pop bigint)")
        rows = [("R1", "Z1", 100), ("R2", "Z1", 200), ("R3", "Z2", 300), ("R3", "Z3", 30), ("R9", "Z9", 9)]
        connection.executemany("insert into regions values (?, ?, ?)", rows)
        connection.execute("create table counts (region text, n bigint)")
        connection.executemany("insert into counts values (?, ?)", [("R1", 7), ("R2", 3)])
        yield connection


class Space:
    """A dataflow over the four datasets, computed by DuckDB as an apply would."""

    def __init__(self, folder: Folder, data: duckdb.DuckDBPyConnection, *steps: str) -> None:
        folder.write("specs/projects/p/datasets/raw.yaml", DATASETS)
        for name, csv in CSVS.items():
            folder.write(f"specs/data/{name}.csv", csv)
        written = "".join(f"  - output: s{i}\n    sql: |\n      {sql}\n" for i, sql in enumerate(steps))
        folder.flow(f"{INPUTS}steps:\n{written}")
        checked = folder.check()
        self.diagnostics = [str(d) for d in checked.diagnostics]
        self.compiled = checked.compiled
        self.named = {address.name: dataset for address, dataset in checked.compiled.items()}
        self.last = self.named.get(f"s{len(steps) - 1}")
        self.data = data
        for i in range(len(steps)):
            if f"s{i}" in self.named:
                data.execute(f"create or replace table s{i} as {self.named[f's{i}'].query}")

    @property
    def found(self) -> Provenance | NotFollowed | None:
        assert self.last is not None, self.diagnostics
        return provenance_of(self.last, self.compiled)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.data.execute(sql).fetchall()

    def provenance(self) -> Provenance:
        """What the last step is made of, its files standing under their names."""
        found = self.found
        assert isinstance(found, Provenance), found
        for name, address in found.tables.items():
            self.data.execute(f'create or replace view "{name}" as select * from {address.name}')
        return found


def quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{n}"' for n in names)


def check_units(space: Space, found: Provenance) -> None:
    """That row numbers lead to rows of the unit that is said."""
    if found.rows_of is None:
        assert space.rows(f"select count(__row) from ({found.sql})") == [(0,)]
        return
    unit = space.compiled[found.rows_of].unit
    wrong = space.rows(
        f"select count(*) from ({found.sql}) p left join "
        f"(select {unit} as u, row_number() over () - 1 as r from {found.rows_of.name}) o on o.r = p.__row "
        "where o.r is null or o.u is distinct from p.__unit"
    )
    assert wrong == [(0,)]


def check_rows(space: Space, dataset: CompiledDataset, found: Provenance) -> None:
    assert not found.grouped
    names = tuple(c.name for c in dataset.columns)
    assert found.columns == names
    told = Counter(map(repr, space.rows(f"select {quoted(names)} from ({found.sql})")))
    assert told == Counter(map(repr, space.rows(f"select {quoted(names)} from {dataset.address.name}")))
    if dataset.unit is not None:
        assert space.rows(f'select count(*) from ({found.sql}) where "{dataset.unit}" <> __unit') == [(0,)]
    check_units(space, found)


AGGREGATES = {"count": "count({})", "distinct": "count(distinct {})", "sum": "sum({})", "avg": "avg({})"}


def check_cells(space: Space, dataset: CompiledDataset, found: Provenance) -> None:
    assert found.grouped
    assert set(found.columns) | found.figures.keys() == {c.name for c in dataset.columns}
    told = {
        name: AGGREGATES[f.form].format(f.argument or {"count": "*", "distinct": "__unit"}[f.form])
        for name, f in found.figures.items()
        if f.form in AGGREGATES
    }
    keys = quoted(found.columns)
    group = f"group by {keys}" if keys else ""
    computed = ", ".join(
        [*([keys] if keys else []), *(f"{sql} as {n}" for n, sql in told.items()), "1 as __one"]
    )
    ours = {r[: len(found.columns)]: r for r in space.rows(f"select {computed} from ({found.sql}) {group}")}
    names = quoted((*found.columns, *told))
    theirs = space.rows(f"select {names + ', ' if names else ''}1 from {dataset.address.name}")
    for row in theirs:
        expected = ours[row[: len(found.columns)]]
        for one, other in zip(row, expected, strict=True):
            same = math.isclose(one, other) if isinstance(one, float) else one == other
            assert same, (row, expected)
    if found.whole:
        assert {r[: len(found.columns)] for r in theirs} == ours.keys()
    check_units(space, found)
