"""Mistakes in what an author adds to a chart: lines, bands and notes at values of its axes."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from typing import Literal

from engine.core.document import Path
from engine.core.pages.context import PageContext
from engine.core.pages.expressions import is_aggregate
from engine.core.pages.queries import Types, axes, is_number
from engine.diagnostics import Diagnostic
from engine.model.base import Scalar
from engine.model.tiles import Chart

DRAWN_ON = ("area", "bar", "column", "dot", "line", "range", "scatter")
"""The charts that have lines, bands and notes."""
Sort = Literal["number", "date", "boolean", "text"]
WORDS: dict[Sort, str] = {
    "number": "a number", "date": "a date such as 2024-01-31, or a month such as 2024-01",
    "boolean": "true or false", "text": "a text",
}  # fmt: skip


def mark_diagnostics(page: PageContext, tile: Chart, path: Path) -> Iterator[Diagnostic]:
    """Lines, bands and notes stand at values that their axis can have. The chart's columns exist."""
    for key in ("lines", "bands", "notes"):
        if getattr(tile, key) and tile.chart not in DRAWN_ON:
            yield page.error(
                "chart-mark", (*path, key), f"A {tile.chart} chart has no {key}.", "Leave them out.",
            )  # fmt: skip
            return
    for key in ("lines", "bands"):
        for k, mark in enumerate(getattr(tile, key)):
            if (mark.x is None) == (mark.y is None):
                summary = f"A {key.removesuffix('s')} stands at `x` or at `y`, exactly one."
                yield page.error("chart-mark", (*path, key, k), summary)
    for place, axis, value in _places(tile, path):
        wanted = _sort(tile, axis, page.types(tile.from_))
        if not _fits(value, wanted):
            summary = f"Along `{axis}` of this chart nothing stands at {value!r}."
            yield page.error("chart-mark", place, summary, f"Write {WORDS[wanted]}.")


def _places(tile: Chart, path: Path) -> Iterator[tuple[Path, Literal["x", "y"], Scalar]]:
    """Every value that is written, with its place and axis."""
    axis: Literal["x", "y"]
    for axis in ("x", "y"):
        for k, line in enumerate(tile.lines):
            if (value := getattr(line, axis)) is not None:
                yield (*path, "lines", k, axis), axis, value
        for k, band in enumerate(tile.bands):
            for end, value in enumerate(getattr(band, axis) or ()):
                yield (*path, "bands", k, axis, end), axis, value
        for k, note in enumerate(tile.notes):
            yield (*path, "notes", k, axis), axis, getattr(note, axis)


def _sort(tile: Chart, axis: Literal["x", "y"], types: Types) -> Sort:
    """What stands along an axis: numbers where it is measured, else what its column holds."""
    written: str | Sequence[str] = getattr(tile, axis) or ()
    text = written if isinstance(written, str) else next(iter(written), "")
    kind = types.get(text, "")
    measured = text in axes(tile, types).measures and tile.chart != "scatter"
    if not text or measured or is_aggregate(text) or is_number(kind):
        return "number"
    if kind in ("date", "timestamp", "timestamptz"):
        return "date"
    return "boolean" if kind == "boolean" else "text"


def _fits(value: Scalar, wanted: Sort) -> bool:
    match wanted:
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "date":
            return isinstance(value, str) and _is_date(value)
        case "boolean":
            return isinstance(value, bool)
        case "text":
            return isinstance(value, str)


def _is_date(text: str) -> bool:
    """Whether the text is a day, a month or a moment, as ISO 8601 writes them."""
    try:
        datetime.datetime.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError:
        return False
    return text[4:5] == "-"
