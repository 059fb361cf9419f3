"""Asks the warehouse the engine's own questions about files, each once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.fingerprint import digest
from engine.core.pages.answers import PLAIN, plain
from engine.core.state import VersionColumn
from engine.ports import Cache, Table, Warehouse


@dataclass
class Asking:
    """Remembers answers: a file's name says what is in it, so the same question has the same answer."""

    warehouse: Warehouse
    cache: Cache
    _tables: dict[str, Table] = field(default_factory=dict)

    def fetch(self, path: Path, sql: str) -> Table:
        """Rows of one of our own queries over a file, which the query calls `self`."""
        key = f"page-{digest([path.name, sql])}"
        if key not in self._tables:
            kept = self.cache.get(key)
            if kept is None:
                kept = _packed(self.warehouse.fetch(sql, {"self": path}))
                self.cache.put(key, kept)
            self._tables[key] = _unpacked(kept)
        return self._tables[key]


def _packed(table: Table) -> bytes:
    """A fetched table as json, its values as pages carry them."""
    rows = [[_places(value) for value in row] for row in table.rows]
    text = json.dumps([[[c.name, c.type] for c in table.columns], rows], ensure_ascii=False)
    return text.encode()


def _unpacked(kept: bytes) -> Table:
    columns, rows = json.loads(kept)
    return Table(tuple(VersionColumn(*c) for c in columns), tuple(map(tuple, rows)))


def _places(value: Any) -> Any:
    """A value as pages carry it; the points a unit occurs at stay a list of their values."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        return [{name: plain(part) for name, part in point.items()} for point in value]
    return plain(value)
