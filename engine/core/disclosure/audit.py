"""What a reader can work out about withheld cells: the narrowest interval each is known to lie in.

The reader is taken to know every cell that is shown and the total of every line, wherever it may be
published, and that a withheld cell is at least 1, for zeros are shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from engine.core.disclosure.flows import flow_bounds

Key = tuple[Any, ...]
Line = tuple[Key, ...]


def lines_of(keys: Iterable[Key]) -> list[Line]:
    """The cells that differ in one dimension only, for each dimension; in an order of their own."""
    found: dict[Key, list[Key]] = defaultdict(list)
    for key in sorted(keys, key=order):
        for position in range(len(key)):
            found[(position, *key[:position], *key[position + 1 :])].append(key)
    return [tuple(line) for line in found.values()]


def order(key: Key) -> list[str]:
    """A sort key for cells whose values are of several types."""
    return [f"{type(part).__name__}:{part}" for part in key]


def intervals(
    units: Mapping[Key, int],
    hidden: Iterable[Key],
    lines: Iterable[Line],
    *,
    enough: int | None = None,
    only: Iterable[Key] | None = None,
) -> dict[Key, tuple[int, int]]:
    """The lowest and highest value each withheld cell (of `only`) can have, exactly, in whole numbers.

    With `enough`, an interval that is found to be at least that wide may be wider still.
    """
    gone = set(hidden)
    wanted = gone if only is None else set(only)
    narrowed = [tuple(k for k in line if k in gone) for line in lines]
    sums = [(line, sum(units[key] for key in line)) for line in narrowed if line]
    found: dict[Key, tuple[int, int]] = {}
    for part in _connected(sums):
        keys = list(dict.fromkeys(key for line, _ in part for key in line))
        asked = [key for key in keys if key in wanted]
        if asked:
            found |= _bounds(units, keys, part, asked, enough)
    return found


def _connected(sums: list[tuple[Line, int]]) -> list[list[tuple[Line, int]]]:
    """Lines in groups that share cells: what is known of one group says nothing of another."""
    parent: dict[Key, Key] = {}

    def root(key: Key) -> Key:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for line, _ in sums:
        for key in line[1:]:
            parent[root(key)] = root(line[0])
    groups: dict[Key, list[tuple[Line, int]]] = defaultdict(list)
    for line, total in sums:
        groups[root(line[0])].append((line, total))
    return list(groups.values())


def _bounds(
    units: Mapping[Key, int],
    keys: list[Key],
    sums: list[tuple[Line, int]],
    asked: list[Key],
    enough: int | None,
) -> dict[Key, tuple[int, int]]:
    if len(sums) == 1:
        total, others = sums[0][1], len(keys) - 1
        return dict.fromkeys(asked, (1 if others else total, total - others))
    if len(keys[0]) == 2:
        return flow_bounds(units, [line for line, _ in sums], asked, enough)
    return _solved(keys, sums, asked, units, max(units.values()) * len(keys) if enough is None else enough)


def _solved(
    keys: list[Key], sums: list[tuple[Line, int]], asked: list[Key], units: Mapping[Key, int], enough: int
) -> dict[Key, tuple[int, int]]:
    """The bounds by programming: each cell made as small and as large as the totals allow.

    Every solution is a table that agrees with all that is known, so it widens what is seen of every cell.
    What is looked for is how much each cell has beyond the one unit it is known to hold.
    """
    import numpy

    from engine.core.disclosure.programme import Programme

    position = {key: i for i, key in enumerate(keys)}
    beyond = numpy.array([units[key] - 1 for key in keys], dtype=numpy.int64)
    programme = Programme(beyond, *_cells(position, sums, beyond), enough)
    for i in range(len(keys)):
        programme.free(len(sums) + i, 0)
    low, high = beyond.copy(), beyond.copy()
    for i in map(position.__getitem__, asked):
        for best in (programme.greatest, programme.least):
            if high[i] - low[i] < enough:
                table = best(len(sums) + i)
                low, high = numpy.minimum(low, table), numpy.maximum(high, table)
    return {key: (int(low[position[key]]) + 1, int(high[position[key]]) + 1) for key in asked}


def _cells(position: Mapping[Key, int], sums: list[tuple[Line, int]], beyond: Any) -> tuple[Any, Any]:
    """The lines, then every cell by itself, as a matrix of cells by parts; and their totals."""
    import numpy
    from scipy.sparse import csr_matrix

    groups = [[position[key] for key in line] for line, _ in sums] + [[i] for i in range(len(position))]
    rows = numpy.repeat(numpy.arange(len(groups)), [len(group) for group in groups])
    columns = numpy.array([i for group in groups for i in group])
    shape = (len(groups), len(position))
    matrix = csr_matrix((numpy.ones(len(rows), dtype=numpy.int64), (rows, columns)), shape)
    return matrix, matrix @ beyond
