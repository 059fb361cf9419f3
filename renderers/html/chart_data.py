"""A chart's rows as Vega reads them: short keys, texts, flags; assets/dashboard.js does the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.core.pages.release import Cell, Field, Grid, Mark, Row
from renderers.html.numbers import Language, shown

Datum = dict[str, Any]


SAID = "\u2063"
"""Invisible: begins what a mark says when it is pointed at."""


def data(grid: Grid, lang: Language, series: int | None = None, whole: int | None = None) -> list[Datum]:
    """One object a row: `c0`... values, `t0`... measures as text, `s0`... and `s` when withheld, `last` shown
    of its series, `d` what is said of it.

    `whole` is the field whose values are wholes that are cut into shares: where one part is withheld, no
    share can be told.
    """
    said = _said(grid, lang)
    rows = [_datum(row, texts, grid.fields) for row, texts in zip(grid.rows, said, strict=True)]
    _end(rows, [row[series] if series is not None else None for row in grid.rows])
    if whole is not None:
        untold = {row[whole] for row, datum in zip(grid.rows, rows, strict=True) if "s" in datum}
        for row, datum in zip(grid.rows, rows, strict=True):
            if row[whole] in untold:
                datum |= {f"c{i}": None for i, field in enumerate(grid.fields) if field.measure}
    return rows


def _end(rows: list[Datum], names: Sequence[Cell]) -> None:
    """Say which row is the last of its series that is shown; the last of all where none is."""
    ends: dict[Cell, int] = {}
    for i, name in enumerate(names):
        if "s" not in rows[i] or name not in ends or "s" in rows[ends[name]]:
            ends[name] = i
    for i in ends.values():
        rows[i]["last"] = 1


def _said(grid: Grid, lang: Language) -> list[list[str]]:
    """Every cell as text; a value that a column holds again is written once."""
    known: list[dict[Cell, str]] = [{} for _ in grid.fields]
    rows = []
    for row in grid.rows:
        texts = []
        for cell, field, column in zip(row, grid.fields, known, strict=True):
            text = column.get(cell)
            if text is None:
                text = column[cell] = shown(cell, field, lang)
            texts.append(text)
        rows.append(texts)
    return rows


def _datum(row: Row, said: Sequence[str], fields: Sequence[Field]) -> Datum:
    found: Datum = {}
    for i, (cell, field) in enumerate(zip(row, fields, strict=True)):
        withheld = isinstance(cell, Mark)
        found[f"c{i}"] = None if withheld else cell
        if withheld:
            found["s"] = found[f"s{i}"] = 1
        if field.measure:
            found[f"t{i}"] = said[i]
        elif cell is None:
            found[f"c{i}"] = said[i]
    found["d"] = SAID + " · ".join(said)
    return found
