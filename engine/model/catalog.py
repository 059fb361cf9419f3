"""`kind: CatalogEntry`: a dataset offered to the whole space."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.model.base import Line, Model, Name, Reference, Spec, Str


class Contact(Model):
    """Whom to ask about an entry."""

    name: Line
    email: Line | None = None
    url: Line | None = None


class CatalogEntry(Spec):
    """A dataset and its terms: `open` to the cleared, or `on-request` by grant."""

    address_kind: ClassVar[str] = "catalog"

    kind: Literal["CatalogEntry"]
    dataset: Reference
    access: Literal["open", "on-request"] = "on-request"
    themes: tuple[Name, ...] = ()
    keywords: tuple[Str, ...] = ()
    license: Line | None = None
    contact: Contact | None = None
    approved_by: Name | None = None
    """Who agreed to the people it opens data to, where `limits.new_readers` asks for it."""
