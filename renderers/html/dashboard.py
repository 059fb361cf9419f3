"""A dashboard as files: its pages in every language, their data, and the scripts and styles they share."""

from __future__ import annotations

import datetime
import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.core.pages.release import Control, PageModel, PageTile, Sheet, Value
from engine.core.pages.texts import in_language
from engine.model.dashboard import PageFilter
from engine.model.tiles import TextTile
from renderers.html.chart_svg import Remembers
from renderers.html.chart_words import named
from renderers.html.layout import Layout, asset, environment, path_of, relative, script
from renderers.html.numbers import Language, formatted, language
from renderers.html.page_json import answer_json, control_json, embedded, language_json
from renderers.html.texts import Sitting, flat, rich
from renderers.html.tile_views import TileView, tile_view

SCRIPTS = (
    "dashboard-values.js",
    "dashboard-cubes.js",
    "dashboard-tables.js",
    "dashboard-charts.js",
    "dashboard.js",
)
"""The parts of a dashboard's script, in the order they build on each other."""
SCRIPT = "assets/dashboard.js"
ASSETS = ("dashboard.css", "vega.js", "vega.LICENSE.txt")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def dashboard_files(model: PageModel, layout: Layout, cache: Remembers | None = None) -> dict[str, bytes]:
    """Site path to bytes of everything a dashboard consists of. The same model gives the same bytes.

    The first language stands at the root, every other below its code; each value of `each` has a page.
    """
    return shared_files() | {
        path: content for part in parts_of(model, cache) for path, content in framed(part, layout).items()
    }


def shared_files() -> dict[str, bytes]:
    """What all dashboards of a site load."""
    return {f"assets/{name}": asset(name) for name in ASSETS} | {SCRIPT: script(*SCRIPTS)}


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet in one language, drawn, but for the frame that all pages of a site stand in."""

    path: str
    lang: str
    title: str
    body: bytes
    project: tuple[str, str]
    """What its project is called, and where that is."""
    files: Mapping[str, bytes]
    """What it loads that no other page does."""


def parts_of(model: PageModel, cache: Remembers | None = None) -> tuple[Part, ...]:
    """Every sheet of a dashboard in every language."""
    return tuple(_part(model, sheet, code, cache) for code in model.languages for sheet in model.sheets)


def framed(part: Part, layout: Layout) -> dict[str, bytes]:
    """A part as the files of a site."""
    page = layout.page(
        part.path,
        part.title,
        part.body,
        section="projects",
        breadcrumbs=(("Projects", "projects/index.html"), part.project),
        scripts=(SCRIPT,),
        styles=("assets/dashboard.css",),
        lang=part.lang,
        switch=False,
    )
    return {**part.files, part.path: page}


def page_path(model: PageModel, sheet: Sheet, code: str) -> str:
    """Where a sheet stands in the site."""
    base = path_of(model.address) or ""
    stem = base.removesuffix(".html") + (f".{_slug(sheet.slug)}" if sheet.slug else "")
    prefix = "" if code == model.languages[0] else f"{code}/"
    return f"{prefix}{stem}.html"


def _slug(text: str) -> str:
    """A text as part of a file name; what it loses is made up for by a hash."""
    found = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")
    return found if found == text else f"{found}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _part(model: PageModel, sheet: Sheet, code: str, cache: Remembers | None) -> Part:
    sitting = sitting_of(model, sheet, code, cache)
    lang, path = sitting.lang, sitting.path
    tabs = tab_views(sitting)
    views = [view for _, _, rows in tabs for row in rows for view in row]
    files = {name: content for view in views for name, content in view.files.items()}
    charts = {view.id: view.chart for view in views if view.chart}
    own = path.removesuffix(".html") + ".charts.js"
    if charts:
        files[own] = f"window.dataspaceCharts={embedded(charts)};\n".encode()
    body = (
        environment()
        .get_template("dashboard/page.html.j2")
        .render(
            page=head_of(sitting),
            w=lang.words,
            filters=[filter_view(control, lang) for control in sheet.controls],
            tabs=tabs,
            data=_data(sitting, views, own if charts else ""),
        )
    )
    project = (in_language(model.project_title, code), f"projects/{model.address.project}/index.html")
    return Part(path, code, title_of(sitting), body.encode(), project, files)


def sitting_of(model: PageModel, sheet: Sheet, code: str, cache: Remembers | None = None) -> Sitting:
    """What drawing one sheet in one language works with."""
    return Sitting(model, sheet, language(code, model.min_cell), page_path(model, sheet, code), cache)


def title_of(sitting: Sitting) -> str:
    """The page's title as plain text."""
    title = in_language(sitting.model.spec.title, sitting.lang.code) or sitting.model.address.name
    return flat(sitting, _itself(sitting), title)


def tab_views(sitting: Sitting) -> list[tuple[str, str, list[list[TileView]]]]:
    """The tabs of a sheet: slug, title and rows of tiles."""
    code = sitting.lang.code
    return [
        (tab.slug, in_language(tab.title, code), [_row(sitting, row) for row in tab.rows])
        for tab in sitting.sheet.tabs
    ]


def _row(sitting: Sitting, row: Sequence[PageTile]) -> list[TileView]:
    return [tile_view(sitting, tile, width) for tile, width in widths(row)]


