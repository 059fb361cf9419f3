"""What is withheld of some people's data: found in what was decided before, in the cache, or by an audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.core.fingerprint import digest
from engine.core.pages.ledger import Ledger, ReleasedTable, TableName, ledger_of, ledger_text
from engine.core.pages.released import Earlier, Wanted
from engine.core.state import Released
from engine.diagnostics import DataMistake, Diagnostic
from engine.usecases.page_families import Family, identity
from engine.usecases.page_views import Source, Views

if TYPE_CHECKING:
    from engine.core.pages.tabulate import Counted

AUDIT = 6
"""Version of what an audit finds: audits remembered from another one are made again."""
MOST_ROWS = 3_000_000
"""Rows of people's data, of one dataset, that an audit reads."""
STEPS = 20_000
"""Solver steps that count as a second: an audit stops at the same place on every machine."""

Rules = tuple[Any, ...]
Tables = Mapping[TableName, ReleasedTable]


@dataclass
class Auditor:
    """Audits the tables of one reader's pages; each family on its own."""

    views: Views
    _known: dict[str, Ledger] = field(default_factory=dict)
    """Audits by what decides them: one is asked for by many pages."""

    def earlier(self, family: Family) -> Earlier:
        """What was released before: of these data wherever, and of what the same datasets held before."""
        here = self._origins(family)
        current = {s.name for s in self._sources_of(family)}
        same, other, seen = [], [], set[tuple[str, str]]()
        for entry in self._entries(family):
            ledger = ledger_of(self.views.bench.shown.read(entry.cells))
            of_now, of_then = _split(ledger, here, current)
            if of_now.tables:
                same.append(of_now)
            place = (entry.environment, str(entry.dataset))
            mine = place == (self.views.bench.environment, _name(family))
            if mine and of_then.tables and place not in seen:
                seen.add(place)
                other.append(of_then)
        return Earlier(tuple(same), tuple(other))

    def released(self, family: Family, stages: Sequence[Sequence[Wanted]], rules: Rules) -> Tables:
        """Every wanted table with what is withheld of it: as it was decided, or else audited now."""
        earlier = self.earlier(family)
        decided = {
            w.name: table
            for stage in stages
            for w in stage
            if (table := earlier.decided(w.name, rules)) is not None
        }
        left = [[w for w in stage if w.name not in decided] for stage in stages]
        if not any(left):
            return decided
        return {**decided, **self._audited(family, earlier, left, rules).tables}

    def ledger(self, family: Family, stages: Sequence[Sequence[Wanted]], rules: Rules) -> Ledger | None:
        """What is new since the last release; None when nothing is."""
        earlier = self.earlier(family)
        left = [[w for w in stage if earlier.decided(w.name, rules) is None] for stage in stages]
        return self._audited(family, earlier, left, rules) if any(left) else None

    def _audited(
        self, family: Family, earlier: Earlier, stages: Sequence[Sequence[Wanted]], rules: Rules
    ) -> Ledger:
        before = [*map(_texts, (earlier.same, earlier.other))]
        key = f"release-{digest([AUDIT, rules, self._steps, _told(stages), *before])}"
        if key not in self._known:
            kept = self.views.bench.cache.get(key)
            if kept is None:
                made = self._made(family, earlier, stages, rules)
                kept = ledger_text(made).encode()
                self.views.bench.cache.put(key, kept)
            self._known[key] = ledger_of(kept.decode())
        return self._known[key]

    def _made(
        self, family: Family, earlier: Earlier, stages: Sequence[Sequence[Wanted]], rules: Rules
    ) -> Ledger:
        from engine.core.disclosure.exchange import Effort
        from engine.core.disclosure.rules import Rules as Held
        from engine.core.pages.released import Audit, release_ledger
        from engine.core.pages.tabulate import Tabulation

        names = [w.name for stage in stages for w in stage]
        before = [name for ledger in earlier.same for name in ledger.tables]
        known = self._readable(earlier)
        tabulation = Tabulation(self._counted([*names, *before], known), earlier.same)
        floor, complementary, zeros = rules[1:4]
        audit = Audit(tabulation, earlier, Held(floor, complementary, zeros), Effort(self._steps))
        for stage in stages:
            audit.stage(stage)
        readings = {source: read.reading for source, read in self.views.named.items()}
        return release_ledger(audit, rules, self._origins(family), readings)

    def _readable(self, earlier: Earlier) -> Mapping[str, Source]:
        """The sources that are read now, and those of earlier tables whose files are still there."""
        views = self.views
        origins = (views.clear(address) for family in views.families for address in family.origins)
        paths = [*origins, *(path for source in views.named.values() for path in source.tables.values())]
        files = {path.name: path for path in paths}
        told = {name: r for ledger in earlier.same for name, r in ledger.readings.items()}
        return {
            **{
                name: Source(r.sql, {table: files[file] for table, file in r.files}, r.numbered)
                for name, r in sorted(told.items())
                if all(file in files for _, file in r.files)
            },
            **views.named,
        }

    @property
    def _steps(self) -> float:
        """What the audit of one family may do: its share, so that no other one's audit decides its end."""
        seconds = self.views.published.space.settings.spec.disclosure.seconds
        return seconds * STEPS / max(1, len(self.views.families))

    def _counted(self, names: Iterable[TableName], known: Mapping[str, Source]) -> list[Counted]:
        """The rows of every source that a table is cut from, with all that it is cut by."""
        from engine.core.pages.measures import added_up
        from engine.core.pages.tabulate import Counted, expressions_of, rows_sql

        cuts: dict[str, list[TableName]] = {}
        for name in names:
            if name.source in known:
                cuts.setdefault(name.source, []).append(name)
        found = []
        for source, of_source in sorted(cuts.items()):
            asked = known[source]
            expressions = expressions_of(name.cut for name in of_source)
            measures = tuple(sorted({m for name in of_source if (m := added_up(name.figure))}))
            sql = rows_sql(asked.sql, expressions, measures, MOST_ROWS)
            rows = self.views.bench.warehouse.fetch(sql, asked.tables).rows
            if len(rows) > MOST_ROWS:
                raise DataMistake((self._too_many(of_source[0]),))
            found.append(Counted(source, expressions, rows, asked.numbered, measures))
        return found

    def _too_many(self, name: TableName) -> Diagnostic:
        from engine.addresses import Address
        from engine.diagnostics import error

        node = self.views.published.space.datasets[Address.parse(name.dataset)]
        return error(
            "cut-too-finely", node.span(),
            f"{name.dataset} has over {MOST_ROWS:,} rows of people's data, too many to audit.",
            "Aggregate it in a dataflow, and show that.",
        )  # fmt: skip

    def _sources_of(self, family: Family) -> list[Source]:
        found = [self.views.source(door) for door in self.views.described.get(family, ())]
        known = [source for source in found if source is not None]
        self.views.named.update({source.name: source for source in known})
        return known

    def _origins(self, family: Family) -> frozenset[str]:
        views = self.views
        return frozenset(identity(family, views.published, views.clear, views.asking).values())

    def version(self, family: Family) -> str:
        """What the data of a family is called in the ledger."""
        return digest(sorted(self._origins(family)))

    def _entries(self, family: Family) -> Iterable[Released]:
        """The last entry of every environment, dataset and version, the latest first."""
        found: dict[tuple[str, str, str], Released] = {}
        for entry in self.views.bench.state.releases(family.audience):
            found.setdefault((entry.environment, str(entry.dataset), entry.version), entry)
        return found.values()

    def last(self, family: Family) -> Ledger:
        """What this environment's last entry for these data says; an empty one without any."""
        place = (self.views.bench.environment, _name(family), self.version(family))
        for entry in self._entries(family):
            if (entry.environment, str(entry.dataset), entry.version) == place:
                return ledger_of(self.views.bench.shown.read(entry.cells))
        return Ledger()


def _name(family: Family) -> str:
    """What a family is called: by the first of its datasets."""
    return str(family.origins[0])


def _split(ledger: Ledger, origins: frozenset[str], sources: set[str]) -> tuple[Ledger, Ledger]:
    """The tables of a ledger that are of these data, and those of others."""
    same = ledger.origins <= origins
    now = {n: t for n, t in ledger.tables.items() if same or n.source in sources}
    then = {n: t for n, t in ledger.tables.items() if n not in now}
    return replace(ledger, tables=now, unproven=0), replace(ledger, tables=then, unproven=0)


def _texts(ledgers: Sequence[Ledger]) -> list[str]:
    return [digest(ledger_text(ledger)) for ledger in ledgers]


def _told(stages: Sequence[Sequence[Wanted]]) -> list[list[object]]:
    """The tables of each stage as plain values, to tell whether they are the same as before."""
    return [
        [
            [w.name.dataset, w.name.source, w.name.cut.conditions, w.name.cut.keys, w.name.figure,
             None if w.keys is None else sorted(map(repr, w.keys)), sorted(map(repr, w.sensitive))]
            for w in stage
        ]
        for stage in stages
    ]  # fmt: skip
