"""The values that all others of the site are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.addresses import Address

Mood = Literal["good", "warn", "bad", "info", "plain"]
"""How a state feels at a glance; it is always also said in words."""


@dataclass(frozen=True, order=True, slots=True)
class Link:
    """A resource the reader may see, and what people call it."""

    address: Address
    title: str


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that failed or went stale."""

    mood: Mood
    what: str
    detail: str
    link: Link | None = None
    run: str = ""
