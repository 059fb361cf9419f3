"""Which numbers of an answer are withheld, by what a release says of the cells they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.core.pages.answers import WORDS, Hidden, Marks, Rows, mark_of, plain
from engine.core.pages.queries import Query
from engine.core.pages.release import Mark


def row_marks(rows: Rows, width: int) -> Marks:
    """The marks of rows of a dataset of cells: what the guard says after their `width` values."""
    return tuple((WORDS.get(int(row[width] or 0)),) * width for row in rows)


def cell_marks(query: Query, rows: Rows, hidden: Sequence[Hidden]) -> Marks:
    """The marks of aggregated rows: of each measure, whether one of its tables withholds the cell.

    A quantile of too few units is nothing already where it is asked, and is marked here.
    """
    measured = [shown.measure is not None for shown in query.shown]
    particular = [
        s.measure is not None and any(leaf.floors > 1 for leaf in s.measure.leaves) for s in query.shown
    ]
    return tuple(_marked(row, measured, particular, hidden) for row in rows)


def _marked(
    row: Sequence[Any], measured: Sequence[bool], particular: Sequence[bool], hidden: Sequence[Hidden]
) -> tuple[Mark | None, ...]:
    key = tuple(plain(value) for value, is_measure in zip(row, measured, strict=False) if not is_measure)
    marks = iter([mark_of(key, tables) for tables in hidden])
    found = [next(marks) if is_measure else None for is_measure in measured]
    few = (
        Mark.SUPPRESSED if value is None and p else None for value, p in zip(row, particular, strict=False)
    )
    return tuple(mark or own for mark, own in zip(found, few, strict=True))
