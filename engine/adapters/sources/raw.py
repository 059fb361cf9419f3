"""What every reader hands on: a table of cells as read, with the line of each record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.adapters.sources.header import Pick
from engine.diagnostics import DataMistake, SourceSpan

BATCH = 400_000
"""Cells that are held in memory at once."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How cells of text are read."""

    typed_nulls: tuple[str, ...] = ()
    """Spellings of null in every column that is no string."""
    decimal: str | None = "."
    """The decimal mark, or None to find it out column by column."""
    comma: bool = False
    """Whether a decimal comma may be found out."""
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """A table of cells as read: `relation` is DuckDB SQL with columns `line`, `c0`, `c1`, ...

    Cells that spell null in every column are null in it.
    """

    relation: str
    picks: tuple[Pick, ...]
    stored: tuple[str, ...]
    """Per column: `text`; `marked` (a text whose first letter says what the cell is); or a type word."""
    rules: Rules
    place: Callable[[int, int], SourceSpan]
    """Where in the file the cell of a `line` and column index is."""
    unreadable: DataMistake | None = None
    """What it means when the relation itself cannot be read: the file is broken further on."""


class RawWriter:
    """Writes cells to a Parquet file in `folder`, batch by batch; `relation` reads it."""

    def __init__(self, folder: Path, width: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = pa.schema([("line", pa.int64()), *((f"c{n}", pa.string()) for n in range(width))])
        path = folder / "raw.parquet"
        self._writer: Any = pq.ParquetWriter(path, self._schema, compression="snappy", use_dictionary=False)
        self.relation = f"read_parquet({literal(str(path))})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def add(self, columns: Sequence[Sequence[str | None]], lines: Sequence[int]) -> None:
        """Add records: their cells column by column, and the line each begins on."""
        import pyarrow as pa

        arrays = [pa.array(lines, pa.int64()), *(pa.array(cells, pa.string()) for cells in columns)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))


def literal(text: str) -> str:
    """The text as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """The text as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
