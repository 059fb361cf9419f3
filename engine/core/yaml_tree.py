"""A YAML document as plain data of any shape, with places; and the events it is built from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.core.document import Document, Path, Place, Places, Texts
from engine.diagnostics import SourceSpan


class Mark(Protocol):
    """A position in the text, from 0."""

    line: int
    column: int


class Event(Protocol):
    """What all parsing events have."""

    start_mark: Mark
    end_mark: Mark


class NodeEvent(Event, Protocol):
    """A collection that begins, or an alias."""

    anchor: str | None
    tag: str | None


class ScalarEvent(NodeEvent, Protocol):
    """A scalar: `implicit` says whether it is plain, `style` how it is quoted."""

    value: str
    style: str | None
    implicit: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Tree:
    """One YAML document: plain data and places. `data` may be of any shape."""

    file: str
    index: int
    data: Any
    values: dict[Path, Place] = field(repr=False)
    keys: dict[Path, Place] = field(repr=False)
    texts: dict[Path, tuple[Place, int]] = field(repr=False)

    def document(self) -> Document:
        """The tree as a document; `data` must be a mapping."""
        return Document(
            self.file,
            self.index,
            self.data,
            Places(self.file, self.values),
            Places(self.file, self.keys),
            Texts(self.file, self.texts),
        )

    def span(self, *path: str | int) -> SourceSpan:
        """The place of the value at `path`, or of its nearest ancestor."""
        return self.document().span(*path)
