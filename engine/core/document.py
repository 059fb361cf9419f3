"""One YAML document with the place of every key and value in it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.diagnostics import SourceSpan

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and list positions from the root."""

Place = tuple[int, int] | tuple[int, int, str]
"""Line and column from 1, and the file where that is another one than the document's (a partial)."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the space as read: its path as shown to people (POSIX, relative), and its bytes."""

    path: str
    content: bytes
    specs: str = "specs"
    """The specs folder as the user gave it; `path` begins with it."""

    @property
    def within(self) -> str:
        """The path from the specs folder on: `projects/open-data/project.yaml`."""
        prefix = self.specs.rstrip("/") + "/"
        return self.path.removeprefix(prefix) if self.path.startswith(prefix) else self.path


def _span(file: str, place: Place) -> SourceSpan:
    return SourceSpan(place[2] if len(place) == 3 else file, place[0], place[1])


class Places(Mapping[Path, SourceSpan]):
    """Spans by path; a span is made when it is asked for, because most never are."""

    __slots__ = ("file", "raw")

    def __init__(self, file: str, raw: Mapping[Path, Place]) -> None:
        self.file = file
        self.raw = raw

    def __getitem__(self, path: Path) -> SourceSpan:
        return _span(self.file, self.raw[path])

    def __iter__(self) -> Iterator[Path]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Where the text of a scalar begins: its first character's span, and whether it is a `|` block."""

    start: SourceSpan
    indent: int
    """Column offset of every line of a block; 0 for a plain or quoted scalar."""


class Texts(Mapping[Path, TextBlock]):
    """Text blocks by path, made when asked for: the place of the first character, and the indent."""

    __slots__ = ("file", "raw")

    def __init__(self, file: str, raw: Mapping[Path, tuple[Place, int]]) -> None:
        self.file = file
        self.raw = raw

    def __getitem__(self, path: Path) -> TextBlock:
        place, indent = self.raw[path]
        return TextBlock(_span(self.file, place), indent)

    def __iter__(self) -> Iterator[Path]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


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

    def beside(self, path: str) -> str:
        """A path that the document names, relative to its file, as paths are shown to people."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.file), path))
