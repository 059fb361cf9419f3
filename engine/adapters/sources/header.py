"""Which of a file's columns a dataset takes, and under which names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from engine.adapters.sources.complaints import Asked, mistake, several
from engine.diagnostics import DataMistake, SourceSpan, did_you_mean
from engine.model.dataset import Column

MOST_COLUMNS = 2_000
"""Columns that a dataset may have; a query over more takes minutes only to be prepared."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A column that is taken: its name in the dataset, its place in the file, and what is declared of it."""

    name: str
    index: int
    declared: Column | None = None
    position: int = 0
    """Which of the declared columns."""

    def span(self, asked: Asked, key: str) -> SourceSpan:
        """Where the document says `key` of the column."""
        return asked.span("columns", self.position, key)


def wanted_names(asked: Asked) -> tuple[str, ...]:
    """The file's columns that the document names."""
    return tuple(column.from_ or column.name for column in asked.spec.columns)


def numbered(width: int) -> list[str]:
    """Names for the columns of a file without a header."""
    return [f"column{number}" for number in range(1, width + 1)]


def match(header: Sequence[str], asked: Asked, where: SourceSpan) -> tuple[Pick, ...]:
    """The columns to take: those declared, or all when none is. Raises DataMistake with all that lack.

    A name is matched as written; failing that, spaces around it and the way accents are composed don't count.
    """
    picks = _declared(header, asked, where) if asked.spec.columns else _all(header, where)
    if any("\0" in pick.name for pick in picks):
        raise mistake("bad-header", where, "A column's name holds a NUL character.", "Rename it in the file.")
    if len(picks) > MOST_COLUMNS:
        raise mistake(
            "too-wide",
            where,
            f"The file has {len(picks):,} columns, and a dataset has at most {MOST_COLUMNS:,}.",
            "Declare the `columns` that are needed.",
        )
    return picks


def _all(header: Sequence[str], where: SourceSpan) -> tuple[Pick, ...]:
    # The names themselves are not told: a file without a header has data in their place.
    first: dict[str, int] = {}
    for index, name in enumerate(header):
        if not name.strip():
            raise mistake(
                "unnamed-column",
                where,
                f"Column {index + 1} of the file has no name.",
                "Declare the `columns` to take, or name it in the file.",
            )
        if (before := first.setdefault(name.lower(), index)) != index:
            raise mistake(
                "duplicate-header",
                where,
                f"Columns {before + 1} and {index + 1} of the file have the same name (or but for case).",
                "Declare the `columns` to take, or rename one in the file.",
            )
    return tuple(Pick(name, index) for index, name in enumerate(header))


def _declared(header: Sequence[str], asked: Asked, where: SourceSpan) -> tuple[Pick, ...]:
    exact, tidy = _places(header), _places([_tidy(name) for name in header])
    found: list[Pick] = []
    lacking: list[DataMistake] = []
    for position, column in enumerate(asked.spec.columns):
        wanted = column.from_ or column.name
        if not asked.spec.format.header and column.from_ is None and position < len(header):
            wanted = header[position]
        places = exact.get(wanted) or tidy.get(_tidy(wanted), [])
        span = asked.span("columns", position, "from" if column.from_ else "name")
        if len(places) == 1:
            found.append(Pick(column.name, places[0], column, position))
        elif places:
            lacking.append(_twice(wanted, places, span, where))
        else:
            lacking.append(_missing(wanted, header, span, where))
    if (all_lacking := several(lacking)) is not None:
        raise all_lacking
    return tuple(found)


def _places(names: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        places.setdefault(name, []).append(index)
    return places


def _tidy(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))


def _missing(wanted: str, header: Sequence[str], span: SourceSpan, where: SourceSpan) -> DataMistake:
    near = did_you_mean(wanted, header[:MOST_COLUMNS])
    # A list of all names would show data where the file has no header.
    hint = near if near.startswith("Did you mean") else "See the first line of the file."
    return mistake("missing-column", span, f'{where.file} has no column "{wanted}".', hint)


def _twice(wanted: str, places: Sequence[int], span: SourceSpan, where: SourceSpan) -> DataMistake:
    numbers = " and ".join(str(place + 1) for place in places[:2])
    return mistake(
        "duplicate-header",
        span,
        f'{where.file} has column "{wanted}" more than once (columns {numbers}).',
        "Rename one in the file, so that it is clear which is meant.",
    )
