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
        return flow_bounds(units, keys, asked, enough)
    return _solved(keys, sums, asked, enough)


def _solved(
    keys: list[Key], sums: list[tuple[Line, int]], asked: list[Key], enough: int | None
) -> dict[Key, tuple[int, int]]:
    """The bounds by programming: each cell made as small and as large as the totals allow.

    Every solution is a table that agrees with all that is known, so it widens what is seen of every cell.
    """
    import numpy

    position = {key: i for i, key in enumerate(keys)}
    matrix = numpy.zeros((len(sums), len(keys)))
    for row, (line, _) in enumerate(sums):
        for key in line:
            matrix[row, position[key]] = 1
    totals = numpy.array([total for _, total in sums], dtype=float)
    low, high = numpy.full(len(keys), numpy.inf), numpy.full(len(keys), -numpy.inf)
    for i in map(position.__getitem__, asked):
        for sign in (1.0, -1.0):
            if enough is None or high[i] - low[i] < enough:
                aim = numpy.zeros(len(keys))
                aim[i] = sign
                table = _least(aim, matrix, totals)
                low, high = numpy.minimum(low, table), numpy.maximum(high, table)
    return {key: (round(low[position[key]]), round(high[position[key]])) for key in asked}


def _least(aim: Any, matrix: Any, totals: Any) -> Any:
    """The table of whole numbers that agrees with the totals and makes `aim` least.

    The quick solution, in any numbers, is almost always whole already; if not, only whole ones are tried.
    """
    import numpy
    from scipy.optimize import Bounds, LinearConstraint, linprog, milp

    quick = linprog(aim, A_eq=matrix, b_eq=totals, bounds=(1, None), method="highs-ds").x
    if numpy.abs(quick - numpy.round(quick)).max() < 1e-6:
        return numpy.round(quick)
    known = LinearConstraint(matrix, totals, totals)
    whole = numpy.ones(len(aim))
    return numpy.round(milp(aim, constraints=known, integrality=whole, bounds=Bounds(1, numpy.inf)).x)
