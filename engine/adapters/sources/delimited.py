"""CSV and TSV: every record cut by one strict reader, none guessed, none left out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from engine.adapters.sources.complaints import Asked, format_mistake, mistake
from engine.adapters.sources.content import Content
from engine.adapters.sources.dialect import LONE_RETURN, Dialect, detect, lines_of
from engine.adapters.sources.encodings import Text, encoding_of_head, look_at
from engine.adapters.sources.header import Pick, match, numbered, wanted_names
from engine.adapters.sources.raw import BATCH, Raw, RawWriter, Rules
from engine.diagnostics import DataMistake, SourceSpan

HEAD = 1 << 16
NULLS = ("", r"\N")
TYPED_NULLS = ("NULL", "null", "NA", "N/A", "n/a", "NaN", "nan", "None", "none", "#N/A")
"""What stands for null where a string is not meant: no number, date or boolean is written so."""


def read_delimited(content: Content, asked: Asked, folder: Path, tabs: bool) -> Raw:
    """All records of the file as text. Raises DataMistake naming the first line that is not as the others."""
    text = look_at(content, asked)
    dialect = detect(lines_of(text), asked, wanted_names(asked), tabs)
    records = _records(text, dialect)
    header_line, header = _header(text, records, asked)
    picks = match(header, asked, content.at(header_line))
    nulls = nulls_of(asked)
    with RawWriter(folder, len(picks)) as out:
        for lines, rows in _batches(text, dialect, records, len(header), asked):
            out.add([_cells(rows, pick.index, nulls) for pick in picks], lines)

    def place(line: int, index: int) -> SourceSpan:
        cells, _ = _trace(text, dialect, line)
        return content.at(*cells[index]) if index < len(cells) else content.at(line)

    return Raw(out.relation, picks, ("text",) * len(picks), rules(asked, dialect.delimiter), place)


def head_of_delimited(content: Content, asked: Asked, tabs: bool) -> tuple[Pick, ...]:
    """The columns as the first lines tell, at the cost of reading only these. Raises DataMistake."""
    with content.path.open("rb") as file:
        head = file.read(HEAD)
    ending = "\r" if b"\r" in head and b"\n" not in head else "\n"
    text = Text(content, encoding_of_head(content, head, asked), ending, lone_returns=ending == "\n")
    try:
        return _picks_of(text, asked, tabs)
    except UnicodeDecodeError:
        # The first lines reach beyond the head, and what is there tells another encoding, or none.
        return _picks_of(look_at(content, asked), asked, tabs)


def _picks_of(text: Text, asked: Asked, tabs: bool) -> tuple[Pick, ...]:
    dialect = detect(lines_of(text), asked, wanted_names(asked), tabs)
    line, header = _header(text, _records(text, dialect), asked)
    return match(header, asked, text.content.at(line))


def nulls_of(asked: Asked) -> frozenset[str]:
    """Spellings of null in every column: the empty cell, and those declared or else usual."""
    declared = asked.spec.format.nulls
    return frozenset(NULLS if declared is None else ("", *declared))


def _cells(rows: list[list[str]], index: int, nulls: frozenset[str]) -> list[str | None]:
    return [None if (cell := row[index]) in nulls else cell for row in rows]


def rules(asked: Asked, delimiter: str) -> Rules:
    """How cells are read, as declared; what is left out as files of this delimiter have it."""
    declared = asked.spec.format
    if declared.thousands and declared.thousands == (declared.decimal or "."):
        hint = "Write `decimal:` too."
        raise format_mistake(asked, "thousands", "Thousands and decimals have the same sign.", hint)
    return Rules(
        typed_nulls=TYPED_NULLS if declared.nulls is None else (),
        decimal=declared.decimal,
        comma=delimiter != ",",
        thousands=declared.thousands or "",
    )


def _records(text: Text, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Every record and the line it begins on; blank lines are none. Raises DataMistake for a torn one."""
    lines = islice(lines_of(text), dialect.skip, None)
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    start = dialect.skip + 1
    try:
        for row in reader:
            if row:
                yield start, [c.replace(LONE_RETURN, "\r") for c in row] if text.lone_returns else row
            start = dialect.skip + reader.line_num + 1
    except csv.Error:
        raise _torn(text, dialect, start) from None


def _header(text: Text, records: Iterator[tuple[int, list[str]]], asked: Asked) -> tuple[int, list[str]]:
    """The header's line and names. Without a header the first record is only counted, by a second reading."""
    first = next(records, None)
    if first is None:
        raise mistake(
            "empty-file",
            text.content.at(),
            "The file is empty: it has no header.",
            "Write at least a line with the columns' names.",
        )
    return first if asked.spec.format.header else (first[0], numbered(len(first[1])))


def _batches(
    text: Text, dialect: Dialect, records: Iterator[tuple[int, list[str]]], width: int, asked: Asked
) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Records in batches, each checked to have as many cells as the header."""
    lines: list[int] = []
    rows: list[list[str]] = []
    most = max(1, BATCH // width)
    for line, row in records if asked.spec.format.header else _records(text, dialect):
        if len(row) != width:
            raise _ragged(text, line, len(row), width)
        lines.append(line)
        rows.append(row)
        if len(rows) == most:
            yield lines, rows
            lines, rows = [], []
    yield lines, rows


def _ragged(text: Text, line: int, found: int, width: int) -> DataMistake:
    lone = " The file holds carriage returns that end no line." if text.lone_returns else ""
    return mistake(
        "ragged-row",
        text.content.at(line),
        f"The record has {found} {'cell' if found == 1 else 'cells'}, and the header has {width}.",
        f"Mend the line, or declare `format: {{delimiter: ...}}` if it is cut wrongly.{lone}",
    )


def _torn(text: Text, dialect: Dialect, start: int) -> DataMistake:
    """The mistake in the record that begins on line `start`."""
    _, (line, column, closed) = _trace(text, dialect, start)
    if closed:
        return mistake(
            "bad-quote",
            text.content.at(line, column),
            "Text follows the quote that closes a cell.",
            "Double a quote inside a quoted cell, or declare `format: {quote: ...}`.",
        )
    return mistake(
        "unclosed-quote",
        text.content.at(line, column),
        "The quote that opens here is never closed.",
        "Close it, or declare `format: {quote: ...}` if it opens nothing.",
    )


def _trace(text: Text, dialect: Dialect, start: int) -> tuple[list[tuple[int, int]], tuple[int, int, bool]]:
    """Where each cell of the record on line `start` begins, and its last quote: where, and whether closed."""
    cells = [(start, 1)]
    opened, inside, was_quote = (start, 1), False, False
    for number, line in enumerate(islice(lines_of(text), start - 1, None), start):
        for column, sign in enumerate(line.rstrip("\r\n") if not inside else line, 1):
            if inside:
                inside = sign != dialect.quote
                was_quote = not inside
            elif sign == dialect.quote and was_quote:
                inside, was_quote = True, False
            elif sign == dialect.quote and cells[-1] == (number, column):
                opened, inside = (number, column), True
            elif sign == dialect.delimiter:
                cells.append((number, column + 1))
                was_quote = False
            elif was_quote:
                return cells, (number, column, True)
        if not inside:
            break
        was_quote = False
    return cells, (*opened, not inside)
