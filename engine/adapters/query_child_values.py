"""Values of rows on their way out of the child: JSON, tagged where JSON has no such type.

Nothing that could run code on being read: the child has run a stranger's SQL.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

_WRITERS: tuple[tuple[type, str, Callable[[Any], str]], ...] = (
    (decimal.Decimal, "decimal", str),
    (datetime.datetime, "timestamp", datetime.datetime.isoformat),
    (datetime.date, "date", datetime.date.isoformat),
    (datetime.time, "time", datetime.time.isoformat),
    (bytes, "binary", lambda value: base64.b64encode(value).decode()),
    (uuid.UUID, "uuid", str),
)
"""Type, tag and spelling; an instant is also a date, so it comes first."""


def encode(value: Any) -> Any:
    """A Python value as JSON; what is not known goes as text."""
    match value:
        case None | bool() | str() | int():
            return value
        case float():
            return value if math.isfinite(value) else {"float": str(value)}
        case list() | tuple():
            return [encode(item) for item in value]
        case dict():
            return {"struct": [[encode(key), encode(item)] for key, item in value.items()]}
    for kind, tag, spell in _WRITERS:
        if isinstance(value, kind):
            return {tag: spell(value)}
    return str(value)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "float": float,
    "decimal": decimal.Decimal,
    "timestamp": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "binary": base64.b64decode,
    "uuid": uuid.UUID,
}


def decode(value: Any) -> Any:
    """The value that was encoded. Raises ValueError or KeyError for anything else."""
    match value:
        case list():
            return [decode(item) for item in value]
        case dict():
            ((tag, inner),) = value.items()
            if tag == "struct":
                return {_key(decode(key)): decode(item) for key, item in inner}
            return _READERS[tag](inner)
        case _:
            return value


def _key(key: Any) -> Any:
    return str(key) if isinstance(key, list | dict) else key
