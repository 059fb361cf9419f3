"""How a text file is cut into records and cells: lines, delimiter, quote, lines before the header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from engine.adapters.sources.complaints import Asked, format_mistake, mistake
from engine.adapters.sources.encodings import Text

DELIMITERS = ",;\t|"
LONGEST = 16 << 20
"""Characters of the longest cell or line that is read; more is a quote that never closes, or a bomb."""
SAMPLE = 200
"""Lines that decide between delimiters."""
LONE_RETURN = "\ufdd1"
"""Stands for a carriage return inside a cell while the csv module, which has no room for one, reads.

A noncharacter: Unicode reserves it for use inside one program, so that no file means it.
"""
_LONE = re.compile(r"\r(?!\n|\Z)")
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)

csv.field_size_limit(LONGEST)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How records are cut. `skip` counts the lines before the first record."""

    delimiter: str
    quote: str
    skip: int


def lines_of(text: Text) -> Iterator[str]:
    """The file's physical lines with their ends, without byte order marks. Raises DataMistake."""
    with text.content.path.open("r", encoding=text.encoding, newline=text.ending) as file:
        for number, line in enumerate(iter(partial(file.readline, LONGEST), ""), 1):
            if len(line) == LONGEST:
                raise mistake(
                    "too-big",
                    text.content.at(number),
                    f"The line is longer than {LONGEST:,} characters.",
                    "A table has shorter lines; see whether the file is what it claims to be.",
                )
            whole = line.lstrip("\ufeff") if number == 1 else line
            yield _LONE.sub(LONE_RETURN, whole) if text.lone_returns else whole


def detect(lines: Iterable[str], asked: Asked, wanted: Sequence[str], tabs: bool) -> Dialect:
    """The dialect that the document declares, or that the first lines show.

    A first line `sep=;`, as spreadsheets write it, is obeyed and left out. Of the usual delimiters the one
    wins whose header names most of the `wanted` columns, then the one that cuts most lines alike.
    """
    declared = asked.spec.format
    for key in ("delimiter", "quote"):
        if getattr(declared, key) in ("\r", "\n") or declared.delimiter == (declared.quote or '"'):
            raise format_mistake(asked, key, "Lines, cells and quotes need signs of their own.")
    sample = list(islice(lines, declared.skip + SAMPLE))[declared.skip :]
    skip, delimiter, quote = declared.skip, declared.delimiter, declared.quote or '"'
    directive = _SEP.fullmatch(sample[0].rstrip("\r\n")) if sample and declared.header else None
    if directive is not None:
        skip, sample = skip + 1, sample[1:]
        delimiter = delimiter or directive.group(1)
    delimiter = delimiter or ("\t" if tabs else _most_likely(sample, quote, frozenset(wanted)))
    return Dialect(delimiter, quote, skip)


def _most_likely(sample: Sequence[str], quote: str, wanted: frozenset[str]) -> str:
    headers = {d: _first(_cut(sample, d, quote)) for d in DELIMITERS if any(d in line for line in sample)}
    able = [d for d, header in headers.items() if len(header) > 1]
    if len(able) < 2:
        return able[0] if able else ","

    def evidence(delimiter: str) -> tuple[int, float, int]:
        header, rows = headers[delimiter], list(_cut(sample, delimiter, quote))
        alike = sum(len(row) == len(header) for row in rows) / len(rows)
        return len(wanted.intersection(header)), round(alike, 2), len(header)

    return max(able, key=evidence)


def _cut(sample: Sequence[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    """Records of the sample, leniently; one that the sample's end cuts in two is as good as any."""
    reader = csv.reader(sample, delimiter=delimiter, quotechar=quote)
    return (row for row in reader if row)


def _first(rows: Iterator[list[str]]) -> list[str]:
    return next(rows, [])
