"""How values spread and split: histograms, boxes, heat maps, rings."""

from __future__ import annotations

from engine.core.pages.queries import axes
from renderers.html.chart_bars import bars
from renderers.html.chart_drawing import Drawing, category_axis, colour_of, number_axis
from renderers.html.chart_style import (
    AXIS,
    DIVERGING,
    GAP,
    HATCH,
    SEQUENTIAL,
    TEXT,
    Spec,
    number_label,
)
from renderers.html.chart_withheld import SLICE, at_the_foot, bin_caps, gone


def histogram(d: Drawing) -> Spec:
    """Bars over bins; the rows are how often each value occurs, or each bin."""
    value, count = d.grid.fields[0].name, d.grid.fields[-1].name
    width = d.grid.fields[0].width
    bins: Spec = {"step": width} if width else {"maxbins": 10 if d.width < 420 else 20}
    x: Spec = {
        "field": "middle" if width else d.key(value), "type": "quantitative", "bin": bins,
        "title": d.label(value), "axis": {"grid": False, "labelExpr": number_label(d.lang, d.kind(value))},
    }  # fmt: skip
    y: Spec = {
        "aggregate": "sum", "field": d.key(count), "type": "quantitative", "title": None,
        "axis": number_axis(d, None),
    }  # fmt: skip
    mark = {"type": "bar", "stroke": GAP, "strokeWidth": 1}
    ends = bin_caps(d, count, x["bin"], x, y)
    # Of a bin the lower end is known; its middle is never on an edge.
    middle: Spec = {"calculate": f"datum.{d.key(value)} + {(width or 0) / 2}", "as": "middle"}
    layers: list[Spec] = [{"mark": mark, "encoding": {"x": x, "y": y}}, ends]
    return {"transform": [middle] if width else [], "height": d.height, "layer": layers}


def boxes(d: Drawing) -> Spec:
    """Boxes from five exact numbers of each category: ends, quartiles and median."""
    found = axes(d.tile, d.types)
    along, across = ("x", "y") if found.flat else ("y", "x")
    low, first, middle, third, high = (f"c{i}" for i in range(len(d.grid.fields) - 5, len(d.grid.fields)))
    category = category_axis(d, found.categories[0])
    number: Spec = {
        "type": "quantitative", "title": None, "scale": {"zero": False},
        "axis": number_axis(d, d.tile.format),
    }  # fmt: skip
    whisker = {across: category, along: {"field": low, **number}, f"{along}2": {"field": high}}
    box = {across: category, along: {"field": first, **number}, f"{along}2": {"field": third}}
    tick = {across: category, along: {"field": middle, **number}}
    size: Spec = {"height": {"step": 34}} if found.flat else {"height": d.height}
    return {
        **size,
        "layer": [
            {"mark": {"type": "rule", "color": AXIS}, "encoding": whisker},
            {"mark": {"type": "bar", "size": 18, "color": SEQUENTIAL[1], "cornerRadius": 2}, "encoding": box},
            {"mark": {"type": "tick", "color": SEQUENTIAL[4], "thickness": 3, "size": 18}, "encoding": tick},
            at_the_foot(d, found.measures, {across: category}, flat=found.flat),
        ],
    }


