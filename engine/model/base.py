"""What every written document shares: strict, frozen models and the small types they are made of."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from engine.addresses import NAME, AddressError, Principal


def _refuse_implicit_text(value: Any) -> Any:
    """Text must be written as text: `1.10` unquoted is a number and would lose its zero."""
    if isinstance(value, bool | int | float):
        raise ValueError(f"expected text but found {type(value).__name__} {value!r}; write it in quotes")
    return value


def _principal(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return str(Principal.parse(value))
        except AddressError as mistake:
            raise ValueError(str(mistake)) from None
    return value


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"expected a date like 2026-12-31 but found {value!r}") from None
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number but found {value!r}")
    return value


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false but found {value!r}")
    return value


Str = Annotated[str, BeforeValidator(_refuse_implicit_text)]
Line = Annotated[Str, StringConstraints(min_length=1)]
Name = Annotated[Str, StringConstraints(pattern=f"^(?:{NAME.pattern})$")]
Reference = Annotated[Str, StringConstraints(pattern=f"^(?:{NAME.pattern})(?:/(?:{NAME.pattern}))?$")]
PrincipalText = Annotated[str, BeforeValidator(_principal)]
"""A principal in full form (`user:romain`), whatever short form was written."""
Date = Annotated[datetime.date, BeforeValidator(_date)]
Int = Annotated[int, BeforeValidator(_whole)]
Positive = Annotated[int, BeforeValidator(_whole), Field(ge=1)]
NonNegative = Annotated[int, BeforeValidator(_whole), Field(ge=0)]
Bool = Annotated[bool, BeforeValidator(_flag)]
Duration = Annotated[Str, StringConstraints(pattern=r"^[0-9]+[smhdw]$")]
"""A span of time: a whole number and s, m, h, d or w (`36h`, `400d`)."""
Text = Str | dict[Str, Str]
"""Text for people: one string, or one per language (`{fr: ..., en: ...}`)."""
Scalar = str | int | float | bool | None


class Model(BaseModel):
    """A part of a document: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class Spec(Model):
    """One validated document. `kind` says which; `name` is unique in its kind (and project)."""

    address_kind: ClassVar[str]
    in_project: ClassVar[bool] = False

    name: Name
    title: Text | None = None
    description: Text | None = None


class ProjectSpec(Spec):
    """A document that lives in a project: the folder it stands in says which, or `project:`."""

    in_project: ClassVar[bool] = True
    project: Name | None = None


class Declassify(Model):
    """The reviewed reason to lower a level or drop a tag."""

    reason: Line
    approved_by: Name


class Protect(Model):
    """The disclosure floor of a dataset: cells count distinct `unit`s, none below `min_cell`."""

    unit: Line | None = None
    min_cell: NonNegative = 0
    complementary: Bool = True
    round: NonNegative | None = None
    dominance: float | None = None
    zeros: Literal["show", "suppress"] | None = None


class Moved(Model):
    """The address a renamed resource had before: nothing is rebuilt for it."""

    from_: Annotated[Line, Field(alias="from")]
