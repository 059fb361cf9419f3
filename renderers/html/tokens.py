"""The theme as the site's first stylesheet, and the colours of charts where there is no stylesheet."""

from __future__ import annotations

import re

from engine.model.theme import Dark, Light, Theme
from renderers.html.chart_style import AXIS, CATEGORICAL, DIVERGING, GAP, GRID, MUTED, SEQUENTIAL, SOFT, TEXT
from renderers.html.layout import environment

Tokens = dict[str, str]
"""Each colour's name as stylesheets write it (`surface-2`), and its value."""


def tokens_css(theme: Theme | None = None) -> bytes:
    """The stylesheet that gives every token its value: light, dark and in print."""
    theme = theme or Theme()
    template = environment().get_template("tokens.css.j2")
    return template.render(
        theme=theme, light=colours(theme.light).items(), dark=colours(theme.dark).items()
    ).encode()


def colours(scheme: Light | Dark) -> Tokens:
    """The tokens of one scheme."""
    return {name.replace("_", "-"): getattr(scheme, name) for name in type(scheme).model_fields}


_HOUSE = {
    TEXT: "text", MUTED: "muted", GRID: "border", AXIS: "border-strong", GAP: "surface", SOFT: "accent-soft",
    **{colour: f"c{i}" for i, colour in enumerate(CATEGORICAL, 1)},
    **{colour: f"s{i}" for i, colour in enumerate(SEQUENTIAL, 1)},
    **{colour: f"d{i}" for i, colour in enumerate(DIVERGING, 1)},
}  # fmt: skip
"""The token that each colour of a drawing stands for, as assets/dashboard.css has it too."""
_PAINT = re.compile(r'((?:fill|stroke)=")(#[0-9a-fA-F]{6})"')


def painted(svg: str, tokens: Tokens) -> str:
    """A drawing with the tokens' own colours, for where no stylesheet gives them."""

    def paint(found: re.Match[str]) -> str:
        token = _HOUSE.get(found.group(2).lower())
        return f'{found.group(1)}{tokens[token] if token else found.group(2)}"'

    return _PAINT.sub(paint, svg)
