"""A release, pure: the tables that all pages show of some people's data, and what of them is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.core.disclosure.rules import Rules
from engine.core.disclosure.tables import withheld
from engine.core.pages.answers import plain
from engine.core.pages.ledger import Ledger, ReleasedTable, SourceText, TableName, still_withheld
from engine.core.pages.questions import Cut
from engine.core.pages.release import Row
from engine.core.pages.tabulate import Tabulation
from engine.model.base import Dominance

if TYPE_CHECKING:
    from engine.core.disclosure.cells import PublishedTable
    from engine.core.disclosure.exchange import Effort

Rows = Sequence[Sequence[Any]]
NOBODY: frozenset[Row] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """One table that is to be published, and what is known of it beforehand."""

    name: TableName
    keys: frozenset[Row] | None = None
    """The cells there are rows for; None for all."""
    sensitive: frozenset[Row] = NOBODY
    """Cells to withhold however many units they have."""


@dataclass(frozen=True)
class Earlier:
    """What was released before."""

    same: tuple[Ledger, ...] = ()
    """Of these very data, whatever they were called and in whichever environment."""
    other: tuple[Ledger, ...] = ()
    """Of what the same datasets held last before."""

    def decided(self, name: TableName, rules: tuple[Any, ...]) -> ReleasedTable | None:
        """What became of a table when it was released of the same data under the same rules."""
        for ledger in self.same:
            if name in ledger.tables and ledger.tables[name].rules == rules:
                return ledger.tables[name]
        return None

    def before(self, name: TableName) -> list[ReleasedTable]:
        """What became of the same table of earlier data."""
        found = (ledger.tables.items() for ledger in self.other)
        return [table for of in found for n, table in of if (n.dataset, n.cut) == (name.dataset, name.cut)]


def dominated_sql(source: str, cut: Cut, added: str, rule: Dominance) -> str:
    """The cells in which the largest contributors to a sum make up more than their share, each with a 1."""
    names = [f"c{i}" for i in range(len(cut.keys))]
    selected = "".join(f"{key} AS {name}, " for key, name in zip(cut.keys, names, strict=True))
    each = (
        f"SELECT {selected}__unit AS unit, sum(abs({added})) AS part FROM ({source}) AS self "
        f"WHERE ({cut.condition}) AND ({added}) IS NOT NULL GROUP BY ALL"
    )
    grouped = f" GROUP BY {', '.join(names)}" if names else ""
    largest = f"list_sum(max(part, {rule.n}))"
    return (
        f"SELECT {''.join(f'{name}, ' for name in names)}1 AS units FROM ({each}){grouped} "
        f"HAVING {largest} > {rule.k!r} * sum(part) ORDER BY ALL"
    )


def by_key(rows: Rows) -> dict[Row, int]:
    """Counted cells by key."""
    return {tuple(map(plain, row[:-1])): int(row[-1]) for row in rows}


@dataclass
class Audit:
    """What is withheld, stage after stage; each takes as known what those before it show.

    A later stage withholds more, and never makes an earlier one do so. What was withheld of earlier data
    stays so until it has changed by the floor.
    """

    tabulation: Tabulation
    earlier: Earlier
    rules: Rules
    effort: Effort
    found: dict[TableName, ReleasedTable] = field(default_factory=dict)
    left_out: set[TableName] = field(default_factory=set)
    """Tables that are withheld whole: who is in their cells is not remembered."""
    unproven: int = 0
    """Cells for which more was withheld than needed, as the effort was spent."""
    _known: list[PublishedTable] = field(default_factory=list)

    def __post_init__(self) -> None:
        for ledger in self.earlier.same:
            self._known += self.tabulation.published(ledger)

    def _crosses(self, tables: Sequence[PublishedTable]) -> list[PublishedTable]:
        """Small cells that no table has, which these must not tell of."""
        from engine.core.pages.crosses import small_crosses

        figures: dict[int, list[str]] = {}
        for table in tables:
            figures.setdefault(table.universe, []).append(table.figure)
        owners = self.tabulation.owners
        return small_crosses(self.tabulation.attributes(), owners, figures, self.rules.floor)

    def stage(self, wanted: Iterable[Wanted]) -> None:
        """Work out what is withheld of these tables, beside all that is known."""
        fresh = [w for w in wanted if w.name not in self.found]
        for one in fresh:
            if one.name.figure == "names":
                self.found[one.name] = self._names(one)
        listed = [w for w in fresh if w.name.figure != "names"]
        if not listed:
            return
        tables = [self._kept(w, self.tabulation.table(w.name, w.keys)) for w in listed]
        every = [*tables, *self._known]
        told = withheld(self.tabulation.owners, [*every, *self._crosses(every)], self.rules, self.effort)
        self.unproven += told.unproven
        self.left_out |= {listed[i].name for i in told.left_out if i < len(listed)}
        for one, table, hidden, counted in zip(listed, tables, told.tables, told.units, strict=False):
            self.found[one.name] = self._released(one, table, hidden, counted)
        self._known += [
            replace(table, sensitive=NOBODY, shown=self.found[one.name].shown, earlier=True)
            for one, table in zip(listed, tables, strict=True)
        ]

    def _names(self, wanted: Wanted) -> ReleasedTable:
        """A table of which only the names of its cells are told: those of cells that are large enough."""
        table = self.tabulation.table(wanted.name, wanted.keys)
        units, floor = self.tabulation.units(table), self.rules.floor
        small = frozenset(key for key, n in units.items() if n < floor)
        rare = self.tabulation.unnamed(table, small, floor)
        return ReleasedTable(wanted.name, frozenset(), {key: units[key] for key in small}, rare)

    def _kept(self, wanted: Wanted, table: PublishedTable) -> PublishedTable:
        """A table with what must be withheld of it, whatever the audit finds."""
        units = self.tabulation.units(table)
        since = still_withheld(units, self.earlier.before(wanted.name), self.rules.floor)
        there = frozenset(table.keys)
        return replace(
            table,
            sensitive=(wanted.sensitive | since.keys()) & there,
            nameless=self.tabulation.unnamed(table, there, self.rules.floor),
        )

    def _released(
        self, wanted: Wanted, table: PublishedTable, hidden: frozenset[Row], counted: Mapping[Row, int]
    ) -> ReleasedTable:
        strange = (wanted.keys or NOBODY) - frozenset(table.keys)
        gone = hidden | strange
        since = still_withheld(counted, self.earlier.before(wanted.name), self.rules.floor)
        return ReleasedTable(
            wanted.name,
            frozenset(table.keys) - gone,
            {key: since.get(key, counted.get(key, 0)) for key in gone},
            (table.nameless & gone) | strange,
        )


def release_ledger(
    audit: Audit, rules: tuple[Any, ...], origins: Iterable[str], readings: Mapping[str, SourceText]
) -> Ledger:
    """What an audit released under these rules, with the units of every cell that is shown."""
    remembered = [table for name, table in audit.found.items() if name not in audit.left_out]
    parts, inside = audit.tabulation.members(remembered)
    told = {
        name: replace(table, inside=inside.get(name, {}), rules=rules) for name, table in audit.found.items()
    }
    used = {name.source for name in told}
    kept = {source: reading for source, reading in readings.items() if source in used}
    return Ledger(frozenset(origins), parts, told, audit.unproven, kept)
