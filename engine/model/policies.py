"""Kinds that say who may do what: Role, User, Group, Network, DataPolicy, Grant."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from engine.model.base import Date, Line, Model, Name, PrincipalText, Reference, Spec, Str

ACTIONS = (
    "see", "read", "preview", "export", "use", "create", "update", "delete", "run", "schedule", "edit",
    "share", "request", "approve",
)  # fmt: skip

Action = Literal[
    "see", "read", "preview", "export", "use", "create", "update", "delete", "run", "schedule", "edit",
    "share", "request", "approve",
]  # fmt: skip

ObjectKind = Literal[
    "dataset", "dataflow", "dashboard", "assistant", "notebook", "catalog", "project", "studio", "user",
    "group", "role", "network", "source", "grant", "datapolicy", "space",
]  # fmt: skip

Condition = Literal["shared", "member", "manager", "owner", "clearance", "any"]
"""When a role's right holds: `shared` with the person, `member` of the project (a manager counts),
`manager` of it, `owner` of the studio, `clearance` at least the dataset's level, `any` resource."""


class Right(Model):
    """Actions on one kind of object, under one condition."""

    on: ObjectKind
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
    when: Condition


class Role(Spec):
    """A named set of rights and the highest level of data its holders are cleared for."""

    address_kind: ClassVar[str] = "role"

    kind: Literal["Role"]
    clearance: Name
    allow: tuple[Right, ...] = ()
    approved_by: Name | None = None
    """Who agreed to the people it opens data to, where `limits.new_readers` asks for it."""


class User(Spec):
    """A person: one role, and a clearance of their own when it differs from the role's."""

    address_kind: ClassVar[str] = "user"

    kind: Literal["User"]
    email: Line | None = None
    role: Name
    clearance: Name | None = None
    approved_by: Name | None = None
    """Who agreed to the people it opens data to, where `limits.new_readers` asks for it."""


class Group(Spec):
    """A named set of users; a group may hold groups."""

    address_kind: ClassVar[str] = "group"

    kind: Literal["Group"]
    members: tuple[PrincipalText, ...] = ()
    approved_by: Name | None = None
    """Who agreed to the people it opens data to, where `limits.new_readers` asks for it."""


class Network(Spec):
    """Address ranges from which those in `applies_to` may come, optionally only up to a level."""

    address_kind: ClassVar[str] = "network"

    kind: Literal["Network"]
    cidrs: Annotated[tuple[Line, ...], Field(min_length=1)]
    applies_to: PrincipalText | tuple[PrincipalText, ...] = "everyone"
    sensitivity: Name | None = None
    """The highest level that may be reached from here; every level when left out."""
    approved_by: Name | None = None
    """Who agreed to the people it opens data to, where `limits.new_readers` asks for it."""


Mask = Annotated[Str, StringConstraints(pattern=r"^(redact|hash|null|year|prefix:[0-9]+|round:[0-9]+)$")]


class DataPolicy(Spec):
    """What those in `to` see of the datasets: only these rows, and these columns masked."""

    address_kind: ClassVar[str] = "datapolicy"

    kind: Literal["DataPolicy"]
    datasets: Annotated[tuple[Reference, ...], Field(min_length=1)]
    to: PrincipalText | Annotated[tuple[PrincipalText, ...], Field(min_length=1)]
    rows: Line | None = None
    columns: dict[Line, Mask] = {}
    approved_by: Name | None = None
    """Who agreed to the people it shows more to, where `limits.new_readers` asks for it."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.rows is None and not self.columns:
            raise ValueError("a data policy needs `rows`, `columns` or both")
        return self


class Grant(Spec):
    """A time-limited right on a catalogue dataset: the answer to an application for authorization."""

    address_kind: ClassVar[str] = "grant"

    kind: Literal["Grant"]
    dataset: Reference
    to: PrincipalText
    actions: Annotated[tuple[Literal["preview", "export", "use"], ...], Field(min_length=1)]
    purpose: Line
    from_: Date | None = Field(default=None, alias="from")
    until: Date | None = None
    """Not before `from`; the loader of the space tells otherwise (core/resolve_people.py)."""
    requested_by: Name
    approved_by: Name | None = None
    status: Literal["requested", "approved", "refused", "revoked"] = "requested"
