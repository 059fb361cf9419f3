"""Reads a published page as somebody would who looks at its source: texts, tables, and the script's data."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

NOISE = re.compile(
    r"<style.*?</style>|<script.*?</script>|<ul class=\"db-meta\">.*?</ul>|<p "
    r"class=\"db-(?:note|foot)\">.*?</p>"
    r"|<text\b.*?</text>|<time\b.*?</time>",
    re.S,
)
"""Dates of the data, notes of how much is withheld and the ticks of axes hold numbers of their own."""
BEFORE, AFTER = r"(?<![\w.#:/-])", r"(?![\w:])"
NUMBER = re.compile(
    rf"{BEFORE}-?\d{{1,3}}(?:[,\u202f\u00a0]\d{{3}})+(?:\.\d+)?%?{AFTER}|{BEFORE}-?\d+(?:\.\d+)?%?{AFTER}"
)
"""A number that is no part of a word, a date, a time or a hash."""
TALLY = re.compile(r"\b\d+ (?:values?|suppressed|withheld|rows?|points?)\b|\d+ of \d+ values")
"""How many values a drawing has, in its label."""


@dataclass
class Tile:
    """One tile: what is written in it, and the rows of its tables (heading first)."""

    title: str
    text: str
    tables: list[list[list[str]]] = field(default_factory=list)


def plain(markup: str) -> str:
    """Markup as the text that it shows, titles and labels of drawings included."""
    labels = " ".join(re.findall(r'(?:aria-label|data-v|value)="([^"]*)"', NOISE.sub(" ", markup)))
    return html.unescape(re.sub(r"<[^>]+>", " ", NOISE.sub(" ", markup)) + " " + labels)


def tiles(page: str) -> list[Tile]:
    """The tiles of a page, its head as the first."""
    main = page[page.find("<main") : page.find("</main>")]
    parts = re.split(r'(?=<(?:section|div) class="db-tile )', main)
    return [Tile(_title(part), plain(part), [_table(t) for t in _tables(part)]) for part in parts]


def _title(part: str) -> str:
    found = re.search(r"<h[12][^>]*>(.*?)</h[12]>", part, re.S)
    return html.unescape(re.sub(r"<[^>]+>", "", found.group(1))).strip() if found else ""


def _tables(part: str) -> list[str]:
    return re.findall(r"<table\b.*?</table>", part, re.S)


def _table(markup: str) -> list[list[str]]:
    rows = re.findall(r"<tr\b.*?</tr>", markup, re.S)
    return [[_cell(c) for c in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.S)] for row in rows]


def _cell(markup: str) -> str:
    exact = re.match(r'<t[hd][^>]*\bdata-v="([^"]*)"', markup)
    return html.unescape(exact.group(1) if exact else re.sub(r"<[^>]+>", "", markup)).strip()


def script_data(page: str) -> list[Any]:
    """Every block of data that the page carries for its script."""
    blocks = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.S)
    return [json.loads(block) for block in blocks]


def cubes(data: Any) -> Iterator[dict[str, Any]]:
    """The cubes in a page's data, wherever they stand."""
    if isinstance(data, dict):
        if {"f", "p", "g", "n"} <= set(data) and isinstance(data["n"], int):
            yield data
        else:
            for value in data.values():
                yield from cubes(value)
    elif isinstance(data, list):
        for value in data:
            yield from cubes(value)


def column(packed: Any) -> list[Any]:
    """A column that may be written as a dictionary and indexes into it."""
    return [packed["v"][i] for i in packed["i"]] if isinstance(packed, dict) else list(packed)


def leaves(cube: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """The leaves of a cube with their values, shared ones put in place."""
    listed = cube.get("L", [])
    for leaf in listed:
        values = leaf["v"]
        while isinstance(values, int):
            values = listed[values]["v"]
        place = leaf
        while "as" in place:
            place = listed[place["as"]]
        yield {**leaf, "g": place["g"], "p": place["p"]}, values


def numbers(page: str) -> list[float]:
    """Every number that the page's tiles write or its script could show."""
    found = [number for tile in tiles(page) for number in in_text(tile.text)]
    for cube in (cube for data in script_data(page) for cube in cubes(data)):
        shown = [value for _, values in leaves(cube) for value in values]
        shown += [value for part in cube["g"] for value in column(part)]
        found += [float(v) for v in shown if isinstance(v, int | float) and not isinstance(v, bool)]
    return found


def in_text(text: str) -> list[float]:
    """The numbers in a text: `1,234`, `5.2%` as 0.052."""
    return [_number(each) for each in NUMBER.findall(TALLY.sub(" ", text))]


def _number(text: str) -> float:
    digits = re.sub(r"[,\u202f\u00a0]", "", text)
    return float(digits[:-1]) / 100 if digits.endswith("%") else float(digits)
