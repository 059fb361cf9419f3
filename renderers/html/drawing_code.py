"""Which code draws pages: another one may draw the same values otherwise."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

ENGINE = Path(__file__).parents[2]
DRAWS = ("renderers/html", "engine/core/pages", "engine/core/disclosure", "engine/usecases")
"""Whose code, templates, styles, scripts and words a drawn page depends on."""
SUFFIXES = frozenset((".py", ".j2", ".css", ".js", ".json"))
LIBRARIES = ("duckdb", "jinja2", "markdown-it-py", "sqlglot", "vl-convert-python")


@cache
def drawing_code() -> str:
    """A hash of the code that computes and draws pages, and of the libraries it draws with."""
    found = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for folder in DRAWS:
        for path in sorted((ENGINE / folder).rglob("*")):
            if path.suffix in SUFFIXES:
                found.update(path.read_bytes())
    return found.hexdigest()[:24]
