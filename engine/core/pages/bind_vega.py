"""Mistakes in Vega-Lite that an author wrote: found by compiling and drawing it over one made-up row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.core.document import Path
from engine.core.pages.context import PageContext
from engine.core.pages.vega_drawing import NotDrawn, svg_of
from engine.diagnostics import Diagnostic, did_you_mean
from engine.model.tiles import VegaLite

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
MARKS = (
    "arc", "area", "bar", "boxplot", "circle", "errorband", "errorbar", "geoshape", "image", "line", "point",
    "rect", "rule", "square", "text", "tick", "trail",
)  # fmt: skip
TYPES = ("quantitative", "temporal", "ordinal", "nominal", "geojson")
"""Vega-Lite 6's marks and field types."""


def vega_diagnostics(page: PageContext, tile: VegaLite, path: Path) -> Iterator[Diagnostic]:
    """What is wrong with a tile's specification: URLs, marks, types, fields; else what drawing it says."""
    written, at = tile.vega_lite, (*path, "vega_lite")
    found = [*_urls(page, written, at), *_words(page, written, at)]
    if tile.from_ in page.datasets:
        found += _fields(page, tile, at)
        if not found:
            found += _drawn(page, tile, at)
    yield from found


def _urls(page: PageContext, written: Any, path: Path) -> Iterator[Diagnostic]:
    """Every `url` in the specification: of data, images or links."""
    for place, key, _ in _entries(written, path):
        if key in ("url", "href"):
            yield page.error(
                "vega-lite-url", place, "A page reads nothing from outside: data by URL is not possible.",
                "Name a dataset of the page with `from`; its rows are the chart's data.",
            )  # fmt: skip


def _words(page: PageContext, written: Any, path: Path) -> Iterator[Diagnostic]:
    """Marks and field types that Vega-Lite does not know."""
    for place, key, value in _entries(written, path):
        word = value.get("type") if key == "mark" and isinstance(value, dict) else value
        if key == "mark" and isinstance(word, str) and word not in MARKS:
            yield page.error("vega-lite", place, f'There is no mark "{word}".', did_you_mean(word, MARKS))
        of_field = key == "type" and place[-3:-2] == ("encoding",)
        if of_field and isinstance(value, str) and value not in TYPES:
            summary = f'There is no type of field "{value}".'
            yield page.error("vega-lite", place, summary, did_you_mean(value, TYPES))


def _fields(page: PageContext, tile: VegaLite, path: Path) -> Iterator[Diagnostic]:
    """Fields that neither the dataset has nor a transform makes."""
    entries = list(_entries(tile.vega_lite, path))
    if any(key in ("data", "datasets", "pivot", "repeat") for _, key, _ in entries):
        return  # rows of its own, or names that only the rows tell
    made = {name for _, key, value in entries if key == "as" for name in _names(value)}
    made |= {"key", "value", "prob", "density"}  # what fold, density and quantile make when nothing is said
    columns = set(page.types(tile.from_))
    for place, key, value in entries:
        if key != "field" or not isinstance(value, str) or "encoding" not in place:
            continue
        name = re.split(r"(?<!\\)[.\[]", value)[0].replace("\\", "")
        if name not in columns | made and not any(name.startswith(m) for m in made):
            yield page.unknown_column(place, name, tile.from_)


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(v for v in value or () if isinstance(v, str))


def _drawn(page: PageContext, tile: VegaLite, path: Path) -> Iterator[Diagnostic]:
    row = {name: _made_up(kind) for name, kind in page.types(tile.from_).items()}
    spec = {"data": {"name": "rows", "values": [row]}, **tile.vega_lite, "$schema": SCHEMA}
    try:
        svg_of(json.dumps(spec, default=str), lite=True)
    except NotDrawn as refused:
        # What it computes may suit the real rows where it does not suit the one made up.
        if not refused.over_rows:
            yield page.error(
                "vega-lite", path, f"Vega-Lite does not take this: {refused.why}",
                "Its own documentation tells what a chart may say.",
            )  # fmt: skip


def _made_up(kind: str) -> object:
    """A value of a column's type that says nothing."""
    if kind in ("integer", "float") or kind.startswith("decimal"):
        return 1
    if kind == "boolean":
        return True
    return "2000-01-01" if kind in ("date", "timestamp", "timestamptz") else "a"


def _entries(value: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Every key of every mapping inside, with its place and value."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield (*path, str(key)), str(key), part
            yield from _entries(part, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for k, part in enumerate(value):
            yield from _entries(part, (*path, k))
