"""The fourth door: categories, bins, points and options of few people, whose number alone is hidden."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks import canaries, reading
from tests.attacks.attempts import APPLY, KEPT, TOLD, Attempt, Outcome, outcomes
from tests.attacks.spaces import FLOOR, PEOPLE, page, write

pytestmark = pytest.mark.slow

AXES = {
    "histogram-of-income": "{chart: histogram, from: people, x: income, title: All}",
    "histogram-of-birth": "{chart: histogram, from: people, x: birth, title: All}",
    "table-by-birth": "{table: people, columns: [birth, count(*)], title: All}",
    "table-by-income": "{table: people, columns: [income, count(*)], title: All}",
    "table-by-name": "{table: people, columns: [fullname, count(*)], title: All}",
    "table-by-unit": "{table: people, columns: [pid, sum(income)], title: All}",
    "table-by-town": "{table: people, columns: [town, count(*)], title: All}",
    "table-of-all": "{table: people, title: All}",
    "table-of-columns": "{table: people, columns: [birth, sex, region, disease], title: All}",
    "table-by-four": "{table: people, columns: [birth, sex, region, disease, count(*)], title: All}",
    "bar-by-birth": "{chart: bar, from: people, x: count(*), y: birth, title: All}",
    "line-by-birth": "{chart: line, from: people, x: birth, y: count(*), title: All}",
    "line-of-towns": "{chart: line, from: people, x: visited, y: count(*), series: town, title: All}",
    "facets": "{chart: bar, from: people, x: count(*), y: sex, facet: {by: town, columns: 3}, title: All}",
    "pie-by-birth": "{chart: pie, from: people, x: birth, value: count(*), title: All}",
    "pie-by-town": "{chart: pie, from: people, x: town, value: count(*), title: All}",
    "treemap": "{chart: treemap, from: people, x: fullname, value: sum(income), title: All}",
    "heatmap": "{chart: heatmap, from: people, x: town, y: birth, title: All}",
    "scatter": "{chart: scatter, from: people, x: birth, y: income, title: All}",
    "scatter-by-name": "{chart: scatter, from: people, x: fullname, y: sum(income), title: All}",
    "dot": "{chart: dot, from: people, x: income, y: town, title: All}",
    "box": "{chart: box, from: people, x: sex, y: income, title: All}",
    "range": '{chart: range, from: people, x: sex, y: ["min(income)", "max(income)"], title: All}',
    "pivot": "{table: people, pivot: {rows: [birth], columns: [town], values: [count(*)]}, title: All}",
    "points": "{map: points, from: people, lat: income, lon: income, title: All}",
    "vega": "{vega_lite: {mark: point, encoding: {x: {field: birth, type: temporal}, y: {field: income, "
    "type: "
    "quantitative}}}, from: people, title: All}",
    "text-of-the-least": '{text: "From {{ min(people.birth) }} to {{ max(people.income) }}."}',
    "spark": "{kpi: count(*), from: people, title: All, spark: {from: people, x: birth, y: count(*)}}",
    "searched": "{table: people, columns: [fullname, birth, income], search: true, title: All}",
}
SOMEBODY = PEOPLE[5].fullname
KPI = "{kpi: count(*), from: people, title: All}"
FILTERS = {
    "select-birth": "{name: f, from: people, column: birth, type: select}",
    "select-town": "{name: f, from: people, column: town, type: select}",
    "multiselect-town": "{name: f, from: people, column: town, type: multiselect}",
    "select-income": "{name: f, from: people, column: income, type: select}",
    "multiselect-name": "{name: f, from: people, column: fullname, type: multiselect}",
    "select-unit": "{name: f, from: people, column: pid, type: select}",
    "slider-income": "{name: f, from: people, column: income, type: slider}",
    "range-birth": "{name: f, from: people, column: birth, type: date_range}",
    "slider-birth": "{name: f, from: people, column: birth, type: slider}",
    "range-visited": "{name: f, from: people, column: visited, type: date_range}",
    "search-name": "{name: f, from: people, column: fullname, type: search}",
    "search-town": "{name: f, from: people, column: town, type: search}",
    "town-within-birth": "{name: g, from: people, column: birth, type: select}, "
    "{name: f, from: people, column: town, type: select, depends_on: g}",
    "default-of-one": f"{{name: f, from: people, column: fullname, type: select, default: {SOMEBODY}}}",
}
AS_OF = {
    "as-of-birth": ("as_of: people.birth\n", KPI),
    "as-of-birth-in-a-text": ("as_of: people.birth\n", '{text: "{{ as_of | date }}"}'),
    "stale-after-birth": ("as_of: people.birth\nstale_after: 36h\n", KPI),
    "each-town": ("each: {town: [Aber, Ysmarsh]}\n", KPI),
}
YOUNGEST = max(person.birth for person in PEOPLE)


def attempts() -> Iterator[Attempt]:
    """Each tile, each filter and each date on a page of its own."""
    for name, tile in AXES.items():
        yield Attempt(name, page(name, [tile]), name)
    for name, text in FILTERS.items():
        yield Attempt(name, page(name, [KPI], more=f"filters: [{text}]\n"), name)
    for name, (more, tile) in AS_OF.items():
        yield Attempt(name, page(name, [tile], more=more), name)


ATTEMPTS = list(attempts())


def _days(text: str) -> set[str]:
    """The days of visits that a page's data or tables name."""
    days = {person.visited.isoformat() for person in PEOPLE}
    return {day for day in days if day in text}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of all of them."""
    folder = tmp_path_factory.mktemp("axes")
    made = outcomes(folder, ATTEMPTS)
    for name in ("range-visited", "line-of-towns"):
        days = _days(canaries.drawn(folder / "all", name))
        if days and made[name].kind == KEPT:
            made[name] = Outcome(TOLD, f"days on which fewer than five came: {sorted(days)[:3]}")
    return made


@pytest.mark.parametrize("name", [each.name for each in ATTEMPTS])
def test_a_category_of_a_few_people_is_in_no_byte(found: dict[str, Outcome], name: str) -> None:
    assert found[name].safe, str(found[name])


CROSSES = {
    "two": ("region", "disease"),
    "sexes": ("sex", "disease"),
    "three": ("sex", "region", "disease"),
    "towns": ("town", "sex"),
    "all-four": ("town", "sex", "region", "disease"),
}
FORMS: dict[str, Callable[[tuple[str, ...]], str]] = {
    "table": lambda by: f"{{table: people, columns: [{', '.join(by)}, count(*)], title: All}}",
    "sums": lambda by: f"{{table: people, columns: [{', '.join(by)}, sum(income)], title: All}}",
    "means": lambda by: f"{{table: people, columns: [{', '.join(by)}, avg(income)], title: All}}",
}


def rows_and_points(text: str) -> Iterator[list[str]]:
    """Every row of a table and every combination in the script's data, as texts."""
    for tile in reading.tiles(text):
        for table in tile.tables:
            yield from table
    for cube in (cube for data in reading.script_data(text) for cube in reading.cubes(data)):
        for name in ("g", "p"):
            columns = [reading.column(part) for part in cube[name]]
            yield from ([str(v) for v in row] for row in zip(*columns, strict=True)) if columns else ()