def heatmap(d: Drawing) -> Spec:
    """Cells in shades; withheld ones hatched."""
    found = axes(d.tile, d.types)
    across, down = found.categories[:2]
    value = found.measures[0]
    columns = len(d.distinct(across))
    x = category_axis(d, across)
    x["axis"] = {**x["axis"], "orient": "top", "labelLimit": max(30, (d.width - 120) // max(1, columns))}
    y = category_axis(d, down)
    for axis in (x, y):
        axis["scale"] = {"paddingInner": 0, "paddingOuter": 0}
    cell = {"x": x, "y": y}
    reach = _reach(d, value)
    fill = {
        "field": d.key(value), "type": "quantitative", "title": None, "scale": _shades(reach),
        "legend": None if d.tile.labels == "none" else _classes(d, value),
    }  # fmt: skip
    layers: list[Spec] = [
        {"mark": {"type": "rect", "stroke": GAP, "strokeWidth": 2}, "encoding": {**cell, "color": fill}},
        {
            "transform": [{"filter": "datum.s"}],
            "mark": {"type": "rect", "fill": HATCH, "stroke": GAP, "strokeWidth": 2},
            "encoding": cell,
        },
    ]
    if d.width / max(1, columns) >= 56:
        layers.append(_cell_labels(d, cell, value, reach))
    return {"height": {"step": 34}, "layer": layers}


def _reach(d: Drawing, value: str) -> float:
    """How far from zero the values lie that are on both its sides; 0 when they are on one."""
    at = d.grid.index(value)
    numbers = [float(cell) for row in d.grid.rows if isinstance(cell := row[at], int | float)]
    mixed = bool(numbers) and min(numbers) < 0 < max(numbers)
    return max(map(abs, numbers)) if mixed else 0.0


def _shades(reach: float) -> Spec:
    """Five classes of as many cells each; around zero seven of the same extent."""
    if reach:
        return {"type": "quantize", "domain": [-reach, reach], "range": list(DIVERGING)}
    return {"type": "quantile", "range": list(SEQUENTIAL)}


def _classes(d: Drawing, value: str) -> Spec:
    """The legend of the classes: the bounds between them, in three digits."""
    bound = number_label(
        d.lang, d.kind(value), "toNumber(replace(format(datum.value, '.3r'), '\u2212', '-'))"
    )
    return {
        "type": "gradient", "labelExpr": f"isFinite(datum.value) ? {bound} : ''", "gradientThickness": 10,
        "gradientLength": min(260, max(100, d.width - 230)), "labelOverlap": "greedy", "labelSeparation": 4,
    }  # fmt: skip


LIGHT, DARK = "#fdfdfd", "#1c1c1e"
"""Ink on shades that are the same on a light and on a dark page."""


def _cell_labels(d: Drawing, cell: Spec, value: str, reach: float) -> Spec:
    """The number in each cell, in the colour of the ground on the two strongest classes."""
    key = d.key(value)
    ranked = {"window": [{"op": "percent_rank", "as": "rank"}], "sort": [{"field": key}]}
    colour: Spec = {"condition": {"test": "datum.rank >= 0.6", "value": GAP}, "value": TEXT}
    if reach:
        far = [(f"abs(datum.{key}) >= {reach * 5 / 7}", LIGHT), (f"abs(datum.{key}) >= {reach / 7}", DARK)]
        colour["condition"] = [{"test": test, "value": ink} for test, ink in far]
    return {
        "transform": [{"filter": "!datum.s"}, ranked],
        "mark": {"type": "text"},
        "encoding": {**cell, "text": {"field": d.text_key(value)}, "color": colour},
    }


def ring(d: Drawing) -> Spec:
    """A ring for up to three parts; more parts are drawn as bars, which can be compared."""
    found = axes(d.tile, d.types)
    part, value = found.categories[0], found.measures[0]
    if len(d.distinct(part)) > 3:
        tile = d.tile.model_copy(
            update={"chart": "bar", "x": value, "y": part, "value": None, "series": None}
        )
        return bars(Drawing(tile, d.grid, d.width, d.lang, d.cube))
    theta = {"field": "part", "type": "quantitative", "stack": True}
    order = {"field": "part", "sort": "descending"}
    direct = d.tile.labels in (None, "direct")
    names = 7 * max((len(str(name)) for name in d.distinct(part)), default=0) if direct else 0
    radius = max(40, min(d.height - (50 if direct else 0), d.width - 2 * names) // 2 - 10)
    colour = colour_of(d, part)
    if direct:
        colour["legend"] = None
    colour = {**colour, "condition": {"test": gone(d, [value]), "value": HATCH}}
    return {
        "height": d.height,
        "transform": _slices(d, value),
        "layer": [
            {
                "mark": {"type": "arc", "outerRadius": radius, "innerRadius": radius * 0.6, "stroke": GAP,
                         "strokeWidth": 2},
                "encoding": {"theta": theta, "order": order, "color": colour},
            },
            *(_part_names(d, part, value, radius, {"theta": theta, "order": order}) if direct else ()),
        ],
    }  # fmt: skip


def _slices(d: Drawing, value: str) -> list[Spec]:
    """How large each part is drawn: as its number, or as large as every withheld part; a ring without those
    would look complete."""
    key = d.key(value)
    return [
        {"joinaggregate": [{"op": "sum", "field": key, "as": "whole"}]},
        {"calculate": f"{gone(d, [value])} ? (datum.whole || 1) * {SLICE} : datum.{key}", "as": "part"},
    ]


def _part_names(d: Drawing, part: str, value: str, radius: int, place: Spec) -> list[Spec]:
    """The name and number of each part beside it."""
    own, text = f"datum.{d.key(part)}", f"datum.{d.text_key(value)}"
    name = {"calculate": f"{gone(d, [value])} ? {own} : [{own}, {text}]", "as": "name"}
    middle = "scale('theta', (datum.part_start + datum.part_end) / 2)"
    return [
        {
            "transform": [name],
            "mark": {
                "type": "text", "radius": radius + 10, "color": TEXT, "lineHeight": 15,
                "align": {"expr": f"{middle} > PI ? 'right' : 'left'"},
                "baseline": {"expr": f"cos({middle}) > 0 ? 'bottom' : 'top'"},
            },
            "encoding": {**place, "detail": {"field": d.key(part)}, "text": {"field": "name"}},
        }
    ]  # fmt: skip
