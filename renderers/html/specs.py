"""The specification a chart tile is drawn from: house charts, treemaps, or the author's own Vega-Lite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.core.pages.queries import axes
from engine.core.pages.release import Answer, Grid, Mark
from engine.model.tiles import Chart, VegaLite
from renderers.html.chart_data import data
from renderers.html.chart_drawing import Drawing
from renderers.html.chart_style import Spec, config
from renderers.html.chart_svg import PLACE
from renderers.html.charts import chart_spec, whole_of
from renderers.html.numbers import Language
from renderers.html.treemap import treemap_spec


@dataclass(frozen=True)
class Specification:
    """A Vega-Lite or Vega specification with its rows, and how its rows are keyed."""

    spec: Spec
    names: tuple[str, ...] = ()
    """The columns' own names, if rows are keyed by them: the author of a `vega_lite` tile expects it."""
    series: int | None = None
    """The field whose values are series."""
    whole: int | None = None
    """The field whose values are cut into shares."""


def specification(tile: Chart | VegaLite, answer: Answer, width: int, lang: Language) -> Specification:
    """The specification of a chart tile for a drawing of that width."""
    if isinstance(tile, VegaLite):
        names = tuple(f.name for f in answer.grid.fields)
        return Specification(_passed_on(tile, answer, width), names)
    if tile.chart == "treemap":
        grid = Grid(answer.grid.fields, answer.grid.rows[: answer.limit])
        drawing = Drawing(tile, grid, width, lang, answer.cube)
        found = axes(tile, drawing.types)
        return Specification(treemap_spec(drawing, data(grid, lang), found.categories[0], found.measures[0]))
    series = answer.grid.index(tile.series) if tile.series else None
    spec = chart_spec(tile, answer, width, lang)
    return Specification(spec, series=series, whole=whole_of(tile, answer.grid))


def with_links(made: Specification, links: Sequence[str]) -> Specification:
    """The specification with a place for a link in the marks of each row that leads somewhere."""
    rows = [
        {**row, "u": f"{PLACE}{i}"} if link else row
        for i, (row, link) in enumerate(zip(made.spec["data"]["values"], links, strict=False))
    ]
    spec: Spec = {**made.spec, "data": {**made.spec["data"], "values": rows}}
    inner = spec["spec"] if "facet" in spec else spec
    layers = [_leading(layer) for layer in inner["layer"]]
    if "facet" in spec:
        return replace(made, spec={**spec, "spec": {**inner, "layer": layers}})
    return replace(made, spec={**spec, "layer": layers})


def _leading(layer: Spec) -> Spec:
    """A layer whose marks stand for rows, as links; any other as it is."""
    encoding = layer.get("encoding", {})
    if "description" not in encoding:
        return layer
    return {**layer, "encoding": {**encoding, "href": {"field": "u", "type": "nominal"}}}


def _config(width: int) -> Spec:
    """The house's configuration, with legends of as many columns as stand side by side."""
    found = config()
    return {**found, "legend": {**found["legend"], "columns": max(1, width // 160), "offset": 30}}


def _passed_on(tile: VegaLite, answer: Answer, width: int) -> Spec:
    """The author's specification with the tile's rows as its data, in the house's type and colours."""
    names = [f.name for f in answer.grid.fields]
    rows = [
        {name: None if isinstance(cell, Mark) else cell for name, cell in zip(names, row, strict=True)}
        for row in answer.grid.rows
    ]
    written = dict(tile.vega_lite)
    own = written.pop("config", {})
    composed = {"facet", "hconcat", "vconcat", "concat", "repeat"} & written.keys()
    size: Spec = {} if composed else {"width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
    if not composed and "height" not in written:
        size["height"] = 260
    return {
        **size,
        **written,
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "config": {**_config(width), **own},
        "data": {"name": "rows", "values": rows},
    }
