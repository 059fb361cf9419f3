"""Random worlds: people of a few columns, and pages that cut them, in several environments and releases."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.attacks.oracle import Cut, Population, Unit

Kind = Literal["rows", "units", "sum"]


@dataclass(frozen=True)
class Measure:
    """An aggregate as it is written, and what it is: a number of a cut, or a quotient of two."""

    sql: str
    parts: tuple[tuple[Kind, Cut], ...]
    format: str = "integer"

    @property
    def quotient(self) -> bool:
        """Whether it is one number divided by another."""
        return len(self.parts) == 2


@dataclass(frozen=True)
class Tile:
    """One tile of a page."""

    title: str
    form: Literal["kpi", "table", "bar", "cells"]
    by: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Page:
    """A dashboard over the people, or some of them."""

    name: str
    where: Cut
    step: bool
    """Whether a dataflow selects the people, or the page's own condition."""
    filter: str | None
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class World:
    """A dataset of people, and the pages of each release: an environment and which of the pages it has."""

    name: str
    floor: int
    population: Population
    pages: tuple[Page, ...]
    releases: tuple[tuple[str, tuple[int, ...]], ...]

    def csv(self) -> str:
        """The people as the file that is collected."""
        lines = [",".join(("pid", *self.population.names, "income"))]
        for i, unit in enumerate(self.population.units):
            lines += [",".join((f"{self.name}p{i}", *each, str(value))) for each, value in unit.rows]
        return "\n".join(lines) + "\n"

    def documents(self, release: int) -> dict[str, str]:
        """The files below `projects/p` of a release."""
        columns = "".join(f"  - {{name: {n}, type: string}}\n" for n in ("pid", *self.population.names))
        found = {
            f"datasets/{self.name}.yaml": (
                f"kind: Dataset\nname: {self.name}\nfrom: {{file: ../../../{self.name}.csv}}\n"
                f"sensitivity: restricted\nprotect: {{unit: pid, min_cell: {self.floor}}}\n"
                f"columns:\n{columns}  - {{name: income, type: integer}}\n"
            )
        }
        for i in self.releases[release][1]:
            found |= dict(_documents(self, self.pages[i]))
        return found


def sql_of(cut: Cut) -> str:
    """A cut as a condition."""
    parts = []
    for name, values in cut.values:
        listed = ", ".join(f"'{v}'" for v in sorted(values))
        parts.append(f"{name} in ({listed})" if len(values) > 1 else f"{name} = {listed}")
    return " and ".join(parts)


def _documents(world: World, page: Page) -> Iterator[tuple[str, str]]:
    """The dashboard, and a dataflow where the page has steps of its own."""
    steps, sources = [], {"d": world.name}
    if page.step:
        sources["d"] = f"{page.name}_some"
        steps.append((sources["d"], f"select * from people where {sql_of(page.where)}"))
    for i, tile in enumerate(page.tiles):
        if tile.form == "cells":
            sources[f"c{i}"] = f"{page.name}_c{i}"
            steps.append((sources[f"c{i}"], _cells_sql(tile, page)))
    if steps:
        listed = "".join(f"  - output: {o}\n    sql: {json.dumps(sql)}\n" for o, sql in steps)
        text = f"kind: Dataflow\nname: {page.name}_flow\ninputs: {{people: {world.name}}}\nsteps:\n{listed}"
        yield f"dataflows/{page.name}.yaml", text
    yield f"dashboards/{page.name}.yaml", _dashboard(page, sources)


def _cells_sql(tile: Tile, page: Page) -> str:
    keys = ", ".join(tile.by)
    measures = ", ".join(f"{m.sql} as m{k}" for k, m in enumerate(tile.measures))
    where = f" where {sql_of(page.where)}" if page.where.values else ""
    return f"select {keys}, {measures} from people{where} group by {keys}"


def _dashboard(page: Page, sources: dict[str, str]) -> str:
    where = json.dumps(sql_of(page.where))
    own = page.where.values and not page.step
    datasets = "".join(
        f"  {n}: {{dataset: {s}, where: {where}}}\n" if own and n == "d" else f"  {n}: {s}\n"
        for n, s in sources.items()
    )
    control = f"filters: [{{name: f, from: d, column: {page.filter}, type: select, applies_to: [d]}}]\n"
    rows = "".join(f"  - [{_tile(tile, f'c{i}')}]\n" for i, tile in enumerate(page.tiles))
    return (
        f"kind: Dashboard\nname: {page.name}\ntitle: {page.name}\ndatasets:\n{datasets}"
        f"{control if page.filter else ''}rows:\n{rows}"
    )


