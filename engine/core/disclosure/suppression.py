"""Primary and complementary suppression over the cells of one table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Key = tuple[Any, ...]
"""The values of a table's dimensions that name one cell."""


def suppressed(units: Mapping[Key, int], floor: int, complementary: bool = True) -> frozenset[Key]:
    """The cells to withhold: those of 1 to `floor` - 1 units, and enough others to hide them.

    A line is the cells that differ in one dimension only: its total may be published somewhere. No line
    is left with exactly one cell withheld, nor with cells withheld that are fewer than `floor` units
    together, as far as the line has cells to give. Always the smallest cells are taken; ties by key.
    """
    hidden = {key for key, n in units.items() if 0 < n < floor}
    if not complementary or not hidden:
        return frozenset(hidden)
    lines = _lines(units)
    changed = True
    while changed:
        changed = False
        for line in lines:
            more = _another(line, units, hidden, floor)
            if more is not None:
                hidden.add(more)
                changed = True
    return frozenset(hidden)


def _lines(units: Mapping[Key, int]) -> list[list[Key]]:
    found: dict[Key, list[Key]] = defaultdict(list)
    for key in units:
        for position in range(len(key)):
            found[(position, *key[:position], *key[position + 1 :])].append(key)
    return [sorted(line, key=_order) for _, line in sorted(found.items(), key=lambda item: _order(item[0]))]


def _another(line: list[Key], units: Mapping[Key, int], hidden: set[Key], floor: int) -> Key | None:
    """One more cell of a line to withhold, or None when it needs none or has none to give."""
    gone = [key for key in line if key in hidden]
    if not gone or (len(gone) > 1 and sum(units[key] for key in gone) >= floor):
        return None
    left = [key for key in line if key not in hidden and units[key] > 0]
    return min(left, key=lambda key: (units[key], _order(key)), default=None)


def _order(key: Key) -> list[str]:
    return [f"{type(part).__name__}:{part}" for part in key]
