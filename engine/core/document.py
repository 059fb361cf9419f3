"""One YAML document with the place of every key and value in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.diagnostics import SourceSpan

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and list positions from the root."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the space as read: its path as shown to people (POSIX, relative), and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Where the text of a scalar begins: its first character's span, and whether it is a `|` block."""

    start: SourceSpan
    indent: int
    """Column offset of every line of a block; 0 for a plain or quoted scalar."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document: plain data, and the span of every key and value."""

    file: str
    index: int
    data: Mapping[str, Any]
    values: Mapping[Path, SourceSpan] = field(repr=False)
    keys: Mapping[Path, SourceSpan] = field(repr=False)
    texts: Mapping[Path, TextBlock] = field(repr=False)

    def span(self, *path: str | int) -> SourceSpan:
        """The place of the value at `path`, or of its nearest ancestor that was written."""
        for end in range(len(path), -1, -1):
            found = self.values.get(path[:end])
            if found is not None:
                return found
        return SourceSpan(self.file)

    def key_span(self, *path: str | int) -> SourceSpan:
        """The place of the key at `path` (of the value when `path` ends in a list position)."""
        return self.keys.get(path) or self.span(*path)

    def text_span(self, path: Path, line: int, column: int) -> SourceSpan:
        """The place of line `line`, column `column` (both from 1) inside the text at `path`."""
        block = self.texts.get(path)
        if block is None:
            return self.span(*path)
        if line == 1 and not block.indent:
            return SourceSpan(block.start.file, block.start.line, block.start.column + column - 1)
        return SourceSpan(block.start.file, block.start.line + line - 1, block.indent + column)
