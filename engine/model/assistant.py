"""`kind: Assistant`: a question-answering helper over a project's datasets (not yet supported)."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.model.base import Line, Name, ProjectSpec, Reference, Text


class Assistant(ProjectSpec):
    """Which datasets it may read and what it is told."""

    address_kind: ClassVar[str] = "assistant"

    kind: Literal["Assistant"]
    owner: Name | None = None
    datasets: dict[Name, Reference] = {}
    instructions: Text | None = None
    model: Line | None = None
