"""The second door: a dataflow computes a column over people that a page or a preview then shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.attacks import canaries, reading
from tests.attacks.attempts import APPLY, KEPT, TOLD, Attempt, Outcome, outcomes
from tests.attacks.spaces import PEOPLE, entry, flow, page, write

pytestmark = pytest.mark.slow

BY = "from people group by region, disease"
GROUPED = {
    "text": "select region, disease, cast(count(*) as varchar) as n {by}",
    "below": "select region, disease, count(*) < 5 as n {by}",
    "below-beside": "select region, disease, count(*) as k, count(*) < 5 as n {by}",
    "date": "select region, disease, date '2000-01-01' + cast(count(*) as integer) as n {by}",
    "latest-birth": "select region, disease, max(birth) as n {by}",
    "list": "select region, disease, list(fullname) as n {by}",
    "names": "select region, disease, string_agg(fullname, ', ') as n {by}",
    "words": "select region, disease, case when count(*) < 5 then 'few' else 'many' end as n {by}",
    "letters": "select region, disease, repeat('q', count(*)::int) as n {by}",
    "format": "select region, disease, format('{{}} people', count(*)) as n {by}",
    "first": "select region, disease, first(fullname) as n {by}",
    "any-value": "select region, disease, any_value(birth) as n {by}",
    "arg-max": "select region, disease, arg_max(fullname, income) as n {by}",
    "mode": "select region, disease, mode(pid) as n {by}",
    "histogram": "select region, disease, histogram(income) as n {by}",
    "struct": "select region, disease, {{'n': count(*), 'top': max(income)}} as n {by}",
    "json": "select region, disease, json_object('n', count(*), 'who', list(fullname)) as n {by}",
    "float": "select region, disease, count(*) / 7.0 as n {by}",
    "rank": "select region, disease, rank() over (order by count(*)) as n {by}",
    "share-of-window": "select region, disease, count(*) / sum(count(*)) over (partition by disease) as "
    "n {by}",
    "running": "select region, disease, sum(count(*)) over (order by region, disease) as n {by}",
    "least-income": "select region, disease, min(income) as n {by}",
    "quantile": "select region, disease, quantile_disc(income, 1.0) as n {by}",
    "median": "select region, disease, median(income) as n {by}",
    "interval": "select region, disease, to_days(count(*)::int) as n {by}",
    "blob": "select region, disease, cast(cast(count(*) as varchar) as blob) as n {by}",
    "bits": "select region, disease, bin(count(*)) as n {by}",
    "range": "select region, disease, range(count(*)) as n {by}",
    "hash": "select region, disease, md5(string_agg(fullname, '')) as n {by}",
    "only-large": "select region, disease, count(*) as n {by} having count(*) >= 3",
    "only-small": "select region, disease {by} having count(*) < 5",
    "exactly": "select region, disease {by} having count(*) = 3",
    "ordered": "select region, disease {by} order by count(*) limit 4",
    "count-as-key": "select n, count(*) as cells from (select region, disease, count(*) as n {by}) "
    "group by n",
    "max-of-cells": "select disease, max(n) as n from (select region, disease, count(*) as n {by}) "
    "group by disease",
    "min-of-cells": "select min(n) as n from (select region, disease, count(*) as n {by}) where disease "
    "= 'HIV'",
    "list-of-cells": "select disease, list(n) as n from (select region, disease, count(*) as n {by}) "
    "group by disease",
    "unpivot": "from (unpivot (select region, disease, count(*) as n, max(income) as m {by}) on n, m into "
    "name what value v",
    "pivot": "from (pivot people on region using count(*) group by disease)",
    "rollup": "select region, disease, cast(count(*) as varchar) as n from people group by rollup "
    "(region, disease)",
    "richest": "select region, disease, income from people where income > 900000",
    "names-as-key": "select fullname, count(*) as n from people group by fullname",
    "birth-as-key": "select birth, count(*) as n from people group by birth",
    "text-as-key": "select cast(income as varchar) as i, count(*) as n from people group by all",
    "subquery": "select region, count(*) as n, (select max(income) from people) as m from people group "
    "by region",
    "lateral": "select r.region, l.m from (select distinct region from people) r, "
    "lateral (select max(income) as m from people p where p.region = r.region) l",
    "condition-of-one": f"select region, count(*) filter (where pid <> '{PEOPLE[0].pid}') as n from "
    f"people group by region",
    "sum-of-one": f"select region, sum(if(pid = '{PEOPLE[0].pid}', income, 0)) as n from people group "
    f"by region",
}


SECRETS = {
    "count-as-key": (2.0, 3.0, 4.0),
    "list-of-cells": (2.0, 3.0, 4.0),
    "max-of-cells": (4.0,),
    "min-of-cells": (2.0,),
    "pivot": (2.0, 3.0, 4.0),
}
"""Small counts that stand beside no region."""


def sql(name: str) -> str:
    """The step of an attempt."""
    return GROUPED[name].format(by=BY) if "{by}" in GROUPED[name] else GROUPED[name]


def attempt(name: str) -> Attempt:
    """A step, a page that lists what it makes, and a catalogue entry whose page shows its first rows."""
    out = "out_" + name.replace("-", "_")
    listing = page(f"p-{name}", [f"{{table: {out}, title: All}}"], datasets=f"{{{out}: {out}}}")
    return Attempt(
        name,
        {**flow(f"f-{name}", {out: sql(name)}), **listing, **entry(out)},
        f"p-{name}",
        SECRETS.get(name, ()),
    )


ATTEMPTS = [attempt(name) for name in GROUPED]
SMALL = {(p.region, p.disease) for p in PEOPLE if p.disease == "HIV"}
HARMLESS = ("", "suppressed", "not available", "–", "R1", "R2", "R3", "R4", "HIV", "0", "n", "k", "m")


def small_rows(text: str) -> list[list[str]]:
    """Rows of a table that say more of a cell of fewer than five than that it is withheld."""
    tables = [table for tile in reading.tiles(text) for table in tile.tables]
    rows = [row for table in tables for row in table if {"HIV"} <= set(row) and {"R1", "R3", "R4"} & set(row)]
    return [
        row for row in rows if any(cell not in HARMLESS and not cell.startswith("withheld") for cell in row)
    ]


CHOOSING = ("only-large", "only-small", "exactly", "ordered")
"""Steps that tell by which cells they leave."""


def chosen(text: str) -> list[str]:
    """Small cells that a page names, where it does not name all of them alike."""
    tables = [table for tile in reading.tiles(text) for table in tile.tables]
    rows = [set(row) for table in tables for row in table]
    named = [region for region, disease in sorted(SMALL) if any({region, disease} <= row for row in rows)]
    return named if len(named) < len(SMALL) else []


def told_of_cells(name: str, texts: Mapping[str, str]) -> list[str]:
    """What pages tell of a step's small cells: the dashboard, the dataset's page and the entry's."""
    out = "out_" + name.replace("-", "_")
    drawn = [text for where, text in texts.items() if where.endswith((f"/{out}.html", f"/p-{name}.html"))]
    found = [str(row) for text in drawn for row in small_rows(text)]
    return found + ([each for text in drawn for each in chosen(text)] if name in CHOOSING else [])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of all of them; of those that apply, tables are read once more for small cells."""
    folder = tmp_path_factory.mktemp("columns")
    made = outcomes(folder, ATTEMPTS)
    left = [each for each in ATTEMPTS if made[each.name].kind == KEPT]
    if left:
        cli = write(folder / "again", {name: text for each in left for name, text in each.files.items()})
        cli(*APPLY)
        texts = canaries.published(folder / "again")
        for each in left:
            if rows := told_of_cells(each.name, texts):
                made[each.name] = Outcome(TOLD, f"a small cell has {rows[:2]}")
    return made


@pytest.mark.parametrize("name", list(GROUPED))
def test_a_computed_column_tells_of_nobody(found: dict[str, Outcome], name: str) -> None:
    assert found[name].safe, str(found[name])


CELLS = {"cells": f"select region, disease, count(*) as n, avg(income) as mean {BY}"}
OVER_CELLS = {
    "negated": "{table: cells, columns: [region, disease, {column: n}], sort: n, title: All}",
    "listed": "{table: cells, title: All}",
    "largest": "{kpi: max(n), from: cells, title: All, format: text}",
    "least": "{kpi: min(n), from: cells, title: All, format: text}",
    "median": "{kpi: median(n), from: cells, title: All, format: text}",
    "cast": "{kpi: cast(sum(n) filter (where disease = 'HIV' and region = 'R1') as integer), "
    "from: cells, title: All, format: text}",
    "by-number": "{chart: bar, from: cells, x: count(*), y: n, title: All}",
    "histogram": "{chart: histogram, from: cells, x: n, title: All}",
    "joined": "{kpi: \"string_agg(cast(n as varchar), ',')\", from: cells, title: All}",
    "condition": "{kpi: count(*) filter (where n = 3), from: cells, title: All, format: text}",
    "mean": "{table: cells, columns: [region, disease, mean], title: All}",
    "box": "{chart: box, from: cells, x: disease, y: n, title: All}",
    "where": "{table: few, title: All}",
    "scatter": "{chart: scatter, from: cells, x: n, y: mean, title: All}",
}


def over_cells(name: str) -> Attempt:
    """A tile over cells that are counted in a step."""
    key = f"cells-{name}"
    cells = f"{key}_out".replace("-", "_")
    few = f", few: {{dataset: {cells}, where: 'n < 5'}}" if name == "where" else ""
    made = page(key, [OVER_CELLS[name]], datasets=f"{{cells: {cells}{few}}}")
    return Attempt(key, {**flow(f"f-{key}", {cells: CELLS["cells"]}), **made}, key)


OVER = [over_cells(name) for name in OVER_CELLS]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Outcome]]:
    """What became of tiles over cells."""
    folder = tmp_path_factory.mktemp("cells")
    return folder, outcomes(folder, OVER)


@pytest.mark.parametrize("name", [each.name for each in OVER])
def test_a_tile_over_cells_tells_of_no_small_one(shown: tuple[Path, dict[str, Outcome]], name: str) -> None:
    folder, found = shown
    assert found[name].safe, str(found[name])
    text = canaries.drawn(folder / "all", name)
    assert small_rows(text) == []
    if name in ("cells-largest", "cells-least", "cells-median", "cells-cast", "cells-condition"):
        assert not {1.0, 2.0, 3.0, 4.0} & set(reading.numbers(text))
