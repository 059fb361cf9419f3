"""What every chart is drawn from, and how its columns become axes and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.pages.release import Cell, Cube, Field, Grid
from engine.core.pages.texts import in_language
from engine.model.tiles import Chart
from renderers.html.chart_style import CATEGORICAL, Spec, number_label, time_label
from renderers.html.numbers import Language

HEIGHTS = {"s": 150, "m": 260, "l": 420}


@dataclass(frozen=True)
class Drawing:
    """What a chart is drawn from: the tile, its rows, its size and its language."""

    tile: Chart
    grid: Grid
    width: int
    lang: Language
    cube: Cube | None = None
    """All that the page's filters can reach, where some act on the chart."""

    @property
    def types(self) -> dict[str, str]:
        """Types of the fields by name, as the author wrote them."""
        return {f.name: f.type for f in self.grid.fields}

    @property
    def height(self) -> int:
        """The height of the plot in pixels."""
        return HEIGHTS[self.tile.height or "m"]

    def key(self, name: str) -> str:
        """The short key of a field."""
        return f"c{self.grid.index(name)}"

    def text_key(self, name: str) -> str:
        """The short key of a measure's text."""
        return f"t{self.grid.index(name)}"

    def field(self, name: str) -> Field:
        """The field of that name."""
        return self.grid.fields[self.grid.index(name)]

    def label(self, name: str) -> str:
        """What a field is called to people."""
        return in_language(self.field(name).label, self.lang.code)

    def kind(self, name: str) -> str | None:
        """The format of a measure: the tile's, or the field's own."""
        return self.tile.format or self.field(name).format

    def distinct(self, name: str) -> list[Cell]:
        """The values of a field in the order of the rows, then those that only another choice of filters
        shows: colours and wordings are fixed when the chart is compiled, before anyone chooses.
        """
        index = self.grid.index(name)
        others = (
            [] if self.cube is None else [group[index] for group in self.cube.groups if index < len(group)]
        )
        return list(dict.fromkeys([*(row[index] for row in self.grid.rows), *others]))


def category_axis(d: Drawing, name: str, *, band: bool = True) -> Spec:
    """A category, or time and numbers where no bands are needed, in the order of the rows."""
    field = d.field(name)
    if field.temporal and not band:
        return {"field": d.key(name), "type": "temporal", "scale": {"type": "utc"}, "title": None,
                "axis": _time_axis(d, name)}  # fmt: skip
    if field.numeric and not band:
        return {"field": d.key(name), "type": "quantitative", "title": None,
                "scale": {"zero": False, "nice": False},
                "axis": {"grid": False, "format": "d", "tickCount": tick_count(d)}}  # fmt: skip
    axis: Spec = {
        "title": None,
        "labelAngle": 0,
        "labelLimit": min(190, max(110, d.width // 2)),
        "domain": False,
    }
    if field.temporal:
        axis["labelExpr"] = time_label(d.lang, days=_daily(d, name)).replace(
            "datum.value", "toDate(datum.value)"
        )
    return {"field": d.key(name), "type": "nominal", "sort": None, "axis": axis}


def _daily(d: Drawing, name: str) -> bool:
    return any(str(value)[8:10] != "01" for value in d.distinct(name) if value is not None)


def tick_count(d: Drawing) -> int:
    return max(3, d.width // 110)


def _time_axis(d: Drawing, name: str) -> Spec:
    return {
        "grid": False, "ticks": True, "tickCount": tick_count(d),
        "labelExpr": time_label(d.lang, _daily(d, name)),
    }  # fmt: skip


def measure_axis(
    d: Drawing, name: str, *, zero: bool = True, axis: bool = True, titled: bool = False
) -> Spec:
    found: Spec = {
        "field": d.key(name),
        "type": "quantitative",
        "scale": {"zero": zero, "nice": True},
        "title": d.label(name) if titled else None,
    }
    found["axis"] = number_axis(d, d.kind(name)) if axis else None
    return found


def number_axis(d: Drawing, kind: str | None) -> Spec:
    return {"grid": True, "domain": False, "tickCount": 4, "labelExpr": number_label(d.lang, kind)}


def colour_of(d: Drawing, name: str | None) -> Spec:
    if name is None:
        return {"value": CATEGORICAL[0]}
    domain = d.distinct(name)
    colours = [CATEGORICAL[i % len(CATEGORICAL)] for i in range(len(domain))]
    return {
        "field": d.key(name), "type": "nominal", "title": None, "sort": None,
        "scale": {"domain": domain, "range": colours},
        "legend": legend_of(d, [str(value) for value in domain]) if d.tile.labels != "none" else None,
    }  # fmt: skip


DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 4), (2, 3))
STRENGTHS = (1, 0.6, 0.3)


def told_apart(colour: Spec, *, drawn: bool) -> Spec:
    """What tells the seventh series and those after it from the first six, whose colours they have again:
    drawn lines are dashed, then dotted; filled marks are paler.
    """
    domain = colour.get("scale", {}).get("domain", ())
    if len(domain) <= len(CATEGORICAL):
        return {}
    looks: Sequence[object] = DASHES if drawn else STRENGTHS
    again = [looks[i // len(CATEGORICAL) % len(looks)] for i in range(len(domain))]
    scale = {"type": "ordinal", "domain": domain, "range": again}
    return {"strokeDash" if drawn else "opacity": {**colour, "scale": scale}}


def legend_of(d: Drawing, names: Sequence[str]) -> Spec:
    """A legend above the plot, in as many columns as fit its width: about 7 pixels a letter."""
    fits = max(1, d.width // (38 + 7 * max(map(len, names), default=1)))
    return {"columns": fits} if fits < len(names) else {}


def _folded(d: Drawing, measures: Sequence[str]) -> tuple[Spec, str | None]:
    """Several measures as one with a series of their own: transform and labels for the legend."""
    if len(measures) < 2:
        return {}, None
    keys = [d.key(m) for m in measures]
    labels = ", ".join(f"{d.key(m)}: '{_escaped(d.label(m))}'" for m in measures)
    return {"transform": [{"fold": keys, "as": ["m", "v"]}]}, f"({{{labels}}})[datum.label]"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def measured(d: Drawing, measures: Sequence[str], **options: bool) -> Spec:
    found = measure_axis(d, measures[0], **options)
    return found if len(measures) < 2 else {**found, "field": "v", "title": None}


def series_of(d: Drawing, measures: Sequence[str]) -> tuple[Spec, Spec]:
    """The colour of a chart with a series or several measures, and the transform it needs."""
    transform, legend = _folded(d, measures)
    if legend is None:
        return colour_of(d, d.tile.series), {}
    keys = [d.key(m) for m in measures]
    colour = {
        "field": "m", "type": "nominal", "title": None, "sort": None,
        "scale": {"domain": keys, "range": [CATEGORICAL[i % len(CATEGORICAL)] for i in range(len(keys))]},
        "legend": {"labelExpr": legend, **legend_of(d, [d.label(m) for m in measures])},
    }  # fmt: skip
    return colour, transform


def stacking(d: Drawing, measures: Sequence[str]) -> str | None:
    """How the parts of a bar or an area lie: several measures make up a whole only if the author says so."""
    told = {"none": None, "zero": "zero", "share": "normalize"}
    return told[d.tile.stack or ("zero" if len(measures) < 2 else "none")]
