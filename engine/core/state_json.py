"""Partitions of a version as json, and back: the state and the store write them the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.core.state import Partition, Version

_FIELDS = ("interval", "fingerprint", "path", "rows", "bytes", "content")


def partitions_json(version: Version) -> dict[str, Any]:
    """How a version is cut and its partitions; nothing for one that is one file."""
    if not version.cut:
        return {}
    partitions = [[getattr(p, field) for field in _FIELDS] for p in version.partitions]
    return {"cut": version.cut, "partitions": partitions}


def partitions_of(value: Mapping[str, Any]) -> tuple[Partition, ...]:
    """The partitions that `partitions_json` wrote among other things."""
    return tuple(Partition(*fields) for fields in value.get("partitions", ()))
