"""The types of columns whose type is left out: what every cell of the whole file agrees with.

In this order: boolean (`true`, `false`), integer (no leading zeros, 64 bits), decimal (up to 4 decimals,
18 digits), float, date, timestamp, timestamptz (ISO 8601 only), else string. A code with leading zeros,
as a department or a postcode, so stays a string. Decimals stay exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from engine.adapters.sources.casting import SHAPES, Reading, parsed, text_of
from engine.adapters.sources.raw import Raw, literal
from engine.core.types import canonical, from_duckdb

SAMPLE = 1_000
"""Rows that rule most types out, so that only the likely ones are tried on all."""
SCALE, PRECISION = 4, 18
AT_ONCE = 200
"""Columns in one query."""

_WHOLE = "-?(0|[1-9][0-9]*)"
_INFERRED = {
    "boolean": (r"[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]", "BOOLEAN"),
    "integer": (_WHOLE, "BIGINT"),
    "dot": (rf"{_WHOLE}(\.[0-9]{{1,{SCALE}}})?", f"DECIMAL({PRECISION},{SCALE})"),
    "comma": (rf"{_WHOLE}(,[0-9]{{1,{SCALE}}})?", f"DECIMAL({PRECISION},{SCALE})"),
    # A whole number of more digits than a float keeps is a code, or needs a declared decimal.
    "float": (r"-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][+-]?[0-9]+)?", "DOUBLE"),
    "date": (SHAPES["date"], "DATE"),
    "timestamp": (SHAPES["timestamp"].replace("[Zz]?", ""), "TIMESTAMP"),
    "timestamptz": (SHAPES["timestamptz"], "TIMESTAMP WITH TIME ZONE"),
}
"""What is tried, in this order: the shape of the text, and the type it must then convert to."""

_NUMBERS = ("integer", "dot", "float")
_TIMES = ("date", "timestamp", "timestamptz")
_BY_MARK = {"n": _NUMBERS, "b": ("boolean",), "s": _TIMES, "d": ("date",), "t": ("timestamp",)}
"""What is tried by the marks that every cell of a column bears: number, boolean, string, day, time."""


def readings(con: Any, raw: Raw) -> tuple[Reading, ...]:
    """How each column is read: as declared, as stored, or as inferred from every one of its cells."""
    known = {n: reading for n in range(len(raw.picks)) if (reading := _declared(raw, n)) is not None}
    left = [n for n in range(len(raw.picks)) if n not in known]
    known |= _inferred(con, raw, left)
    marks = _marks(con, raw, [n for n, r in known.items() if _needs_mark(raw, n, r)])
    return tuple(
        Reading(known[n].word, marks.get(n, known[n].mark), known[n].parse) for n in range(len(raw.picks))
    )


def _declared(raw: Raw, index: int) -> Reading | None:
    column, stored = raw.picks[index].declared, raw.stored[index]
    parse = column.parse if column else None
    if column is not None and column.type is not None:
        return Reading(canonical(column.type), raw.rules.decimal or ".", parse)
    if parse is not None:
        clock = any(directive in parse for directive in ("%H", "%I"))
        return Reading("timestamptz" if "%z" in parse else "timestamp" if clock else "date", parse=parse)
    return None if stored in ("text", "marked") else Reading(from_duckdb(stored))


def _needs_mark(raw: Raw, index: int, reading: Reading) -> bool:
    column = raw.picks[index].declared
    number = reading.word == "float" or reading.word.startswith("decimal")
    found_out = raw.rules.decimal is None and raw.rules.comma and raw.stored[index] == "text"
    return number and found_out and column is not None and column.type is not None


def _marks(con: Any, raw: Raw, columns: Sequence[int]) -> dict[int, str]:
    """The decimal mark of declared numbers: the comma where more cells are numbers with it."""
    marks: dict[int, str] = {}
    for part in _parts(columns):
        tests = [f"count({_fits(raw, n, Reading('float', mark))})" for n in part for mark in ".,"]
        counts = _one_row(con, f"select {', '.join(tests)} from {raw.relation}")
        for place, n in enumerate(part):
            marks[n] = "," if counts[2 * place + 1] > counts[2 * place] else "."
    return marks


def _fits(raw: Raw, index: int, reading: Reading) -> str:
    return parsed(_text(raw, index), reading, raw.rules)


def _inferred(con: Any, raw: Raw, columns: Sequence[int]) -> dict[int, Reading]:
    found: dict[int, Reading] = {}
    for part in _parts(columns):
        able = _agreeing(con, raw, _likely(con, raw, _by_kind(con, raw, part)))
        found |= {n: _best(con, raw, n, words) for n, words in able.items()}
    return found


def _by_kind(con: Any, raw: Raw, columns: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Types to try for each column: all for text, else those that the cells' marks allow."""
    marks = raw.rules.decimal or (".," if raw.rules.comma else ".")
    off = {"comma"} if "," not in marks else {"dot", "float"} if "." not in marks else set()
    text = tuple(word for word in _INFERRED if word not in off)
    able = {n: text for n in columns if raw.stored[n] == "text"}
    marked = [n for n in columns if raw.stored[n] == "marked"]
    if marked:
        kinds = ", ".join(f"list_sort(list(distinct c{n}[1]) filter (c{n} is not null))" for n in marked)
        found = _one_row(con, f"select {kinds} from {raw.relation}")
        able |= {n: _of_marks("".join(k or [])) for n, k in zip(marked, found, strict=True)}
    return able


