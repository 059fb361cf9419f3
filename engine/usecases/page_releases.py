"""Releases: what all pages show of one dataset of units, worked out together before any page is drawn."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.addresses import Address
from engine.core.disclosure.rules import Rules
from engine.core.fingerprint import digest
from engine.core.pages.answers import AllBut, plain
from engine.core.pages.expressions import quoted
from engine.core.pages.ledger import ReleasedTable, ledger_text, tables_of, together
from engine.core.pages.origins import Origin, itself, over_base
from engine.core.pages.protection import rows_sql
from engine.core.pages.questions import Cut, all_cuts, cut, questions
from engine.core.pages.release import Row, Value
from engine.core.pages.released import (
    Counted,
    Earlier,
    Wanted,
    by_key,
    cells_sql,
    dominated_sql,
    expressions_of,
    groups_sql,
    released,
)
from engine.core.pages.selection import first_choice
from engine.core.pages.sql import range_sql
from engine.core.pages.texts import filled
from engine.core.pages.walk import acts_on, page_dataset, types_of
from engine.core.space import Resource
from engine.core.state import Released
from engine.diagnostics import DataMistake, Diagnostic, error
from engine.model.dashboard import Dashboard
from engine.model.project import Project
from engine.policy.decision import Obligations, Request
from engine.ports import PolicyEngine, Workbench
from engine.usecases.page_asking import Asking
from engine.usecases.page_doors import Door, doors_of
from engine.usecases.published import Published

MOST_GROUPS = 100_000
"""Finest groups into which all pages together may cut a dataset of units."""


@dataclass(frozen=True)
class Base:
    """A file of units that tables are cut from, and the dataset whose columns it has."""

    dataset: Address
    path: Path
    audience: str = ""
    """Empty for those from whom policy keeps nothing, else a hash of what it keeps."""


@dataclass(frozen=True)
class Showing:
    """One page's part in a release: a table, and the smallest cell that page may show."""

    page: Resource[Dashboard]
    wanted: Wanted
    floor: int
    zeros_shown: bool


