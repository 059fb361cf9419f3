"""Which types can become which: DuckDB itself says so only when it meets the first value."""

from __future__ import annotations

_NUMBERS = frozenset({"integer", "float", "decimal", "boolean"})
_ALSO = {
    "date": {"timestamp", "timestamptz"},
    "timestamp": {"date", "time", "timestamptz"},
    "timestamptz": {"date", "timestamp"},
    "uuid": {"binary"},
    "binary": {"uuid"},
}


def can_cast(word: str, target: str) -> bool:
    """Whether some value of type `word` has a form of type `target`; text and json may always have one."""
    one, other = _head(word), _head(target)
    if one == other or {one, other} & {"string", "json"}:
        return True
    return {one, other} <= _NUMBERS or other in _ALSO.get(one, ())


def _head(word: str) -> str:
    return word.partition("<")[0].partition("(")[0]
