"""Lines and areas that break where a number is withheld: what is shown between two gaps stays to be seen."""

from __future__ import annotations

import json
from collections.abc import Sequence

from renderers.html.chart_drawing import Drawing
from renderers.html.chart_style import Spec
from renderers.html.chart_withheld import at_the_foot, gone, square_caps


def _series(d: Drawing, colour: Spec) -> list[str]:
    """The fields whose values each have a line of their own."""
    facet = [d.key(d.tile.facet.by)] if d.tile.facet else []
    return [*([colour["field"]] if "field" in colour else []), *facet]


def _neighbours(d: Drawing, category: str, field: str, colour: Spec) -> Spec:
    """`before` and `after`: the field's values beside each row on its line."""
    ordered = d.field(category).temporal or d.field(category).numeric
    return {
        "window": [
            {"op": "lag", "field": field, "as": "before"},
            {"op": "lead", "field": field, "as": "after"},
        ],
        "groupby": _series(d, colour),
        # Names stand in the order of the rows, which is that of the window as well.
        **({"sort": [{"field": d.key(category)}]} if ordered else {}),
    }


def lone_points(d: Drawing, category: str, encoding: Spec) -> Spec:
    """Points for numbers between two gaps, to which no line leads."""
    field = encoding["y"]["field"]
    alone = f"isValid(datum.{field}) && !isValid(datum.before) && !isValid(datum.after)"
    return {
        "transform": [_neighbours(d, category, field, encoding["color"]), {"filter": alone}],
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "aria": False},
        "encoding": encoding,
    }


def areas(d: Drawing, category: str, measures: Sequence[str], mark: Spec, encoding: Spec) -> list[Spec]:
    """Areas, broken where something is withheld.

    Areas on each other all break there, since none would lie where it belongs: what is shown of them
    stands as thin bars with a hatched end, as it does in stacked columns.
    """
    measure, colour = encoding["y"], encoding["color"]
    stacked = measure["stack"] is not None
    torn, field = _torn(d, category, gone(d, measures), stacked), measure["field"]
    if stacked:
        # A series without a row at a place has none of what lies there; it breaks with the others.
        series = _series(d, colour)
        torn = [{"impute": field, "key": d.key(category), "groupby": series, "value": 0}, *torn]
    kept = {"calculate": f"datum.torn ? null : datum.{field}", "as": "kept"}
    area: Spec = {
        "transform": [*torn, kept],
        "mark": mark,
        "encoding": {**encoding, "y": {**measure, "field": "kept"}},
    }
    place = {"x": encoding["x"]}
    ends = square_caps(d, measures, place, measure) if stacked else at_the_foot(d, measures, place, colour)
    return [area, _thin_bars(d, category, [*torn, kept], encoding), ends]


def _torn(d: Drawing, category: str, test: str, stacked: bool) -> list[Spec]:
    """`torn` is above zero where an area breaks: at the places of withheld numbers, of all or of its own."""
    held = {"calculate": f"{test} ? 1 : 0", "as": "torn" if not stacked else "held"}
    if not stacked:
        return [held]
    facet = [d.key(d.tile.facet.by)] if d.tile.facet else []
    return [
        held,
        {
            "joinaggregate": [{"op": "max", "field": "held", "as": "torn"}],
            "groupby": [d.key(category), *facet],
        },
    ]


def _thin_bars(d: Drawing, category: str, torn: list[Spec], encoding: Spec) -> Spec:
    """Bars for numbers beside which no area can be drawn."""
    measure, colour = encoding["y"], encoding["color"]
    field = measure["field"]
    alone = "!isValid(datum.kept) || (!isValid(datum.before) && !isValid(datum.after))"
    return {
        "transform": [
            *torn,
            *_stacked(d, category, measure, colour),
            _neighbours(d, category, "kept", colour),
            {"filter": f"datum.d && isValid(datum.{field}) && ({alone})"},
        ],
        "mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.85},
        "encoding": {
            "x": encoding["x"],
            "y": {**measure, "field": "low", "stack": None},
            "y2": {"field": "high"},
            "color": colour,
            "description": {"field": "d"},
        },
    }


def _stacked(d: Drawing, category: str, measure: Spec, colour: Spec) -> list[Spec]:
    """`low` and `high` of each number, in the order in which areas lie on each other."""
    if measure["stack"] is None:
        return [{"calculate": "0", "as": "low"}, {"calculate": f"datum.{measure['field']}", "as": "high"}]
    facet = [d.key(d.tile.facet.by)] if d.tile.facet else []
    names = json.dumps(list(colour["scale"]["domain"]), default=str)
    return [
        {"calculate": f"indexof({names}, datum.{colour['field']})", "as": "nth"},
        {
            "stack": measure["field"], "groupby": [d.key(category), *facet], "offset": measure["stack"],
            "sort": [{"field": "nth", "order": "descending"}], "as": ["low", "high"],
        },
    ]  # fmt: skip
