"""What an author adds to a chart: reference lines, bands and notes, each with its words beside it."""

from __future__ import annotations

from typing import Any

from engine.core.pages.texts import in_language
from engine.model.base import Scalar
from engine.model.tiles import Band, Chart, MarkLine, Note
from renderers.html.chart_style import AXIS, GAP, MUTED, SOFT, TEXT, Spec
from renderers.html.numbers import Language


def added(tile: Chart, lang: Language) -> list[Spec]:
    """The layers of a chart's lines, bands and notes; bands first would hide nothing, so they are light."""
    layers: list[Spec] = []
    for band in tile.bands:
        layers += _band(band, lang)
    for line in tile.lines:
        layers += _line(line, lang)
    for note in tile.notes:
        layers += _note(note, lang)
    return [{"data": {"values": [{}]}, **layer} for layer in layers]


def _text(words: str, **place: Any) -> list[Spec]:
    """Words on a light edge, so that lines below them do not disturb."""
    encoding = place.pop("encoding")
    mark = {"type": "text", "text": words, **place}
    return [
        {
            "mark": {**mark, "stroke": GAP, "strokeWidth": 4, "strokeJoin": "round", "color": GAP},
            "encoding": encoding,
        },
        {"mark": {**mark, "color": TEXT}, "encoding": encoding},
    ]


def _datum(value: Any) -> Spec:
    text = str(value)
    if len(text) >= 7 and text[4:5] == "-" and text[:4].isdigit():
        day = text if len(text) > 7 else f"{text}-01"
        return {"datum": {"expr": f"toDate('{day}')"}, "type": "temporal"}
    return {"datum": value}


def _line(line: MarkLine, lang: Language) -> list[Spec]:
    axis = "x" if line.x is not None else "y"
    value: Scalar = line.x if line.x is not None else line.y
    rule: Spec = {
        "mark": {"type": "rule", "color": TEXT, "strokeDash": [4, 3], "strokeWidth": 1},
        "encoding": {axis: _datum(value)},
    }
    label = in_language(line.label, lang.code)
    if not label:
        return [rule]
    place: Spec = (
        {"align": "left", "dx": 5, "y": 8} if axis == "x" else {"align": "right", "dy": -6, "x": "width"}
    )
    return [rule, *_text(label, encoding={axis: _datum(value)}, **place)]


def _band(band: Band, lang: Language) -> list[Spec]:
    axis = "x" if band.x is not None else "y"
    low, high = band.x or band.y or (None, None)
    rect: Spec = {
        "mark": {"type": "rect", "color": SOFT, "opacity": 0.55},
        "encoding": {axis: _datum(low), f"{axis}2": _datum(high)},
    }
    label = in_language(band.label, lang.code)
    if not label:
        return [rect]
    place: Spec = {"align": "left", "dx": 5, "y": 8} if axis == "x" else {"align": "left", "dy": 10, "x": 5}
    text: Spec = {
        "mark": {"type": "text", "color": MUTED, "text": label, **place},
        "encoding": {axis: _datum(low if axis == "x" else high)},
    }
    return [rect, text]


def _note(note: Note, lang: Language) -> list[Spec]:
    place = {"x": _datum(note.x), "y": _datum(note.y)}
    text = in_language(note.text, lang.code)
    return [
        {"mark": {"type": "point", "color": AXIS, "size": 70, "strokeWidth": 2}, "encoding": place},
        *_text(text, encoding=place, dy=-14),
    ]
