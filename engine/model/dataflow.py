"""`kind: Dataflow`: declared transformations from input datasets to output datasets."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from engine.model.base import (
    Bool,
    Declassify,
    Line,
    Model,
    Moved,
    Name,
    ProjectSpec,
    Protect,
    PythonFunction,
    Reference,
    Schedule,
    Text,
)
from engine.model.checks import Check
from engine.model.dataset import Column, Incremental
from engine.model.lowcode import Verb

STEP_FORMS = ("lowcode", "sql", "python")


class Step(Model):
    """One output: low-code verbs over `from`, a SQL query, or a Python (Ibis) function."""

    output: Name
    title: Text | None = None
    description: Text | None = None
    from_: Name | None = Field(default=None, alias="from")
    lowcode: tuple[Verb, ...] | None = None
    sql: Line | None = None
    python: PythonFunction | None = None
    columns: tuple[Column, ...] = ()
    """Documentation, tags and levels of output columns; every name must be one the step yields."""
    sensitivity: Name | None = None
    declassify: Declassify | None = None
    checks: tuple[Check, ...] = ()
    protect: Protect | None = None
    incremental: Incremental | None = None
    prevent_destroy: Bool = False
    moved: Moved | None = None

    @property
    def form(self) -> str:
        """Which of low-code, SQL or Python this step is."""
        return next(form for form in STEP_FORMS if getattr(self, form) is not None)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(getattr(self, form) is not None for form in STEP_FORMS) != 1:
            raise ValueError(f"a step is exactly one of {', '.join(STEP_FORMS)}")
        if self.lowcode is not None and self.from_ is None:
            raise ValueError("a low-code step needs `from`: the input or earlier output it starts with")
        if self.lowcode is None and self.from_ is not None:
            raise ValueError("`from` belongs to low-code steps; SQL and Python name their inputs themselves")
        return self


class Dataflow(ProjectSpec):
    """Named inputs and ordered steps; each step's output becomes a dataset of the project."""

    address_kind: ClassVar[str] = "dataflow"

    kind: Literal["Dataflow"]
    owner: Name | None = None
    inputs: dict[Name, Reference] = {}
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    schedule: Schedule | None = None
