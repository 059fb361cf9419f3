"""The tokens of the house style: names and values of assets/tokens.css."""

from __future__ import annotations

import re
from functools import cache

from renderers.html.layout import asset

_TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")


@cache
def light() -> dict[str, str]:
    """Every token and its value in the light scheme, by name without dashes before it."""
    return dict(_TOKEN.findall(asset("tokens.css").decode().partition("@media")[0]))
