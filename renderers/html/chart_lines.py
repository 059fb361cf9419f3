"""Lines and areas over time, and clouds of points."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from engine.core.pages.queries import axes
from renderers.html.chart_drawing import (
    Drawing,
    category_axis,
    colour_of,
    measure_axis,
    measured,
    number_axis,
    series_of,
    stacking,
    told_apart,
)
from renderers.html.chart_gaps import areas, lone_points
from renderers.html.chart_marks import added
from renderers.html.chart_style import GAP, Spec, number_label
from renderers.html.chart_withheld import at_the_foot

AREA: Spec = {"type": "area", "opacity": 0.85, "stroke": GAP, "strokeWidth": 1}
LINE: Spec = {"type": "line", "strokeWidth": 2.5, "strokeCap": "round", "strokeJoin": "round"}


def lines(d: Drawing) -> Spec:
    """Lines or areas, with a gap where a number is withheld and a square on the axis below it."""
    found = axes(d.tile, d.types)
    category = found.categories[0]
    field = d.field(category)
    colour, transform = series_of(d, found.measures)
    area = d.tile.chart == "area"
    split = d.tile.series is not None or len(found.measures) > 1
    measure = measured(d, found.measures, zero=area)
    measure["stack"] = stacking(d, found.measures) if area and split else None
    if measure["stack"] == "normalize":
        measure["axis"] = {**measure["axis"], "labelExpr": number_label(d.lang, "pct0")}
    x = category_axis(d, category, band=not (field.temporal or field.numeric))
    x.setdefault("axis", {})
    direct = _directly_labelled(d, found.measures)
    if direct:
        colour = {**colour, "legend": None}
    elif not area and colour.get("legend") is not None:
        colour = {**colour, "legend": {**colour["legend"], "symbolType": "stroke", "symbolStrokeWidth": 2.5}}
    encoding: Spec = {"x": x, "y": measure, "color": colour}
    drawn = {**encoding, **told_apart(colour, drawn=not area)}
    layers: list[Spec]
    if area:
        layers = areas(d, category, found.measures, AREA, drawn)
    else:
        # Points first: those that say the values lie above them, next to the line.
        layers = [lone_points(d, category, encoding), {"mark": LINE, "encoding": drawn}]
        layers += _line_ends(d, encoding) if direct else []
        layers.append(at_the_foot(d, found.measures, {"x": x}, colour))
    return {"height": d.height, **transform, "layer": [*layers, *added(d.tile, d.lang)]}


def _directly_labelled(d: Drawing, measures: Sequence[str]) -> bool:
    """Whether the ends of the lines lie far enough apart for their names to stand beside them."""
    if d.tile.series is None or len(measures) > 1 or d.tile.labels in ("legend", "none"):
        return False
    if d.tile.chart == "area" or d.width < 420 or d.tile.facet is not None:
        return False
    at, of = d.grid.index(measures[0]), d.grid.index(d.tile.series)
    numbers = [float(cell) for row in d.grid.rows if isinstance(cell := row[at], int | float)]
    ends = {row[of]: row[at] for row in d.grid.rows}
    last = sorted(float(v) for v in ends.values() if isinstance(v, int | float))
    if not numbers or len(last) != len(ends) or len(last) > 6:
        return d.tile.labels == "direct"
    room = (max(numbers) - min(numbers)) * 18 / d.height
    return d.tile.labels == "direct" or all(b - a >= room for a, b in itertools.pairwise(last))


def _line_ends(d: Drawing, encoding: Spec) -> list[Spec]:
    assert d.tile.series is not None
    ends: Spec = {"transform": [{"filter": "datum.last"}]}
    dot = {**ends, "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1}, "encoding": encoding}
    name: Spec = {
        "transform": _apart(d, encoding["y"]["field"]),
        "mark": {"type": "text", "align": "left", "dx": 8, "fontWeight": 500},
        "encoding": {
            **encoding, "y": {**encoding["y"], "field": "at"}, "text": {"field": d.key(d.tile.series)},
        },
    }  # fmt: skip
    return [dot, name]


def _apart(d: Drawing, field: str) -> list[Spec]:
    """Where the names of lines stand: at their ends, each at least a line of text above the one below.

    With the ends in order, `at[i] = max(end[j] + (i - j) * line)` over all `j` up to `i`.
    """
    line = f"(datum.top - datum.low) * {17 / d.height:.3f}"
    ends = [{"op": "max", "field": field, "as": "top"}, {"op": "min", "field": field, "as": "low"}]
    order = [{"field": field, "order": "ascending"}]
    return [
        {"joinaggregate": ends},
        {"filter": f"datum.last && isValid(datum.{field})"},
        {"window": [{"op": "row_number", "as": "nth"}], "sort": order},
        {"calculate": f"datum.{field} - datum.nth * {line}", "as": "pushed"},
        {
            "window": [{"op": "max", "field": "pushed", "as": "base"}], "sort": order, "frame": [None, 0],
            "ignorePeers": True,
        },
        {"calculate": f"datum.base + datum.nth * {line}", "as": "at"},
    ]  # fmt: skip


def scatter(d: Drawing) -> Spec:
    x, y = (axis if isinstance(axis, str) else (axis or ("",))[0] for axis in (d.tile.x, d.tile.y))
    encoding: Spec = {
        "x": _plain_axis(d, x),
        "y": measure_axis(d, y, zero=False, titled=True),
        "color": colour_of(d, d.tile.series),
    }
    if encoding["color"].get("legend") is not None:
        encoding["color"]["legend"] |= {"offset": 30}
    encoding |= told_apart(encoding["color"], drawn=False)
    if d.tile.size:
        encoding["size"] = {
            "field": d.key(d.tile.size), "type": "quantitative", "legend": None,
            "scale": {"range": [20, 600]},
        }  # fmt: skip
    mark: Spec = {
        "type": "point",
        "filled": True,
        "size": 46,
        "opacity": 0.75,
        "stroke": GAP,
        "strokeWidth": 0.5,
    }
    return {
        "height": d.height, "layer": [{"mark": mark, "encoding": encoding}, *added(d.tile, d.lang)],
    }  # fmt: skip


def _plain_axis(d: Drawing, name: str) -> Spec:
    """The axis below: the tile's format is that of the one beside."""
    found = measure_axis(d, name, zero=False, titled=True)
    return {**found, "axis": number_axis(d, d.field(name).format)}
