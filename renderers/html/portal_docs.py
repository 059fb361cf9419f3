"""The reference of kinds and keys, read from the models that check what authors write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from engine.core.reference import Part, kinds, parts_of

KIND_PAGES: Mapping[str, str] = {
    "Space": "settings of the whole space",
    "Project": "who works together on what; a personal studio",
    "Dataset": "what is collected, kept and published",
    "Dataflow": "how datasets are made from others",
    "DataflowTest": "given rows in, expected rows out",
    "Dashboard": "a page of numbers, charts, tables and texts",
    "CatalogEntry": "a dataset offered to the whole space",
    "Source": "a place that data is collected from",
    "Role": "a set of rights and a clearance",
    "User": "a person",
    "Group": "several people under one name",
    "Network": "addresses that people may come from",
    "DataPolicy": "rows and columns that some may see",
    "Grant": "a time-limited right on a dataset",
    "Assistant": "answers questions over datasets",
    "Notebook": "a notebook kept with a project",
}
"""Every kind in the order people meet them, and what it is."""


def kind_path(kind: str) -> str:
    """The site path of a kind's page."""
    return f"docs/{kind.lower()}.html"


@dataclass(frozen=True, slots=True)
class Reference:
    """A kind: its own keys first, then the parts they are made of."""

    kind: str
    summary: str
    parts: tuple[Part, ...]


@cache
def kind_reference(kind: str) -> Reference:
    """The reference of one kind."""
    own = next(part for part in kinds() if part.name == kind)
    return Reference(kind, KIND_PAGES[kind], tuple(part for part in (own, *parts_of(kind)) if part.keys))


def words_of(text: str, parts: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """A text as pieces, each `text`, `code` (between backticks) or `part` (the name of one of `parts`)."""
    found: list[tuple[str, str]] = []
    for i, piece in enumerate(text.split("`")):
        if i % 2:
            found.append((piece, "code"))
        else:
            words = re.split(r"(\w+)", piece)
            found += [(word, "part" if word in parts else "text") for word in words if word]
    return tuple(found)
