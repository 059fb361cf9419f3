"""`kind: Project`: a shared project, or one person's studio (`personal: true`)."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.model.base import Bool, Name, PrincipalText, Reference, Spec


class Project(Spec):
    """Who works together on which datasets. `uses` is its library of catalogue datasets."""

    address_kind: ClassVar[str] = "project"

    kind: Literal["Project"]
    personal: Bool = False
    owner: Name | None = None
    managers: tuple[PrincipalText, ...] = ()
    members: tuple[PrincipalText, ...] = ()
    uses: tuple[Reference, ...] = ()
    approved_by: Name | None = None
    """Who agreed to the people it opens data to, where `limits.new_readers` asks for it."""
