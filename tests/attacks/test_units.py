"""The third door: a step says that units are something else, multiplies them, or forgets them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.attacks import canaries, reading
from tests.attacks.attempts import APPLY, Attempt, Outcome, later, outcomes
from tests.attacks.spaces import FEWER, GONE, PEOPLE, entry, flow, page, write

pytestmark = pytest.mark.slow

EVERYTHING = "pid, region, disease, income"
NOT_GONE = "pid not in (" + ", ".join(f"'{person.pid}'" for person in GONE) + ")"
COUNTED = "{{table: {out}, columns: [region, disease, count(*)], title: All}}"
REDECLARED: Mapping[str, tuple[str, str]] = {
    "multiplied": (
        f"select {EVERYTHING}, pid || '-' || g as uid from people, range(5) t(g)",
        "{unit: uid, min_cell: 5}",
    ),
    "multiplied-by-unnest": (
        f"select {EVERYTHING}, pid || unnest([1, 2, 3, 4, 5]) as uid from people",
        "{unit: uid, min_cell: 5}",
    ),
    "multiplied-by-union": (
        " union all ".join(f"select {EVERYTHING}, pid || '{i}' as uid from people" for i in range(5)),
        "{unit: uid, min_cell: 5}",
    ),
    "same-column-rewritten": (
        "select pid || '-' || g as pid, region, disease from people, range(5) t(g)",
        "{unit: pid, min_cell: 5}",
    ),
    "hashed": (
        "select md5(pid || g) as pid, region, disease from people, range(5) t(g)",
        "{unit: pid, min_cell: 5}",
    ),
    "row-number": (
        f"select {EVERYTHING}, row_number() over () as uid from people, range(5)",
        "{unit: uid, min_cell: 5}",
    ),
    "random": (f"select {EVERYTHING}, uuid() as uid from people, range(5)", "{unit: uid, min_cell: 5}"),
    "finer": (
        f"select {EVERYTHING}, fullname || g as uid from people, range(5) t(g)",
        "{unit: uid, min_cell: 5}",
    ),
    "income": (f"select {EVERYTHING} from people", "{unit: income, min_cell: 5}"),
    "lower-floor": (f"select {EVERYTHING} from people", "{unit: pid, min_cell: 1}"),
    "floor-of-two": (f"select {EVERYTHING} from people", "{unit: pid, min_cell: 2}"),
    "no-unit": (f"select {EVERYTHING} from people", "{min_cell: 1}"),
    "no-complement": (f"select {EVERYTHING} from people", "{unit: pid, min_cell: 5, complementary: false}"),
    "rows-of-a-join": (
        "select p.pid || q.pid as uid, p.region, p.disease from people p join people q on p.region = "
        "q.region",
        "{unit: uid, min_cell: 5}",
    ),
    "pairs": (
        "select p.region, p.disease, q.pid from people p join people q on p.sex = q.sex",
        "{unit: pid, min_cell: 5}",
    ),
    "constant": (f"select {EVERYTHING}, 'x' as uid from people", "{unit: uid, min_cell: 1}"),
    "null": (f"select {EVERYTHING}, null::varchar as uid from people", "{unit: uid, min_cell: 1}"),
    "coarser": (f"select {EVERYTHING} from people", "{unit: region, min_cell: 1}"),
    "shifted": (
        "select lead(pid) over (order by region) as pid, region, disease from people",
        "{unit: pid, min_cell: 5}",
    ),
    "names-for-numbers": (
        "select fullname as pid, region, disease from people union all select pid, region, disease from "
        "people "
        "union all select birth::varchar, region, disease from people",
        "{unit: pid, min_cell: 5}",
    ),
    "generated": (
        "select g::varchar as pid, region, disease from people, range(100) t(g)",
        "{unit: pid, min_cell: 5}",
    ),
}
INHERITED = {
    "join-that-multiplies": "select p.pid, p.region, p.disease from people p, range(5)",
    "without-the-unit": "select p.region, p.disease from people p, range(5)",
    "unnested": "select region, disease, unnest([1, 2, 3, 4, 5]) as g from people",
    "self-join": "select p.region, p.disease from people p join people q on p.region = q.region",
    "union": " union all ".join(["select region, disease from people"] * 5),
    "cross": "select p.region, p.disease, r.zone from people p, regions r, range(3)",
    "repeated": "select * exclude (pid, fullname) from (from people union all from people union all "
    "from people)",
    "sampled-with-copies": "select region, disease from people, (from range(6)) using sample 100 "
    "percent (bernoulli)",
    "counted-and-spread": "select region, disease, unnest(range(5 * n)) as g from "
    "(select region, disease, count(*) as n from people group by all)",
    "spread-of-rows": "select region, disease, unnest(repeat([1], 5)) as g from people",
}
INPUTS = "{people: people, regions: regions}"
SMALL = (2.0, 3.0, 4.0, 10.0, 15.0, 20.0)
"""The true small counts, and five times as many; large cells have none of these numbers of people."""


def attempt(name: str, sql: str, protect: str | None) -> Attempt:
    """A step and a page that counts what it makes by region and disease."""
    out = "u_" + name.replace("-", "_")
    more = f"    protect: {protect}\n" if protect else ""
    made = page(f"p-{name}", [COUNTED.format(out=out)], datasets=f"{{{out}: {out}}}")
    return Attempt(name, {**flow(f"f-{name}", {out: sql}, INPUTS, more), **made, **entry(out)}, f"p-{name}")


ATTEMPTS = [attempt(name, sql, protect) for name, (sql, protect) in REDECLARED.items()]
ATTEMPTS += [attempt(name, sql, None) for name, sql in INHERITED.items()]


def small_cells(text: str) -> list[str]:
    """Rows that say a number of people with HIV in a region."""
    rows = [row for tile in reading.tiles(text) for table in tile.tables for row in table if "HIV" in row]
    return [str(row) for row in rows if set(row) & {"R1", "R3", "R4"} and any(cell.isdigit() for cell in row)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of all of them; small cells of each that applies are looked for in its own space."""
    folder = tmp_path_factory.mktemp("units")
    made = outcomes(folder, ATTEMPTS)
    for each in ATTEMPTS:
        if made[each.name].kind == "kept" and (rows := _small_alone(folder / "again", each)):
            made[each.name] = Outcome("told", f"small cells {rows}")
    return made


