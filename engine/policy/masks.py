"""Masks of columns: how strong each is, so that of several the strongest holds, and what type it fits."""

from __future__ import annotations

from typing import Final

_CLASS: Final = 10**15
"""Classes of masks lie this far apart: whole numbers that json and Rego keep exactly."""
NULL: Final = 6 * _CLASS
REDACT: Final = 5 * _CLASS
HASH: Final = 4 * _CLASS
YEAR: Final = 3 * _CLASS
ROUND: Final = 2 * _CLASS
PREFIX: Final = 1 * _CLASS
_MOST: Final = 9 * 10**14


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
        case "round" if int(mask.partition(":")[2]) == 0:
            return False
        case "round":
            return column_type in ("integer", "float") or column_type.startswith("decimal")
        case "prefix":
            return column_type == "string"
        case _:
            return True
