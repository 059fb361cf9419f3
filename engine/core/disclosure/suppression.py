"""Primary and complementary suppression over the cells of one table, audited until nothing is exposed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from engine.core.disclosure.audit import Key, Line, intervals, lines_of, order

LARGE = {1: 100_000, 2: 2_000}
"""By dimensions, withheld cells beyond which a table is not audited: all of the lines they lie in go."""
LARGE_BEYOND = 150


def suppressed(
    units: Mapping[Key, int], floor: int, complementary: bool = True, sensitive: Iterable[Key] = ()
) -> frozenset[Key]:
    """The cells to withhold: those of 1 to `floor` - 1 units or `sensitive`, and enough to hide them.

    A line is the cells that differ in one dimension only: its total may be known from elsewhere. More
    cells are withheld, the smallest first, until no withheld cell can be worked out to within less than
    the floor from all that is shown and the totals of all lines that show anything. A line of which
    nothing is shown has no more to give: whether its total may be shown is for the audit of all tables.
    """
    small = {key for key, n in units.items() if 0 < n < floor} | set(sensitive)
    if not complementary or not small:
        return frozenset(small)
    return _Cover(units, small).hide(floor)


def exposed(units: Mapping[Key, int], hidden: frozenset[Key], floor: int) -> tuple[Key, ...]:
    """Withheld cells that can be worked out to within less than the floor from lines that show anything."""
    found = intervals(units, hidden, _open(lines_of(units), units, hidden), enough=floor)
    return tuple(sorted((k for k, (low, high) in found.items() if high - low < floor), key=order))


def _open(lines: Iterable[Line], units: Mapping[Key, int], hidden: Collection[Key]) -> list[Line]:
    """The lines of which a cell is shown that is not empty."""
    return [line for line in lines if any(units[key] and key not in hidden for key in line)]


class _Cover:
    """A table while cells of it are withheld: only ever more, so what is safe stays safe."""

    def __init__(self, units: Mapping[Key, int], small: Iterable[Key]) -> None:
        self.units = units
        self.lines = lines_of(units)
        self.hidden = set(small)
        self._rank = {k: i for i, k in enumerate(sorted(units, key=lambda k: (units[k], order(k))))}
        self._through: dict[Key, list[Line]] = defaultdict(list)
        for line in self.lines:
            for key in line:
                self._through[key].append(line)

    def hide(self, floor: int) -> frozenset[Key]:
        """Withhold more until every withheld cell is safe, or its lines have no more to give."""
        self._second(self.lines)
        doubtful = set(self.hidden)
        most = LARGE.get(len(next(iter(doubtful))), LARGE_BEYOND)
        while doubtful and len(self.hidden) <= most:
            lines = _open(self.lines, self.units, self.hidden)
            found = intervals(self.units, self.hidden, lines, enough=floor, only=doubtful)
            doubtful = {k for k, (low, high) in found.items() if high - low < floor}
            more = self._more(doubtful)
            if more is None:
                return frozenset(self.hidden)
            doubtful |= self._withhold(more) | self._second(self._through[more])
        if len(self.hidden) > most:
            self._whole_lines()
        return frozenset(self.hidden)

    def _withhold(self, key: Key) -> set[Key]:
        self.hidden.add(key)
        return {key}

    def _second(self, lines: Iterable[Line]) -> set[Key]:
        """Withhold a second cell of every line that has one; and so on in the lines of that cell."""
        waiting, added = list(lines), set()
        while waiting:
            line = waiting.pop()
            if sum(key in self.hidden for key in line) == 1:
                more = self._smallest(line)
                if more is not None:
                    added |= self._withhold(more)
                    waiting += self._through[more]
        return added

    def _more(self, doubtful: Iterable[Key]) -> Key | None:
        """For the smallest exposed cell whose lines have cells to give, the smallest of those."""
        for key in sorted(doubtful, key=self._rank.__getitem__):
            given = [self._smallest(line) for line in self._through[key]]
            some = [k for k in given if k is not None]
            if some:
                return min(some, key=self._rank.__getitem__)
        return None

    def _smallest(self, line: Line) -> Key | None:
        left = [key for key in line if key not in self.hidden and self.units[key] > 0]
        return min(left, key=self._rank.__getitem__, default=None)

    def _whole_lines(self) -> None:
        for line in self.lines:
            if any(key in self.hidden for key in line):
                self.hidden.update(key for key in line if self.units[key] > 0)
