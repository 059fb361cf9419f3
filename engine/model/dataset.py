"""`kind: Dataset`: what is collected, kept and published."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from engine.model.base import (
    Bool,
    Declassify,
    Duration,
    Line,
    Model,
    Moved,
    Name,
    NonNegative,
    ProjectSpec,
    Protect,
    PythonFunction,
    Schedule,
    Str,
    Text,
)
from engine.model.checks import Check

ORIGINS = ("file", "url", "source", "python")


class Origin(Model):
    """Where a dataset's rows come from: a file, a URL, a source's table or query, or a fetch function."""

    file: Line | None = None
    url: Line | None = None
    source: Name | None = None
    table: Line | None = None
    query: Line | None = None
    python: PythonFunction | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        written = [name for name in ORIGINS if getattr(self, name) is not None]
        if len(written) != 1:
            raise ValueError(f"write exactly one of {', '.join(ORIGINS)}")
        if (self.table is not None) + (self.query is not None) != (1 if self.source else 0):
            raise ValueError("`table` or `query` goes with `source`, exactly one of them")
        return self


class Format(Model):
    """How the bytes are to be read; what is left out is detected."""

    type: Literal["csv", "tsv", "json", "jsonl", "parquet", "excel"] | None = None
    delimiter: Annotated[Str, Field(min_length=1, max_length=1)] | None = None
    encoding: Line | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Annotated[Str, Field(max_length=1)] | None = None
    quote: Annotated[Str, Field(min_length=1, max_length=1)] | None = None
    header: Bool = True
    skip: NonNegative = 0
    nulls: tuple[Str, ...] | None = None
    """Spellings of null beside the empty cell."""
    sheet: Line | None = None
    records: Line | None = None
    """The key of a JSON object that holds the list of records."""


class Column(Model):
    """One column: its name here, `from` which column of the file, and its type."""

    name: Line
    from_: Line | None = Field(default=None, alias="from")
    type: Line | None = None
    parse: Line | None = None
    """A strptime format for dates and times."""
    title: Text | None = None
    description: Text | None = None
    tags: tuple[Name, ...] = ()
    sensitivity: Name | None = None


class Incremental(Model):
    """Only missing or changed partitions of `time_column` are computed."""

    time_column: Line
    """A date, timestamp or timestamptz column; a time zone's days are those of UTC."""
    partition: Literal["day", "month"] = "day"
    lookback: NonNegative | None = None
    """How many published partitions before the newest an apply may restate; all when left out."""


class Dataset(ProjectSpec):
    """A collected dataset: origin, format, columns, checks, sensitivity and protection."""

    address_kind: ClassVar[str] = "dataset"

    kind: Literal["Dataset"]
    owner: Name | None = None
    sensitivity: Name | None = None
    tags: tuple[Name, ...] = ()
    from_: Origin = Field(alias="from")
    format: Format = Format()
    columns: tuple[Column, ...] = ()
    checks: tuple[Check, ...] = ()
    protect: Protect | None = None
    prevent_destroy: Bool = False
    moved: Moved | None = None
    incremental: Incremental | None = None
    schedule: Schedule | None = None
    stale_after: Duration | None = None
    declassify: Declassify | None = None

    @field_validator("columns")
    @classmethod
    def _distinct(cls, columns: tuple[Column, ...]) -> Any:
        seen: set[str] = set()
        for column in columns:
            if column.name.lower() in seen:
                raise ValueError(f'column "{column.name}" is declared twice (names differ in case only)')
            seen.add(column.name.lower())
        return columns
