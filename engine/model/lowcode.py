"""The low-code verbs (SPECS.md). Expressions are SQL expressions over the columns at that point."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.model.base import Bool, Int, Line, Model, Name, NonNegative, Number, Positive, Scalar, Str

Columns = Annotated[tuple[Line, ...], Field(min_length=1)]


class Aggregate(Model):
    """One row per distinct `by` (one row in all without it), with `metrics` as name: expression."""

    by: tuple[Line, ...] = ()
    metrics: Annotated[dict[Line, Line], Field(min_length=1)]


class Join(Model):
    """Rows of the step's table matched with table `to`. `on` lists shared columns or pairs left: right."""

    to: Name
    on: Columns | Annotated[dict[Line, Line], Field(min_length=1)]
    how: Literal["inner", "left", "right", "full", "semi", "anti"] = "inner"
    columns: tuple[Line, ...] | None = None
    """Which columns of `to` are kept; all but the keys when left out."""
    suffix: Str = "_right"
    """Appended to a kept column whose name is taken."""


class Union(Model):
    """Rows of other tables below these, columns matched by name."""

    with_: Annotated[tuple[Name, ...], Field(alias="with", min_length=1)]
    distinct: Bool = False


class PivotWider(Model):
    """One column per listed value of `names`, filled with `values` aggregated by `agg`.

    `columns` lists the values, because columns must be known at plan time.
    """

    names: Line
    values: Line
    columns: Annotated[tuple[Scalar, ...], Field(min_length=1)]
    by: tuple[Line, ...] | None = None
    """The columns that stay; all others but `names` and `values` when left out."""
    agg: Literal["sum", "min", "max", "avg", "count", "first"] = "sum"
    prefix: Str = ""


class PivotLonger(Model):
    """One row per listed column: its name in `names`, its value in `values`."""

    columns: Columns
    names: Line = "name"
    values: Line = "value"


class Unnest(Model):
    """One row per element of the list in `column`."""

    column: Line
    as_: Line | None = Field(default=None, alias="as")
    keep_empty: Bool = False


class Sample(Model):
    """A repeatable choice of rows, by hash of `by` (all columns when left out)."""

    rows: Positive | None = None
    fraction: Annotated[Number, Field(gt=0, le=1)] | None = None
    by: tuple[Line, ...] = ()
    seed: Int = 0

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.rows is None) == (self.fraction is None):
            raise ValueError("write `rows` or `fraction`, exactly one")
        return self


class Split(Model):
    """Text in `column` cut at `by`: into columns `into`, or into a list when `into` is left out."""

    column: Line
    by: Annotated[Str, Field(min_length=1)]
    into: Columns | None = None
    as_: Line | None = Field(default=None, alias="as")


class Replace(Model):
    """Values of `column` exchanged: whole values by `values`, or text matches of `pattern` by `with`."""

    column: Line
    values: dict[Str, Scalar] | None = None
    pattern: Line | None = None
    with_: Str | None = Field(default=None, alias="with")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.values is None) == (self.pattern is None):
            raise ValueError("write `values`, or `pattern` and `with`")
        if (self.pattern is None) != (self.with_ is None):
            raise ValueError("`pattern` and `with` go together")
        return self


class ParseDate(Model):
    """Text in `column` read as a date by a strptime `format`; unreadable text is null if `lenient`."""

    column: Line
    format: Line
    as_: Line | None = Field(default=None, alias="as")
    lenient: Bool = False


class Window(Model):
    """New columns computed over windows: `by` partitions, `order_by` orders (`-x` descends)."""

    by: tuple[Line, ...] = ()
    order_by: tuple[Line, ...] = ()
    columns: Annotated[dict[Line, Line], Field(min_length=1)]


VERBS = (
    "select", "drop", "rename", "filter", "derive", "cast", "aggregate", "join", "union", "order_by",
    "limit", "distinct", "fill_null", "drop_null", "pivot_wider", "pivot_longer", "unnest", "sample",
    "split", "replace", "parse_date", "window",
)  # fmt: skip


class Verb(Model):
    """One low-code verb: exactly one key, the verb's name."""

    select: Columns | None = None
    drop: Columns | None = None
    rename: Annotated[dict[Line, Line], Field(min_length=1)] | None = None
    """new name: old name"""
    filter: Line | None = None
    derive: Annotated[dict[Line, Line], Field(min_length=1)] | None = None
    """new or replaced column: expression"""
    cast: Annotated[dict[Line, Line], Field(min_length=1)] | None = None
    """column: type"""
    aggregate: Aggregate | None = None
    join: Join | None = None
    union: Union | None = None
    order_by: Columns | None = None
    """`-column` descends"""
    limit: NonNegative | None = None
    distinct: Bool | Columns | None = None
    """true for whole rows; columns keep the first row of each, by the order before it"""
    fill_null: Annotated[dict[Line, Scalar], Field(min_length=1)] | None = None
    drop_null: Bool | Columns | None = None
    pivot_wider: PivotWider | None = None
    pivot_longer: PivotLonger | None = None
    unnest: Unnest | None = None
    sample: Sample | None = None
    split: Split | None = None
    replace: Replace | None = None
    parse_date: ParseDate | None = None
    window: Window | None = None

    @property
    def verb(self) -> str:
        """Which of the verbs this is."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        if sum(getattr(self, verb) is not None for verb in VERBS) != 1:
            raise ValueError(f"a low-code verb is exactly one of {', '.join(VERBS)}")
        return self
