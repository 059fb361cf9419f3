"""Builds plain data from YAML events, with the place of every key and value, within bounds.

Events come one by one, so nothing recurses on what a file says, and a bound is checked before the memory
it guards is spent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from engine.core.document import Path, Place, Places
from engine.core.yaml_scalars import plain_value
from engine.core.yaml_tree import Event, NodeEvent, ScalarEvent, Tree
from engine.diagnostics import Diagnostic, SourceSpan, error

MAX_DEPTH = 64
MAX_NODES = 100_000
"""Values in one file, those that aliases repeat included."""
MAX_DOCUMENTS = 10_000
"""Documents in one file."""
MAX_ALIASED = 20_000
"""Values that aliases may add to one document."""
MAX_ALIASED_TEXT = 1_000_000
"""Characters that aliases may add to one document."""

_MERGE = "<<"
_DROPPED = "\0"
"""The key under which the value of an unusable key is built and then thrown away."""
_TEXT_TAG = "tag:yaml.org,2002:str"
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


class Stop(Exception):
    """Reading on makes no sense; the reason has been reported."""


@dataclass(slots=True)
class _Anchor:
    """What an anchor names: its data, where its places are kept, and how much an alias of it adds."""

    data: Any
    path: Path
    nodes: int
    characters: int
    height: int


@dataclass(slots=True)
class _Frame:
    """A collection that is still open."""

    data: Any
    path: Path
    anchor: str | None
    nodes: int
    characters: int
    is_key: bool
    key: str | None = None
    """The key whose value comes next, in a mapping."""
    height: int = 0
    first: dict[str, int] = field(default_factory=dict)
    """Line on which each key was written first."""


class TreeBuilder:
    """Takes the events of one document after another; `report` gets what is wrong."""

    def __init__(self, file: str, text: str, report: Callable[[Diagnostic], None]) -> None:
        self.file = file
        self.report = report
        self.index = -1
        self.total = 0
        self._text = text
        self._lines: list[str] | None = None
        self._start()

    def finish(self, event: Event) -> Tree:
        """The document that just ended; the next one begins."""
        tree = Tree(self.file, self.index, self.root, self.values, self.keys, self.texts)
        if self.index + 1 >= MAX_DOCUMENTS:
            detail = "Split it into several files."
            self._stop("yaml-size", event, f"The file holds more than {MAX_DOCUMENTS:,} documents.", detail)
        self._start()
        return tree

    def _start(self) -> None:
        self.index += 1
        self.root: Any = None
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.texts: dict[Path, tuple[Place, int]] = {}
        self._frames: list[_Frame] = []
        self._anchors: dict[str, _Anchor | None] = {}
        self._nodes = self._characters = self._aliased = self._aliased_text = 0

    def scalar(self, event: ScalarEvent) -> None:
        """A scalar: a key where a mapping waits for one, a value elsewhere."""
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.key is None and type(frame.data) is dict:
            self._key(frame, event)
            return
        mark = event.start_mark
        path = self._path(frame)
        self.values[path] = (mark.line + 1, mark.column + 1)
        value = self._value(event)
        if type(value) is str:
            self._note_text(path, event)
        self._count(event)
        self._characters += len(event.value)
        if event.anchor:
            self._anchors[event.anchor] = _Anchor(value, path, 1, len(event.value), 0)
        self._put(frame, value)

    def mapping(self, event: NodeEvent) -> None:
        """A mapping begins."""
        self._open(event, {})

    def sequence(self, event: NodeEvent) -> None:
        """A list begins."""
        self._open(event, [])

    def _open(self, event: NodeEvent, data: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        if len(self._frames) >= MAX_DEPTH:
            self._stop("yaml-depth", event, f"More than {MAX_DEPTH} levels of nesting.", "Nest less deeply.")
        self._refuse_tag(event)
        is_key = frame is not None and type(frame.data) is dict and frame.key is None
        if is_key and frame is not None:
            self._bad_key(frame, event, "A key must be text, not a list or mapping.")
        path = self._path(frame)
        self.values[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        self._count(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._frames.append(_Frame(data, path, event.anchor, self._nodes - 1, self._characters, is_key))

    def close(self, _event: Event) -> None:
        """A mapping or list ends."""
        frame = self._frames.pop()
        parent = self._frames[-1] if self._frames else None
        if type(frame.data) is dict:
            if _MERGE in frame.first:
                self._merge(frame)
            frame.data.pop(_DROPPED, None)
        if frame.anchor:
            self._anchors[frame.anchor] = _Anchor(
                frame.data,
                frame.path,
                self._nodes - frame.nodes,
                self._characters - frame.characters,
                frame.height,
            )
        if parent is not None:
            parent.height = max(parent.height, frame.height + 1)
        if not frame.is_key:
            self._put(parent, frame.data)

    def alias(self, event: NodeEvent) -> None:
        """A value that was written elsewhere."""
        frame = self._frames[-1] if self._frames else None
        anchor = self._anchor(event)
        self._nodes += anchor.nodes
        self.total += anchor.nodes
        self._characters += anchor.characters
        self._aliased += anchor.nodes
        self._aliased_text += anchor.characters
        if self._aliased > MAX_ALIASED or self._aliased_text > MAX_ALIASED_TEXT or self.total > MAX_NODES:
            detail = "Aliases of aliases grow without bound; write the values out."
            self._stop("yaml-alias-bomb", event, f"Alias *{event.anchor} repeats too much.", detail)
        if len(self._frames) + anchor.height >= MAX_DEPTH:
            self._stop("yaml-depth", event, f"More than {MAX_DEPTH} levels of nesting.", "Nest less deeply.")
        if frame is not None and type(frame.data) is dict and frame.key is None:
            self._bad_key(frame, event, "A key must be text, not an alias.")
            return
        path = self._path(frame)
        self._copy_places(anchor.data, anchor.path, path)
        self.values[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if frame is not None:
            frame.height = max(frame.height, anchor.height + 1)
        self._put(frame, anchor.data)

    def _anchor(self, event: NodeEvent) -> _Anchor:
        name = event.anchor or ""
        if name not in self._anchors:
            detail = "An anchor (&name) must stand before its alias, in the same document."
            self._stop("yaml-alias", event, f"Alias *{name} names no anchor.", detail)
        anchor = self._anchors[name]
        if anchor is None:
            detail = "A value cannot contain itself."
            self._stop("yaml-alias", event, f"Alias *{name} refers to what it is part of.", detail)
        return anchor

    def _key(self, frame: _Frame, event: ScalarEvent) -> None:
        key = self._value(event)
        line = event.start_mark.line + 1
        if type(key) is not str:
            shown = event.value or "(nothing)"
            self._bad_key(frame, event, f"Key {shown} is read as {_kind(key)}, not as text.")
        elif key in frame.first:
            detail = f"It was written in line {frame.first[key]} already; only one of them can hold."
            self._bad_key(frame, event, f'Key "{key}" is written twice.', detail, "yaml-duplicate-key")
        else:
            frame.first[key] = line
            frame.key = key
            self.keys[(*frame.path, key)] = (line, event.start_mark.column + 1)

    def _bad_key(
        self,
        frame: _Frame,
        event: NodeEvent,
        summary: str,
        detail: str = 'Write keys as text, in quotes where they look like something else ("1").',
        code: str = "yaml-key",
    ) -> None:
        self.report(error(code, self._span(event), summary, detail))
        frame.key = _DROPPED

    def _value(self, event: ScalarEvent) -> str | int | float | bool | None:
        self._refuse_tag(event)
        text: str = event.value
        if "\0" in text:
            self.report(
                error("yaml-text", self._span(event), "The text holds a NUL character.", "Remove it.")
            )
            return text.replace("\0", "")
        return plain_value(text) if event.implicit[0] else text

    def _refuse_tag(self, event: NodeEvent) -> None:
        if event.tag is not None and event.tag not in ("!", _TEXT_TAG):
            summary = f"The tag {event.tag} is not read."
            detail = "Specs are plain data: write the value without a tag."
            self.report(error("yaml-tag", self._span(event), summary, detail))

    def _count(self, event: NodeEvent) -> None:
        self._nodes += 1
        self.total += 1
        if self.total > MAX_NODES:
            detail = "Split it into several files."
            self._stop("yaml-size", event, f"The file holds more than {MAX_NODES:,} values.", detail)

    def _path(self, frame: _Frame | None) -> Path:
        if frame is None:
            return ()
        return (*frame.path, len(frame.data) if type(frame.data) is list else frame.key or _DROPPED)

    def _put(self, frame: _Frame | None, value: Any) -> None:
        if frame is None:
            self.root = value
        elif type(frame.data) is list:
            frame.data.append(value)
        else:
            frame.data[frame.key] = value
            frame.key = None

    def _merge(self, frame: _Frame) -> None:
        """Keys of the mappings under `<<` that the mapping does not write itself, first come first."""
        merged = frame.data.pop(_MERGE)
        path = (*frame.path, _MERGE)
        sources = list(enumerate(merged)) if type(merged) is list else [(None, merged)]
        for position, source in sources:
            if type(source) is not dict:
                span = Places(self.file, self.values)[path]
                self.report(error("yaml-merge", span, "`<<` merges mappings only.", "Name an anchor of one."))
                return
            base = path if position is None else (*path, position)
            for key, value in source.items():
                if key not in frame.data:
                    frame.data[key] = value
                    self._copy_places(value, (*base, key), (*frame.path, key))

    def _copy_places(self, value: Any, source: Path, target: Path) -> None:
        tables: tuple[dict[Path, Any], ...] = (self.values, self.keys, self.texts)
        for table in tables:
            if source in table:
                table[target] = table[source]
        if type(value) is dict:
            for key, child in value.items():
                self._copy_places(child, (*source, key), (*target, key))
        elif type(value) is list:
            for position, child in enumerate(value):
                self._copy_places(child, (*source, position), (*target, position))

    def _note_text(self, path: Path, event: ScalarEvent) -> None:
        """Where the text begins, when its characters stand in the file as they are."""
        start, end = event.start_mark, event.end_mark
        if event.style == "|":
            self._note_block(path, event)
        elif start.line == end.line:
            quote = 1 if event.style in ("'", '"') else 0
            if end.column - start.column - 2 * quote == len(event.value):
                self.texts[path] = ((start.line + 1, start.column + 1 + quote), 0)

    def _note_block(self, path: Path, event: ScalarEvent) -> None:
        if self._lines is None:
            self._lines = _BREAK.split(self._text)
        line = event.start_mark.line + 1
        for offset, content in enumerate(event.value.split("\n")):
            if content and line + offset < len(self._lines):
                raw = self._lines[line + offset]
                indent = _margin(raw) - _margin(content)
                self.texts[path] = ((line + 1, indent + 1), indent)
                return

    def _span(self, event: Event) -> SourceSpan:
        return SourceSpan(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _stop(self, code: str, event: Event, summary: str, detail: str) -> NoReturn:
        self.report(error(code, self._span(event), summary, detail))
        raise Stop


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return "true or false" if isinstance(value, bool) else "a number"
