"""Releases: what all pages show of one dataset of units, worked out together before any page is drawn."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from engine.addresses import Address
from engine.core.disclosure.rules import Rules
from engine.core.fingerprint import digest
from engine.core.pages.answers import AllBut
from engine.core.pages.expressions import quoted
from engine.core.pages.ledger import ReleasedTable, ledger_text, tables_of, together
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
from engine.core.space import Resource
from engine.core.state import Released
from engine.diagnostics import DataMistake, Diagnostic, error
from engine.model.dashboard import Dashboard
from engine.model.project import Project
from engine.usecases.page_doors import Door
from engine.usecases.page_showings import Showing, over, showings
from engine.usecases.page_views import Base, Views

MOST_GROUPS = 100_000
"""Finest groups into which all pages together may cut a dataset of units."""


@dataclass
class Releases(Views):
    """The releases that one reader's pages draw from; each is worked out on first need.

    They hold every page of the space, also those that this reader may not read, as its operator sees
    them: so nobody who reads more pages, or lends a friend theirs, can work out more.
    """

    _found: dict[Base, Mapping[Cut, ReleasedTable]] = field(default_factory=dict)

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

    def _release(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        if base not in self._found:
            self._found[base] = self._worked_out(base)
        return self._found[base]

    def _worked_out(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        shown = list(showings(self, base))
        rules = self._rules(base, shown)
        stages = [
            _merged(s.wanted for s in shown if self._private(s.page) is private) for private in (False, True)
        ]
        held = [rules.floor, rules.complementary, rules.zeros_shown]
        earlier = self._earlier(base)
        before = [ledger_text(earlier.same.values()), ledger_text(earlier.other.values())]
        if not shown:
            return {}
        key = f"release-{digest([base.path.name, held, _told(stages), before])}"
        kept = self.bench.cache.get(key)
        if kept is None:
            tables = released(self._counted(base, shown, earlier), earlier, stages, rules)
            kept = ledger_text(tables.values()).encode()
            self.bench.cache.put(key, kept)
        return tables_of(kept.decode())

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
        for base in dict.fromkeys(self.base(door)[0] for door in doors if self._counts(door)):
            same = self._earlier(base).same
            after = ledger_text(together(same, self._release(base)).values())
            if after != ledger_text(same.values()):
                where = (self.bench.environment, base.dataset, base.audience, base.path.name)
                self.bench.state.add_release(Released(*where, run, self.bench.shown.keep(after)))

    def _counts(self, door: Door) -> bool:
        """Whether a dataset's cells are known to count units."""
        return door.dataset.unit is not None or self.cells(door) is not None

    def _rules(self, base: Base, shown: Iterable[Showing]) -> Rules:
        """The highest floor of any page, for a cell is shown on all of them or on none."""
        protect = self.published.space.datasets[base.dataset].protect
        floor = max((showing.floor for showing in shown), default=0)
        zeros = all(showing.zeros_shown for showing in shown)
        return Rules(floor, protect is None or protect.complementary, zeros)

    def _private(self, page: Resource[Dashboard]) -> bool:
        """Whether a page is in a studio: nobody else's figures are withheld because of it."""
        project = self.published.space.resources.get(Address("project", "", page.address.project))
        return project is not None and isinstance(project.spec, Project) and project.spec.personal

    def _counted(self, base: Base, shown: list[Showing], earlier: Earlier) -> Counted:
        """The finest groups of the units, and the units of cells that cannot be added up from them."""
        unit = self.published.compiled[base.dataset].unit
        assert unit is not None, "only datasets that hold units are cut"
        cuts = tuple(dict.fromkeys((*(s.wanted.cut for s in shown), *earlier.same)))
        expressions = expressions_of(cuts)
        rows = self.asking.fetch(base.path, groups_sql(expressions, unit, MOST_GROUPS)).rows
        if len(rows) > MOST_GROUPS:
            raise DataMistake((_too_fine(base, shown[-1].page),))
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
