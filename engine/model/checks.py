"""Checks: what must hold of a dataset before it is published (SPECS.md, `checks`)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.model.base import Duration, Line, Model, Name, NonNegative, Reference, Scalar

Columns = Annotated[tuple[Line, ...], Field(min_length=1)]

CHECK_VERBS = ("not_null", "unique", "accepted_values", "row_count", "freshness", "references", "sql")


class AcceptedValues(Model):
    """Every non-null value of `column` is one of `values`."""

    column: Line
    values: Annotated[tuple[Scalar, ...], Field(min_length=1)]


class RowCount(Model):
    """The number of rows lies between `min` and `max`, both included."""

    min: NonNegative | None = None
    max: NonNegative | None = None


class Freshness(Model):
    """The latest value of `column` is at most `max_age` old."""

    column: Line
    max_age: Duration


class References(Model):
    """Every non-null value of `column` stands in column `key` of dataset `to`."""

    column: Line
    to: Reference
    key: Line


class Check(Model):
    """One check: exactly one of the verbs, a severity, and a name for reports."""

    not_null: Columns | None = None
    unique: Columns | None = None
    accepted_values: AcceptedValues | None = None
    row_count: RowCount | None = None
    freshness: Freshness | None = None
    references: References | None = None
    sql: Line | None = None
    name: Name | None = None
    severity: Literal["error", "warn"] = "error"

    @property
    def verb(self) -> str:
        """Which of the verbs this check is."""
        return next(verb for verb in CHECK_VERBS if getattr(self, verb) is not None)

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        written = [verb for verb in CHECK_VERBS if getattr(self, verb) is not None]
        if len(written) != 1:
            raise ValueError(f"a check is exactly one of {', '.join(CHECK_VERBS)}; found {len(written)}")
        return self
