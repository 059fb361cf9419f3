"""`kind: Notebook`: a notebook file kept with a project (not yet supported)."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.model.base import Line, Name, ProjectSpec, Reference


class Notebook(ProjectSpec):
    """The notebook's file and the datasets it reads."""

    address_kind: ClassVar[str] = "notebook"

    kind: Literal["Notebook"]
    owner: Name | None = None
    file: Line
    datasets: dict[Name, Reference] = {}
