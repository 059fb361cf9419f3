"""Bounds of withheld cells of a table with two dimensions: largest flows from its rows to its columns.

Raising one cell must be made up for along a way from its row to its column, cells lowered and raised in
turn; lowering one likewise. How far it can go is the largest flow along such ways.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

Key = tuple[Any, ...]
Node = tuple[str, Any]
UNLIMITED = 1 << 60


def flow_bounds(
    units: Mapping[Key, int], keys: Iterable[Key], asked: Iterable[Key], enough: int | None
) -> dict[Key, tuple[int, int]]:
    """The lowest and highest value of the cells `asked`, when `keys` are withheld and each at least 1.

    With `enough`, an interval that is found to be at least that wide may be wider still.
    """
    cells = list(keys)
    found = {}
    for key in asked:
        wanted = UNLIMITED if enough is None else enough
        up = _flow(units, cells, key, wanted, raising=True)
        down = _flow(units, cells, key, min(units[key] - 1, max(0, wanted - up)), raising=False)
        found[key] = (units[key] - down, units[key] + up)
    return found


def _flow(units: Mapping[Key, int], cells: list[Key], key: Key, wanted: int, *, raising: bool) -> int:
    """How far a cell can be raised (or lowered), at most `wanted`."""
    room: dict[Node, dict[Node, int]] = {}
    for cell in cells:
        if cell != key:
            row, column = ("row", cell[0]), ("column", cell[1])
            lowering = units[cell] - 1
            room.setdefault(row, {})[column] = lowering if raising else UNLIMITED
            room.setdefault(column, {})[row] = UNLIMITED if raising else lowering
    start, end = ("row", key[0]), ("column", key[1])
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
