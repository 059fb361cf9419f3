"""`kind: Source`: a connector that datasets collect from; only a platform manager may create one."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.model.base import Line, Name, Spec, Str


class SourceSpec(Spec):
    """A place data comes from, and the projects that may use it. Secrets are named, never written."""

    address_kind: ClassVar[str] = "source"

    kind: Literal["Source"]
    type: Literal["file", "url", "s3", "postgres", "sqlite", "mysql", "duckdb"]
    url: Line | None = None
    path: Line | None = None
    allow_projects: tuple[Name, ...] = ()
    secret_env: Name | None = None
    """The environment variable that holds the credential. Not yet supported."""
    options: dict[Str, str | int | float | bool] = {}
    """Not yet supported."""
