"""Primary and complementary suppression over the cells of one table, audited until nothing is exposed."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.disclosure.audit import Key, Line, intervals, lines_of, order

LARGE = 400
"""Withheld cells beyond which a table is not solved cell by cell: all of the lines they lie in go."""


def suppressed(units: Mapping[Key, int], floor: int, complementary: bool = True) -> frozenset[Key]:
    """The cells to withhold: those of 1 to `floor` - 1 units, and enough others to hide them.

    A line is the cells that differ in one dimension only: its total may be published somewhere. More
    cells are withheld, the smallest first, until no withheld cell can be worked out to within less than
    the floor from all that is shown and all totals of lines; or until the lines have no more to give.
    """
    hidden = {key for key, n in units.items() if 0 < n < floor}
    if not complementary or not hidden:
        return frozenset(hidden)
    lines = lines_of(units)
    _two_a_line(lines, units, hidden)
    while len(hidden) <= LARGE:
        narrow = [k for k, (low, high) in intervals(units, hidden, floor).items() if high - low < floor]
        more = _others(narrow, lines, units, hidden)
        if not more:
            return frozenset(hidden)
        hidden |= more
        _two_a_line(lines, units, hidden)
    for line in lines:
        if any(key in hidden for key in line):
            hidden.update(key for key in line if units[key] > 0)
    return frozenset(hidden)


def exposed(units: Mapping[Key, int], hidden: frozenset[Key], floor: int) -> tuple[Key, ...]:
    """Withheld cells that can be worked out to within less than the floor all the same.

    They lie in lines that have nothing more to withhold: the totals of those lines must not be shown.
    """
    found = intervals(units, hidden, floor)
    return tuple(sorted((k for k, (low, high) in found.items() if high - low < floor), key=order))


def _two_a_line(lines: list[Line], units: Mapping[Key, int], hidden: set[Key]) -> None:
    """Withhold a second cell of every line that has one: the first step, and quick."""
    changed = True
    while changed:
        changed = False
        for line in lines:
            if sum(key in hidden for key in line) == 1:
                more = _smallest(line, units, hidden)
                if more is not None:
                    hidden.add(more)
                    changed = True


def _others(narrow: list[Key], lines: list[Line], units: Mapping[Key, int], hidden: set[Key]) -> set[Key]:
    """For the first of the exposed cells that has a line with cells to give, the smallest of them."""
    for key in sorted(narrow, key=lambda k: (units[k], order(k))):
        given = [_smallest(line, units, hidden) for line in lines if key in line]
        some = [k for k in given if k is not None]
        if some:
            return {min(some, key=lambda k: (units[k], order(k)))}
    return set()


def _smallest(line: Line, units: Mapping[Key, int], hidden: set[Key]) -> Key | None:
    left = [key for key in line if key not in hidden and units[key] > 0]
    return min(left, key=lambda key: (units[key], order(key)), default=None)
