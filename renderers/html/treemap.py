"""A treemap as a Vega specification: Vega-Lite has none."""

from __future__ import annotations

from typing import Any

from renderers.html.chart_drawing import Drawing
from renderers.html.chart_style import CATEGORICAL, FONT, GAP, HATCH, TEXT, Spec
from renderers.html.chart_withheld import SLICE

WIDE, HIGH = "(datum.x1 - datum.x0)", "(datum.y1 - datum.y0)"


def treemap_spec(drawing: Drawing, rows: list[dict[str, object]], part: str, value: str) -> Spec:
    """Rectangles as large as their numbers, each named where its name fits; withheld ones are hatched, and
    of a size that does not depend on what they hold.
    """
    key, size, text = drawing.key(part), drawing.key(value), drawing.text_key(value)
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "width": drawing.width,
        "height": drawing.height,
        "padding": 0,
        "background": None,
        "config": {"font": FONT},
        "data": [{"name": "rows", "values": rows}, _tree(size)],
        "marks": [_rectangles(), _label(key, 19, 600), _label(text, 35, 400)],
    }


def _tree(size: str) -> dict[str, Any]:
    """Where each rectangle lies."""
    return {
        "name": "tree",
        "source": "rows",
        "transform": [
            {"type": "joinaggregate", "ops": ["sum"], "fields": [size], "as": ["whole"]},
            {
                "type": "formula", "as": "part",
                "expr": f"datum.s ? (datum.whole || 1) * {SLICE} : datum.{size}",
            },
            {"type": "nest", "keys": []},
            {
                "type": "treemap", "field": "part", "round": True, "paddingInner": 2,
                "size": [{"signal": "width"}, {"signal": "height"}], "method": "squarify",
                "sort": {"field": "value", "order": "descending"},
            },
            {"type": "filter", "expr": f"datum.{size} != null || datum.s"},
        ],
    }  # fmt: skip


def _rectangles() -> dict[str, Any]:
    place = {
        "x": {"field": "x0"}, "x2": {"field": "x1"}, "y": {"field": "y0"}, "y2": {"field": "y1"},
    }  # fmt: skip
    fill = [{"test": "datum.s", "value": HATCH}, {"value": CATEGORICAL[0]}]
    update = {**place, "fill": fill, "description": {"field": "d"}}
    return {"type": "rect", "from": {"data": "tree"}, "encode": {"update": update}}


def _label(name: str, offset: int, weight: int) -> dict[str, Any]:
    """A line of text in each rectangle that has room for it, `offset` pixels down."""
    # The words for a withheld number are long: they say nothing when they are cut.
    wide = "(datum.s ? 170 : 60)" if name.startswith("t") else "60"
    update = {
        "x": {"field": "x0", "offset": 8},
        "y": {"field": "y0", "offset": offset},
        "text": {"signal": f"{WIDE} > {wide} && {HIGH} > {offset + 6} ? datum.{name} : ''"},
        "limit": {"signal": f"max(0, {WIDE} - 14)"},
        "fill": [{"test": "datum.s", "value": TEXT}, {"value": GAP}],
        "fontSize": {"value": 12},
        "fontWeight": {"value": weight},
    }
    return {"type": "text", "from": {"data": "tree"}, "encode": {"update": update}}
