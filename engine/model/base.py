"""What every written document shares: strict, frozen models and the small types they are made of."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from engine.addresses import NAME, AddressError, Principal


def found(value: Any) -> str:
    """What was written, in words for people: `the number 5`, `a list`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f'the text "{value if len(value) <= 60 else value[:57] + "..."}"'
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def _principal(value: str) -> str:
    try:
        return str(Principal.parse(value))
    except AddressError as mistake:
        raise ValueError(str(mistake)) from None


def _schedule(value: str) -> str:
    from cronsim import CronSim, CronSimError

    try:
        CronSim(value, datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    except CronSimError:
        form = "a schedule is minute, hour, day, month and weekday, like `0 6 * * *`"
        raise ValueError(f"{form}; {found(value)} is none") from None
    return value


def _date(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise PydanticCustomError("date", "expected a date like 2026-12-31") from None


Str = Annotated[str, Strict()]
"""Text must be written as text: `1.10` unquoted is a number and would lose its zero."""
Line = Annotated[str, Strict(), StringConstraints(min_length=1)]
Name = Annotated[str, Strict(), StringConstraints(pattern=f"^(?:{NAME.pattern})$")]
Reference = Annotated[
    str, Strict(), StringConstraints(pattern=f"^(?:{NAME.pattern})(?:/(?:{NAME.pattern}))?$")
]
PythonFunction = Annotated[str, Strict(), StringConstraints(pattern=r"^[^:]+\.py:[A-Za-z_]\w*$")]
"""`module.py:function`, the module relative to the file that names it."""
PrincipalText = Annotated[str, Strict(), AfterValidator(_principal)]
"""A principal in full form (`user:romain`), whatever short form was written."""
Date = Annotated[datetime.date, BeforeValidator(_date)]
Int = Annotated[int, Strict()]
Positive = Annotated[int, Strict(), Field(ge=1)]
NonNegative = Annotated[int, Strict(), Field(ge=0)]
Number = Annotated[float, Strict()]
Share = Annotated[float, Strict(), Field(gt=0, lt=1)]
"""A part of a whole: more than 0, less than 1."""
Bool = Annotated[bool, Strict()]
Schedule = Annotated[Line, AfterValidator(_schedule)]
"""When to run, as cron writes it: `0 6 * * *`. Times are UTC."""
Duration = Annotated[str, Strict(), StringConstraints(pattern=r"^[0-9]+[smhdw]$")]
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


class Dominance(Model):
    """A sum is withheld when its `n` largest contributors make up more than the share `k` of it."""

    n: Positive = 1
    k: Share


class Protect(Model):
    """The disclosure floor of a dataset: cells count distinct `unit`s, none below `min_cell`.

    Counts are rounded to multiples of `round`. `dominance` as a number is the share of one contributor.
    """

    unit: Line | None = None
    min_cell: NonNegative = 0
    complementary: Bool = True
    round: Annotated[int, Strict(), Field(ge=2)] | None = None
    dominance: Share | Dominance | None = None
    zeros: Literal["show", "suppress"] | None = None


class Moved(Model):
    """The address a renamed resource had before, or all it had: nothing is rebuilt for it."""

    from_: Annotated[Line | Annotated[tuple[Line, ...], Field(min_length=1)], Field(alias="from")]
    """Of several the first that is applied counts."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses as written, one or many."""
        return (self.from_,) if isinstance(self.from_, str) else self.from_