def few(by: tuple[str, ...], text: str) -> list[tuple[str, ...]]:
    """Combinations of fewer people than the floor that the page names: one would be enough to look for them.

    A withheld value keeps its place where what is left of its name is about enough people whichever of its
    keys is left out. A grid that names all combinations alike, empty ones too, tells nothing by naming them.
    """
    cells = Counter(tuple(str(getattr(person, name)) for name in by) for person in PEOPLE)
    grid = itertools.product(*({cell[i] for cell in cells} for i in range(len(by))))
    rows = [set(row) for row in rows_and_points(text)]
    named = {cell: any(set(cell) <= row for row in rows) for cell in grid}
    if all(named.values()):
        return []
    return [c for c in named if named[c] and 0 < cells[c] < FLOOR and not _of_large_names(c, cells)]


def _of_large_names(cell: tuple[str, ...], cells: Counter[tuple[str, ...]]) -> bool:
    """Whether enough people share a combination but for one key, whichever that is."""

    def sharing(left_out: int) -> int:
        same = (n for c, n in cells.items() if all(c[i] == cell[i] for i in range(len(c)) if i != left_out))
        return sum(same)

    return all(sharing(i) >= FLOOR for i in range(len(cell)))


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One space with a page for each cross in each form."""
    folder = tmp_path_factory.mktemp("crosses")
    files: dict[str, str] = {}
    for form, tile in FORMS.items():
        for name, by in CROSSES.items():
            files |= page(f"{form}-{name}", [tile(by)])
    done = write(folder, files)(*APPLY)
    assert done.returncode == 0, done.stderr[-800:]
    return folder


@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("name", list(CROSSES))
def test_a_combination_of_a_few_people_is_not_named(crossed: Path, form: str, name: str) -> None:
    assert few(CROSSES[name], canaries.drawn(crossed, f"{form}-{name}")) == []


@pytest.mark.parametrize("name", ["three", "towns"])
def test_a_filter_offers_no_combination_of_a_few_people(tmp_path: Path, name: str) -> None:
    filters = ", ".join(f"{{name: {c}, from: people, column: {c}, type: select}}" for c in CROSSES[name])
    done = write(tmp_path, page("filtered", [KPI], more=f"filters: [{filters}]\n"))(*APPLY)
    assert done.returncode == 0, done.stderr[-800:]
    text = canaries.drawn(tmp_path, "filtered")
    assert few(CROSSES[name], text) == []
    assert canaries.in_text(text) == []
    assert json.dumps(YOUNGEST.isoformat()) not in text
