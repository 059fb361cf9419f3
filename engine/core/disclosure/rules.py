"""What figures of people are held to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """What a release holds itself to."""

    floor: int
    complementary: bool = True
    zeros_shown: bool = True
    """Whether a reader knows that a withheld cell is not empty, since empty ones are shown."""
