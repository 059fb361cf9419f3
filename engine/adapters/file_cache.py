"""A cache as files: what is expensive to compute, under the hash of its key."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

MAX_BYTES = 256 << 20
_CHECK_EVERY = 200
"""Writes between two looks at the size of the whole."""
_SEAL = 16


class FileCache:
    """A Cache over a folder that never grows far beyond `limit`; the oldest values go first.

    Every value carries a hash of itself, so a torn or altered file counts as absent. Losing a value, or
    failing to keep one, costs time only: no method raises.
    """

    def __init__(self, folder: Path, limit: int = MAX_BYTES) -> None:
        self._folder = folder
        self._limit = limit
        self._writes = 0

    def get(self, key: str) -> bytes | None:
        """What was put under `key`, or None."""
        try:
            sealed = self._path(key).read_bytes()
        except OSError:
            return None
        seal, value = sealed[:_SEAL], sealed[_SEAL:]
        return value if seal == _seal(key, value) else None

    def put(self, key: str, value: bytes) -> None:
        """Keep `value`, whole or not at all."""
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".part-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_seal(key, value) + value)
                os.replace(beside, path)
            except BaseException:
                os.unlink(beside)
                raise
        if self._writes % _CHECK_EVERY == 0:
            with contextlib.suppress(OSError):
                self._trim()
        self._writes += 1

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / name[2:]

    def _trim(self) -> None:
        """Remove the oldest values until four fifths of the limit are left."""
        known = []
        for path in self._folder.glob("??/*"):
            with contextlib.suppress(OSError):
                found = path.stat()
                known.append((found.st_mtime_ns, found.st_size, path))
        size = sum(entry[1] for entry in known)
        if size <= self._limit:
            return
        for _, bytes_, path in sorted(known):
            if size <= self._limit * 4 // 5:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                size -= bytes_


def _seal(key: str, value: bytes) -> bytes:
    # SHA-256: processors have instructions for it, and pages of a site are tens of megabytes together.
    seal = hashlib.sha256(hashlib.sha256(key.encode()).digest())
    seal.update(value)
    return seal.digest()[:_SEAL]
