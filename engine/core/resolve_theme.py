"""A theme that people can read: contrasts by the formula of WCAG 2.2 (relative luminance, 1.4.3)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.resolve_names import Names
from engine.core.space import Resource
from engine.model.space import SpaceSpec
from engine.model.theme import Dark, Light

TEXT = 4.5
"""The least contrast of a text with its ground."""
PAIRS = (
    *((text, ground) for text in ("text", "muted", "link") for ground in ("surface", "page_background")),
    ("text", "background"),
    ("text", "surface_2"),
    *((state, ground) for state in ("good", "warn", "bad") for ground in ("surface", f"{state}_soft")),
)
"""Texts and the grounds they stand on."""
INK = {"light": "#1d1d1f", "dark": "#14181f"}
"""The dark text on shaded cells of each scheme; the other one is white."""
SHADES = {
    "light": {"s1": INK["light"], "s2": INK["light"], "s3": INK["light"], "s4": "#ffffff", "s5": "#ffffff"},
    "dark": {"s1": "#ffffff", "s2": "#ffffff", "s3": INK["dark"], "s4": INK["dark"], "s5": INK["dark"]},
}
"""The text on a shaded cell, by its step."""


def check_theme(names: Names, settings: Resource[SpaceSpec]) -> None:
    """Report every text of the theme that cannot be read on its ground."""
    theme = settings.spec.theme
    if theme is None:
        return
    for scheme, colours in (("light", theme.light), ("dark", theme.dark)):
        for token, other, ratio in _faint(scheme, colours):
            summary = (
                f"{_css(token)} on {_css(other)} has a contrast of {ratio:.1f} in the {scheme} scheme, "
                f"but a text needs {TEXT}."
            )
            written = token if token in colours.model_fields_set else other
            names.add(
                "contrast", settings.span("theme", scheme, written), summary, "Choose one further apart."
            )


def _faint(scheme: str, colours: Light | Dark) -> Iterator[tuple[str, str, float]]:
    """Pairs that are too close, those that the author wrote neither part of apart."""
    chosen = colours.model_fields_set
    for text, ground in PAIRS:
        ratio = contrast(getattr(colours, text), getattr(colours, ground))
        if ratio < TEXT and {text, ground} & chosen:
            yield text, ground, ratio
    for shade, ink in SHADES[scheme].items():
        ratio = contrast(getattr(colours, shade), ink)
        if ratio < TEXT and shade in chosen:
            yield shade, f"its {'white' if ink == '#ffffff' else 'dark'} text", ratio


def _css(token: str) -> str:
    return token if " " in token else f"`{token}`"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
