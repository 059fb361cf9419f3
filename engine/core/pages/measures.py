"""What is added up: which of the expressions in tables are one and the same measure under several names.

Sums of one measure can be subtracted from each other, whatever the measure is called, so they are audited
together. A measure that is one number wherever it is anything counts rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from engine.core.disclosure.cells import ROWS, Ints

Floats = numpy.ndarray[Any, numpy.dtype[numpy.float64]]
ADDED = "sum "
"""How a figure begins that is a sum; its argument follows."""
CLOSE = 1e-9


def added_up(figure: str) -> str:
    """What a figure adds up, in SQL; empty when it is no sum."""
    return figure.removeprefix(ADDED) if figure.startswith(ADDED) else ""


def same_measures(
    measures: Mapping[tuple[str, str], tuple[Ints, Floats]], count: int
) -> dict[tuple[str, str], str]:
    """A figure for every measure; equal ones, or shifted and scaled ones, get the same.

    Each has its values (NaN for none) by what has them, as numbers below `count`.
    """
    groups: list[Floats] = []
    found: dict[tuple[str, str], str] = {}
    for name, (of, values) in sorted(measures.items(), key=lambda entry: entry[0]):
        told = numpy.full(count, numpy.nan)
        told[of] = numpy.where(values == 0, numpy.nan, values)
        there = told[~numpy.isnan(told)]
        if len(there) and (there == there[0]).all():
            found[name] = ROWS
            continue
        place = next((i for i, known in enumerate(groups) if _alike(known, told)), len(groups))
        if place == len(groups):
            groups.append(told)
        found[name] = f"{ADDED}{place}"
    return found


def _alike(one: Floats, other: Floats) -> bool:
    """Whether one is the other, perhaps shifted and scaled, wherever both are something."""
    both = ~(numpy.isnan(one) | numpy.isnan(other))
    x, y = one[both], other[both]
    if not len(x):
        return False
    far = int(numpy.argmax(numpy.abs(x - x[0])))
    if x[far] == x[0]:
        return bool(numpy.allclose(x, y, rtol=CLOSE, atol=0))
    slope = (y[far] - y[0]) / (x[far] - x[0])
    return bool(slope != 0 and numpy.allclose(y[0] + slope * (x - x[0]), y, rtol=1e-6, atol=CLOSE))
