"""What an honest author needs works under protection, and its figures are those of the data."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks import canaries, reading
from tests.attacks.attempts import APPLY
from tests.attacks.spaces import PEOPLE, Person, flow, page, write

pytestmark = pytest.mark.slow

MANY = tuple(
    replace(
        person,
        pid=f"{person.pid}{i}",
        disease="Flu" if person.disease == "HIV" else person.disease,
        town="Aber",
    )
    for person in PEOPLE[1:]
    for i in range(20)
)
"""1,140 people of whom no cell below is small."""
DEPARTMENTS = tuple(f"D{i:02d}" for i in range(30))
TILES = {
    "all": "{kpi: count(*), from: people, title: all, format: text}",
    "distinct": "{kpi: count(distinct pid), from: people, title: distinct, format: text}",
    "sum": "{kpi: sum(income), from: people, title: sum, format: text}",
    "mean": "{kpi: avg(income), from: people, title: mean, format: text}",
    "median": "{kpi: median(income), from: people, title: median, format: text}",
    "quantile": '{kpi: "quantile_cont(income, 0.25)", from: people, title: quantile, format: text}',
    "conditioned": "{kpi: \"count(*) filter (where sex = 'F')\", from: people, title: conditioned, "
    "format: text}",
    "share": "{kpi: \"count(*) filter (where sex = 'F') / count(*)\", from: people, title: share, "
    "format: text}",
    "scaled": '{kpi: "100 * count(*) / 2 + 1", from: people, title: scaled, format: text}',
    "sum-of-some": "{kpi: \"sum(income) filter (where region = 'R2')\", from: people, title: "
    "sum-of-some, format: text}",
    "each": '{kpi: "sum(income) / count(distinct pid)", from: people, title: each, format: text}',
}
FLU = sum(person.sex == "F" for person in MANY)
INCOMES = [person.income for person in MANY]
EXPECTED = {
    "all": len(MANY),
    "distinct": len({person.pid for person in MANY}),
    "sum": sum(INCOMES),
    "mean": statistics.fmean(INCOMES),
    "median": statistics.median(INCOMES),
    "quantile": statistics.quantiles(INCOMES, n=4, method="inclusive")[0],
    "conditioned": FLU,
    "share": FLU / len(MANY),
    "scaled": 50 * len(MANY) + 1,
    "sum-of-some": sum(person.income for person in MANY if person.region == "R2"),
    "each": statistics.fmean(INCOMES),
}
TABLES = {
    "cross": "{table: people, columns: [region, disease, count(*), sum(income)], title: cross}",
    "pivot": "{table: people, pivot: {rows: [region], columns: [disease], values: [count(*)]}, totals: "
    "[row, column], "
    "title: pivot}",
    "bars": "{chart: bar, from: people, x: count(*), y: region, title: bars}",
    "months": "{chart: line, from: months, x: month, y: people, title: months}",
    "cells": "{table: cells, title: cells}",
    "summed": "{table: cells, columns: [disease, sum(n)], title: summed}",
    "zones": "{table: zones, title: zones}",
    "zones-of-cells": "{table: zones_of_cells, title: zones-of-cells}",
    "cells-of-cells": "{table: cells_of_cells, title: cells-of-cells}",
    "some": "{table: some, columns: [region, count(*)], title: some}",
}
STEPS = {
    "months": "select date_trunc('month', visited)::date as month, count(distinct pid) as people from "
    "people group by 1",
    "cells": "select region, disease, count(*) as n, avg(income) as mean from people group by region, "
    "disease",
    "zones": "select r.zone, count(*) as n from people p join regions r on p.region = r.code group by r.zone",
    "zones_of_cells": "select r.zone, sum(c.n) as n from cells c join regions r on c.region = r.code "
    "group by r.zone",
    "cells_of_cells": "select disease, sum(n) as n from cells group by disease",
    "some": "select pid, region, sex from people where sex = 'F'",
}
NAMES = ("people", *STEPS)
ZONES = {"R1": "North", "R2": "North", "R3": "South", "R4": "South"}


MEDIANS = ("median", "quantile")


def drawn(folder: Path, tiles: Iterable[str]) -> dict[str, reading.Tile]:
    """The tiles of a page over all the datasets, as published."""
    datasets = "{" + ", ".join(f"{name}: {name}" for name in NAMES) + "}"
    files = page("useful", tiles, datasets=datasets)
    files |= flow("steps", STEPS, "{people: people, regions: regions}")
    done = write(folder, files, MANY)(*APPLY)
    assert done.returncode == 0, done.stderr[-1500:]
    return {tile.title: tile for tile in reading.tiles(canaries.drawn(folder, "useful"))}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, reading.Tile]:
    """One page with all of this, medians apart."""
    tiles = [tile for name, tile in TILES.items() if name not in MEDIANS]
    return drawn(tmp_path_factory.mktemp("useful"), [*tiles, *TABLES.values()])


@pytest.fixture(scope="module")
def medians(tmp_path_factory: pytest.TempPathFactory) -> dict[str, reading.Tile]:
    """A page with medians and quantiles."""
    return drawn(tmp_path_factory.mktemp("medians"), [TILES[name] for name in MEDIANS])


def says(tile: reading.Tile, expected: float) -> bool:
    """Whether a tile shows a number."""
    return any(number == pytest.approx(expected) for number in reading.in_text(tile.text))


@pytest.mark.parametrize("name", [name for name in TILES if name not in MEDIANS])
def test_a_figure_over_enough_people_is_shown_and_right(tables: dict[str, reading.Tile], name: str) -> None:
    assert says(tables[name], EXPECTED[name]), tables[name].text


@pytest.mark.parametrize("name", MEDIANS)
def test_a_quantile_over_many_people_is_shown_and_right(medians: dict[str, reading.Tile], name: str) -> None:
    assert says(medians[name], EXPECTED[name]), medians[name].text


def counted(key: Callable[[Person], object], people: Iterable[Person] = MANY) -> dict[object, float]:
    """How many people there are of each kind."""
    return dict(Counter(key(person) for person in people))


def listed(tile: reading.Tile, keys: int = 1) -> dict[object, float]:
    """The first number of each row of a tile's table, by the texts before it."""
    rows = [row for row in tile.tables[0][1:] if len(row) > keys]
    return {row[0] if keys == 1 else tuple(row[:keys]): float(row[keys].replace(",", "")) for row in rows}


