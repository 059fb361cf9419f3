"""Masks of columns: how strong each is, so that of several the strongest holds, and what type it fits."""

from __future__ import annotations

from typing import Final

NULL: Final = 6_000_000
REDACT: Final = 5_000_000
HASH: Final = 4_000_000
YEAR: Final = 3_000_000
ROUND: Final = 2_000_000
PREFIX: Final = 1_000_000
_MOST: Final = 900_000


def strength(mask: str) -> int:
    """A number that grows with what the mask hides.

    null > redact > hash > year > round (a coarser step hides more) > prefix (a shorter one hides more).
    """
    word, _, number = mask.partition(":")
    match word:
        case "null":
            return NULL
        case "redact":
            return REDACT
        case "hash":
            return HASH
        case "year":
            return YEAR
        case "round":
            return ROUND + min(int(number), _MOST)
        case _:
            return PREFIX + _MOST - min(int(number), _MOST)


def fits(mask: str, column_type: str) -> bool:
    """Whether the mask can be applied to a column of that type (SPECS.md's words)."""
    match mask.partition(":")[0]:
        case "year":
            return column_type in ("date", "timestamp", "timestamptz")
        case "round":
            return column_type in ("integer", "float") or column_type.startswith("decimal")
        case "prefix":
            return column_type == "string"
        case _:
            return True
