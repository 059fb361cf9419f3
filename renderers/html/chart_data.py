"""A chart's rows as Vega reads them: short keys, texts, flags; assets/dashboard.js does the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.core.pages.release import Field, Grid, Mark, Row
from renderers.html.numbers import Language, shown

Datum = dict[str, Any]


def data(grid: Grid, lang: Language, series: int | None = None) -> list[Datum]:
    """One object a row: `c0`... values, `t0`... measures as text, `s` when withheld, `last` of its series."""
    rows = [_datum(row, grid.fields, lang) for row in grid.rows]
    ends: dict[Any, int] = {}
    for i, row in enumerate(grid.rows):
        ends[row[series] if series is not None else None] = i
    for i in ends.values():
        rows[i]["last"] = 1
    return rows


def _datum(row: Row, fields: Sequence[Field], lang: Language) -> Datum:
    found: Datum = {}
    for i, (cell, field) in enumerate(zip(row, fields, strict=True)):
        withheld = isinstance(cell, Mark)
        found[f"c{i}"] = None if withheld else cell
        if withheld:
            found["s"] = 1
        if field.measure:
            found[f"t{i}"] = shown(cell, field, lang)
        elif cell is None:
            found[f"c{i}"] = shown(cell, field, lang)
    return found
