"""Chart tiles as Vega-Lite in the house style. Values in, a specification out; nothing is drawn here."""

from __future__ import annotations

from collections.abc import Callable

from engine.core.pages.release import Answer, Grid
from engine.model.tiles import Chart
from renderers.html.chart_bars import bars, dots, ranges
from renderers.html.chart_data import data
from renderers.html.chart_drawing import Drawing
from renderers.html.chart_lines import lines, scatter
from renderers.html.chart_spread import boxes, heatmap, histogram, ring
from renderers.html.chart_style import Spec, config
from renderers.html.numbers import Language

DRAWN: dict[str, Callable[[Drawing], Spec]] = {
    "bar": bars, "column": bars, "line": lines, "area": lines, "scatter": scatter, "dot": dots,
    "range": ranges, "histogram": histogram, "box": boxes, "heatmap": heatmap, "pie": ring,
}  # fmt: skip
"""How each chart is drawn; a treemap is drawn by renderers/html/treemap.py."""


def chart_spec(tile: Chart, answer: Answer, width: int, lang: Language) -> Spec:
    """The whole Vega-Lite specification of a chart tile, its rows included under the name `rows`."""
    limit = answer.limit or len(answer.grid.rows)
    grid = Grid(answer.grid.fields, answer.grid.rows[:limit])
    drawing = Drawing(tile, grid, width, lang)
    series = grid.index(tile.series) if tile.series else None
    body = DRAWN[tile.chart](drawing)
    spec: Spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": config(),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "width": width,
        "data": {"name": "rows", "values": data(grid, lang, series)},
    }
    if tile.facet is not None:
        return _faceted(drawing, spec, body)
    return {**spec, **body}


def _faceted(drawing: Drawing, spec: Spec, body: Spec) -> Spec:
    assert drawing.tile.facet is not None
    facet = drawing.tile.facet
    columns = 1 if drawing.width < 420 else facet.columns or 3
    each = max(110, (drawing.width - 36) // columns - 20)
    inner = {key: value for key, value in body.items() if key not in ("width", "autosize")}
    inner["width"] = each
    inner["height"] = body.get("height", 150) if isinstance(body.get("height"), dict) else 130
    outer = {key: value for key, value in spec.items() if key not in ("width", "autosize")}
    found: Spec = {
        **outer,
        "facet": {"field": drawing.key(facet.by), "type": "nominal", "sort": None, "title": None},
        "columns": columns,
        "spec": inner,
    }
    if facet.scales == "free":
        found["resolve"] = {"scale": {"y": "independent", "x": "independent"}}
    return found