def _of_marks(marks: str) -> tuple[str, ...]:
    if "j" in marks:
        return ("json",)
    return ("timestamp",) if marks == "dt" else _BY_MARK.get(marks, ())


def _likely(con: Any, raw: Raw, able: dict[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """The types whose shape the first rows have."""
    texts = ", ".join(_text(raw, n) for n in able)
    columns = zip(*con.execute(f"select {texts} from {raw.relation} limit {SAMPLE}").fetchall(), strict=True)
    seen = dict(zip(able, ({cell for cell in cells if cell is not None} for cells in columns), strict=False))

    def likely(n: int, word: str) -> bool:
        return word == "json" or all(re.fullmatch(_INFERRED[word][0], cell) for cell in seen.get(n, ()))

    return {n: tuple(word for word in words if likely(n, word)) for n, words in able.items()}


def _agreeing(con: Any, raw: Raw, able: dict[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """The types that every cell of each column agrees with; none where there is no cell."""
    tests = [
        f"count({_test(raw, n, word)})" for n, words in able.items() for word in (*words, "any") if words
    ]
    counts = iter(_one_row(con, f"select {', '.join(tests)} from {raw.relation}") if tests else ())
    result: dict[int, tuple[str, ...]] = {}
    for n, words in able.items():
        fitting = [next(counts) for _ in words]
        present = next(counts) if words else 0
        result[n] = tuple(w for w, fit in zip(words, fitting, strict=True) if fit == present and present)
    return result


def _text(raw: Raw, index: int) -> str:
    return text_of(f"c{index}", raw.stored[index], raw.rules, typed=True)


def _test(raw: Raw, index: int, word: str) -> str:
    """SQL that is null when the cell is null or does not agree with the type."""
    text = _text(raw, index)
    if word in ("any", "json"):
        return text
    shape, kind = _INFERRED[word]
    plain = f"replace({text}, ',', '.')" if word == "comma" else text
    value = f"try_cast(case when regexp_full_match({text}, {literal(shape)}) then {plain} end as {kind})"
    return f"nullif(nullif({value}, 'inf'::DOUBLE), '-inf'::DOUBLE)" if word == "float" else value


def _best(con: Any, raw: Raw, index: int, words: tuple[str, ...]) -> Reading:
    if not words:
        return Reading("string")
    if words[0] not in ("dot", "comma"):
        return Reading(words[0], raw.rules.decimal or ".")
    mark = "," if words[0] == "comma" else "."
    digits = f"coalesce(max(length(split_part({_text(raw, index)}, {literal(mark)}, 2))), 0)"
    scale = _one_row(con, f"select {digits} from {raw.relation}")[0]
    return Reading(f"decimal({PRECISION},{scale})", mark)


def _parts(columns: Sequence[int]) -> Iterable[Sequence[int]]:
    return (columns[start : start + AT_ONCE] for start in range(0, len(columns), AT_ONCE))


def _one_row(con: Any, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = con.execute(sql).fetchone()
    return row
