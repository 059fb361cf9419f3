"""Bars, columns, dots and ranges: one mark a category."""

from __future__ import annotations

from engine.core.pages.queries import Axes, axes
from renderers.html.chart_drawing import (
    Drawing,
    category_axis,
    measure_axis,
    measured,
    series_of,
    stacking,
    told_apart,
)
from renderers.html.chart_marks import added
from renderers.html.chart_style import CATEGORICAL, GAP, SEQUENTIAL, TEXT, Spec, number_label
from renderers.html.chart_withheld import at_the_foot, caps, stub_words, stubs


def bars(d: Drawing) -> Spec:
    """Bars in rows or columns, from zero, each with its number; withheld ones hatched."""
    found = axes(d.tile, d.types)
    flat, category = found.flat, found.categories[0]
    colour, transform = series_of(d, found.measures)
    split = d.tile.series is not None or len(found.measures) > 1
    count = len(d.distinct(category))
    labelled = not split and (flat or count <= max(4, d.width // 52)) and d.tile.labels != "none"
    along, across = ("x", "y") if flat else ("y", "x")
    measure = measured(d, found.measures, axis=not labelled)
    if labelled and _below_zero(d, found.measures[0]):
        measure["scale"] = {**measure["scale"], "padding": 40 if flat else 18}
    measure["stack"] = stacking(d, found.measures) if split else None
    if measure["stack"] == "normalize":
        measure["axis"] = {**measure["axis"], "labelExpr": number_label(d.lang, "pct0")}
    grouped = split and measure["stack"] is None
    encoding: Spec = {across: category_axis(d, category), along: measure, "color": colour}
    encoding |= told_apart(colour, drawn=False)
    if grouped:
        encoding[f"{across}Offset"] = {"field": colour["field"], "type": "nominal", "sort": None}
    bar: Spec = {"type": "bar", "cornerRadiusEnd": 2}
    if split and not grouped:
        bar |= {"stroke": GAP, "strokeWidth": 1, "cornerRadiusEnd": 0}
    layers: list[Spec] = [{"mark": bar, "encoding": encoding}]
    if labelled:
        layers.append(_bar_labels(d, found.measures[0], flat, encoding[across]))
    layers += _withheld(d, found, encoding, labelled)
    step = {"step": 30 if not grouped else 12}
    size: Spec = {"height": step} if flat else {"height": d.height}
    return {**size, **transform, "layer": [*layers, *added(d.tile, d.lang)]}


def _below_zero(d: Drawing, measure: str) -> bool:
    """Whether a bar reaches below zero, where its number needs room beyond it."""
    at = d.grid.index(measure)
    return any(isinstance(cell := row[at], int | float) and cell < 0 for row in d.grid.rows)


def _bar_labels(d: Drawing, measure: str, flat: bool, across: Spec) -> Spec:
    """Each bar's number at its end: the far one from zero, on either side."""
    below = f"datum.{d.key(measure)} < 0"
    place: Spec = (
        {"align": {"expr": f"{below} ? 'right' : 'left'"}, "dx": {"expr": f"{below} ? -6 : 6"}}
        if flat
        else {"baseline": {"expr": f"{below} ? 'top' : 'bottom'"}, "dy": {"expr": f"{below} ? 4 : -4"}}
    )
    along = {"field": d.key(measure), "type": "quantitative"}
    return {
        "mark": {"type": "text", **place, "color": TEXT},
        "encoding": {
            ("y" if flat else "x"): across,
            ("x" if flat else "y"): along,
            "text": {"field": d.text_key(measure)},
        },
    }


def _withheld(d: Drawing, found: Axes, encoding: Spec, labelled: bool) -> list[Spec]:
    """What stands where numbers are withheld: short bars, or the ends of bars that are not complete."""
    along, across = ("x", "y") if found.flat else ("y", "x")
    place = {name: encoding[name] for name in (across, f"{across}Offset") if name in encoding}
    if encoding[along]["stack"] is not None:
        return [caps(d, found.measures, found.flat, place, encoding[along])]
    layers = [stubs(d, found.measures, found.flat, place)]
    # Words need room beside a bar; where there is none the note below the chart says them.
    if labelled and found.flat and d.width >= 420:
        layers.append(stub_words(d, found.measures[0], place))
    return layers


def dots(d: Drawing) -> Spec:
    """A dot for each number, in rows or columns; withheld ones as squares on the axis."""
    found = axes(d.tile, d.types)
    along, across = ("x", "y") if found.flat else ("y", "x")
    colour, transform = series_of(d, found.measures)
    encoding = {
        across: {**category_axis(d, found.categories[0])},
        along: measured(d, found.measures, zero=False),
        "color": colour,
        **told_apart(colour, drawn=False),
    }
    encoding[across]["axis"] = {**encoding[across]["axis"], "grid": True}
    size: Spec = {"height": {"step": 28}} if found.flat else {"height": d.height}
    dot = {"mark": {"type": "point", "filled": True, "size": 90, "opacity": 1}, "encoding": encoding}
    place = {across: encoding[across]}
    gaps = at_the_foot(d, found.measures, place, colour, flat=found.flat)
    return {**size, **transform, "layer": [dot, gaps, *added(d.tile, d.lang)]}


def ranges(d: Drawing) -> Spec:
    found = axes(d.tile, d.types)
    low, high = found.measures
    along, across = ("x", "y") if found.flat else ("y", "x")
    category = category_axis(d, found.categories[0])
    ends = {across: category, along: measure_axis(d, low, zero=False), f"{along}2": {"field": d.key(high)}}
    rule = {"mark": {"type": "rule", "strokeWidth": 6, "color": SEQUENTIAL[1], "strokeCap": "round"}}
    layers: list[Spec] = [{**rule, "encoding": ends}]
    for name, colour in ((low, CATEGORICAL[1]), (high, CATEGORICAL[0])):
        point: Spec = {"type": "point", "filled": True, "size": 80, "opacity": 1, "color": colour}
        layers.append(
            {"mark": point, "encoding": {across: category, along: measure_axis(d, name, zero=False)}}
        )
    layers.append(at_the_foot(d, found.measures, {across: category}, flat=found.flat))
    size: Spec = {"height": {"step": 28}} if found.flat else {"height": d.height}
    return {**size, "layer": [*layers, *added(d.tile, d.lang)]}
