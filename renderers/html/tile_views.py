"""Tiles as the page's template shows them: one function a kind of tile, values in, HTML parts out."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from engine.core.pages.release import Answer, PageTile
from engine.diagnostics import WorldFailure
from engine.model.base import Text
from engine.model.tiles import Chart, Image, Kpi, Map, Table, TextTile, Use, VegaLite
from renderers.html.chart_svg import Remembers, compiled, draw
from renderers.html.chart_words import alternative, hatches, named, withheld_words
from renderers.html.kpis import comparison, kpi_view
from renderers.html.layout import relative
from renderers.html.links import RowLink, row_link, tile_link
from renderers.html.maps import DrawnMap, choropleth, points
from renderers.html.numbers import Language, shown
from renderers.html.page_json import answer_json
from renderers.html.specs import Specification, specification, with_links
from renderers.html.tables import TableView, grid_table, linked, table_view
from renderers.html.texts import Sitting, flat, markdown, rich

UNLINKED = ("histogram", "treemap", "box")
"""Charts whose marks stand for many rows, or are drawn otherwise."""
NARROW = 330
"""Width of the drawing that narrow tiles show."""


@dataclass(frozen=True)
class TileView:
    """One tile for the template, and what the script needs of it."""

    id: str
    kind: str
    width: int
    title: Markup
    plain_title: str
    subtitle: Markup
    link: str = ""
    rows: RowLink | None = None
    """Where each row of its table leads."""
    body: Mapping[str, Any] = field(default_factory=dict)
    table: TableView | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """For the script; empty when it has nothing to do here."""
    chart: Mapping[str, Any] = field(default_factory=dict)
    """The compiled Vega specification; empty when there is none."""
    files: Mapping[str, bytes] = field(default_factory=dict)


def tile_view(sitting: Sitting, tile: PageTile, width: int) -> TileView:
    """A tile as the template shows it, `width` of twelve columns wide."""
    spec, lang = tile.spec, sitting.lang
    answers = {purpose: named(answer, lang) for purpose, answer in tile.answers.items()}
    heading = _heading(spec, tile)
    common: dict[str, Any] = {
        "id": tile.id,
        "width": width,
        "title": rich(sitting, tile, heading),
        "plain_title": flat(sitting, tile, heading),
        "subtitle": rich(sitting, tile, spec.subtitle),
        "link": tile_link(spec.link, sitting.path, sitting.model.dashboards),
        "rows": _row_link(sitting, spec, answers),
    }
    match spec:
        case Kpi():
            return TileView(kind="kpi", **common, **_kpi(sitting, spec, tile, answers))
        case TextTile():
            body = {"html": markdown(sitting, tile, spec.text)}
            return TileView(kind="text", **common, body=body, data=_script(tile, "text", answers))
        case Table():
            table = linked(table_view(spec, answers, lang), answers["main"].grid, common["rows"])
            tabled: dict[str, Any] = {"spec": spec}
            return TileView(
                kind="table",
                **common,
                body=tabled,
                table=table,
                data=_table_data(spec, tile, answers, common["rows"]),
            )
        case Map():
            return TileView(kind="map", **common, **_map(sitting, spec, tile, answers, common["plain_title"]))
        case Chart() | VegaLite():
            return TileView(kind="chart", **common, **_told(sitting, spec, tile, answers, common))
        case Image():
            return TileView(kind="image", **common, **_image(sitting, spec, tile))
        case Use():
            raise AssertionError("partials are put in place when specs are loaded")


def _heading(spec: Any, tile: PageTile) -> Text | None:
    if isinstance(spec, Chart) and tile.headline is not None:
        return spec.title_if[tile.headline].title
    found: Text | None = spec.title
    return found


def _script(tile: PageTile, kind: str, answers: Mapping[str, Answer], **more: Any) -> dict[str, Any]:
    """What the script needs to redraw a tile; nothing when no filter acts on it."""
    numbers = list(tile.numbers.values())
    if not any(a.cube for a in (*answers.values(), *numbers)):
        return {}
    found: dict[str, Any] = {"k": kind, "a": {name: answer_json(a) for name, a in answers.items()}, **more}
    if numbers:
        found["n"] = [answer_json(a) for a in numbers]
    return found


def _kpi(sitting: Sitting, spec: Kpi, tile: PageTile, answers: Mapping[str, Answer]) -> dict[str, Any]:
    view = kpi_view(spec, answers, sitting.lang)
    limits = [[t.below, t.above, t.state] for t in spec.thresholds]
    more: dict[str, Any] = {"t": limits, "h": view.format}
    if spec.compare is not None:
        more["g"] = comparison(spec, _range_of(sitting, answers["main"]), sitting.lang)
    return {"body": {"kpi": view}, "data": _script(tile, "kpi", answers, **more)}


def _range_of(sitting: Sitting, answer: Answer) -> str | None:
    """The first range of dates that acts on an answer."""
    acting = answer.cube.filters if answer.cube is not None else ()
    ranges = (c.spec.name for c in sitting.sheet.controls if c.spec.type == "date_range")
    return next((name for name in ranges if name in acting), None)


def _row_link(sitting: Sitting, spec: Any, answers: Mapping[str, Answer]) -> RowLink | None:
    if "main" not in answers or (isinstance(spec, Table) and spec.pivot is not None):
        return None
    return row_link(spec.link, answers["main"].grid, sitting.path, sitting.model.dashboards)


def _linked(rows: RowLink | None) -> dict[str, Any]:
    return {} if rows is None else {"u": rows.as_json()}


def _table_data(
    spec: Table, tile: PageTile, answers: Mapping[str, Answer], rows: RowLink | None
) -> dict[str, Any]:
    more = _linked(rows)
    if spec.pivot is not None:
        more["v"] = [len(spec.pivot.rows), len(spec.pivot.columns), spec.share_of, list(spec.totals)]
    elif spec.columns is not None:
        marks = [[int(c.bar), c.heat.within if c.heat else 0] for c in spec.columns if not isinstance(c, str)]
        if len(marks) == len(spec.columns):
            more["m"] = marks
    return _script(tile, "table", answers, **more)


def _told(
    sitting: Sitting,
    spec: Chart | VegaLite,
    tile: PageTile,
    answers: Mapping[str, Answer],
    common: Mapping[str, Any],
) -> dict[str, Any]:
    """The chart; one that cannot be drawn says of which page and tile it is."""
    try:
        return _chart(sitting, spec, tile, answers, common)
    except WorldFailure as failure:
        place = f"{sitting.model.address}, tile {tile.id.removeprefix('t')}"
        raise WorldFailure(f"{place}: {failure.message}", failure.hint) from None


def _chart(
    sitting: Sitting,
    spec: Chart | VegaLite,
    tile: PageTile,
    answers: Mapping[str, Answer],
    common: Mapping[str, Any],
) -> dict[str, Any]:
    answer, lang = answers["main"], sitting.lang
    alt = flat(sitting, tile, spec.alt) or alternative(spec, common["plain_title"], answer, lang)
    rows: RowLink | None = common["rows"]
    links = _mark_links(spec, answer, rows, lang)
    wide, *narrow = specifications(spec, answer, common["width"], lang, [href for href, _ in links])
    empty, note = withheld_words(spec, answer, lang)
    if note and note not in alt:  # the author's own words do not know what is withheld
        alt = f"{alt} {note}".strip()
    body: dict[str, Any] = {"note": note, "hatched": isinstance(spec, Chart) and spec.chart != "scatter"}
    if empty:
        body["wide"] = Markup('<p class="db-none">{}</p>').format(empty)
    else:
        body["wide"] = Markup(draw(wide.spec, tile.id, alt, sitting.cache, links=links))
        for one in narrow:
            drawn = draw(one.spec, f"{tile.id}n", alt, sitting.cache, touched=True, links=links)
            body["narrow"] = Markup(drawn)
    more = _chart_data(wide, alt) | _linked(rows)
    if hatches(spec):
        more["z"] = 1
    if spec.title is not None and tile.headline is not None:
        more["h"] = flat(sitting, tile, spec.title)
    data = _script(tile, "chart", answers, **more)
    table = linked(grid_table(answer.grid, lang, answer.limit), answer.grid, rows)
    chart = _compiled(wide, sitting.cache) if data else {}
    return {"body": body, "table": table, "data": data, "chart": chart}


def specifications(
    spec: Chart | VegaLite, answer: Answer, width: int, lang: Language, links: Sequence[str] = ()
) -> tuple[Specification, ...]:
    """What a chart `width` of twelve columns wide is drawn from; a wide one is drawn narrow as well.

    `links` are where the marks of each row lead; a row without one has an empty text.
    """
    pixels = max(280, width * 98 - 56)
    made = [specification(spec, answer, size, lang) for size in (pixels, NARROW) if size <= pixels]
    if pixels <= 420:
        made = made[:1]
    return tuple(with_links(one, links) if links else one for one in made)


def _mark_links(
    spec: Chart | VegaLite, answer: Answer, rows: RowLink | None, lang: Language
) -> list[tuple[str, str]]:
    """Where the marks of each row of a house chart lead, and what they say."""
    if rows is None or not isinstance(spec, Chart) or spec.chart in UNLINKED:
        return []
    said = [
        " · ".join(shown(cell, field, lang) for cell, field in zip(row, answer.grid.fields, strict=True))
        for row in answer.grid.rows
    ]
    return [(rows.of(row), text) for row, text in zip(answer.grid.rows, said, strict=True)]


def _chart_data(wide: Specification, alt: str) -> dict[str, Any]:
    found: dict[str, Any] = {"y": alt}
    if wide.names:
        found["w"] = list(wide.names)
    if wide.series is not None:
        found["e"] = wide.series
    if wide.whole is not None:
        found["o"] = wide.whole
    return found


def _compiled(wide: Specification, cache: Remembers | None) -> dict[str, Any]:
    if "vega-lite" in str(wide.spec["$schema"]):
        return compiled(wide.spec, cache)
    rows, *rest = wide.spec["data"]
    return {**wide.spec, "data": [{"name": rows["name"]}, *rest]}


def _map(
    sitting: Sitting, spec: Map, tile: PageTile, answers: Mapping[str, Answer], heading: str
) -> dict[str, Any]:
    answer, lang = answers["main"], sitting.lang
    alt = flat(sitting, tile, spec.alt) or alternative(spec, heading, answer, lang)
    drawn: DrawnMap = (
        choropleth(spec, answer, tile.picture, alt, lang)
        if spec.map == "choropleth"
        else points(spec, answer, tile.picture, alt, lang)
    )
    body = {"wide": Markup(drawn.svg), "legend": drawn.legend}
    data = _script(tile, "map", answers, b=list(drawn.breaks), q=list(drawn.classes))
    return {"body": body, "table": grid_table(answer.grid, lang), "data": data}


def _image(sitting: Sitting, spec: Image, tile: PageTile) -> dict[str, Any]:
    ending = posixpath.splitext(spec.image)[1].lower() or ".bin"
    name = f"assets/pictures/{hashlib.sha256(tile.picture).hexdigest()[:16]}{ending}"
    alt = flat(sitting, tile, spec.alt)
    return {
        "body": {"src": relative(sitting.path, name), "alt": alt},
        "files": {name: tile.picture},
    }