@dataclass
class Releases:
    """The releases that one reader's pages draw from; each is worked out on first need.

    They hold every page of the space, also those that this reader may not read, as its operator sees
    them: so nobody who reads more pages, or lends a friend theirs, can work out more.
    """

    bench: Workbench
    published: Published
    reader: str | None = None
    """None for the operator, of whom policy is asked nothing."""
    now: datetime.date = datetime.date.min
    ip: str = "127.0.0.1"
    asking: Asking = field(init=False)
    _doors: dict[Address, Mapping[str, Door]] = field(default_factory=dict)
    _days: dict[Address, str] = field(default_factory=dict)
    _found: dict[Base, Mapping[Cut, ReleasedTable]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asking = Asking(self.bench.warehouse, self.bench.cache)

    @cached_property
    def _policy(self) -> PolicyEngine:
        return self.bench.policy(self.published.policy_data)

    def hidden(self, door: Door, asked: Cut) -> Container[Row] | None:
        """The withheld cells of a table of a dataset of units; None (all) when it was not foreseen."""
        base, origin = self._base(door)
        over = _over(asked, origin)
        table = None if over is None else self._release(base).get(over)
        if table is None:
            return None
        return frozenset(table.withheld) if door.held.zeros_shown else AllBut(table.shown)

    def hidden_rows(self, door: Door) -> frozenset[Row] | None:
        """The withheld rows of a dataset of cells, by its keys; None when its cells' units are not known."""
        cells = self._cells(door)
        table = None if cells is None else self._release(self._base(door)[0]).get(cells)
        return None if table is None else frozenset(table.withheld)

    def doors(self, page: Resource[Dashboard]) -> Mapping[str, Door]:
        """The doors of a page as the reader sees it, or as the operator does where they may not."""
        if page.address not in self._doors:
            decision = None
            if self.reader is not None:
                request = Request(self.reader, "read", page.address, ip=self.ip, now=self.now)
                decided = self._policy.decide(request)
                decision = decided if decided.allow else None
            made = doors_of(self.bench, self.published, page.address, page.spec, decision)
            self._doors[page.address] = made
        return self._doors[page.address]

    def as_of(self, page: Resource[Dashboard]) -> str:
        """How old a page's data is: as the author says, or the latest time its versions were collected."""
        if page.address not in self._days:
            self._days[page.address] = self._age(page)
        return self._days[page.address]

    def _age(self, page: Resource[Dashboard]) -> str:
        doors = self.doors(page)
        if page.spec.as_of is not None:
            name, _, column = page.spec.as_of.partition(".")
            _, high = self.asking.fetch(doors[name].path, range_sql(column, ())).rows[0]
            if high is not None:
                return str(plain(high))
        versions = self.published.applied.versions
        return max((versions[door.dataset.address].data_time for door in doors.values()), default="")

    def _clear(self, dataset: Address) -> Path:
        """The file of all columns and rows of a dataset."""
        columns = {c.name: "clear" for c in self.published.compiled[dataset].columns}
        version = self.published.applied.versions[dataset]
        return self.bench.slices.slice(version, Obligations(columns))

    def _base(self, door: Door) -> tuple[Base, Origin]:
        """The file whose units a dataset's cells count, and its columns over that file's.

        A reader from whom rows are kept, or columns masked, is shown cells of what is left.
        """
        if door.origin is None or (door.narrowed and not door.origin.grouped):
            return Base(door.dataset.address, door.path, door.audience), itself(door.dataset)
        return Base(door.origin.base, self._clear(door.origin.base)), door.origin

    def _cells(self, door: Door) -> Cut | None:
        """The table that a dataset of cells is; None when that is not known."""
        origin = door.origin
        if origin is None or not origin.grouped or door.masked:
            return None
        return cut((origin.condition,), origin.columns.values())

    def _release(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        if base not in self._found:
            self._found[base] = self._worked_out(base)
        return self._found[base]

    def _worked_out(self, base: Base) -> Mapping[Cut, ReleasedTable]:
        showings = list(self._showings(base))
        rules = self._rules(base, showings)
        stages = [
            _merged(s.wanted for s in showings if self._private(s.page) is private)
            for private in (False, True)
        ]
        held = [rules.floor, rules.complementary, rules.zeros_shown]
        earlier = self._earlier(base)
        before = [ledger_text(earlier.same.values()), ledger_text(earlier.other.values())]
        key = f"release-{digest([base.path.name, held, _told(stages), before])}"
        kept = self.bench.cache.get(key)
        if kept is None:
            tables = released(self._counted(base, showings, earlier), earlier, stages, rules)
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

    def record(self, run: str) -> None:
        """Enter all that these pages show in the ledger: what is drawn later takes it as known."""
        pages = self.published.space.of(Dashboard)
        doors = [door for page in pages for door in self.doors(page).values() if door.floor]
        for base in dict.fromkeys(self._base(door)[0] for door in doors if self._counts(door)):
            same = self._earlier(base).same
            after = ledger_text(together(same, self._release(base)).values())
            if after != ledger_text(same.values()):
                where = (self.bench.environment, base.dataset, base.audience, base.path.name)
                self.bench.state.add_release(Released(*where, run, self.bench.shown.keep(after)))

    def _counts(self, door: Door) -> bool:
        """Whether a dataset's cells are known to count units."""
        return door.dataset.unit is not None or self._cells(door) is not None

    def _rules(self, base: Base, showings: Iterable[Showing]) -> Rules:
        """The highest floor of any page, for a cell is shown on all of them or on none."""
        protect = self.published.space.datasets[base.dataset].protect
        floor = max(showing.floor for showing in showings)
        zeros = all(showing.zeros_shown for showing in showings)
        return Rules(floor, protect is None or protect.complementary, zeros)

    def _private(self, page: Resource[Dashboard]) -> bool:
        """Whether a page is in a studio: nobody else's figures are withheld because of it."""
        project = self.published.space.resources.get(Address("project", "", page.address.project))
        return project is not None and isinstance(project.spec, Project) and project.spec.personal

    def _showings(self, base: Base) -> Iterator[Showing]:
        """Every table of every page that is cut from these units."""
        for page in sorted(self.published.space.of(Dashboard), key=lambda page: page.address):
            doors = {n: d for n, d in self.doors(page).items() if d.floor and self._base(d)[0] == base}
            asked = list(self._asked(page)) if doors else []
            for name, cuts in asked:
                if name in doors and doors[name].dataset.unit is not None:
                    found = (self._wanted(base, doors[name], c, added) for c, added in cuts)
                    yield from (_showing(page, doors[name], wanted) for wanted in found if wanted is not None)
            for name in sorted(doors.keys() & {name for name, _ in asked}):
                table = self._cells(doors[name])
                if table is not None and doors[name].dataset.unit is None:
                    yield _showing(page, doors[name], self._rows(base, doors[name], table))

    def _wanted(self, base: Base, door: Door, asked: Cut, added: str) -> Wanted | None:
        """A table of a page over a dataset of units, `added` being what its cells add up (or empty)."""
        origin = self._base(door)[1]
        over = _over(asked, origin)
        argument = over_base(added, origin) if added else None
        if over is None or argument is None:
            return None if over is None else Wanted(over)
        return Wanted(over, sensitive=self._dominated(base, door, over, argument))

    def _dominated(self, base: Base, door: Door, table: Cut, added: str) -> frozenset[Row]:
        """Cells whose sum a few contribute too much to."""
        unit = self.published.compiled[base.dataset].unit
        if door.held.dominance is None or unit is None:
            return frozenset()
        sql = dominated_sql(table, unit, added, door.held.dominance)
        return frozenset(by_key(self.asking.fetch(base.path, sql).rows))

    def _rows(self, base: Base, door: Door, table: Cut) -> Wanted:
        """A dataset of cells: the rows it has, and those that its own counts say are small."""
        assert door.origin is not None
        sql, counts = rows_sql(door.dataset, self.published.compiled, door.origin)
        units = by_key(self.asking.fetch(self._clear(door.dataset.address), sql).rows)
        least = int(door.held.zeros_shown)
        small = frozenset(key for key, n in units.items() if counts and least <= n < door.floor)
        sums = (self._dominated(base, door, table, added) for added in door.origin.sums.values())
        return Wanted(table, frozenset(units), small.union(*sums))

    def _asked(self, page: Resource[Dashboard]) -> Iterator[tuple[str, tuple[tuple[Cut, str], ...]]]:
        """The tables of each question of a page, on all its sheets, with the dataset's name in the page."""
        spec, doors = page.spec, self.doors(page)
        datasets = {name: door.dataset for name, door in doors.items()}
        types = {name: types_of(dataset) for name, dataset in datasets.items()}
        filters = {n: {f.name: f for f in spec.filters if n in acts_on(f, datasets)} for n in doors}
        chosen = {f.name: first_choice(f, day_of(self.as_of(page))) for f in spec.filters}
        for parameters in each(spec):
            for asked in questions(spec, types, filters, chosen, parameters):
                name = asked.query.dataset
                where = page_dataset(spec.datasets[name]).where
                text = "" if where is None else filled(where, parameters)
                yield name, tuple(all_cuts(asked, filters[name], text))

    def _counted(self, base: Base, showings: list[Showing], earlier: Earlier) -> Counted:
        """The finest groups of the units, and the units of cells that cannot be added up from them."""
        unit = self.published.compiled[base.dataset].unit
        assert unit is not None, "only datasets that hold units are cut"
        cuts = tuple(dict.fromkeys((*(s.wanted.cut for s in showings), *earlier.same)))
        expressions = expressions_of(cuts)
        rows = self.asking.fetch(base.path, groups_sql(expressions, unit, MOST_GROUPS)).rows
        if len(rows) > MOST_GROUPS:
            raise DataMistake((_too_fine(base, showings[-1].page),))
        once = f"SELECT count(*) = count(DISTINCT {quoted(unit)}) AS once FROM self"
        if self.asking.fetch(base.path, once).rows == ((True,),):
            return Counted(expressions, rows)
        units = {c: by_key(self.asking.fetch(base.path, cells_sql(c, unit)).rows) for c in cuts}
        return Counted(expressions, rows, units)


def each(spec: Dashboard) -> Iterator[dict[str, Value]]:
    """The parameters of each sheet of a page: every combination of the values of `each`."""
    names = list(spec.each or {})
    for values in itertools.product(*(spec.each or {}).values()):
        yield dict(zip(names, values, strict=True))


def day_of(as_of: str) -> datetime.date:
    """The day that a filter's relative default counts from."""
    return datetime.date.fromisoformat(as_of[:10]) if as_of else datetime.date(1970, 1, 1)


def _showing(page: Resource[Dashboard], door: Door, wanted: Wanted) -> Showing:
    return Showing(page, wanted, door.floor, door.held.zeros_shown)


def _over(asked: Cut, origin: Origin) -> Cut | None:
    """A table over a dataset's columns as one over its base's."""
    texts = [over_base(text, origin) for text in (*asked.conditions, *asked.keys)]
    found = [text for text in texts if text is not None]
    if len(found) < len(texts):
        return None
    count = len(asked.conditions)
    return cut((origin.condition, *found[:count]), found[count:])


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
