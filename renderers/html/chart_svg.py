"""Draws specifications as SVG that is the same every time: own ids, a role and a name, no clock, no zone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol
from xml.sax.saxutils import quoteattr

from engine.core.pages.vega_drawing import NotDrawn, svg_of, vega_of
from engine.diagnostics import WorldFailure


class Remembers(Protocol):
    """Where drawn charts are kept: by the hash of what they were drawn from."""

    def get(self, key: str) -> bytes | None:
        """What was kept."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep it."""
        ...


VERSION = 4
"""Part of every cache key: raise it when drawing changes."""


def draw(
    spec: dict[str, Any],
    tile: str,
    alt: str,
    cache: Remembers | None = None,
    *,
    touched: bool = False,
    links: Sequence[tuple[str, str]] = (),
) -> str:
    """The SVG of a Vega-Lite (or Vega) specification, its ids prefixed with the tile's, named `alt`.

    Where it is `touched`, and never pointed at, marks don't say their values: the table below does.
    `links` are where the marks of each row lead, and what those say.
    """
    body = _drawn(spec, cache)
    if touched:
        body = _TITLED.sub("/>", body)
    if links:
        body = _LINK.sub(lambda found: _linked(*links[int(found.group(1))]), body)
    return _named(_own_ids(body, tile), alt, "group" if links else "img")


PLACE = "https://row.invalid/"
"""Stands before a row's number where its mark's link will be: a drawing does not know its page."""
_LINK = re.compile(rf'<a xlink:href="{re.escape(PLACE)}(\d+)">')


def _linked(href: str, said: str) -> str:
    return f"<a href={quoteattr(href)} aria-label={quoteattr(said)}>"


def _drawn(spec: dict[str, Any], cache: Remembers | None) -> str:
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False)
    key = f"svg-{VERSION}-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
    kept = cache.get(key) if cache is not None else None
    if kept is not None:
        return kept.decode()
    with _without_rows():
        raw = svg_of(text, lite="vega-lite" in str(spec.get("$schema", "")))
    found = _slim(_stable_ids(raw))
    if cache is not None:
        cache.put(key, found.encode())
    return found


@contextmanager
def _without_rows() -> Iterator[None]:
    """Says that a chart cannot be drawn, and not why: that may hold values of its rows."""
    try:
        yield
    except NotDrawn:
        raise WorldFailure(
            "the chart cannot be drawn over its rows",
            "`plan` drew it over one made-up row: look for values that it does not expect, such as none.",
        ) from None


def compiled(spec: dict[str, Any], cache: Remembers | None = None) -> dict[str, Any]:
    """The Vega specification of a Vega-Lite one, without its rows: the page gives them.

    What it compiles to does not depend on the rows, so charts of the same design share it.
    """
    if spec["data"].get("name") == "rows":
        spec = {**spec, "data": {"name": "rows"}}
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False)
    key = f"vega-{VERSION}-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
    kept = cache.get(key) if cache is not None else None
    if kept is None:
        with _without_rows():
            kept = json.dumps(vega_of(text), sort_keys=True).encode()
        if cache is not None:
            cache.put(key, kept)
    vega: dict[str, Any] = json.loads(kept)
    for source in vega.get("data", ()):
        if source.get("name") == "rows":
            source.pop("values", None)
    return vega


_ID = re.compile(r'(id="|url\(#|href="#)((?:clip|gradient_?)[A-Za-z_]*\d+)')


def _stable_ids(svg: str) -> str:
    """Clip and gradient ids are counters of the process; they become numbers of this chart."""
    names = dict.fromkeys(found.group(2) for found in _ID.finditer(svg))
    numbers = {name: f"k{i}" for i, name in enumerate(names)}
    return _ID.sub(lambda found: found.group(1) + numbers[found.group(2)], svg)


def _own_ids(svg: str, tile: str) -> str:
    return re.sub(r'(id="|url\(#|href="#)(k\d+)\b', rf"\g<1>{tile}-\g<2>", svg)


_NOISE = re.compile(
    r' (?:aria-[a-z]+|role|pointer-events|font-family|stroke-miterlimit|xmlns:xlink|version)="[^"]*"'
)
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*(?:d=""|d="M0,0h0v0h0Z")[^>]*/>')


_TITLED = re.compile(r"><title>[^<]*</title></path>")
_SAID = re.compile(r'<(path)([^>]*) aria-label="\u2063([^"]*)"([^>]*)/>')


def _slim(svg: str) -> str:
    """Without what the page says itself (names, fonts), empty marks and digits nobody sees.

    What a mark says of itself becomes its `<title>`, which pointers show without any script.
    """
    svg = _SAID.sub(r"<\1\2\4><title>\3</title></\1>", _EMPTY.sub("", svg))
    return re.sub(r"<[^>]*>", lambda tag: _slim_tag(tag.group()), svg)


def _slim_tag(tag: str) -> str:
    tag = _NOISE.sub("", tag).replace(' opacity="1"', "")
    return re.sub(r"-?\d+\.\d{2,}", lambda found: _short(found.group()), tag)


def _short(number: str) -> str:
    """To a tenth of a pixel; shares and widths below one to a hundredth."""
    value = float(number)
    text = (f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}").rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _named(svg: str, alt: str, role: str) -> str:
    head, rest = svg.split(">", 1)
    head = re.sub(r' class="[^"]*"', "", head)
    return f'{head} role="{role}" aria-label={quoteattr(alt)}>{rest}'
