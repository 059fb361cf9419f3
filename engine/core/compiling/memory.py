"""What compiling remembers between runs, under keys that cover everything it was computed from."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
from pathlib import Path
from typing import Protocol

from engine.core.fingerprint import digest

_LIBRARIES = ("duckdb", "sqlglot", "ibis-framework", "pyarrow")


class Store(Protocol):
    """Keeps bytes by key; losing them costs time only."""

    def get(self, key: str) -> bytes | None:
        """What was put under `key`, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep `value`."""
        ...


class Memory:
    """Results by what they were made of: the engine's own code, its libraries, and the given facts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def key(self, *facts: object) -> str:
        """The key of what is computed from json-able `facts` by this very code."""
        return digest([code_version(), *facts])

    def recall(self, key: str) -> bytes | None:
        """What is remembered under the key."""
        return self._store.get(key)

    def keep(self, key: str, value: str) -> None:
        """Remember a text."""
        self._store.put(key, value.encode())


@functools.cache
def code_version() -> str:
    """Hash of the engine's own code and the versions of the libraries that give it meaning."""
    folder = Path(__file__).parents[2]
    code = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        code.update(file.read_bytes())
    return digest([code.hexdigest(), *(importlib.metadata.version(name) for name in _LIBRARIES)])
