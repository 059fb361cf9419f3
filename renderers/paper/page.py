"""A dashboard as one HTML document for paper: all sheets and tabs, light, filter values stamped."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.core.pages.release import PageModel, Sheet
from engine.model.theme import Theme
from renderers.html.chart_style import FONT
from renderers.html.chart_svg import Remembers
from renderers.html.dashboard import Head, filter_view, head_of, sitting_of, tab_views, title_of
from renderers.html.layout import asset, environment
from renderers.html.texts import Sitting
from renderers.html.tile_views import TileView
from renderers.html.tokens import Tokens, colours, painted, tokens_css

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_ROWS = 1000
"""Rows of one table that are put on paper; a longer one says how many more there are."""
LONG = 15
"""Rows of a table from which it has a line of the page to itself, so that it can go on overleaf."""


@dataclass(frozen=True)
class PaperRow:
    """A row of tiles, each with what it says when its table was cut; side by side, or one below the other."""

    css: str
    tiles: tuple[tuple[TileView, str], ...]


@dataclass(frozen=True)
class PaperSheet:
    """One sheet for the template."""

    head: Head
    foot: str
    parameters: str
    words: Mapping[str, str]
    filters: tuple[tuple[str, str], ...]
    tabs: tuple[tuple[str, str, tuple[PaperRow, ...]], ...]


def paper_page(
    model: PageModel, code: str, theme: Theme | None = None, cache: Remembers | None = None
) -> str:
    """The document of a page in one of its languages. The same model gives the same text."""
    from markupsafe import Markup

    sittings = [sitting_of(model, sheet, code, cache) for sheet in model.sheets]
    tokens = colours((theme or Theme()).light)
    return (
        environment()
        .get_template("paper/page.html.j2")
        .render(
            lang=code,
            title=title_of(sittings[0]),
            style=Markup((tokens_css(theme) + asset("paper.css")).decode()),
            sheets=[_sheet(sitting, tokens) for sitting in sittings],
            most=MOST_ROWS,
            bar=tokens["c1"],
            defs=Markup(_hatch(tokens)),
        )
    )


def _sheet(sitting: Sitting, tokens: Tokens) -> PaperSheet:
    head, words = head_of(sitting), sitting.lang.words
    foot = " · ".join(filter(None, (title_of(sitting), head.source, head.as_of)))
    return PaperSheet(
        head=head,
        foot=foot,
        parameters=" · ".join(sitting.sheet.parameters.values()),
        words=words,
        filters=tuple(_stamped(sitting.sheet, sitting)),
        tabs=tuple(
            (slug, heading, tuple(_row(row, sitting, tokens) for row in rows))
            for slug, heading, rows in tab_views(sitting)
        ),
    )


def _stamped(sheet: Sheet, sitting: Sitting) -> Iterator[tuple[str, str]]:
    """Every filter and what it has chosen, in words."""
    lang = sitting.lang
    for control in sheet.controls:
        view = filter_view(control, lang)
        if view.type in ("date_range", "slider"):
            low, high = view.ends[0] or view.low, view.ends[1] or view.high
            yield view.label, f"{lang.words['from']} {low} {lang.words['to']} {high}"
        else:
            chosen = [text for _, text, taken in view.options if taken] or list(filter(None, (view.chosen,)))
            yield view.label, ", ".join(chosen) or lang.words["all"]


def _row(views: Sequence[TileView], sitting: Sitting, tokens: Tokens) -> PaperRow:
    long = any(view.kind == "table" and view.table and len(view.table.rows) > LONG for view in views)
    side = len(views) > 1 and not long
    tiles = tuple((_on_paper(view, tokens), _cut(view, sitting)) for view in views)
    return PaperRow("side" if side else "", tiles)


def _cut(view: TileView, sitting: Sitting) -> str:
    """What a table says that has more rows than paper takes."""
    more = len(view.table.rows) - MOST_ROWS if view.kind == "table" and view.table else 0
    return f"+ {more} {sitting.lang.words['row' if more == 1 else 'rows']} (CSV)" if more > 0 else ""


def _on_paper(view: TileView, tokens: Tokens) -> TileView:
    """The tile with what needs no other file: pictures inside, drawings with colours of their own."""
    from markupsafe import Markup

    body = dict(view.body)
    if view.kind == "image":
        ((name, picture),) = view.files.items()
        body["src"] = f"data:{_media(name)};base64,{base64.b64encode(picture).decode()}"
    if "wide" in body:
        body["wide"] = Markup(_coloured(body["wide"], tokens))
    if "legend" in body:
        body["legend"] = tuple((_fill(name, tokens), said) for name, said in body["legend"])
    return replace(view, body=body)


def _media(name: str) -> str:
    ending = name.rpartition(".")[2]
    return {"svg": "image/svg+xml", "jpg": "image/jpeg", "jpeg": "image/jpeg"}.get(ending, f"image/{ending}")


CLASSES = {
    "q0": "surface-2", **{f"q{i}": f"s{i}" for i in range(1, 6)}, **{f"v{i}": f"d{i}" for i in range(1, 8)},
    "pt": "c1",
}  # fmt: skip
"""The token behind each class of a drawn shape; on paper there is no stylesheet inside a drawing."""


def _fill(name: str, tokens: Tokens) -> str:
    return "url(#hatch)" if name == "qs" else tokens[CLASSES[name]]


def _coloured(svg: Markup, tokens: Tokens) -> str:
    head, rest = str(svg).split(">", 1)

    def fill(found: re.Match[str]) -> str:
        edge = f' stroke="{tokens["border-strong"] if found.group(1) == "qs" else "#ffffff"}"'
        return f'fill="{_fill(found.group(1), tokens)}"{edge}'

    return f'{head} font-family="{FONT}">{_hatch(tokens)}' + re.sub(
        r'class="(q[0-5s]|v[1-7]|pt)"', fill, painted(rest, tokens)
    )


def _hatch(tokens: Tokens) -> str:
    """The pattern of withheld cells; a drawing on paper can't use one of another drawing."""
    return (
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{tokens["surface-2"]}"/>'
        f'<rect width="2" height="6" fill="{tokens["border-strong"]}"/></pattern></defs>'
    )
