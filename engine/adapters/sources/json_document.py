"""A JSON document decoded record by record, so that each record knows its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from engine.adapters.sources.complaints import mistake
from engine.adapters.sources.content import Content
from engine.adapters.sources.nested import DECODER
from engine.diagnostics import DataMistake

_SPACE = re.compile(r"[ \t\r\n]*")


class JsonDocument:
    """The text of one document. Everything wrong with it is raised as DataMistake with line and column."""

    def __init__(self, source: str, content: Content) -> None:
        self.content = content
        self._source = source
        self.start = self._skip(0)

    @property
    def first(self) -> str:
        """The first sign that is no space."""
        return self._sign(self.start)

    def entries(self) -> Iterator[tuple[str, int, Any]]:
        """Key, place of the value and value of each entry of the object that the document is."""
        seen: set[str] = set()
        for place in self._items(self.start, "}"):
            key, after = self._decode(place)
            after = self._skip(after)
            if not isinstance(key, str) or self._sign(after) != ":":
                raise self._broken(after)
            if key in seen:
                raise _unread(self.content, self._line(place), ValueError("twice"))
            seen.add(key)
            start = self._skip(after + 1)
            value, self._end = self._decode(start)
            yield key, start, value
        self._refuse_more(self._end)

    def records(self, start: int, alone: bool) -> Iterator[tuple[int, dict[str, Any]]]:
        """Line and value of each object of the list at `start`; `alone` if nothing may follow the list."""
        line, counted = self._line(start), start
        for place in self._items(start, "]"):
            line, counted = line + self._source.count("\n", counted, place), place
            value, self._end = self._decode(place)
            yield line, as_object(value, self.content, line)
        if alone:
            self._refuse_more(self._end)

    def _items(self, opening: int, closing: str) -> Iterator[int]:
        """Where each item of a list or object begins; its reader sets `_end` to where it ends."""
        self._end = place = self._skip(opening + 1)
        if self._sign(place) == closing:
            self._end += 1
            return
        while True:
            yield place
            place = self._skip(self._end)
            if self._sign(place) == closing:
                self._end = place + 1
                return
            if self._sign(place) != ",":
                raise self._broken(place)
            place = self._skip(place + 1)

    def _refuse_more(self, end: int) -> None:
        if (rest := self._skip(end)) != len(self._source):
            raise self._broken(rest)

    def _decode(self, place: int) -> tuple[Any, int]:
        try:
            return DECODER.raw_decode(self._source, place)
        except json.JSONDecodeError as wrong:
            raise self._broken(wrong.pos) from None
        except (ValueError, RecursionError) as wrong:
            raise _unread(self.content, self._line(place), wrong) from None

    def _sign(self, place: int) -> str:
        return self._source[place : place + 1]

    def _skip(self, place: int) -> int:
        found = _SPACE.match(self._source, place)
        return found.end() if found else place

    def _line(self, place: int) -> int:
        return self._source.count("\n", 0, place) + 1

    def _broken(self, place: int) -> DataMistake:
        return _broken(self.content, self._line(place), place - self._source.rfind("\n", 0, place))


def decode(source: str, content: Content, line: int) -> Any:
    """The value that the whole of `source`, a line of the file, spells. Raises DataMistake."""
    try:
        return DECODER.decode(source)
    except json.JSONDecodeError as wrong:
        raise _broken(content, line, wrong.colno) from None
    except (ValueError, RecursionError) as wrong:
        raise _unread(content, line, wrong) from None


def as_object(value: Any, content: Content, line: int) -> dict[str, Any]:
    """The value, which must be an object. Raises DataMistake."""
    if not isinstance(value, dict):
        raise no_object(content, line)
    return value


def no_object(content: Content, line: int) -> DataMistake:
    """The mistake of a record that is something else."""
    return mistake(
        "bad-json",
        content.at(line),
        "A record here is no object.",
        "Write a list of objects, an object that holds such a list, or one object a line.",
    )


def _broken(content: Content, line: int, column: int) -> DataMistake:
    summary = "The JSON is broken here, or cut off."
    return mistake("bad-json", content.at(line, column), summary, "Mend the file where it is made.")


def _unread(content: Content, line: int, wrong: Exception) -> DataMistake:
    if isinstance(wrong, RecursionError):
        return mistake(
            "too-deep", content.at(line), "The JSON is nested too deeply to be a table of records."
        )
    reason = "a key stands twice in one object" if "twice" in str(wrong) else "a number is none that JSON has"
    return mistake(
        "bad-json", content.at(line), f"The record cannot be read whole: {reason}.", "Mend the file."
    )
