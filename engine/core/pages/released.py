"""A release, pure: the tables that all pages show of one dataset of units, and what of them is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core.disclosure.rules import Rules
from engine.core.disclosure.tables import PublishedTable, withheld
from engine.core.pages.answers import plain
from engine.core.pages.expressions import quoted
from engine.core.pages.ledger import ReleasedTable, still_withheld
from engine.core.pages.questions import Cut
from engine.core.pages.release import Row
from engine.model.base import Dominance

Rows = Sequence[Sequence[Any]]
NOBODY: frozenset[Row] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """One table that is to be published, and what is known of it beforehand."""

    cut: Cut
    keys: frozenset[Row] | None = None
    """The cells there are rows for; None for all."""
    sensitive: frozenset[Row] = NOBODY
    """Cells to withhold however many units they have."""


@dataclass(frozen=True)
class Counted:
    """The finest groups that tables cut a dataset into, and the distinct units of each table's cells."""

    expressions: tuple[str, ...]
    rows: Rows
    """The value of each expression, and the units last."""
    units: Mapping[Cut, Mapping[Row, int]] = field(default_factory=dict)
    """Of tables whose cells cannot be added up from the groups: a unit is in several of them."""


def units_sql(unit: str) -> str:
    """Distinct units of some rows; rows without one are one more, so that nobody is overlooked."""
    name = quoted(unit)
    return f"count(distinct {name}) + CASE WHEN count(*) > count({name}) THEN 1 ELSE 0 END"


def expressions_of(cuts: Iterable[Cut]) -> tuple[str, ...]:
    """Everything that the tables are cut by: conditions as truth values, and keys."""
    found: dict[str, None] = {}
    for cut in cuts:
        found |= dict.fromkeys((condition_sql(cut), *cut.keys))
    return tuple(found)


def condition_sql(cut: Cut) -> str:
    """Whether a row is in a table."""
    return f"coalesce(CAST(({cut.condition}) AS BOOLEAN), FALSE)"


def groups_sql(expressions: Sequence[str], unit: str, most: int) -> str:
    """The finest groups with their units, one more than `most` at the most."""
    selected = "".join(f"{e} AS c{i}, " for i, e in enumerate(expressions))
    return f"SELECT {selected}{units_sql(unit)} AS units FROM self GROUP BY ALL ORDER BY ALL LIMIT {most + 1}"


def cells_sql(cut: Cut, unit: str) -> str:
    """The distinct units of every cell of one table."""
    selected = "".join(f"{key} AS c{i}, " for i, key in enumerate(cut.keys))
    grouped = " GROUP BY ALL" if cut.keys else ""
    return (
        f"SELECT {selected}{units_sql(unit)} AS units FROM self WHERE {cut.condition}{grouped} ORDER BY ALL"
    )


def dominated_sql(cut: Cut, unit: str, added: str, rule: Dominance) -> str:
    """The cells in which the largest contributors to a sum make up more than their share, each with a 1."""
    names = [f"c{i}" for i in range(len(cut.keys))]
    selected = "".join(f"{key} AS {name}, " for key, name in zip(cut.keys, names, strict=True))
    each = (
        f"SELECT {selected}{quoted(unit)} AS unit, sum(abs({added})) AS part FROM self "
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


@dataclass(frozen=True)
class Earlier:
    """What was released before."""

    same: Mapping[Cut, ReleasedTable] = field(default_factory=dict)
    """Of the same version."""
    other: Mapping[Cut, ReleasedTable] = field(default_factory=dict)
    """Of the version that was out last before it."""


def released(
    counted: Counted, earlier: Earlier, stages: Sequence[Sequence[Wanted]], rules: Rules
) -> dict[Cut, ReleasedTable]:
    """Every table with the cells that are shown and those that are withheld.

    Each stage takes as known what those before it show, and what was released earlier of the same version:
    a later stage withholds more, and never makes an earlier one do so. What was withheld of an earlier
    version stays so until it has changed by the floor.
    """
    parts = [int(row[-1]) for row in counted.rows]
    known = [_published(_table(Wanted(t.cut), counted), t.shown) for t in earlier.same.values()]
    found: dict[Cut, ReleasedTable] = {}
    for stage in stages:
        tables = [_kept(_table(wanted, counted), wanted, earlier, rules) for wanted in stage]
        told = withheld(parts, [*known, *tables], rules)
        for wanted, table, hidden in zip(stage, tables, told.tables[len(known) :], strict=True):
            strange = (wanted.keys or NOBODY) - table.cells.keys()
            gone = hidden | strange | (found[wanted.cut].withheld.keys() if wanted.cut in found else NOBODY)
            since = still_withheld(table.units, earlier.other.get(wanted.cut), rules.floor)
            withheld_now = {key: since.get(key, table.units.get(key, 0)) for key in gone}
            found[wanted.cut] = ReleasedTable(wanted.cut, frozenset(table.cells) - gone, withheld_now)
        known += [
            _published(table, found[wanted.cut].shown) for wanted, table in zip(stage, tables, strict=True)
        ]
    return found


def _kept(table: PublishedTable, wanted: Wanted, earlier: Earlier, rules: Rules) -> PublishedTable:
    """A table with what an earlier version withheld."""
    since = still_withheld(table.units, earlier.other.get(wanted.cut), rules.floor)
    return PublishedTable(table.cells, table.units, table.sensitive | since.keys())


def _published(table: PublishedTable, shown: frozenset[Row]) -> PublishedTable:
    """A table that is out already: what it shows is known, and what it withholds stays withheld."""
    there = frozenset(table.cells)
    return PublishedTable(table.cells, table.units, there - shown, there & shown)


def _table(wanted: Wanted, counted: Counted) -> PublishedTable:
    """A table over the groups, by number."""
    places = {e: i for i, e in enumerate(counted.expressions)}
    inside, keys = places[condition_sql(wanted.cut)], [places[key] for key in wanted.cut.keys]
    cells: dict[Row, list[int]] = {}
    for number, row in enumerate(counted.rows):
        if row[inside]:
            cells.setdefault(tuple(plain(row[i]) for i in keys), []).append(number)
    there = cells.keys() if wanted.keys is None else cells.keys() & wanted.keys
    exact = counted.units.get(wanted.cut)
    units = {
        key: sum(int(counted.rows[n][-1]) for n in cells[key]) if exact is None else exact[key]
        for key in cells
        if key in there
    }
    told = {key: tuple(cells[key]) for key in units}
    return PublishedTable(told, units, frozenset(wanted.sensitive & units.keys()))
