"""The theme: every colour and font of the site and its charts, as a space may replace them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Strict, StringConstraints

from engine.model.base import Model

Colour = Annotated[str, Strict(), StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Fonts = Annotated[
    str,
    Strict(),
    StringConstraints(pattern=r"""^(?:[A-Za-z][\w -]*|"[\w -]+")(?:, ?(?:[A-Za-z][\w -]*|"[\w -]+"))*$"""),
]
"""Families in the order tried. Nothing is loaded: a reader sees the first that their machine has."""
Pixels = Annotated[str, Strict(), StringConstraints(pattern=r"^[0-9]{1,2}px$")]


class Light(Model):
    """Colours on a light ground; on paper these alone."""

    text: Colour = "#1d1d1f"
    """What is read and what it stands on."""
    muted: Colour = "#5a6069"
    link: Colour = "#1a5f9e"
    background: Colour = "#ffffff"
    page_background: Colour = "#f7f8fa"
    surface: Colour = "#ffffff"
    surface_2: Colour = "#f2f4f7"
    border: Colour = "#dfe3e8"
    border_strong: Colour = "#8a919c"
    accent: Colour = "#12436d"
    """What stands out, and where the keyboard is."""
    accent_soft: Colour = "#e3eef9"
    focus: Colour = "#2073bc"
    good: Colour = "#1b6e4b"
    """States, and the grounds of their labels."""
    good_soft: Colour = "#e3f3ea"
    warn: Colour = "#8a4b00"
    warn_soft: Colour = "#fdf0dc"
    bad: Colour = "#a3142b"
    bad_soft: Colour = "#fbe6e8"
    c1: Colour = "#12436d"
    """Categories of charts."""
    c2: Colour = "#28a197"
    c3: Colour = "#801650"
    c4: Colour = "#f46a25"
    c5: Colour = "#3d3d3d"
    c6: Colour = "#a285d1"
    s1: Colour = "#e3eef9"
    """Steps of maps, heat maps and shaded cells, least first."""
    s2: Colour = "#a9cdee"
    s3: Colour = "#6bace6"
    s4: Colour = "#2073bc"
    s5: Colour = "#12436d"
    d1: Colour = "#7f3b08"
    """Steps on both sides of a middle."""
    d2: Colour = "#c6671a"
    d3: Colour = "#f2b272"
    d4: Colour = "#f3f3f1"
    d5: Colour = "#9cc3e6"
    d6: Colour = "#3d80bd"
    d7: Colour = "#12436d"


class Dark(Light):
    """Colours on a dark ground."""

    text: Colour = "#f2f4f7"
    muted: Colour = "#aab2bd"
    link: Colour = "#8cc1f0"
    background: Colour = "#14181f"
    page_background: Colour = "#14181f"
    surface: Colour = "#1b212a"
    surface_2: Colour = "#232b36"
    border: Colour = "#313a47"
    border_strong: Colour = "#7d8896"
    accent: Colour = "#6bace6"
    accent_soft: Colour = "#1d3347"
    focus: Colour = "#8cc1f0"
    good: Colour = "#7fd1a8"
    good_soft: Colour = "#17352a"
    warn: Colour = "#f3bd72"
    warn_soft: Colour = "#3a2c16"
    bad: Colour = "#ff9aa5"
    bad_soft: Colour = "#40202a"
    c1: Colour = "#6bace6"
    c2: Colour = "#2fb3a7"
    c3: Colour = "#e07bb2"
    c4: Colour = "#f58b4c"
    c5: Colour = "#c9cdd3"
    c6: Colour = "#b79de3"
    s1: Colour = "#12436d"
    s2: Colour = "#2073bc"
    s3: Colour = "#6bace6"
    s4: Colour = "#a9cdee"
    s5: Colour = "#e3eef9"
    d4: Colour = "#39414d"


class Theme(Model):
    """Tokens of the house style; what is left out stays as it is."""

    font: Fonts = (
        'Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif'
    )
    mono: Fonts = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
    radius: Pixels = "8px"
    light: Light = Light()
    dark: Dark = Dark()
