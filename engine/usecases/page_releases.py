"""Releases: what all pages show of some people's data, worked out together before any page is drawn."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.addresses import Address
from engine.core.disclosure.rules import Rules
from engine.core.fingerprint import digest
from engine.core.pages.answers import AllBut, plain
from engine.core.pages.expressions import QUANTILE_FLOORS
from engine.core.pages.ledger import ReleasedTable, TableName, ledger_text, together
from engine.core.pages.protection import (
    counting_columns,
    describing_columns,
    guard_of,
    one_of,
    rows_guard,
    rows_sql,
)
from engine.core.pages.questions import Cut, Told
from engine.core.pages.release import Row
from engine.core.pages.released import Wanted
from engine.core.pages.sql import Guard, enough_sql
from engine.core.provenance import Provenance
from engine.core.space import Resource
from engine.core.state import Released
from engine.model.dashboard import Dashboard
from engine.model.project import Project
from engine.usecases.page_doors import Door
from engine.usecases.page_families import Family
from engine.usecases.page_showings import Showing, figure_tables, of_cells, previews, showings, totals
from engine.usecases.page_views import Views
from engine.usecases.release_audit import AUDIT, Auditor, Tables


@dataclass
class Releases(Views):
    """The releases that one reader's pages draw from; each is worked out on first need.

    They hold every page of the space, also those that this reader may not read, as its operator sees
    them: so nobody who reads more pages, or lends a friend theirs, can work out more.
    """

    _found: dict[Family, Tables] = field(default_factory=dict)
    _listed: dict[Family, list[tuple[str, str]]] = field(default_factory=dict)

    @cached_property
    def _auditor(self) -> Auditor:
        return Auditor(self)

    def released(self, door: Door, asked: Told) -> ReleasedTable | None:
        """What became of a table of a dataset of units; None when it was not foreseen."""
        family, name = self.family(door), self.table(door, asked)
        return None if family is None or name is None else self._release(family).get(name)

    def hidden(self, door: Door, asked: Told) -> Container[Row] | None:
        """The withheld cells of a table of a dataset of units; None (all) when it was not foreseen."""
        table = self.released(door, asked)
        if table is None:
            return None
        return (
            frozenset(table.withheld)
            if door.held.zeros_shown
            else AllBut(table.shown - table.withheld.keys())
        )

    def unnamed(self, door: Door, asked: Cut) -> frozenset[Row]:
        """The cells of a table whose very names are about too few people."""
        table = self.released(door, Told(asked, "names"))
        return frozenset() if table is None else table.unnamed

    def hidden_rows(self, door: Door) -> frozenset[Row] | None:
        """The withheld rows of a dataset of cells, by its keys; None when its cells' units are not known."""
        table = self._of_cells(door)
        if table is None:
            return None
        own = (self.released(door, told) for told in figure_tables(door))
        return frozenset(table.withheld).union(*(of.withheld for of in own if of is not None))

    def unnamed_rows(self, door: Door) -> frozenset[Row]:
        """The rows of a dataset of cells whose very keys are about too few people.

        Where cells were chosen by their figures, that one is there tells of its figure.
        """
        table = self._of_cells(door)
        if table is None:
            return frozenset()
        chosen = isinstance(door.origin, Provenance) and not door.origin.whole
        return frozenset(table.withheld) if chosen else table.unnamed

    def _of_cells(self, door: Door) -> ReleasedTable | None:
        family, name = self.family(door), self.cells(door)
        return None if family is None or name is None else self._release(family).get(name)

    def guard(self, door: Door) -> Guard | None:
        """How a dataset is read under its floor; None without one."""
        if not door.floor:
            return None
        if not of_cells(door) and self.source(door) is not None:
            return Guard(door.floor, door.dataset.unit or "", rounding=door.held.rounding)
        counts = counting_columns(door.dataset, self.published.compiled)
        return replace(self._rows_guard(door), rounding=door.held.rounding, counts=counts)

    def preview_guard(self, door: Door) -> Guard | None:
        """How the first rows of a dataset of cells are shown: as on pages, or beside what those show."""
        if not door.floor or (self.source(door) is not None and not of_cells(door)):
            return None
        if self._unfollowed(door) and not self._on_a_page(door):
            return Guard(door.floor)
        return self.guard(door)

    def _unfollowed(self, door: Door) -> bool:
        """Whether a dataset is made of protected ones, and nobody knows which of their units are in a row."""
        inputs = (self.published.compiled[source] for source in door.dataset.inputs.values())
        return self.source(door) is None and any(dataset.min_cell for dataset in inputs)

    def _on_a_page(self, door: Door) -> bool:
        pages = self.published.space.of(Dashboard)
        shown = (d.dataset.address for page in pages for d in self.counted(page).values())
        return door.dataset.address in shown

    def tells_total(self, dataset: Address) -> bool:
        """Whether the number of all rows of a dataset of units gives away nothing beside what pages show."""
        return dataset in self._told

    def _rows_guard(self, door: Door) -> Guard:
        """The withheld rows of a dataset of cells: by its units, or else by its own counts."""
        compiled, hidden = self.published.compiled, self.hidden_rows(door)
        if hidden is not None:
            names = describing_columns(door.dataset, compiled, door.origin)
            guard = rows_guard(door.floor, names, hidden, self.unnamed_rows(door))
            return replace(guard, blank=self._blank(door), scarce=self._scarce(door))
        if door.lacking:
            return Guard(door.floor)
        rows = self.asking.fetch(door.path, rows_sql(door.dataset, compiled)[0]).rows
        rules = Rules(door.floor, door.complementary, door.held.zeros_shown)
        return guard_of(door.dataset, compiled, rules, rows)

    def _blank(self, door: Door) -> tuple[str, ...]:
        """Columns that were computed of other cells, where any of these is withheld."""
        if not isinstance(door.origin, Provenance):
            return ()
        derived = tuple(name for name, f in sorted(door.origin.figures.items()) if f.form == "derived")
        inputs = (self.published.compiled[address] for address in door.dataset.inputs.values())
        # Cells inside the step's own query are nowhere released: nobody knows which are withheld.
        within = not any(of_cells(self.door(dataset)) for dataset in inputs)
        return derived if derived and (within or self._withholds(door)) else ()

    def _scarce(self, door: Door) -> Mapping[str, str]:
        """Quantiles, each with the condition (in SQL) of the rows that have enough people for one."""
        source, origin = self.source(door), door.origin
        if source is None or not isinstance(origin, Provenance):
            return {}
        found = {}
        for name, figure in sorted(origin.figures.items()):
            quantiles = [a.argument for a in figure.aggregates if a.form == "quantile"]
            if quantiles:
                there = [f"({argument}) IS NOT NULL" for argument in quantiles]
                sql = enough_sql(source.sql, origin.columns, there, QUANTILE_FLOORS * door.floor)
                rows = self.bench.warehouse.fetch(sql, source.tables).rows
                found[name] = one_of(origin.columns, [tuple(map(plain, row)) for row in rows])
        return found

    def _withholds(self, door: Door) -> bool:
        """Whether any cell of a dataset, or of those it is made of, is withheld."""
        inputs = {self.published.compiled[a].address for a in door.dataset.inputs.values()}
        before = (self.door(self.published.compiled[address]) for address in sorted(inputs))
        return bool(self.hidden_rows(door)) or any(of_cells(d) and self._withholds(d) for d in before)

    def _release(self, family: Family) -> Tables:
        if family not in self._found:
            paged = list(showings(self, family))
            stages, rules = self._stages(family, paged), self._rules(family, paged)
            self._found[family] = self._auditor.released(family, stages, rules) if any(stages) else {}
        return self._found[family]

    def _stages(self, family: Family, shown: list[Showing]) -> list[list[Wanted]]:
        """What was published before keeps its figures, and what is new gets what is left.

        Then come studios, and what only describes datasets: numbers of all rows, and cells.
        """
        known = self._auditor.earlier(family)
        public = [s.wanted for s in shown if not self._private(s.page)]
        before = [w for w in public if known.before(w.name) or any(w.name in of.tables for of in known.same)]
        names = {w.name for w in before}
        return [
            _merged(before),
            _merged(w for w in public if w.name not in names),
            _merged(s.wanted for s in shown if self._private(s.page)),
            _merged(wanted for told in (totals, previews) for wanted, _ in told(self, family)),
        ]

    @cached_property
    def _told(self) -> frozenset[Address]:
        """The datasets of units whose number of all rows is told."""
        told = set()
        for family, doors in self.described.items():
            for door, name in ((door, self.total(door)) for door in doors):
                table = None if name is None else self._release(family).get(name)
                if table is not None and () in table.shown:
                    told.add(door.dataset.address)
        return frozenset(told)

    def key(self, page: Resource[Dashboard]) -> str:
        """Hash of all that is withheld from a page's datasets, whichever page or earlier release it is for.

        With the page's files, documents and reader it names everything that its numbers follow from.
        """
        found = (self.family(door) for _, door in sorted(self.doors(page).items()) if door.floor)
        listed = sorted({family for family in found if family is not None})
        mine = {str(door.dataset.address) for door in self.doors(page).values()}
        return digest([self._hash(family, mine) for family in listed]) if listed else ""

    def _hash(self, family: Family, datasets: set[str]) -> str:
        """What is withheld of these datasets, which are told by many pages."""
        if family not in self._listed:
            release = self._release(family)
            self._listed[family] = [(name.dataset, _table_hash(release[name])) for name in sorted(release)]
        return digest([told for dataset, told in self._listed[family] if dataset in datasets])

    def audit(self) -> None:
        """Work out all that these pages show, so that what comes after only looks it up."""
        for family in self._all():
            self._release(family)

    def record(self, run: str) -> int:
        """Enter all that these pages show in the ledger: what is drawn later takes it as known.

        Says for how many cells more was withheld than needed, as there was no time to look.
        """
        return sum(self._record(family, run) for family in self._all())

    def _all(self) -> list[Family]:
        """Everybody whose data any page shows, or is described."""
        pages = self.published.space.of(Dashboard)
        found = {self.family(d) for page in pages for d in self.counted(page).values() if d.floor}
        return sorted({*self.described, *(f for f in found if f is not None)})

    def _record(self, family: Family, run: str) -> int:
        paged = list(showings(self, family))
        stages, rules = self._stages(family, paged), self._rules(family, paged)
        fresh = self._auditor.ledger(family, stages, rules)
        before = self._auditor.last(family)
        if fresh is None:
            return 0
        after = ledger_text(together(before, fresh))
        if after != ledger_text(before):
            version = self._auditor.version(family)
            where = (self.bench.environment, family.origins[0], family.audience, version)
            self.bench.state.add_release(Released(*where, run, self.bench.shown.keep(after)))
        return fresh.unproven

    def _rules(self, family: Family, shown: Iterable[Showing]) -> tuple[int, int, bool, bool]:
        """The highest floor of any page, for a cell is shown on all of them or on none."""
        space, compiled = self.published.space, self.published.compiled
        written = [space.datasets[origin].protect for origin in family.origins]
        floors = [compiled[origin].min_cell for origin in family.origins]
        listed = list(shown)
        return (
            AUDIT,
            max([*floors, *(s.floor for s in listed)]),
            all(protect is None or protect.complementary for protect in written),
            all(s.door.held.zeros_shown for s in listed),
        )

    def _private(self, page: Resource[Dashboard]) -> bool:
        """Whether a page is in a studio: nobody else's figures are withheld because of it."""
        project = self.published.space.resources.get(Address("project", "", page.address.project))
        return project is not None and isinstance(project.spec, Project) and project.spec.personal


def _merged(wanted: Iterable[Wanted]) -> list[Wanted]:
    """Each table once, in an order of its own."""
    found: dict[TableName, Wanted] = {}
    for one in wanted:
        known = found.get(one.name)
        if known is not None:
            keys = None if known.keys is None or one.keys is None else known.keys | one.keys
            one = Wanted(one.name, keys, known.sensitive | one.sensitive)
        found[one.name] = one
    return [found[name] for name in sorted(found)]


def _table_hash(table: ReleasedTable) -> str:
    """What is withheld of a table."""
    name = table.name
    cut = [name.dataset, name.source, name.cut.conditions, name.cut.keys, name.figure]
    return digest([*cut, sorted(map(repr, table.withheld)), sorted(map(repr, table.unnamed))])