def test_a_cross_is_shown_and_right(tables: dict[str, reading.Tile]) -> None:
    assert listed(tables["cross"], 2) == counted(lambda p: (p.region, p.disease))
    assert listed(tables["cells"], 2) == counted(lambda p: (p.region, p.disease))


def test_sums_and_means_of_cells_are_right(tables: dict[str, reading.Tile]) -> None:
    sums: dict[tuple[str, str], list[int]] = defaultdict(list)
    for person in MANY:
        sums[person.region, person.disease].append(person.income)
    for row in tables["cross"].tables[0][1:]:
        assert float(row[3].replace(",", "")) == sum(sums[row[0], row[1]])
    for row in tables["cells"].tables[0][1:]:
        assert float(row[3].replace(",", "")) == pytest.approx(statistics.fmean(sums[row[0], row[1]]))


def test_a_pivot_has_its_totals(tables: dict[str, reading.Tile]) -> None:
    text = " ".join(str(cell) for row in tables["pivot"].tables[0] for cell in row)
    found = reading.in_text(text)
    for n in (len(MANY), *counted(lambda p: p.region).values(), *counted(lambda p: p.disease).values()):
        assert n in found


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("bars", lambda p: p.region),
        ("summed", lambda p: p.disease),
        ("cells-of-cells", lambda p: p.disease),
        ("zones", lambda p: ZONES[p.region]),
        ("zones-of-cells", lambda p: ZONES[p.region]),
    ],
)
def test_steps_that_aggregate_and_join_are_right(
    tables: dict[str, reading.Tile], name: str, key: Callable[[Person], object]
) -> None:
    assert listed(tables[name]) == counted(key)


def test_rows_of_units_that_a_step_chooses_are_counted(tables: dict[str, reading.Tile]) -> None:
    assert listed(tables["some"]) == counted(lambda p: p.region, [p for p in MANY if p.sex == "F"])


def test_a_line_of_months_is_right(tables: dict[str, reading.Tile]) -> None:
    months = counted(lambda p: p.visited.month)
    assert list(listed(tables["months"]).values()) == [months[month] for month in range(1, 7)]


def test_a_filter_of_thirty_options_cuts_every_figure_right(tmp_path: Path) -> None:
    people = [replace(person, town=DEPARTMENTS[i % 30]) for i, person in enumerate(MANY)]
    made = page(
        "filtered",
        [TILES["all"], TABLES["bars"], TILES["share"]],
        more="filters: [{name: town, from: people, column: town, type: select}]\n",
    )
    done = write(tmp_path, made, people)(*APPLY)
    assert done.returncode == 0, done.stderr[-1500:]
    text = canaries.drawn(tmp_path, "filtered")
    cubes = [cube for data in reading.script_data(text) for cube in reading.cubes(data)]
    counts: dict[str, float] = {}
    for cube in (cube for cube in cubes if cube["n"] == 1):
        for leaf, values in list(reading.leaves(cube))[-1:]:
            points = reading.column(cube["p"][0])
            counts |= {points[p]: v for p, v in zip(leaf["p"], values, strict=True) if isinstance(v, int)}
    assert counts == counted(lambda p: p.town, people)


def test_how_much_is_withheld_stands_in_the_note(tmp_path: Path) -> None:
    cli = write(
        tmp_path,
        page("noted", ["{chart: bar, from: people, x: count(*), y: region, series: disease, title: Both}"]),
    )
    assert cli(*APPLY).returncode == 0
    text = canaries.drawn(tmp_path, "noted")
    assert "db-note" in text
    assert canaries.in_text(text) == []
