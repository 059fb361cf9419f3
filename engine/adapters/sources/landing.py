"""From cells as read to a Parquet file typed as declared; the first cell that does not fit is named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.adapters.sources.casting import TEMPORAL, Reading, format_shape, parsed, text_of
from engine.adapters.sources.complaints import Asked, mistake, several
from engine.adapters.sources.inferring import readings
from engine.adapters.sources.nested import fitting
from engine.adapters.sources.raw import Raw, literal, quoted
from engine.core.state import VersionColumn
from engine.core.types import from_duckdb, to_duckdb
from engine.diagnostics import DataMistake, SourceSpan, WorldFailure


def check_declared(asked: Asked) -> None:
    """Whether the declared types and formats can be read at all. Raises DataMistake with all that can't."""
    mistakes = []
    for position, column in enumerate(asked.spec.columns):
        try:
            kind = to_duckdb(column.type) if column.type else ""
        except ValueError as wrong:
            mistakes.append(mistake("bad-type", asked.span("columns", position, "type"), f"{wrong}."))
            continue
        if column.parse is None:
            continue
        span = asked.span("columns", position, "parse")
        if kind and from_duckdb(kind) not in TEMPORAL:
            mistakes.append(mistake("bad-format", span, "`parse` goes with a date, time or timestamp."))
        elif format_shape(column.parse) is None:
            hint = "Use strptime's directives, as in `%d/%m/%Y` or `%Y-%m-%d %H:%M:%S`."
            mistakes.append(
                mistake("bad-format", span, "The format has a directive that is not known.", hint)
            )
    if (all_mistakes := several(mistakes)) is not None:
        raise all_mistakes


@contextmanager
def database(folder: Path) -> Iterator[Any]:
    """A DuckDB of its own, that spills into `folder`."""
    import duckdb

    settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    con = duckdb.connect(config={**settings, "temp_directory": str(folder), "memory_limit": "2GB"})
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


@contextmanager
def _over(raw: Raw, folder: Path) -> Iterator[Any]:
    """A database to read `raw` with; what it cannot read or hold is said as it should be."""
    import duckdb

    with database(folder) as con:
        try:
            yield con
        except duckdb.OutOfMemoryException:
            raise WorldFailure("Reading needs more memory than there is.", "declare fewer columns.") from None
        except duckdb.Error:
            if raw.unreadable is None:
                raise
            raise raw.unreadable from None


def columns_of(raw: Raw, folder: Path) -> tuple[VersionColumn, ...]:
    """The columns with their types, those left out inferred."""
    with _over(raw, folder) as con:
        return _columns(raw, readings(con, raw))


def land(raw: Raw, target: Path, folder: Path) -> tuple[int, tuple[VersionColumn, ...]]:
    """Write all records to `target`, typed, in file order; the number of rows and the columns.

    Raises DataMistake with the first cell of each column that does not fit; there is no file then.
    """
    draft = folder / "typed.parquet"
    with _over(raw, folder) as con:
        how = readings(con, raw)
        _refuse(_nested_misfits(con, raw, how))
        values = ", ".join(f"{_value(raw, n, how[n])} as {quoted(p.name)}" for n, p in enumerate(raw.picks))
        written = con.execute(
            f"copy (select {values} from {raw.relation}) to {literal(str(draft))} (format parquet)"
        ).fetchone()
        _refuse(_misfits(con, raw, how, _lost(con, raw, how, draft)))
    shutil.move(draft, target)
    return int(written[0]), _columns(raw, how)


def _columns(raw: Raw, how: tuple[Reading, ...]) -> tuple[VersionColumn, ...]:
    return tuple(VersionColumn(p.name, r.word) for p, r in zip(raw.picks, how, strict=True))


def _cell(raw: Raw, index: int, reading: Reading) -> str:
    """SQL of the cell as it is, null where it spells null."""
    stored = raw.stored[index]
    if stored not in ("text", "marked"):
        return f"c{index}"
    text = text_of(f"c{index}", stored, raw.rules, reading.word != "string")
    if stored == "marked" and reading.word == "json":
        # A string among objects is JSON only in its quotes.
        return f"case when c{index}[1] = 's' then to_json({text})::varchar else {text} end"
    return text


