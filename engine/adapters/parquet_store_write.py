"""One query's rows, cast to their declared types, as a Parquet file with the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from engine.adapters.parquet_store_duckdb import create_view, world_failure
from engine.adapters.parquet_store_sql import literal, quoted
from engine.core.compiled import CompiledDataset
from engine.core.types import to_duckdb
from engine.diagnostics import DataMistake, SourceSpan, error

FORMAT = "format parquet, compression zstd, compression_level 3, row_group_size 122880"


def write_rows(
    database: duckdb.DuckDBPyConnection,
    dataset: CompiledDataset,
    tables: Mapping[str, Sequence[Path]],
    out: Path,
    span: SourceSpan,
) -> int:
    """Write the rows of the dataset's query over `tables` to `out`; how many there are.

    Raises DataMistake at `span`, without a value, when a row cannot be computed or does not fit its type.
    """
    try:
        for name, files in tables.items():
            create_view(database, name, *files)
        query = typed(dataset) if dataset.ordered else f"from ({typed(dataset)}) {ordering(dataset)}"
        copied = database.execute(f"copy ({query}) to {literal(str(out))} ({FORMAT})").fetchone()
    except duckdb.Error as failure:
        raise told(database, dataset, failure, span) from None
    assert copied is not None
    return int(copied[0])


def typed(dataset: CompiledDataset) -> str:
    """SQL of the dataset's rows, each column cast to its type."""
    casts = [f"cast({quoted(c.name)} as {to_duckdb(c.type)}) as {quoted(c.name)}" for c in dataset.columns]
    return f"select {', '.join(casts)} from ({dataset.query}) as q"


def ordering(dataset: CompiledDataset) -> str:
    """The ORDER BY of a dataset whose author gives no order: one order for equal rows."""
    return f"order by {', '.join(told_apart(dataset))}"


def told_apart(dataset: CompiledDataset) -> list[str]:
    """All columns, then the spelling of floats: 0.0 and -0.0 are equal and have different bytes."""
    spelled = [f"cast({quoted(c.name)} as varchar)" for c in dataset.columns if "float" in c.type]
    return [*(quoted(c.name) for c in dataset.columns), *spelled]


def told(
    database: duckdb.DuckDBPyConnection, dataset: CompiledDataset, failure: duckdb.Error, span: SourceSpan
) -> Exception:
    """A failure of the dataset's query as the world's or the author's, or as it is when it is neither.

    DuckDB's own text may quote a value.
    """
    world = world_failure(failure, f"build {dataset.address}")
    if world is not None:
        return world
    match failure:
        case duckdb.ConversionException():
            code, what = "value-conversion", "a value does not convert to the type asked for"
        case duckdb.OutOfRangeException():
            code, what = "value-overflow", "a number is too large for its type"
        case duckdb.DataError() | duckdb.InvalidInputException():
            code, what = "query-failed", "the query fails on the data"
        case _:
            return failure
    where = _misfits(database, dataset)
    advice = where or "Guard the expression, for example with try_cast, nullif or a filter before it."
    return DataMistake((error(code, span, f"Cannot compute {dataset.address}: {what}.", advice),))


def _misfits(database: duckdb.DuckDBPyConnection, dataset: CompiledDataset) -> str:
    """Which columns do not fit their types and in how many rows; nothing when the query itself fails."""
    counts = [
        f"count(*) filter ({quoted(c.name)} is not null "
        f"and try_cast({quoted(c.name)} as {to_duckdb(c.type)}) is null)"
        for c in dataset.columns
    ]
    try:
        row = database.execute(f"select {', '.join(counts)} from ({dataset.query}) as q").fetchone() or ()
    except duckdb.Error:
        return ""
    return " ".join(
        f'Column "{column.name}" does not fit {column.type} in {count} row{"" if count == 1 else "s"}.'
        for column, count in zip(dataset.columns, row, strict=True)
        if count
    )
