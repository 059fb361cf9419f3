"""Excel workbooks: one sheet, its first row the header, cells typed by the sheet itself.

Formulas give the value that was saved with them. Dates are dates, whatever their display format.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from engine.adapters.sources.complaints import Asked, format_mistake, mistake, origin_mistake
from engine.adapters.sources.content import RATIO, Content
from engine.adapters.sources.delimited import nulls_of, rules
from engine.adapters.sources.header import Pick, match, numbered
from engine.adapters.sources.raw import BATCH, Raw, RawWriter
from engine.diagnostics import SourceSpan, did_you_mean

LARGEST = 1 << 30
"""Bytes of all parts of a workbook, unpacked."""
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#GETTING_DATA"})
"""What a formula that went wrong shows; `#N/A` is the usual spelling of null."""
_MERGED = re.compile(rb'<mergeCell ref="\$?[A-Z]+\$?(\d+)(?::\$?[A-Z]+\$?(\d+))?"')
_UNSAVED = re.compile(
    rb"<c\b[^>]*?\br=\"[A-Z]+(\d+)\"[^>]*>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)


def read_excel(content: Content, asked: Asked, folder: Path) -> Raw:
    """All records of the sheet. Raises DataMistake naming the sheet's row."""
    with _sheet(content, asked) as sheet:
        rows = _rows(sheet, asked)
        line, header = _header(content, rows, asked)
        _whole(content, sheet, line)
        picks, nulls = match(header, asked, content.at(line)), nulls_of(asked)
        with RawWriter(folder, len(picks)) as out:
            for lines, batch in _batches(content, rows, len(header)):
                _refuse_errors(content, picks, lines, batch)
                out.add([[_marked(row, pick.index, nulls) for row in batch] for pick in picks], lines)

    def place(line: int, index: int) -> SourceSpan:
        return content.at(line, index + 1)

    return Raw(out.relation, picks, ("marked",) * len(picks), rules(asked, ","), place)


def head_of_excel(content: Content, asked: Asked) -> tuple[Pick, ...]:
    """The columns as the header says, at the cost of reading only it. Raises DataMistake."""
    with _sheet(content, asked) as sheet:
        line, header = _header(content, _rows(sheet, asked), asked)
    return match(header, asked, content.at(line))


@contextmanager
def _sheet(content: Content, asked: Asked) -> Iterator[Any]:
    from openpyxl import load_workbook

    _bounded(content)
    with content.path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, OSError, TypeError):
            raise _broken(content) from None
        with closing(book):
            yield _chosen(book, asked)


def _chosen(book: Any, asked: Asked) -> Any:
    wanted, names = asked.spec.format.sheet, [sheet.title for sheet in book.worksheets]
    if wanted is not None and wanted not in names:
        hint = did_you_mean(wanted, names)
        raise format_mistake(asked, "sheet", f'The workbook has no sheet "{wanted}".', hint)
    if wanted is None and len(names) != 1:
        hint = f"Name one as `format: {{sheet: ...}}`: {', '.join(names)}."
        raise origin_mistake(asked, "which-sheet", f"The workbook has {len(names)} sheets.", hint)
    return book[wanted or names[0]]


def _broken(content: Content) -> Exception:
    return mistake("bad-excel", content.at(), "The file is no Excel workbook (.xlsx), or it is broken.")


def _bounded(content: Content) -> None:
    """Refuse a workbook whose parts unpack to more than tables do."""
    try:
        with zipfile.ZipFile(content.path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        raise _broken(content) from None
    packed, size = sum(p.compress_size for p in parts), sum(p.file_size for p in parts)
    if size > LARGEST or size > max(16 << 20, packed * RATIO):
        raise mistake("too-big", content.at(), "Unpacked, the workbook is larger than a table should be.")


def _rows(sheet: Any, asked: Asked) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows that hold something, with their numbers, after those to skip."""
    sheet.reset_dimensions()  # a sheet may claim any size; only its cells count
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > asked.spec.format.skip and any(cell is not None and cell != "" for cell in row):
            yield number, row


def _header(
    content: Content, rows: Iterator[tuple[int, tuple[Any, ...]]], asked: Asked
) -> tuple[int, list[str]]:
    if not asked.spec.format.header:
        widest = max((len(row) for _, row in rows), default=0)
        return 0, numbered(widest)
    line, row = next(rows, (0, ()))
    names = ["" if cell is None else str(cell) for cell in row]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise mistake("empty-file", content.at(), "The sheet is empty: it has no header.")
    return line, names


def _whole(content: Content, sheet: Any, header: int) -> None:
    """Refuse what a sheet shows and its cells do not say: merged cells, formulas without value."""
    with zipfile.ZipFile(content.path) as archive, archive.open(sheet._worksheet_path) as part:
        data = part.read()
    for merged in _MERGED.finditer(data):
        if int(merged.group(2) or merged.group(1)) >= max(header, 1):
            raise mistake(
                "merged-cells",
                content.at(int(merged.group(1))),
                "Cells are merged: all but the first are empty.",
                "Unmerge them and fill every cell, or `skip` the rows above the header.",
            )
    unsaved = min((int(found.group(1)) for found in _UNSAVED.finditer(data)), default=0)
    if unsaved:
        raise mistake(
            "uncomputed-formula",
            content.at(unsaved),
            "A formula has no value: the program that wrote the file did not compute it.",
            "Open the file in a spreadsheet program and save it.",
        )


def _batches(
    content: Content, rows: Iterator[tuple[int, tuple[Any, ...]]], width: int
) -> Iterator[tuple[list[int], list[tuple[Any, ...]]]]:
    lines: list[int] = []
    batch: list[tuple[Any, ...]] = []
    for line, row in rows:
        if any(cell is not None and cell != "" for cell in row[width:]):
            raise mistake(
                "ragged-row",
                content.at(line, width + 1),
                f"The row has a cell beyond the {width} columns of the header.",
                "Name its column, or empty it.",
            )
        lines.append(line)
        batch.append(row)
        if len(batch) * width >= BATCH:
            yield lines, batch
            lines, batch = [], []
    yield lines, batch


def _refuse_errors(
    content: Content, picks: tuple[Pick, ...], lines: list[int], batch: list[tuple[Any, ...]]
) -> None:
    """Refuse what a formula that went wrong left in a column that is taken."""
    for line, row in zip(lines, batch, strict=True):
        for pick in picks:
            if pick.index < len(row) and isinstance(row[pick.index], str) and row[pick.index] in ERRORS:
                raise mistake(
                    "formula-error",
                    content.at(line, pick.index + 1),
                    f'The formula of column "{pick.name}" went wrong here.',
                    "Mend it in the sheet.",
                )


def _marked(row: tuple[Any, ...], index: int, nulls: frozenset[str]) -> str | None:
    """The cell's text after a letter for its kind: string, number, boolean, day or time."""
    value = row[index] if index < len(row) else None
    match value:
        case None:
            return None
        case bool():
            return "btrue" if value else "bfalse"
        case int():
            return f"n{value}"
        case float():
            return f"n{int(value)}" if value.is_integer() and abs(value) < 2**53 else f"n{value!r}"
        case datetime.datetime():
            midnight = value.time() == datetime.time()
            return f"d{value.date()}" if midnight else f"t{value.isoformat(' ')}"
        case datetime.date():
            return f"d{value}"
        case datetime.time():
            return f"s{value.isoformat()}"
        case datetime.timedelta():
            return f"s{value}"
        case _:
            return None if value in nulls else f"s{value}"