def _tile(tile: Tile, cells: str) -> str:
    head = f"title: {tile.title}"
    first = tile.measures[0]
    match tile.form:
        case "kpi":
            return f"{{kpi: {json.dumps(first.sql)}, from: d, {head}, format: {first.format}}}"
        case "bar":
            return f"{{chart: bar, from: d, y: {tile.by[0]}, x: {json.dumps(first.sql)}, {head}}}"
        case "cells":
            columns = [*tile.by, *(f"m{k}" for k in range(len(tile.measures)))]
            return f"{{table: {cells}, columns: {json.dumps(columns)}, {head}, page_size: 500}}"
        case "table":
            columns = [*tile.by, *(m.sql for m in tile.measures)]
            return f"{{table: d, columns: {json.dumps(columns)}, {head}, page_size: 500}}"


def world(name: str, seed: int, *, floor: int | None = None) -> World:
    """A world by its seed alone."""
    rng = random.Random(seed)
    several = rng.random() < 0.25
    sizes = [rng.randint(2, 3), rng.randint(2, 3)] if several else [rng.randint(2, 4) for _ in "ab"]
    if not several and rng.random() < 0.6:
        sizes.append(2)
    names = tuple("abc"[: len(sizes)])
    domains = tuple(tuple(f"{n}{i}" for i in range(size)) for n, size in zip(names, sizes, strict=True))
    population = Population(names, domains, tuple(_units(rng, domains, several)))
    pages = tuple(_page(rng, f"{name}_{i}", population) for i in range(4))
    releases = (("prod", (0, 1)), ("pr-1", (0, 2)), ("prod", (1, 2, 3)))
    return World(name, floor or rng.choice((3, 5)), population, pages, releases)


def _units(rng: random.Random, domains: Iterable[tuple[str, ...]], several: bool) -> Iterator[Unit]:
    weights = [[rng.random() ** 2 + 0.05 for _ in domain] for domain in domains]
    for _ in range(rng.randint(25, 70)):
        rows = []
        for _ in range(rng.randint(1, 2) if several else 1):
            each = tuple(rng.choices(d, w)[0] for d, w in zip(domains, weights, strict=True))
            rows.append((each, rng.randint(1000, 99999)))
        yield Unit(tuple(rows))


def _page(rng: random.Random, name: str, population: Population) -> Page:
    where, step = Cut(), False
    if rng.random() < 0.4:
        where, step = _some(rng, population), rng.random() < 0.5
    control = rng.choice(population.names) if rng.random() < 0.35 else None
    tiles = tuple(_random_tile(rng, f"T{i}", population) for i in range(rng.randint(1, 3)))
    return Page(name, where, step, control, tiles)


def _some(rng: random.Random, population: Population) -> Cut:
    """Some of the values of a column, one or all but one."""
    i = rng.randrange(len(population.names))
    domain = population.domains[i]
    one = rng.choice(domain)
    return Cut.of(**{population.names[i]: one if rng.random() < 0.5 else [v for v in domain if v != one]})


def _random_tile(rng: random.Random, title: str, population: Population) -> Tile:
    form: Literal["kpi", "table", "bar", "cells"] = rng.choice(("kpi", "table", "table", "bar", "cells"))
    number = {"kpi": 0, "bar": 1}.get(form, rng.randint(1, 2))
    by = tuple(sorted(rng.sample(population.names, number)))
    if form == "kpi":
        return Tile(title, form, by, (rng.choice(_measures(rng, population)),))
    if form == "bar":
        return Tile(title, form, by, (rng.choice(_measures(rng, population)[:2]),))
    several = rng.sample(_measures(rng, population), rng.randint(1, 3))
    return Tile(title, form, by, tuple(sorted(several, key=lambda m: m.sql)))


def _measures(rng: random.Random, population: Population) -> list[Measure]:
    some = _some(rng, population)
    everybody = Cut()
    few = f"count(*) filter (where {sql_of(some)})"
    return [
        Measure("count(*)", (("rows", everybody),)),
        Measure("count(distinct pid)", (("units", everybody),)),
        Measure("sum(income)", (("sum", everybody),)),
        Measure("avg(income)", (("sum", everybody), ("rows", everybody)), "dec2"),
        Measure(few, (("rows", some),)),
        Measure(f"{few} / count(*)", (("rows", some), ("rows", everybody)), "pct1"),
    ]
