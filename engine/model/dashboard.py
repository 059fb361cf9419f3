"""`kind: Dashboard`: a page of tiles over datasets, with filters, sharing and its own tests."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from engine.model.base import (
    Duration,
    Line,
    Model,
    Moved,
    Name,
    NonNegative,
    PrincipalText,
    ProjectSpec,
    Reference,
    Scalar,
    Schedule,
    Text,
)
from engine.model.tiles import Row


class PageDataset(Model):
    """A dataset of the page, with a row condition."""

    dataset: Reference
    where: Line | None = None


class PageFilter(Model):
    """A control over one column; it lives in the URL."""

    name: Name
    label: Text | None = None
    from_: Name = Field(alias="from")
    column: Line
    type: Literal["select", "multiselect", "search", "date_range", "slider", "toggle"]
    default: Scalar | tuple[Scalar, ...] = None
    depends_on: Name | tuple[Name, ...] | None = None
    applies_to: tuple[Name, ...] | None = None
    """Datasets of the page it acts on; those that have the column when left out."""


class Tab(Model):
    """A part of the page with a name of its own."""

    title: Text
    slug: Name
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


class SourceNote(Model):
    """Where the page's data comes from."""

    label: Text
    href: Line | None = None
    licence: Line | None = None


class Share(Model):
    """Who else may open the page."""

    to: PrincipalText
    access: Literal["read", "edit"] = "read"
    approved_by: Name | None = None
    """Who agreed to the people it opens data to, where `limits.new_readers` asks for it."""


class PageTest(Model):
    """`expect`: an expression that must be true; or `as` whom, `sees` and `not`: columns or sites."""

    expect: Line | None = None
    as_: Name | None = Field(default=None, alias="as")
    sees: tuple[Line, ...] = ()
    not_: tuple[Line, ...] = Field(default=(), alias="not")


class Alert(Model):
    """A condition on the page's data that people are told of when it begins, and when it ceases, to hold."""

    name: Name
    when: Line
    """Comparisons of aggregates of the page's datasets: `sum(by_oa.doctors) < 5000`."""
    message: Text | None = None
    """What people are told; the page's title when left out. Who may see the number opens the page."""


class Dashboard(ProjectSpec):
    """A published page. Exactly one of `rows` and `tabs`."""

    address_kind: ClassVar[str] = "dashboard"

    kind: Literal["Dashboard"]
    owner: Name | None = None
    summary: Text | None = None
    datasets: Annotated[dict[Name, Reference | PageDataset], Field(min_length=1)]
    each: dict[Name, tuple[Scalar, ...]] | None = None
    source: SourceNote | None = None
    as_of: Line | None = None
    stale_after: Duration | None = None
    filters: tuple[PageFilter, ...] = ()
    tabs: tuple[Tab, ...] = ()
    rows: tuple[Row, ...] = ()
    tests: tuple[PageTest, ...] = ()
    min_cell: NonNegative | None = None
    refresh: Schedule | None = None
    """Not yet supported."""
    share: tuple[Share, ...] = ()
    sensitivity: Name | None = None
    alerts: tuple[Alert, ...] = ()
    moved: Moved | None = None

    @model_validator(mode="after")
    def _rows_or_tabs(self) -> Self:
        if bool(self.rows) == bool(self.tabs):
            raise ValueError("write `rows` or `tabs`, exactly one")
        return self
