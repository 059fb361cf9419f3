"""What was released: the cells that readers have been shown, those withheld, and whose units are in them.

Units are named by a hash, so that cells of several datasets, environments and days can be set side by side
though the data they were counted in are gone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.core.pages.questions import Cut, Figure
from engine.core.pages.release import Row
from engine.diagnostics import WorldFailure

FORMAT = 3
READ = (2, 3)
"""Forms that are read; in the second the units of withheld cells were not told."""


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """Which table it is: rows of a dataset, read in one way from certain files, and how they are cut."""

    dataset: str
    source: str
    """Hash of what is read: equal sources have equal rows."""
    cut: Cut
    figure: Figure = "rows"
    """What is told of its cells: how many units they have, something of their rows, or their names alone."""


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """One table as it went out."""

    name: TableName
    shown: frozenset[Row]
    withheld: Mapping[Row, int] = field(default_factory=dict)
    """Units of withheld cells, as they were when these were first withheld."""
    unnamed: frozenset[Row] = frozenset()
    """Withheld cells whose very names are about too few: they have no place on a page either."""
    inside: Mapping[Row, tuple[int, ...]] = field(default_factory=dict)
    """The parts of each cell, by their place in the ledger's parts."""
    rules: tuple[Any, ...] = ()
    """What it was held to when it was last decided."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """How a source was read, so that its tables can be cut again as long as its files are there."""

    sql: str
    files: tuple[tuple[str, str], ...]
    """Names in `sql`, each with the name of its file, which is made of what is in it."""
    numbered: str = ""
    """The file whose rows `__row` numbers; empty where it numbers none."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is out of one state of some people's data."""

    origins: frozenset[str] = frozenset()
    """Hashes of whose data it was, one for each dataset that holds the units."""
    parts: tuple[tuple[str, ...], ...] = ()
    """Units that no cell tells apart, by hash."""
    tables: Mapping[TableName, ReleasedTable] = field(default_factory=dict)
    unproven: int = 0
    """Cells for which more was withheld than needed, as the audit's effort was spent."""
    readings: Mapping[str, SourceText] = field(default_factory=dict)
    """How the tables' sources were read."""


def unit_hash(unit: str) -> str:
    """What a unit is called in the ledger."""
    return hashlib.sha256(unit.encode()).hexdigest()[:16]


def ledger_text(ledger: Ledger) -> str:
    """A ledger as text: equal ledgers give equal texts."""
    told = {
        "format": FORMAT,
        "unproven": ledger.unproven,
        "origins": sorted(ledger.origins),
        "parts": ledger.parts,
        "readings": [[name, r.sql, r.files, r.numbered] for name, r in sorted(ledger.readings.items())],
        "tables": [_table_json(ledger.tables[name]) for name in sorted(ledger.tables)],
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _table_json(table: ReleasedTable) -> dict[str, Any]:
    name = table.name
    inside = table.inside
    withheld = (
        [list(key), n, key not in table.unnamed, inside.get(key, ())] for key, n in table.withheld.items()
    )
    return {
        "dataset": name.dataset,
        "source": name.source,
        "where": name.cut.conditions,
        "keys": name.cut.keys,
        "figure": name.figure,
        "rules": table.rules,
        "shown": sorted(([list(key), inside.get(key, ())] for key in table.shown), key=repr),
        "withheld": sorted(withheld, key=repr),
    }


def ledger_of(text: str) -> Ledger:
    """The ledger of such a text; an empty one of a text in the first form, which names no units.

    Raises WorldFailure for a form that is not known: what it says was shown must not be forgotten.
    """
    told = json.loads(text)
    if isinstance(told, list):
        return Ledger()
    if told.get("format") not in READ:
        raise WorldFailure(
            "which figures were shown earlier was written by another version of the engine.",
            "use that version, or a newer one.",
        )
    tables = [_table(table) for table in told["tables"]]
    readings = told.get("readings", ())
    return Ledger(
        frozenset(told["origins"]),
        tuple(map(tuple, told["parts"])),
        {table.name: table for table in tables},
        told["unproven"],
        {
            name: SourceText(sql, tuple(map(tuple, files)), numbered)
            for name, sql, files, numbered in readings
        },
    )


def _table(told: dict[str, Any]) -> ReleasedTable:
    cut = Cut(tuple(told["where"]), tuple(told["keys"]))
    name = TableName(told["dataset"], told["source"], cut, told["figure"])
    shown = {tuple(key): tuple(parts) for key, parts in told["shown"]}
    withheld = {tuple(key): n for key, n, *_ in told["withheld"]}
    unnamed = frozenset(tuple(key) for key, _, named, *_ in told["withheld"] if not named)
    hidden = {tuple(key): tuple(parts) for key, _, _, *more in told["withheld"] for parts in more}
    inside = {**shown, **hidden}
    return ReleasedTable(name, frozenset(shown), withheld, unnamed, inside, _tupled(told["rules"]))


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def together(before: Ledger, now: Ledger) -> Ledger:
    """All that is out: a cell that was shown once stays shown."""
    offset = len(before.parts)
    tables = dict(before.tables)
    used = False
    for name, table in now.tables.items():
        known = tables.get(name)
        if known is None or known.rules != table.rules or not table.shown <= known.shown:
            tables[name] = _both(known, _moved(table, offset))
            used = True
    parts = (*before.parts, *now.parts) if used else before.parts
    readings = {**before.readings, **now.readings}
    return Ledger(before.origins | now.origins, parts, tables, now.unproven, readings)


def _moved(table: ReleasedTable, by: int) -> ReleasedTable:
    if not by:
        return table
    inside = {key: tuple(part + by for part in parts) for key, parts in table.inside.items()}
    return replace(table, inside=inside)


def _both(before: ReleasedTable | None, now: ReleasedTable) -> ReleasedTable:
    if before is None:
        return now
    inside = {**now.inside, **before.inside}
    shown = before.shown | now.shown
    if before.rules != now.rules:
        # Held to something else: what was shown stays known, and what is withheld is as it was decided now.
        return replace(now, shown=shown, inside=inside)
    withheld = {key: n for key, n in {**now.withheld, **before.withheld}.items() if key not in shown}
    unnamed = (before.unnamed | now.unnamed) & withheld.keys()
    return replace(now, shown=shown, withheld=withheld, unnamed=unnamed, inside=inside)


def still_withheld(units: Mapping[Row, int], before: Iterable[ReleasedTable], floor: int) -> dict[Row, int]:
    """Cells withheld in an earlier state that have not changed by the floor since, and their units then.

    They stay withheld: else the few who came or went would tell what the cell was.
    """
    kept: dict[Row, int] = {}
    for table in before:
        kept |= table.withheld
    return {key: n for key, n in kept.items() if key in units and abs(units[key] - n) < floor}
