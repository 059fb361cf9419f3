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
    drawing = Drawing(tile, grid, _plot_width(tile, width), lang, answer.cube)
    series = grid.index(tile.series) if tile.series else None
    body = _saying(drawing, DRAWN[tile.chart](drawing))
    spec: Spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": config(),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "width": width,
        "data": {"name": "rows", "values": data(grid, lang, series, whole_of(tile, grid))},
    }
    if tile.facet is not None:
        return _faceted(drawing, spec, body, _columns(tile, width))
    return {**spec, **body}


def whole_of(tile: Chart, grid: Grid) -> int | None:
    """The field whose values are cut into shares, in a chart that shows shares."""
    if tile.stack != "share":
        return None
    return next(i for i, field in enumerate(grid.fields) if not field.measure and field.name != tile.series)


SAYING = frozenset({"bar", "point", "rect", "arc", "tick"})
MANY = 120
"""Rows beyond which the points of a line do not say their values one by one."""


def _saying(d: Drawing, body: Spec) -> Spec:
    """Marks that stand for rows say what they are when pointed at; lines get points that do."""
    if d.tile.chart == "histogram":
        return body
    layers: list[Spec] = []
    for layer in body["layer"]:
        encoding = layer.get("encoding", {})
        if layer["mark"]["type"] in SAYING and layer["mark"].get("aria", True) and "data" not in layer:
            layer = {**layer, "encoding": {**encoding, "description": {"field": "d"}}}
        layers.append(layer)
        if layer["mark"]["type"] == "line" and len(d.grid.rows) <= MANY:
            mark = {"type": "point", "filled": True, "size": 140, "opacity": 0}
            layers.append({"mark": mark, "encoding": {**encoding, "description": {"field": "d"}}})
    return {**body, "layer": layers}


def _columns(tile: Chart, width: int) -> int:
    """How many small multiples stand side by side."""
    return 1 if tile.facet is None or width < 420 else tile.facet.columns or 3


def _plot_width(tile: Chart, width: int) -> int:
    """The width of one plot: all of it, or of one small multiple."""
    return width if tile.facet is None else max(110, (width - 36) // _columns(tile, width) - 20)


def _faceted(drawing: Drawing, spec: Spec, body: Spec, columns: int) -> Spec:
    assert drawing.tile.facet is not None
    facet = drawing.tile.facet
    inner = {key: value for key, value in body.items() if key not in ("width", "autosize")}
    inner["width"] = drawing.width
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
