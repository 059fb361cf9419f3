"""What all pages show of some people's data: every table, gathered before any is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.core.pages.expressions import quoted
from engine.core.pages.ledger import TableName
from engine.core.pages.protection import rows_sql
from engine.core.pages.questions import Cut, Told, all_cuts, questions
from engine.core.pages.release import Row
from engine.core.pages.released import Wanted, by_key, dominated_sql
from engine.core.pages.selection import first_choice
from engine.core.pages.texts import filled
from engine.core.pages.walk import acts_on, page_dataset, types_of
from engine.core.provenance import Figure, Provenance
from engine.core.space import Resource
from engine.model.dashboard import Dashboard
from engine.usecases.page_bins import steps_of
from engine.usecases.page_doors import Door
from engine.usecases.page_families import Family
from engine.usecases.page_views import Views, day_of, each


@dataclass(frozen=True)
class Showing:
    """One page's part in a release: a table, and the smallest cell that page may show."""

    page: Resource[Dashboard]
    wanted: Wanted
    door: Door

    @property
    def floor(self) -> int:
        """The smallest cell that page may show."""
        return self.door.floor


def of_cells(door: Door) -> bool:
    """Whether a dataset's rows are cells whose units are known."""
    return isinstance(door.origin, Provenance) and door.origin.grouped


def showings(views: Views, family: Family) -> Iterator[Showing]:
    """Every table of every page that is cut from these people's data."""
    for page in sorted(views.published.space.of(Dashboard), key=lambda page: page.address):
        doors = {n: d for n, d in views.counted(page).items() if d.floor and views.family(d) == family}
        asked = list(_asked(views, page)) if doors else []
        for name, cuts in asked:
            if name in doors and not of_cells(doors[name]):
                for told in cuts:
                    yield Showing(page, _wanted(views, doors[name], told), doors[name])
        for name in sorted(doors.keys() & {name for name, _ in asked}):
            for wanted in _tables(views, doors[name]):
                yield Showing(page, wanted, doors[name])


def previews(views: Views, family: Family) -> Iterator[tuple[Wanted, Door]]:
    """The datasets of cells that count these units: their first rows are shown where they are described."""
    for door in views.described.get(family, ()):
        for wanted in _tables(views, door):
            yield wanted, door


def totals(views: Views, family: Family) -> Iterator[tuple[Wanted, Door]]:
    """The numbers of all rows of the datasets that hold these units: told where those are described."""
    for door in views.described.get(family, ()):
        table = views.total(door)
        if table is not None:
            yield Wanted(table), door


def _wanted(views: Views, door: Door, told: Told) -> Wanted:
    """A table of a page over a dataset of units."""
    table = views.table(door, told)
    assert table is not None, "a family's datasets have sources"
    return Wanted(table, sensitive=_dominated(views, door, table, told.added) if told.added else frozenset())


def _tables(views: Views, door: Door) -> Iterator[Wanted]:
    """The table that a dataset of cells is, and that of its numbers of units where it has any."""
    table = views.cells(door)
    if table is not None:
        wanted = _rows(views, door, table)
        yield wanted
        for told in figure_tables(door):
            yield Wanted(replace(table, cut=told.cut, figure=told.figure))


def figure_tables(door: Door) -> tuple[Told, ...]:
    """What the figures of a dataset of cells are about, each by itself: rows where its argument is there."""
    assert isinstance(door.origin, Provenance), "cells are followed"
    keys = tuple(map(quoted, door.origin.columns))
    found = {
        told: None
        for _, figure in sorted(door.origin.figures.items())
        for aggregate in figure.aggregates
        for told in _tables_of(aggregate, keys)
    }
    return tuple(told for told in found if told != Told(Cut((), keys), "units"))


def _tables_of(figure: Figure, keys: tuple[str, ...]) -> Iterator[Told]:
    """The tables that an aggregate tells of; an average is a sum by the number of what is added up."""
    argument = figure.argument
    there = f"({argument}) IS NOT NULL"
    if figure.form in ("count", "distinct", "avg"):
        yield Told(Cut((there,) if argument else (), keys), "units" if figure.form == "distinct" else "rows")
    if figure.form in ("sum", "avg"):
        yield Told(Cut((f"{there} AND ({argument}) <> 0",), keys), f"sum {argument}")


def _dominated(views: Views, door: Door, table: TableName, added: str) -> frozenset[Row]:
    """Cells whose sum a few contribute too much to."""
    source = views.source(door)
    if door.held.dominance is None or source is None:
        return frozenset()
    sql = dominated_sql(source.sql, table.cut, added, door.held.dominance)
    return frozenset(by_key(views.bench.warehouse.fetch(sql, source.tables).rows))


def _rows(views: Views, door: Door, table: TableName) -> Wanted:
    """A dataset of cells: the rows it has, and those that its own counts say are small."""
    origin = door.origin
    assert isinstance(origin, Provenance), "cells are followed"
    sql, counts = rows_sql(door.dataset, views.published.compiled, origin)
    units = by_key(views.asking.fetch(views.clear(door.dataset.address), sql).rows)
    least = int(door.held.zeros_shown)
    small = frozenset(key for key, n in units.items() if counts and least <= n < door.floor)
    every = {a for f in origin.figures.values() for a in f.aggregates}
    added = sorted({a.argument for a in every if a.form in ("sum", "avg")})
    sums = (_dominated(views, door, table, argument) for argument in added)
    return Wanted(table, frozenset(units), small.union(*sums))


def _asked(views: Views, page: Resource[Dashboard]) -> Iterator[tuple[str, tuple[Told, ...]]]:
    """The tables of each question of a page, on all its sheets, with the dataset's name in the page."""
    spec, doors = page.spec, views.counted(page)
    datasets = {name: door.dataset for name, door in doors.items()}
    types = {name: types_of(dataset) for name, dataset in datasets.items()}
    filters = {n: {f.name: f for f in spec.filters if n in acts_on(f, datasets)} for n in doors}
    chosen = {f.name: first_choice(f, day_of(views.as_of(page))) for f in spec.filters}
    steps = steps_of(views, spec, doors)
    for parameters in each(spec):
        for asked in questions(spec, types, filters, chosen, parameters, steps):
            name = asked.query.dataset
            where = page_dataset(spec.datasets[name]).where
            text = "" if where is None else filled(where, parameters)
            yield name, tuple(all_cuts(asked, filters[name], text))
