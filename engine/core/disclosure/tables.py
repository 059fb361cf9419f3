"""Several tables over the same units: which of their cells to withhold, all of them audited together.

Two tables that cut the same people differently can tell more together than each alone. So every cell is
a set of *parts*, the finest groups that the tables cut the units into, and a reader is taken to know the
number of units in every cell that is shown, in whichever table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.core.disclosure.audit import Key, order
from engine.core.disclosure.rules import Rules
from engine.core.disclosure.suppression import suppressed

if TYPE_CHECKING:
    from engine.core.disclosure.system import System

Cells = Mapping[Key, tuple[int, ...]]
"""The parts of each cell of a table, by number; no part is in two cells of one table."""


@dataclass(frozen=True)
class PublishedTable:
    """The cells of one table, and what is known of them beforehand."""

    cells: Cells
    units: Mapping[Key, int]
    """Distinct units of each cell."""
    sensitive: frozenset[Key] = frozenset()
    """Cells to withhold however many units they have."""
    shown: frozenset[Key] = frozenset()
    """Cells that were published earlier: they are known whatever is withheld now."""


@dataclass(frozen=True)
class Withheld:
    """The cells of each table that are withheld."""

    tables: tuple[frozenset[Key], ...]
    known: frozenset[tuple[int, Key]] = field(default=frozenset())
    """Withheld cells (by table) that what was shown earlier gives away already, whatever is done now."""


def withheld(parts: Sequence[int], tables: Sequence[PublishedTable], rules: Rules) -> Withheld:
    """The cells to withhold so that no withheld cell can be worked out to within less than the floor.

    `parts` are the units of each part. Primary are cells below the floor and sensitive ones; then enough
    others for every table by itself (all totals of its lines taken as known); then what an audit of all
    tables together still finds exposed, and every difference of two cells, one inside the other, that is
    below the floor. A cell that lies in several tables is withheld in all of them or in none.
    """
    hidden = [_alone(table, rules) for table in tables]
    if not rules.complementary:
        return Withheld(_same_everywhere(tables, hidden))
    return _together(parts, tables, hidden, rules)


def given_away(
    parts: Sequence[int], tables: Sequence[PublishedTable], hidden: Sequence[frozenset[Key]], rules: Rules
) -> tuple[tuple[int, Key], ...]:
    """Withheld cells, as (table, key), that can be worked out to within less than the floor all the same."""
    system = _watching(parts, tables, hidden, rules)
    exposed = {*system.exposed(), *_shown(system, tables, hidden)}
    told = [(i, key) for i, keys in enumerate(hidden) for key in sorted(keys, key=order)]
    return tuple(place for place in told if system.cell_of(*place) in exposed)


def bounds(
    parts: Sequence[int], tables: Sequence[PublishedTable], hidden: Sequence[frozenset[Key]], rules: Rules
) -> dict[tuple[int, Key], tuple[int, int | None]]:
    """The lowest and highest value of every withheld cell, exactly; None for no highest."""
    system = _watching(parts, tables, hidden, rules)
    return {
        (i, key): system.interval(system.cell_of(i, key)) for i, keys in enumerate(hidden) for key in keys
    }


def _alone(table: PublishedTable, rules: Rules) -> frozenset[Key]:
    """What a table must withhold by itself."""
    return suppressed(table.units, rules.floor, rules.complementary, table.sensitive)


def _primary(table: PublishedTable, rules: Rules) -> frozenset[Key]:
    """The cells that are withheld for their own sake."""
    return table.sensitive | {key for key, n in table.units.items() if 0 < n < rules.floor}


def _system(parts: Sequence[int], tables: Sequence[PublishedTable], rules: Rules) -> System:
    from engine.core.disclosure.system import System  # NumPy and SciPy, only where cells are withheld

    return System(parts, [table.cells for table in tables], rules.floor, rules.zeros_shown)


def _watching(
    parts: Sequence[int], tables: Sequence[PublishedTable], hidden: Sequence[frozenset[Key]], rules: Rules
) -> System:
    """The system as a reader sees it: what one table withholds and another shows is known."""
    system = _system(parts, tables, rules)
    system.withhold(_numbers(system, hidden))
    system.keep(_shown(system, tables, hidden))
    return system


def _numbers(system: System, hidden: Iterable[Iterable[Key]]) -> set[int]:
    return {system.cell_of(i, key) for i, keys in enumerate(hidden) for key in keys}


def _shown(system: System, tables: Sequence[PublishedTable], hidden: Sequence[frozenset[Key]]) -> set[int]:
    return _numbers(system, (t.cells.keys() - hidden[i] for i, t in enumerate(tables)))


def _together(
    parts: Sequence[int], tables: Sequence[PublishedTable], hidden: Sequence[frozenset[Key]], rules: Rules
) -> Withheld:
    system = _system(parts, tables, rules)
    known_before = _numbers(system, (table.shown for table in tables))
    primary = _numbers(system, (_primary(table, rules) for table in tables))
    system.keep(known_before)
    # What is known already hides nothing; it goes on being shown.
    system.withhold(_numbers(system, hidden) - (known_before - primary))
    system.withhold_differences()
    helpless = system.protect()
    places = [(i, key, system.cell_of(i, key)) for i, table in enumerate(tables) for key in table.cells]
    gone: list[set[Key]] = [set() for _ in tables]
    for i, key, cell in places:
        if system.is_withheld(cell):
            gone[i].add(key)
    known = frozenset((i, key) for i, key, cell in places if cell in helpless)
    return Withheld(tuple(map(frozenset, gone)), known)


def _same_everywhere(
    tables: Sequence[PublishedTable], hidden: Sequence[frozenset[Key]]
) -> tuple[frozenset[Key], ...]:
    gone: set[Any] = {frozenset(tables[i].cells[key]) for i, keys in enumerate(hidden) for key in keys}
    return tuple(
        frozenset(key for key, parts in table.cells.items() if frozenset(parts) in gone) for table in tables
    )
