"""Several tables over the same units: which of their cells to withhold, all of them audited together.

Two tables that cut the same people differently can tell more together than each alone. So all cells are
laid over the same units, and a reader is taken to know every cell that is shown, in whichever table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.core.disclosure.rules import Rules

if TYPE_CHECKING:  # NumPy and SciPy are imported only where cells are withheld
    from engine.core.disclosure.cells import Ints, Key, PublishedTable, Register
    from engine.core.disclosure.exchange import Effort
    from engine.core.disclosure.system import System

NONE: frozenset[Any] = frozenset()


@dataclass(frozen=True)
class Withheld:
    """The cells of each table that are withheld."""

    tables: tuple[frozenset[Key], ...]
    known: frozenset[tuple[int, Key]] = field(default=frozenset())
    """Withheld cells (by table) that what was shown earlier gives away already, whatever is done now."""
    units: tuple[Mapping[Key, int], ...] = ()
    """The distinct units of each table's cells."""
    left_out: frozenset[int] = frozenset()
    """Tables that were withheld whole, as there are too many."""
    unproven: int = 0
    """Cells for which more was withheld than an audit would have, as its effort was spent."""


def withheld(
    universes: Sequence[Ints],
    tables: Sequence[PublishedTable],
    rules: Rules,
    effort: Effort | None = None,
) -> Withheld:
    """The cells to withhold so that no withheld cell can be worked out to within less than the floor.

    Each universe says of every row of some data whose it is, as numbers of units that all universes share.
    Primary are cells below the floor and sensitive ones; then what an audit of all tables together finds
    exposed, and every difference of two cells, one inside the other, that is below the floor. A cell that
    lies in several tables is withheld in all of them or in none. What was shown earlier and hides nothing
    any more goes on being shown, unless it is below the floor.
    """
    from engine.core.disclosure.scope import within_reach

    steps = effort.left if effort is not None and rules.complementary else math.inf
    chosen = within_reach(universes, tables, rules.floor, max(steps, 0.0))
    if all(chosen):
        return _audited(universes, tables, rules, effort)
    audited = [i for i, taken in enumerate(chosen) if taken]
    found = _audited(universes, [tables[i] for i in audited], rules, effort)
    return _with_left_out(universes, tables, audited, found, rules)


def _with_left_out(
    universes: Sequence[Ints],
    tables: Sequence[PublishedTable],
    audited: Sequence[int],
    found: Withheld,
    rules: Rules,
) -> Withheld:
    """What was found of the audited tables, the others being withheld whole."""
    from engine.core.disclosure.cells import distinct_owners

    places = {i: place for place, i in enumerate(audited)}
    hidden, counted, more = list[frozenset[Any]](), list[Mapping[Any, int]](), 0
    for i, table in enumerate(tables):
        if i in places:
            hidden.append(found.tables[places[i]])
            counted.append(found.units[places[i]])
            continue
        units = distinct_owners(table.labels, universes[table.universe], len(table.keys)).tolist()
        hidden.append(frozenset(table.keys))
        counted.append(dict(zip(table.keys, units, strict=True)))
        more += sum(n >= rules.floor for n in units)
    known = frozenset((audited[i], key) for i, key in found.known)
    left_out = frozenset(range(len(tables))) - frozenset(audited)
    return Withheld(tuple(hidden), known, tuple(counted), left_out, found.unproven + more)


def _audited(
    universes: Sequence[Ints], tables: Sequence[PublishedTable], rules: Rules, effort: Effort | None
) -> Withheld:
    """The same, of tables that are audited together."""
    from engine.core.disclosure.cells import register

    cells = register(universes, tables)
    primary = _primary(cells, tables, rules)
    untold = _untold(cells, tables, rules) if rules.complementary else set[int]()
    if not rules.complementary or not (primary or untold):
        differing = rules.complementary and _differs(cells, primary, rules)
        if not differing:
            return Withheld(_in_tables(cells, tables, primary), units=_units(cells, tables))
    system = _system(cells, primary, untold, rules, effort)
    system.kept[list(_numbers(cells, tables, [table.shown for table in tables]))] = True
    helpless = system.protect()
    gone = [c for c in range(len(cells.units)) if system.withheld[c]]
    known = _in_tables(cells, tables, helpless)
    return Withheld(
        _in_tables(cells, tables, gone),
        frozenset((i, key) for i, keys in enumerate(known) for key in keys),
        _units(cells, tables),
        unproven=len(system.unproven),
    )