def _small_alone(folder: Path, each: Attempt) -> list[str]:
    """Small cells that are told when the attempt is alone."""
    write(folder / each.name, each.files)(*APPLY)
    texts = canaries.published(folder / each.name)
    return [row for where, text in texts.items() if where.endswith(".html") for row in small_cells(text)]


@pytest.mark.parametrize("name", [each.name for each in ATTEMPTS])
def test_units_stay_what_they_are(found: dict[str, Outcome], name: str) -> None:
    assert found[name].safe, str(found[name])


DROPPED = {
    "left-out": f"select region, disease from people where {NOT_GONE}",
    "excluded": f"select * exclude (pid, fullname, birth) from people where {NOT_GONE}",
    "other-name": f"select region as pid, disease from people where {NOT_GONE}",
    "nulled": f"select null::varchar as pid, region from people where {NOT_GONE}",
    "constant": f"select 'x' as pid, region from people where {NOT_GONE}",
    "one-column": f"select 1 as one from people where {NOT_GONE}",
    "distinct-on": f"select distinct on (fullname) region from people where {NOT_GONE}",
    "numbered": f"select row_number() over () as i from people where {NOT_GONE}",
    "windowed": f"select region, count(*) over (partition by region) as n from people where {NOT_GONE}",
    "ordered": f"select region from people where {NOT_GONE} order by region limit 1000",
    "anti-join": f"select region from people p anti join (from people where not ({NOT_GONE})) q on "
    f"p.pid = q.pid",
    "except": f"select pid, region from people except select pid, region from people where not ({NOT_GONE})",
    "of-cells": f"select n from (select fullname, count(*) as n from people where {NOT_GONE} group by "
    f"fullname)",
    "left-join": f"select p.region from (from people where {NOT_GONE}) p left join regions r on "
    f"p.region = r.code",
    "not-hiv-in-r1": "select region from people where not (region = 'R1' and disease = 'HIV')",
}


def dropped(name: str) -> Attempt:
    """All people but three as rows of a step without the unit: on a page and in the catalogue."""
    out = "d_" + name.replace("-", "_")
    made = page(f"p-{name}", [f"{{kpi: count(*), from: {out}, title: Others}}"], datasets=f"{{{out}: {out}}}")
    files = {**flow(f"f-{name}", {out: DROPPED[name]}, INPUTS), **made, **entry(out)}
    return Attempt(name, files, f"p-{name}", (float(len(FEWER)),))


@pytest.fixture(scope="module")
def forgotten(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What becomes of steps without a unit once the number of all people is told."""
    first = page("first", ["{kpi: count(*), from: people, title: All}"])
    return later(tmp_path_factory.mktemp("forgotten"), first, [dropped(name) for name in DROPPED])


@pytest.mark.parametrize("name", list(DROPPED))
def test_a_set_without_its_unit_is_a_set_of_units_still(forgotten: dict[str, Outcome], name: str) -> None:
    assert forgotten[name].safe, str(forgotten[name])


def test_the_base_is_what_these_tests_think() -> None:
    """Large cells have other numbers of people than small ones, alone and five times over."""
    cells = [(p.region, p.disease) for p in PEOPLE]
    large = {float(cells.count(cell)) for cell in set(cells) if cell[1] != "HIV"}
    assert not large & set(SMALL)