def widths(row: Sequence[PageTile]) -> list[tuple[PageTile, int]]:
    """The tiles of a row and how many of twelve columns each takes; those without a width share the rest."""
    taken = sum(tile.spec.width or 0 for tile in row)
    free = [tile for tile in row if tile.spec.width is None]
    if not free:
        return [(tile, tile.spec.width or 12) for tile in row]
    room = max(3, 12 - taken)
    # More than fit side by side stand in lines of about the same number: six are twice three.
    lines = math.ceil(len(free) / (room // 3))
    share = max(3, room // math.ceil(len(free) / lines))
    return [(tile, tile.spec.width or share) for tile in row]


def _itself(sitting: Sitting) -> PageTile:
    """The page as if it were a tile: what its own texts are filled from."""
    return PageTile("", TextTile(text=""), numbers=sitting.sheet.numbers)


@dataclass(frozen=True)
class Head:
    """The top of a page."""

    title: Any
    summary: Any
    project: str
    source: str
    source_href: str
    licence: str
    as_of: str
    as_of_iso: str
    stale: bool
    stale_at: str
    floor: str
    others: tuple[tuple[str, str, bool], ...]
    languages: tuple[tuple[str, str, bool], ...]


def head_of(sitting: Sitting) -> Head:
    """The top of a page as its template shows it."""
    model, lang = sitting.model, sitting.lang
    spec, note = model.spec, model.spec.source
    return Head(
        title=rich(sitting, _itself(sitting), spec.title or model.address.name),
        summary=rich(sitting, _itself(sitting), spec.summary or spec.description),
        project=in_language(model.project_title, lang.code),
        source=in_language(note.label, lang.code) if note else "",
        source_href=(note.href or "") if note else "",
        licence=(note.licence or "") if note else "",
        as_of=formatted(model.as_of, "date", lang) if model.as_of else "",
        as_of_iso=model.as_of,
        stale=model.stale,
        stale_at=_stale_at(model),
        floor=_floor(model.min_cell, lang),
        others=tuple(_others(sitting)),
        languages=tuple(
            (code, relative(sitting.path, page_path(model, sitting.sheet, code)), code == lang.code)
            for code in model.languages
        ),
    )


def _floor(floor: int, lang: Language) -> str:
    """What the mark of withheld values means, in full; it is true of all of them alike."""
    return lang.words["small"].format(n=floor, mark=lang.words["suppressed"]) if floor else ""


def _others(sitting: Sitting) -> Iterator[tuple[str, str, bool]]:
    """The pages of the other values of `each`."""
    if len(sitting.model.sheets) > 1:
        for sheet in sitting.model.sheets:
            name = " · ".join(sheet.parameters.values())
            path = page_path(sitting.model, sheet, sitting.lang.code)
            yield name, relative(sitting.path, path), sheet is sitting.sheet


def _stale_at(model: PageModel) -> str:
    """When the page goes stale, for the script to compare with the reader's clock."""
    if model.spec.stale_after is None or not model.as_of:
        return ""
    age = int(model.spec.stale_after[:-1]) * SECONDS[model.spec.stale_after[-1]]
    made = datetime.datetime.fromisoformat(model.as_of.replace("Z", "")).replace(tzinfo=None)
    return (made + datetime.timedelta(seconds=age)).isoformat() + "Z"


@dataclass(frozen=True)
class FilterView:
    """A filter for the template."""

    name: str
    label: str
    type: str
    options: tuple[tuple[str, str, bool], ...]
    """Value, text, whether it is chosen at first."""
    low: str
    high: str
    ends: tuple[str, str]
    """What a range has chosen at first; empty for open."""
    chosen: str


def filter_view(control: Control, lang: Language) -> FilterView:
    """A filter with its options and its first choice, as text."""
    spec = control.spec
    ends = [_text(v) for v in (*control.default, None, None)[:2]]
    low, high = ([_text(v) for v in control.options] + ["", ""])[:2]
    return FilterView(
        name=spec.name,
        label=in_language(spec.label, lang.code) or _label(spec),
        type=spec.type,
        options=tuple((_text(v), _option(v, lang), v in control.default) for v in control.options),
        low=low[:10] if spec.type == "date_range" else low,
        high=high[:10] if spec.type == "date_range" else high,
        ends=(ends[0], ends[1]),
        chosen=ends[0],
    )


def _label(spec: PageFilter) -> str:
    return spec.name.replace("_", " ")[:1].upper() + spec.name.replace("_", " ")[1:]


def _text(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _option(value: Value, lang: Language) -> str:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return formatted(value, "date", lang)
    return _text(value)


def _data(sitting: Sitting, views: Sequence[TileView], script: str) -> str:
    """What the page's script works with."""
    tiles: Mapping[str, Any] = {view.id: view.data for view in views if view.data}
    found: dict[str, Any] = {
        "lang": language_json(sitting.lang),
        "filters": [control_json(c) for c in sitting.sheet.controls],
        "tiles": tiles,
    }
    if sitting.sheet.numbers:
        found["head"] = [answer_json(named(a, sitting.lang)) for a in sitting.sheet.numbers.values()]
    if script:
        found["vega"] = relative(sitting.path, "assets/vega.js")
        found["charts"] = relative(sitting.path, script)
    return embedded(found)
