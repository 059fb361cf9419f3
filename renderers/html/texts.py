"""Texts of a page with their holes filled, as plain text and as HTML that the script can fill again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from engine.core.pages.release import Mark, PageModel, PageTile, Sheet
from engine.core.pages.texts import HOLE, hole, in_language
from engine.model.base import Text
from renderers.html.chart_svg import Remembers
from renderers.html.numbers import Language, formatted, shown


@dataclass(frozen=True)
class Sitting:
    """What all tiles of one sheet share while they are drawn."""

    model: PageModel
    sheet: Sheet
    lang: Language
    path: str
    """Site path of the page."""
    cache: Remembers | None = None


def number_of(sitting: Sitting, tile: PageTile, inside: str) -> str:
    """What stands for a hole: a computed number, the page's date, or a parameter."""
    found = hole(inside)
    if found.expression in sitting.sheet.parameters:
        return sitting.sheet.parameters[found.expression]
    if found.expression == "as_of":
        return formatted(sitting.model.as_of, found.format or "date", sitting.lang)
    answer = tile.numbers.get(inside)
    return "" if answer is None else shown(answer.single, answer.grid.fields[0], sitting.lang)


def flat(sitting: Sitting, tile: PageTile, text: Text | None) -> str:
    """A text with its holes filled, as plain text."""
    words = in_language(text, sitting.lang.code)
    return HOLE.sub(lambda found: number_of(sitting, tile, found.group(1)), words)


def rich(sitting: Sitting, tile: PageTile, text: Text | None) -> Markup:
    """The same as HTML, computed numbers marked so that the script can fill them again."""
    words = in_language(text, sitting.lang.code)
    parts, end = [], 0
    for found in HOLE.finditer(words):
        parts += [escape(words[end : found.start()]), _span(sitting, tile, found.group(1))]
        end = found.end()
    return Markup("").join([*parts, escape(words[end:])])


def _span(sitting: Sitting, tile: PageTile, inside: str) -> Markup:
    said = number_of(sitting, tile, inside)
    if inside not in tile.numbers:
        return escape(said)
    withheld = " withheld" if isinstance(tile.numbers[inside].single, Mark) else ""
    return Markup('<span class="num{}" data-n="{}">{}</span>').format(
        withheld, list(tile.numbers).index(inside), said
    )


def markdown(sitting: Sitting, tile: PageTile, text: Text) -> Markup:
    """A text tile as HTML: CommonMark without raw HTML, holes filled afterwards so that values stay text."""
    from markdown_it import MarkdownIt

    insides: list[str] = []

    def place(found: Any) -> str:
        insides.append(found.group(1))
        return f"\ue000{len(insides) - 1}\ue001"

    source = HOLE.sub(place, in_language(text, sitting.lang.code))
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(source)
    for i, inside in enumerate(insides):
        html = html.replace(f"\ue000{i}\ue001", str(_span(sitting, tile, inside)))
    return Markup(html.replace("<h1>", "<h3>").replace("</h1>", "</h3>").replace("<h2>", "<h3>"))
