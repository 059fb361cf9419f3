"""The house style of charts: colours that the stylesheet themes, type, axes and the words on them.

A drawn chart names only the light colours below; assets/dashboard.css gives each its token, by attribute
selector, so that one SVG serves light, dark and print.
"""

from __future__ import annotations

from typing import Any

from renderers.html.numbers import Language

Spec = dict[str, Any]

TEXT, MUTED, GRID, AXIS, GAP = "#1d1d1f", "#5a6069", "#dfe3e8", "#8a919c", "#ffffff"
CATEGORICAL = ("#12436d", "#28a197", "#801650", "#f46a25", "#3d3d3d", "#a285d1")
SEQUENTIAL = ("#e3eef8", "#a9cdef", "#6bace7", "#2073bd", "#12436e")
"""One step beside the palette's own values: a colour means one token."""
DIVERGING = ("#7f3b09", "#c6671b", "#f2b273", "#f3f3f2", "#9cc3e7", "#3d80be", "#12436f")
"""For values on both sides of zero, which the middle one stands for."""
SOFT = "#e3eef9"
HATCH = "url(#hatch)"
FONT = "Inter, Segoe UI, Helvetica Neue, Arial, sans-serif"


def config() -> Spec:
    """The configuration of every chart."""
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "padding": 0,
        "axis": {
            "labelColor": MUTED, "labelFontSize": 12, "titleColor": MUTED, "titleFontSize": 12,
            "titleFontWeight": "normal", "gridColor": GRID, "domainColor": AXIS, "tickColor": AXIS,
            "labelPadding": 6, "ticks": False, "titlePadding": 10, "labelOverlap": True,
            "labelSeparation": 10,
        },
        "axisX": {"labelAngle": 0, "labelLimit": 120},
        "axisY": {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 0, "titleY": -12},
        "legend": {
            "labelColor": TEXT, "labelFontSize": 12, "titleColor": MUTED, "titleFontSize": 12,
            "titleFontWeight": "normal", "orient": "top", "symbolType": "square", "labelLimit": 220,
            "columnPadding": 16, "offset": 12,
        },
        "header": {"labelColor": TEXT, "labelFontSize": 12, "labelFontWeight": 600, "titleColor": MUTED},
        "range": {
            "category": list(CATEGORICAL), "ordinal": list(SEQUENTIAL), "ramp": list(SEQUENTIAL),
            "heatmap": list(SEQUENTIAL), "diverging": list(DIVERGING),
        },
        "scale": {"bandPaddingInner": 0.28, "bandPaddingOuter": 0.1},
        # A row without a number keeps its place on the axes; a line breaks there.
        "mark": {"invalid": "break-paths-show-domains"},
        "bar": {"color": CATEGORICAL[0]},
        "text": {"color": TEXT, "fontSize": 12},
    }  # fmt: skip


def number_label(lang: Language, kind: str | None, value: str = "datum.value") -> str:
    """A Vega expression that writes a number on an axis as the language does."""
    factor = {"pct0": " * 100", "pct1": " * 100", "pp": " * 100", "duration": " / 3600"}
    scaled = value + factor.get(kind or "", "")
    text = f"format({scaled}, '~s')" if kind in ("compact", "bytes") else f"format({scaled}, ',~r')"
    if kind not in ("compact", "bytes"):
        text = f"format(round({scaled} * 1e6) / 1e6, ',~f')"
    if kind == "duration":  # ticks are round in seconds
        text = f"format({scaled}, ',.3~r')"
    if lang.decimal == ",":
        text = f"replace(replace(replace({text}, /,/g, '_'), '.', ','), /_/g, '{lang.group}')"
    before, after = _affixes(lang, kind)
    return f"'{before}' + {text} + '{after}'" if before or after else text


def _affixes(lang: Language, kind: str | None) -> tuple[str, str]:
    match kind:
        case "pct0" | "pct1":
            return "", f"{lang.percent}%"
        case "pp":
            return "", lang.points
        case "eur":
            return lang.euro
        case "bytes":
            return "", lang.byte
        case "duration":
            return "", "\u00a0h"
        case _:
            return "", ""


def time_label(lang: Language, days: bool) -> str:
    """A Vega expression that writes a date on an axis: days with their month, or months with their year."""
    names = ", ".join(f"'{month}'" for month in lang.months)
    month = f"[{names}][utcmonth(datum.value)]"
    year = "utcyear(datum.value)"
    if days:
        return f"utcdate(datum.value) + ' ' + {month}"
    return f"utcmonth(datum.value) == 0 ? {year} : {month}"