def _value(raw: Raw, index: int, reading: Reading) -> str:
    """SQL of the value, null where the cell does not fit."""
    stored, cell, kind = raw.stored[index], _cell(raw, index, reading), to_duckdb(reading.word)
    if stored == "text":
        return parsed(cell, reading, raw.rules)
    if stored == "marked":
        # A sheet's own dates have no format of the author's: only its text is read by `parse`.
        plain = parsed(cell, Reading(reading.word), raw.rules)
        if reading.parse is None:
            return plain
        own = f"c{index}[1] = 'd' or c{index}[1] = 't'"
        return f"case when {own} then {plain} else {parsed(cell, reading, raw.rules)} end"
    if stored == kind:
        return cell
    back = f"try_cast(try_cast({cell} as {kind}) as {stored})"
    return f"case when {back} is not distinct from {cell} then try_cast({cell} as {kind}) end"


def _lost(con: Any, raw: Raw, how: tuple[Reading, ...], target: Path) -> list[int]:
    """Columns with fewer values than cells: some cell did not fit."""
    cells = ", ".join(f"count({_cell(raw, n, reading)})" for n, reading in enumerate(how))
    values = ", ".join(f"count({quoted(pick.name)})" for pick in raw.picks)
    before = con.execute(f"select {cells} from {raw.relation}").fetchone()
    after = con.execute(f"select {values} from read_parquet({literal(str(target))})").fetchone()
    return [n for n in range(len(how)) if before[n] != after[n]]


def _misfits(
    con: Any, raw: Raw, how: tuple[Reading, ...], columns: list[int]
) -> Iterator[tuple[SourceSpan, DataMistake]]:
    """The first cell of each column that does not fit."""
    for n in columns:
        wrong = f"{_cell(raw, n, how[n])} is not null and ({_value(raw, n, how[n])}) is null"
        line, count = con.execute(f"select min(line), count(*) from {raw.relation} where {wrong}").fetchone()
        yield _misfit(raw, n, how[n], line, count)


def _nested_misfits(con: Any, raw: Raw, how: tuple[Reading, ...]) -> Iterator[tuple[SourceSpan, DataMistake]]:
    for n, reading in enumerate(how):
        if reading.nested and raw.stored[n] in ("text", "marked"):
            line = _first_misfit(con, raw, n, reading)
            if line is not None:
                yield _misfit(raw, n, reading, line, 1)


def _refuse(mistakes: Iterator[tuple[SourceSpan, DataMistake]]) -> None:
    """Raise all of them, the first of the file first."""
    if (together := several(m for _, m in sorted(mistakes, key=lambda found: found[0]))) is not None:
        raise together


def _first_misfit(con: Any, raw: Raw, index: int, reading: Reading) -> int | None:
    fits = fitting(reading.word)
    cursor = con.execute(f"select line, {_cell(raw, index, reading)} from {raw.relation} order by line")
    while rows := cursor.fetchmany(10_000):
        for line, text in rows:
            if text is not None and not fits(text):
                return int(line)
    return None


def _misfit(raw: Raw, index: int, reading: Reading, line: int, count: int) -> tuple[SourceSpan, DataMistake]:
    pick = raw.picks[index]
    span = raw.place(line, pick.index)
    written = f' (from "{pick.declared.from_}")' if pick.declared and pick.declared.from_ else ""
    more = f" So {'is' if count == 2 else 'are'} {count - 1:,} more of the column." if count > 1 else ""
    summary = f'The cell of column "{pick.name}"{written} is no {reading.word}.{more}'
    return span, mistake("bad-value", span, summary, _advice(reading))


def _advice(reading: Reading) -> str:
    if reading.parse is not None:
        return (
            f"Its format is declared as `{reading.parse}`; nulls are declared in `format: {{nulls: [...]}}`."
        )
    if reading.word in TEMPORAL:
        return "Only ISO 8601 is read without a format: write `parse:`, as in `%d/%m/%Y`."
    if reading.word.startswith(("decimal", "float")):
        return "See `format: {decimal: ..., thousands: ...}` and the type's precision and scale."
    if reading.word == "integer":
        return "Whole numbers have up to 64 bits (else decimal(38,0)); codes with other signs are strings."
    return "Mend the cell, change the declared type, or declare `format: {nulls: [...]}`."
