"""Releases: what all pages show of one dataset of units, worked out together before any page is drawn."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.addresses import Address
from engine.core.disclosure.rules import Rules
from engine.core.fingerprint import digest
from engine.core.pages.answers import AllBut
from engine.core.pages.expressions import quoted
from engine.core.pages.ledger import ReleasedTable, ledger_text, tables_of, together
from engine.core.pages.protection import counting_columns, guard_of, rows_guard, rows_sql
from engine.core.pages.questions import Cut
from engine.core.pages.release import Row
from engine.core.pages.released import (
    Counted,
    Earlier,
    Wanted,
    by_key,
    cells_sql,
    expressions_of,
    groups_sql,
    released,
)
from engine.core.pages.sql import Guard
from engine.core.space import Resource
from engine.core.state import Released
from engine.diagnostics import DataMistake, Diagnostic, error
from engine.model.dashboard import Dashboard
from engine.model.project import Project
from engine.usecases.page_doors import Door
from engine.usecases.page_showings import Showing, over, previews, showings, totals
from engine.usecases.page_views import Base, Views

AUDIT = 1
"""Version of what an audit finds: audits remembered from another one are made again."""
MOST_GROUPS = 100_000
"""Finest groups into which all pages together may cut a dataset of units."""


@dataclass
class Releases(Views):
    """The releases that one reader's pages draw from; each is worked out on first need.

    They hold every page of the space, also those that this reader may not read, as its operator sees
    them: so nobody who reads more pages, or lends a friend theirs, can work out more.
    """

    _found: dict[Base, Mapping[Cut, ReleasedTable]] = field(default_factory=dict)
    _previews: dict[Base, Mapping[Cut, ReleasedTable]] = field(default_factory=dict)

    def hidden(self, door: Door, asked: Cut) -> Container[Row] | None:
        """The withheld cells of a table of a dataset of units; None (all) when it was not foreseen."""
        base, origin = self.base(door)
        cut = over(asked, origin)
        table = None if cut is None else self._release(base).get(cut)
        if table is None:
            return None
        return frozenset(table.withheld) if door.held.zeros_shown else AllBut(table.shown)

    def hidden_rows(self, door: Door) -> frozenset[Row] | None:
        """The withheld rows of a dataset of cells, by its keys; None when its cells' units are not known."""
        cells = self.cells(door)
        table = None if cells is None else self._release(self.base(door)[0]).get(cells)
        return None if table is None else frozenset(table.withheld)

    def guard(self, door: Door) -> Guard | None:
        """How a dataset is read under its floor; None without one."""
        if not door.floor:
            return None
        if door.dataset.unit is not None:
            return Guard(door.floor, door.dataset.unit, rounding=door.held.rounding)
        counts = counting_columns(door.dataset, self.published.compiled)
        return replace(self._rows_guard(door), rounding=door.held.rounding, counts=counts)

    def preview_guard(self, door: Door) -> Guard | None:
        """How the first rows of a dataset of cells are shown: as on pages, or beside what those show."""
        if not door.floor or door.dataset.unit is not None:
            return None
        if self._unfollowed(door) and not self._on_a_page(door):
            return Guard(door.floor)
        cells = self.cells(door)
        if cells is None or self.hidden_rows(door) is not None or door.origin is None:
            return self.guard(door)
        table = self._previewed(self.base(door)[0]).get(cells)
        if table is None:
            return Guard(door.floor)
        hidden = frozenset(table.withheld)
        return rows_guard(door.dataset, self.published.compiled, door.floor, hidden, door.origin)

    def _unfollowed(self, door: Door) -> bool:
        """Whether a dataset is made of protected ones, and nobody knows which of their units are in a row."""
        inputs = (self.published.compiled[source] for source in door.dataset.inputs.values())
        return door.origin is None and any(dataset.min_cell for dataset in inputs)

    def _on_a_page(self, door: Door) -> bool:
        pages = self.published.space.of(Dashboard)
        shown = (d.dataset.address for page in pages for d in self.doors(page).values())
        return door.dataset.address in shown

    def tells_total(self, dataset: Address) -> bool:
        """Whether the number of all rows of a dataset of units gives away nothing beside what pages show."""
        return dataset in self._told

    def _rows_guard(self, door: Door) -> Guard:
        """The withheld rows of a dataset of cells: by its units, or else by its own counts."""
        compiled, hidden = self.published.compiled, self.hidden_rows(door)
        if hidden is not None and door.origin is not None:
            return rows_guard(door.dataset, compiled, door.floor, hidden, door.origin)
        if door.lacking:
            return Guard(door.floor)
        rows = self.asking.fetch(door.path, rows_sql(door.dataset, compiled)[0]).rows
        rules = Rules(door.floor, door.complementary, door.held.zeros_shown)
        return guard_of(door.dataset, compiled, rules, rows)

    def _release(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        if base not in self._found:
            self._found[base] = self._worked_out(base)
        return self._found[base]

    def _worked_out(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        shown = list(showings(self, base))
        if not shown:
            return {}
        stages = [
            _merged(s.wanted for s in shown if not self._private(s.page)),
            _merged(s.wanted for s in shown if self._private(s.page)),
        ]
        found = self._audited(base, self._earlier(base), stages, self._rules(base, shown))
        if found is None:
            raise DataMistake((_too_fine(base, shown[-1].page),))
        return found

    def _audited(
        self, base: Base, earlier: Earlier, stages: list[list[Wanted]], rules: Rules
    ) -> Mapping[Cut, ReleasedTable] | None:
        """What is withheld of these tables, from the cache if they were asked before; None if too fine."""
        before = [ledger_text(earlier.same.values()), ledger_text(earlier.other.values())]
        held = [rules.floor, rules.complementary, rules.zeros_shown]
        key = f"release-{digest([AUDIT, base.path.name, held, _told(stages), before])}"
        kept = self.bench.cache.get(key)
        if kept is None:
            counted = self._counted(base, [*(w.cut for stage in stages for w in stage), *earlier.same])
            if counted is None:
                return None
            kept = ledger_text(released(counted, earlier, stages, rules).values()).encode()
            self.bench.cache.put(key, kept)
        return tables_of(kept.decode())

    def _previewed(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        """What is withheld of datasets that no page shows, beside all that pages do; none if too fine."""
        if base not in self._previews:
            paged, earlier = self._release(base), self._earlier(base)
            told = (totals(self, base), previews(self, base))
            stages = [_merged(w for w in stage if w.cut not in paged) for stage in told]
            known = Earlier(together(earlier.same, paged), earlier.other)
            rules = self._rules(base, list(showings(self, base)))
            found = self._audited(base, known, stages, rules) if any(stages) else {}
            self._previews[base] = found or {}
        return self._previews[base]

    @cached_property
    def _told(self) -> frozenset[Address]:
        """The datasets of units whose number of all rows is told."""
        told = set()
        for base, doors in self.described.items():
            for door, table in ((door, self.total(door)) for door in doors):
                known = None if table is None else {**self._previewed(base), **self._release(base)}.get(table)
                if known is not None and () in known.shown:
                    told.add(door.dataset.address)
        return frozenset(told)

    def _totals(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        """The numbers of all rows that are told beside the pages; they are the same for every reader."""
        if self.reader is not None:
            return {}
        cuts = {wanted.cut for wanted in totals(self, base)}
        return {cut: table for cut, table in self._previewed(base).items() if cut in cuts}

    def _earlier(self, base: Base) -> Earlier:
        """What was released before of the same file, and of the version that was out last before it."""
        found = self.bench.state.releases(self.bench.environment, base.dataset, base.audience)
        same = next((r for r in found if r.version == base.path.name), None)
        other = next((r for r in found if r.version != base.path.name), None)
        read = [tables_of(self.bench.shown.read(r.cells)) if r is not None else {} for r in (same, other)]
        return Earlier(*read)

    def key(self, page: Resource[Dashboard]) -> str:
        """Hash of all that is withheld from a page's datasets, whichever page or earlier release it is for.

        With the page's files, documents and reader it names everything that its numbers follow from.
        """
        doors = [door for _, door in sorted(self.doors(page).items()) if door.floor]
        bases = dict.fromkeys(self.base(door)[0] for door in doors if self._counts(door))
        return digest([ledger_text(self._release(base).values()) for base in bases]) if bases else ""

    def record(self, run: str) -> None:
        """Enter all that these pages show in the ledger: what is drawn later takes it as known."""
        pages = self.published.space.of(Dashboard)
        doors = [door for page in pages for door in self.doors(page).values() if door.floor]
        bases = [self.base(door)[0] for door in doors if self._counts(door)]
        for base in dict.fromkeys((*bases, *(b for b in self.described if self._totals(b)))):
            same = self._earlier(base).same
            after = ledger_text(together(same, {**self._totals(base), **self._release(base)}).values())
            if after != ledger_text(same.values()):
                where = (self.bench.environment, base.dataset, base.audience, base.path.name)
                self.bench.state.add_release(Released(*where, run, self.bench.shown.keep(after)))

    def _counts(self, door: Door) -> bool:
        """Whether a dataset's cells are known to count units."""
        return door.dataset.unit is not None or self.cells(door) is not None

    def _rules(self, base: Base, shown: Iterable[Showing]) -> Rules:
        """The highest floor of any page, for a cell is shown on all of them or on none."""
        protect = self.published.space.datasets[base.dataset].protect
        floor = max(self.published.compiled[base.dataset].min_cell, *(s.floor for s in shown), 0)
        zeros = all(showing.zeros_shown for showing in shown)
        return Rules(floor, protect is None or protect.complementary, zeros)

    def _private(self, page: Resource[Dashboard]) -> bool:
        """Whether a page is in a studio: nobody else's figures are withheld because of it."""
        project = self.published.space.resources.get(Address("project", "", page.address.project))
        return project is not None and isinstance(project.spec, Project) and project.spec.personal

    def _counted(self, base: Base, asked: Iterable[Cut]) -> Counted | None:
        """The finest groups of the units, and the units of cells that cannot be added up from them.

        None when there are too many groups.
        """
        unit = self.published.compiled[base.dataset].unit
        assert unit is not None, "only datasets that hold units are cut"
        cuts = tuple(dict.fromkeys(asked))
        expressions = expressions_of(cuts)
        rows = self.asking.fetch(base.path, groups_sql(expressions, unit, MOST_GROUPS)).rows
        if len(rows) > MOST_GROUPS:
            return None
        once = f"SELECT count(*) = count(DISTINCT {quoted(unit)}) AS once FROM self"
        if self.asking.fetch(base.path, once).rows == ((True,),):
            return Counted(expressions, rows)
        units = {c: by_key(self.asking.fetch(base.path, cells_sql(c, unit)).rows) for c in cuts}
        return Counted(expressions, rows, units)


def _merged(wanted: Iterable[Wanted]) -> list[Wanted]:
    """Each table once, in an order of its own."""
    found: dict[Cut, Wanted] = {}
    for one in wanted:
        known = found.get(one.cut)
        if known is not None:
            keys = None if known.keys is None or one.keys is None else known.keys | one.keys
            one = Wanted(one.cut, keys, known.sensitive | one.sensitive)
        found[one.cut] = one
    return [found[c] for c in sorted(found)]


def _told(stages: list[list[Wanted]]) -> list[list[object]]:
    """The tables of each stage as plain values, to tell whether they are the same as before."""
    return [
        [
            [w.cut.conditions, w.cut.keys, None if w.keys is None else sorted(map(repr, w.keys)),
             sorted(map(repr, w.sensitive))]
            for w in stage
        ]
        for stage in stages
    ]  # fmt: skip


def _too_fine(base: Base, page: Resource[Dashboard]) -> Diagnostic:
    return error(
        "cut-too-finely",
        page.span(),
        f"All pages together cut {base.dataset} into over {MOST_GROUPS:,} groups, too many to audit.",
        "Aggregate it in a dataflow, or show and filter by fewer or coarser columns.",
    )
