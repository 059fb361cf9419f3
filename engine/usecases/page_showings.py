"""What all pages show of one dataset of units: every table, gathered before any is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.pages.origins import Origin, over_base
from engine.core.pages.protection import rows_sql
from engine.core.pages.questions import Cut, all_cuts, cut, questions
from engine.core.pages.release import Row
from engine.core.pages.released import Wanted, by_key, dominated_sql
from engine.core.pages.selection import first_choice
from engine.core.pages.texts import filled
from engine.core.pages.walk import acts_on, page_dataset, types_of
from engine.core.space import Resource
from engine.model.dashboard import Dashboard
from engine.usecases.page_doors import Door
from engine.usecases.page_views import Base, Views, day_of, each


@dataclass(frozen=True)
class Showing:
    """One page's part in a release: a table, and the smallest cell that page may show."""

    page: Resource[Dashboard]
    wanted: Wanted
    floor: int
    zeros_shown: bool


def showings(views: Views, base: Base) -> Iterator[Showing]:
    """Every table of every page that is cut from these units."""
    for page in sorted(views.published.space.of(Dashboard), key=lambda page: page.address):
        doors = {n: d for n, d in views.doors(page).items() if d.floor and views.base(d)[0] == base}
        asked = list(_asked(views, page)) if doors else []
        for name, cuts in asked:
            if name in doors and doors[name].dataset.unit is not None:
                found = (_wanted(views, base, doors[name], c, added) for c, added in cuts)
                yield from (_showing(page, doors[name], wanted) for wanted in found if wanted is not None)
        for name in sorted(doors.keys() & {name for name, _ in asked}):
            table = views.cells(doors[name])
            if table is not None and doors[name].dataset.unit is None:
                yield _showing(page, doors[name], _rows(views, base, doors[name], table))


def previews(views: Views, base: Base) -> Iterator[Wanted]:
    """The datasets of cells that count these units: their first rows are shown where they are described."""
    for door in views.described.get(base, ()):
        table = None if door.dataset.unit is not None else views.cells(door)
        if table is not None:
            yield _rows(views, base, door, table)


def totals(views: Views, base: Base) -> Iterator[Wanted]:
    """The numbers of all rows of the datasets that hold these units: told where those are described."""
    for door in views.described.get(base, ()):
        table = views.total(door)
        if table is not None:
            yield Wanted(table)


def _showing(page: Resource[Dashboard], door: Door, wanted: Wanted) -> Showing:
    return Showing(page, wanted, door.floor, door.held.zeros_shown)


def _wanted(views: Views, base: Base, door: Door, asked: Cut, added: str) -> Wanted | None:
    """A table of a page over a dataset of units, `added` being what its cells add up (or empty)."""
    origin = views.base(door)[1]
    table = over(asked, origin)
    argument = over_base(added, origin) if added else None
    if table is None or argument is None:
        return None if table is None else Wanted(table)
    return Wanted(table, sensitive=_dominated(views, base, door, table, argument))


def _dominated(views: Views, base: Base, door: Door, table: Cut, added: str) -> frozenset[Row]:
    """Cells whose sum a few contribute too much to."""
    unit = views.published.compiled[base.dataset].unit
    if door.held.dominance is None or unit is None:
        return frozenset()
    sql = dominated_sql(table, unit, added, door.held.dominance)
    return frozenset(by_key(views.asking.fetch(base.path, sql).rows))


def _rows(views: Views, base: Base, door: Door, table: Cut) -> Wanted:
    """A dataset of cells: the rows it has, and those that its own counts say are small."""
    assert door.origin is not None
    sql, counts = rows_sql(door.dataset, views.published.compiled, door.origin)
    units = by_key(views.asking.fetch(views.clear(door.dataset.address), sql).rows)
    least = int(door.held.zeros_shown)
    small = frozenset(key for key, n in units.items() if counts and least <= n < door.floor)
    sums = (_dominated(views, base, door, table, added) for added in door.origin.sums.values())
    return Wanted(table, frozenset(units), small.union(*sums))


def _asked(views: Views, page: Resource[Dashboard]) -> Iterator[tuple[str, tuple[tuple[Cut, str], ...]]]:
    """The tables of each question of a page, on all its sheets, with the dataset's name in the page."""
    spec, doors = page.spec, views.doors(page)
    datasets = {name: door.dataset for name, door in doors.items()}
    types = {name: types_of(dataset) for name, dataset in datasets.items()}
    filters = {n: {f.name: f for f in spec.filters if n in acts_on(f, datasets)} for n in doors}
    chosen = {f.name: first_choice(f, day_of(views.as_of(page))) for f in spec.filters}
    for parameters in each(spec):
        for asked in questions(spec, types, filters, chosen, parameters):
            name = asked.query.dataset
            where = page_dataset(spec.datasets[name]).where
            text = "" if where is None else filled(where, parameters)
            yield name, tuple(all_cuts(asked, filters[name], text))


def over(asked: Cut, origin: Origin) -> Cut | None:
    """A table over a dataset's columns as one over its base's."""
    texts = [over_base(text, origin) for text in (*asked.conditions, *asked.keys)]
    found = [text for text in texts if text is not None]
    if len(found) < len(texts):
        return None
    count = len(asked.conditions)
    return cut((origin.condition, *found[:count]), found[count:])
