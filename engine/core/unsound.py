"""A document whose shape is wrong: its address is known, its content is not to be relied on."""

from __future__ import annotations

from typing import ClassVar

from pydantic import SerializeAsAny

from engine.model.base import Spec


class Unsound(Spec):
    """Stands where such a document would: what refers to it is no mistake of its own."""

    address_kind: ClassVar[str] = ""

    fragment: SerializeAsAny[Spec] | None = None
    """What is left of it without what is wrong, so that its references can be checked all the same."""
