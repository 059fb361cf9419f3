"""JSON and JSON lines: a list of objects, an object that holds one, or one object a line.

Keys are columns, an absent key is null. Numbers keep the digits they are written with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.adapters.sources.complaints import Asked, format_mistake, mistake
from engine.adapters.sources.content import Content
from engine.adapters.sources.encodings import Text, look_at
from engine.adapters.sources.header import match
from engine.adapters.sources.json_document import JsonDocument, as_object, decode, no_object
from engine.adapters.sources.raw import BATCH, Raw, RawWriter, Rules
from engine.diagnostics import DataMistake, SourceSpan, did_you_mean

LARGEST = 1 << 30
"""Bytes of a JSON document, which is held in memory; JSON lines have no such limit."""
RECORDS = "records"
Records = Callable[[], Iterator[tuple[int, dict[str, Any]]]]


def read_json(content: Content, asked: Asked, folder: Path, lines: bool | None) -> Raw:
    """All records. `lines` says whether each line is one; None finds it out. Raises DataMistake."""
    text = look_at(content, asked)
    if lines is None:
        lines = _looks_like_lines(text)
    records = _line_records(text) if lines else _document_records(text, asked)
    return _written(records, content, asked, folder)


def _written(records: Records, content: Content, asked: Asked, folder: Path) -> Raw:
    """Two passes: which keys there are, then their values."""
    keys: dict[str, None] = {}
    count = 0
    for _, record in records():
        keys |= dict.fromkeys(record)
        count += 1
    declared = [column.from_ or column.name for column in asked.spec.columns]
    header = list(keys) if count or not declared else declared
    if not header:
        hint = "Declare the `columns` if it may be empty."
        raise mistake("empty-file", content.at(), "There is no record.", hint)
    if any(_is_surrogate(key) for key in header):
        raise mistake("bad-header", content.at(), "A key holds half of a surrogate pair: it is no Unicode.")
    picks = match(header, asked, content.at())
    names = [header[pick.index] for pick in picks]
    nulls = frozenset(asked.spec.format.nulls or ())
    with RawWriter(folder, len(picks)) as out:
        for lines, batch in _batches(records(), max(1, BATCH // max(1, len(names)))):
            cells = [[_marked(record.get(name), nulls) for record in batch] for name in names]
            try:
                out.add(cells, lines)
            except UnicodeEncodeError:
                raise _surrogate(content, lines, batch) from None

    def place(line: int, _index: int) -> SourceSpan:
        return content.at(line)

    return Raw(out.relation, picks, ("marked",) * len(picks), Rules(), place)


def _batches(
    records: Iterator[tuple[int, dict[str, Any]]], most: int
) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
    lines: list[int] = []
    batch: list[dict[str, Any]] = []
    for line, record in records:
        lines.append(line)
        batch.append(record)
        if len(batch) == most:
            yield lines, batch
            lines, batch = [], []
    yield lines, batch


def _marked(value: Any, nulls: frozenset[str]) -> str | None:
    """The cell's text after a letter for its kind: string, number, boolean or JSON."""
    match value:
        case None:
            return None
        case str():
            return None if value in nulls else "s" + value
        case bool():
            return "btrue" if value else "bfalse"
        case int() | Decimal():
            return f"n{value}"
        case _:
            return "j" + json_text(value)


def json_text(value: Any) -> str:
    """Compact JSON, numbers with their own digits (the json module would make floats of them)."""
    match value:
        case dict():
            return "{" + ",".join(f"{json_text(str(k))}:{json_text(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ",".join(map(json_text, value)) + "]"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _is_surrogate(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def _surrogate(content: Content, lines: list[int], batch: list[dict[str, Any]]) -> DataMistake:
    for line, record in zip(lines, batch, strict=True):
        try:
            json_text(record).encode()
        except UnicodeEncodeError:
            summary = "A text holds half of a surrogate pair: it is no Unicode."
            return mistake("bad-json", content.at(line), summary)
    raise AssertionError("the batch can be encoded")


def _looks_like_lines(text: Text) -> bool:
    """Whether the first line is an object by itself and another one follows."""
    with text.content.path.open("r", encoding=text.encoding) as file:
        first, second = file.readline(LARGEST).strip().lstrip("\ufeff"), file.readline(LARGEST).strip()
    return first.startswith("{") and first.endswith("}") and second.startswith("{")


def _line_records(text: Text) -> Records:
    def records() -> Iterator[tuple[int, dict[str, Any]]]:
        with text.content.path.open("r", encoding=text.encoding, newline="\n") as file:
            for number, line in enumerate(file, 1):
                bare = line.strip().lstrip("\ufeff")
                if bare:
                    yield number, as_object(decode(bare, text.content, number), text.content, number)

    return records


def _document_records(text: Text, asked: Asked) -> Records:
    if text.content.path.stat().st_size > LARGEST:
        raise mistake(
            "too-big",
            text.content.at(),
            f"The JSON document is larger than {LARGEST:,} bytes.",
            "Write it as JSON lines, one object a line.",
        )
    source = text.content.path.read_bytes().decode(text.encoding).lstrip("\ufeff")
    document = JsonDocument(source, text.content)
    if document.first == "[" and not asked.spec.format.records:
        return lambda: document.records(document.start, alone=True)
    if document.first != "{":
        raise no_object(text.content, 1)
    place = _list_of_records(document, asked)
    return lambda: document.records(place, alone=False)


def _list_of_records(document: JsonDocument, asked: Asked) -> int:
    """Where the list of records begins: under the declared key, under `records`, or the only list."""
    lists = {key: place for key, place, value in document.entries() if isinstance(value, list)}
    key = asked.spec.format.records
    if key is not None and key not in lists:
        raise format_mistake(asked, "records", f'The document has no list "{key}".', did_you_mean(key, lists))
    if key is None and RECORDS not in lists and len(lists) != 1:
        raise mistake(
            "bad-json",
            document.content.at(),
            "The document is an object, and it is not clear which of its lists holds the records.",
            "Name its key: `format: {records: ...}`.",
        )
    return lists[key or (RECORDS if RECORDS in lists else next(iter(lists)))]
