"""Bounds of withheld cells of a table with two dimensions: largest flows from its rows to its columns.

Raising one cell must be made up for along a way from its row to its column, cells lowered and raised in
turn; lowering one likewise. How far it can go is the largest flow along such ways. A row or column whose
total nobody knows needs no making up: all of those are one place outside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

Key = tuple[Any, ...]
Line = tuple[Key, ...]
Node = tuple[str, Any]
OUTSIDE: Node = ("outside", None)
UNLIMITED = 1 << 60


def flow_bounds(
    units: Mapping[Key, int], lines: Iterable[Line], asked: Iterable[Key], enough: int | None
) -> dict[Key, tuple[int, int]]:
    """The lowest and highest value of the cells `asked`, when those in `lines` are withheld, each at least 1.

    The total of each line is known. With `enough`, an interval that is found to be at least that wide may
    be wider still.
    """
    cells = _ends(list(lines))
    found = {}
    for key in asked:
        wanted = UNLIMITED if enough is None else enough
        up = _flow(units, cells, key, wanted, raising=True)
        down = _flow(units, cells, key, min(units[key] - 1, max(0, wanted - up)), raising=False)
        found[key] = (units[key] - down, units[key] + up)
    return found


def _ends(lines: list[Line]) -> dict[Key, tuple[Node, Node]]:
    """The row and the column of every cell; the place outside for those that are in no line.

    A line of one cell may be either, and is taken for both.
    """
    rows = {line[0][0] for line in lines if line[0][0] == line[-1][0]}
    columns = {line[0][1] for line in lines if line[0][1] == line[-1][1]}
    return {
        key: (
            ("row", key[0]) if key[0] in rows else OUTSIDE,
            ("column", key[1]) if key[1] in columns else OUTSIDE,
        )
        for line in lines
        for key in line
    }


def _flow(
    units: Mapping[Key, int], cells: Mapping[Key, tuple[Node, Node]], key: Key, wanted: int, *, raising: bool
) -> int:
    """How far a cell can be raised (or lowered), at most `wanted`."""
    room: dict[Node, dict[Node, int]] = {}
    for cell, (row, column) in cells.items():
        if cell != key:
            lowering = units[cell] - 1
            there, back = (lowering, UNLIMITED) if raising else (UNLIMITED, lowering)
            _add(room, row, column, there)
            _add(room, column, row, back)
    start, end = cells[key]
    total = 0
    while total < wanted:
        way = _way(room, start, end)
        if way is None:
            return total
        step = min(wanted - total, *(room[a][b] for a, b in way))
        for a, b in way:
            room[a][b] -= step
            room[b][a] += step
        total += step
    return total


def _add(room: dict[Node, dict[Node, int]], start: Node, end: Node, more: int) -> None:
    ways = room.setdefault(start, {})
    ways[end] = ways.get(end, 0) + more


def _way(room: dict[Node, dict[Node, int]], start: Node, end: Node) -> list[tuple[Node, Node]] | None:
    """The shortest way with room left on all of it."""
    came: dict[Node, Node] = {start: start}
    waiting = deque([start])
    while waiting and end not in came:
        node = waiting.popleft()
        for after, left in room.get(node, {}).items():
            if left > 0 and after not in came:
                came[after] = node
                waiting.append(after)
    if end not in came:
        return None
    way, node = [], end
    while node != start:
        way.append((came[node], node))
        node = came[node]
    return way