def given_away(
    universes: Sequence[Ints],
    tables: Sequence[PublishedTable],
    hidden: Sequence[frozenset[Key]],
    rules: Rules,
) -> tuple[tuple[int, Key], ...]:
    """Withheld cells, as (table, key), that cannot be shown to vary by the floor."""
    from engine.core.disclosure.cells import register

    cells = register(universes, tables)
    gone = _numbers(cells, tables, hidden)
    shown = _shown(cells, tables, hidden)
    system = _system(cells, gone, _untold(cells, tables, rules), rules, None)
    system.kept[list(shown)] = True
    exposed = {*system.exposed(), *(gone & shown)}
    found = _in_tables(cells, tables, exposed)
    return tuple((i, key) for i, keys in enumerate(found) for key in tables[i].keys if key in keys)


def _shown(cells: Register, tables: Sequence[PublishedTable], hidden: Sequence[frozenset[Key]]) -> set[int]:
    told = [frozenset(table.keys) - gone for table, gone in zip(tables, hidden, strict=True)]
    return _numbers(cells, tables, told)


def _primary(cells: Register, tables: Sequence[PublishedTable], rules: Rules) -> set[int]:
    """The cells that are withheld for their own sake."""
    told = [of for of, table in zip(cells.numbers, tables, strict=True) if table.told]
    small = {c for of_table in told for c in of_table.tolist() if cells.units[c] < rules.floor}
    held = _numbers(cells, tables, [table.sensitive for table in tables])
    # What an earlier table withheld may be known from another one.
    before = _numbers(cells, tables, [frozenset(t.keys) - t.shown if t.earlier else NONE for t in tables])
    return small | held | (before - _numbers(cells, tables, [table.shown for table in tables]))


def _untold(cells: Register, tables: Sequence[PublishedTable], rules: Rules) -> set[int]:
    """Small cells that no table shows."""
    of = [numbers for numbers, table in zip(cells.numbers, tables, strict=True) if not table.told]
    every = {cell for numbers in of for cell in numbers.tolist()}
    return {c for c in every if not cells.published[c] and cells.units[c] < rules.floor}


def _differs(cells: Register, primary: set[int], rules: Rules) -> bool:
    from engine.core.disclosure.differences import with_differences

    shown = cells.published.copy()
    shown[list(primary)] = False
    return len(with_differences(cells, shown, rules.floor)[1]) > 0


def _system(
    cells: Register, gone: Iterable[int], untold: Iterable[int], rules: Rules, effort: Effort | None
) -> System:
    """The system in which these are withheld, and all small differences watched, as are the `untold`."""
    from engine.core.disclosure.differences import complete_totals, with_differences
    from engine.core.disclosure.system import System

    listed = sorted(gone)
    shown = cells.published.copy()
    shown[listed] = False
    grown, fresh = with_differences(cells, shown | complete_totals(cells, shown), rules.floor)
    system = System(grown, rules.floor, rules.zeros_shown, effort)
    system.withhold(listed)
    system.watch([*fresh.tolist(), *untold])
    return system


def _numbers(cells: Register, tables: Sequence[PublishedTable], keys: Sequence[frozenset[Key]]) -> set[int]:
    """The cells of some keys of each table."""
    return {
        int(cells.numbers[i][place])
        for i, (table, chosen) in enumerate(zip(tables, keys, strict=True))
        if chosen
        for place, key in enumerate(table.keys)
        if key in chosen
    }


def _units(cells: Register, tables: Sequence[PublishedTable]) -> tuple[dict[Key, int], ...]:
    """The units of each table's cells."""
    return tuple(
        dict(zip(table.keys, cells.units[numbers].tolist(), strict=True))
        for table, numbers in zip(tables, cells.numbers, strict=True)
    )


def _in_tables(
    cells: Register, tables: Sequence[PublishedTable], gone: Iterable[int]
) -> tuple[frozenset[Key], ...]:
    """The keys of each table that are one of these cells."""
    every = set(gone)
    return tuple(
        frozenset(key for key, cell in zip(table.keys, numbers.tolist(), strict=True) if cell in every)
        for table, numbers in zip(tables, cells.numbers, strict=True)
    )
