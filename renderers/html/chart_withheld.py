"""The places of withheld values on a chart: hatched, and of one size whatever the value is."""

from __future__ import annotations

from collections.abc import Sequence

from renderers.html.chart_data import SAID
from renderers.html.chart_drawing import Drawing
from renderers.html.chart_style import AXIS, HATCH, MUTED, Spec

STUB = 36
"""Pixels of the bar that stands where a number is withheld."""
CAP = 12
"""Pixels of the part that ends a bar of which a part is withheld."""
MARK = 6
"""Half the side of the square that stands at the foot of a gap."""
TOWER = 6
"""Squares that stand on each other where several series have a gap."""
SLICE = 0.08
"""What a withheld part takes of a whole that is drawn as areas, for each part: enough to be seen."""
LOOK: Spec = {"fill": HATCH, "stroke": AXIS, "strokeWidth": 1, "strokeDash": [3, 3]}
"""A pattern and a broken edge: told apart without colours, in print and on a dark page."""
SQUARE: Spec = {"type": "point", "shape": "square", "size": (2 * MARK) ** 2, "opacity": 1, **LOOK,
                "strokeDash": [1, 0]}  # fmt: skip
"""So small that a broken edge would not be seen as one."""


def gone(d: Drawing, measures: Sequence[str]) -> str:
    """The expression that holds where a row's measure is withheld; of several measures, the folded one."""
    return "datum['s' + slice(datum.m, 1)]" if len(measures) > 1 else f"datum.s{d.grid.index(measures[0])}"


def stubs(d: Drawing, measures: Sequence[str], flat: bool, place: Spec) -> Spec:
    """A short hatched bar where a number is withheld: not zero, and of no length that means anything.

    `place` is the encoding of the categories, and of the bars beside each other in one.
    """
    length: Spec = {"x": {"value": 0}, "x2": {"value": STUB}}
    bar: Spec = {"type": "bar", **LOOK}
    if not flat:
        length = {"y": {"value": "height"}, "y2": {"value": "height"}}
        bar["y2Offset"] = -STUB
    return {"transform": [{"filter": gone(d, measures)}], "mark": bar, "encoding": {**place, **length}}


def stub_words(d: Drawing, measure: str, place: Spec) -> Spec:
    """The words beside the short bars of a chart whose other bars have their numbers there."""
    return {
        "transform": [{"filter": gone(d, [measure])}],
        "mark": {"type": "text", "align": "left", "dx": 6, "color": MUTED, "fontStyle": "italic"},
        "encoding": {**place, "x": {"value": STUB}, "text": {"field": d.text_key(measure)}},
    }


def caps(d: Drawing, measures: Sequence[str], flat: bool, place: Spec, measure: Spec) -> Spec:
    """A hatched end of every bar of which a part is withheld; where all is, or no share can be told, at zero.

    There is one for each bar, however many of its parts are withheld; it says what they are.
    """
    along = "x" if flat else "y"
    (category,) = (axis["field"] for name, axis in place.items() if name in ("x", "y"))
    bar: Spec = {"type": "bar", **LOOK, f"{along}2Offset": CAP if flat else -CAP}
    end = {**measure, "field": "top", "stack": None}
    return {
        "transform": [
            {"calculate": f"max(0, datum.{measure['field']} || 0)", "as": "up"},
            *_ends(d, [category], "up", gone(d, measures)),
        ],
        "mark": bar,
        "encoding": {**place, along: end, f"{along}2": {"field": "top"}},
    }


def square_caps(d: Drawing, measures: Sequence[str], place: Spec, measure: Spec) -> Spec:
    """The same above areas that lie on each other: a hatched square."""
    end = caps(d, measures, False, place, measure)
    encoding = {name: axis for name, axis in end["encoding"].items() if name != "y2"}
    return {**end, "mark": {**SQUARE, "yOffset": -MARK}, "encoding": encoding}


def bin_caps(d: Drawing, count: str, binned: Spec, x: Spec, y: Spec) -> Spec:
    """A hatched end of every bar of a histogram that has a withheld number among those it adds up."""
    low = {**x, "field": "low", "bin": "binned"}
    return {
        "transform": [
            {"bin": binned, "field": x["field"], "as": ["low", "high"]},
            {"calculate": f"datum.{d.key(count)} || 0", "as": "up"},
            *_ends(d, ["low", "high"], "up", gone(d, [count])),
        ],
        "mark": {"type": "bar", **LOOK, "y2Offset": -CAP},
        "encoding": {
            "x": low,
            "x2": {"field": "high"},
            "y": {**{k: v for k, v in y.items() if k != "aggregate"}, "field": "top"},
            "y2": {"field": "top"},
            "description": {"field": "d"},
        },
    }


def _ends(d: Drawing, bars: Sequence[str], field: str, test: str) -> list[Spec]:
    """The bars in which something is withheld, one row each: where they end, and what is said of them."""
    keys = [*bars, *([d.key(d.tile.facet.by)] if d.tile.facet else [])]
    # Several measures are folded out of one row, which says all of them already.
    words = f"'{SAID}' + replace(join(pluck(datum.gone, 'd'), ', '), regexp('{SAID}', 'g'), '')"
    folded = f"datum.gone[0].m == null ? {words} : datum.gone[0].d"
    return [
        {"joinaggregate": [{"op": "sum", "field": field, "as": "top"}], "groupby": keys},
        {"filter": test},
        {
            "aggregate": [{"op": "max", "field": "top", "as": "top"}, {"op": "values", "as": "gone"}],
            "groupby": keys,
        },
        {"calculate": folded, "as": "d"},
        {"calculate": "datum.gone[0].u", "as": "u"},
    ]


def at_the_foot(
    d: Drawing, measures: Sequence[str], place: Spec, colour: Spec | None = None, *, flat: bool = False
) -> Spec:
    """A hatched square on the axis where a line has a gap, or a dot is missing.

    It is edged as its series is; where several series have a gap, their squares stand on each other.
    """
    (category,) = (axis["field"] for axis in place.values())
    test = "datum.s" if colour is None else gone(d, measures)
    keys = [category, *([d.key(d.tile.facet.by)] if d.tile.facet else [])]
    step = f"{MARK} + {2 * MARK + 1} * min(datum.nth - 1, {TOWER - 1})"
    square = {**SQUARE, ("xOffset" if flat else "yOffset"): {"expr": step if flat else f"-({step})"}}
    edge = {"stroke": {**colour, "legend": None}} if colour and "field" in colour else {}
    foot: Spec = {"x": {"value": 0}} if flat else {"y": {"value": "height"}}
    return {
        "transform": [
            {"filter": test},
            {"window": [{"op": "row_number", "as": "nth"}], "groupby": keys},
        ],
        "mark": square,
        "encoding": {**place, **foot, **edge},
    }
