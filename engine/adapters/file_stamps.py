"""Whether stored files are as they were written: by size and time, and by content where the time differs.

What was found is kept in `<store>/stamps.tsv`, a line per file (path, size, time, content hash; the last one
of a path counts), so that a plan reads no file that nobody touched. Losing it costs one reading of all files.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import threading
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """How a file looked when its bytes were compared last."""

    size: int
    time: int
    content: str


class FileStamps:
    """The stamps of one store. Safe to use from several threads, and beside other processes."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._file = store / "stamps.tsv"
        self._known: dict[str, Stamp] | None = None
        self._lock = threading.Lock()

    def as_written(self, path: str, size: int, content: str) -> bool:
        """Whether the file at `path`, relative to the store, holds exactly the bytes of that hash."""
        file = self._store / path
        try:
            seen = file.stat()
            stamp = Stamp(size, seen.st_mtime_ns, content)
            if seen.st_size != size:
                return False
            if self._stamps().get(path) == stamp:
                return True
            with file.open("rb") as opened:
                whole = hashlib.file_digest(opened, "sha256").hexdigest() == content
        except OSError:
            return False
        if whole:
            self._note(path, stamp)
        return whole

    def written(self, path: str, size: int, content: str) -> None:
        """Remember a file that was just written with those bytes."""
        with contextlib.suppress(OSError):
            self._note(path, Stamp(size, (self._store / path).stat().st_mtime_ns, content))

    def _stamps(self) -> dict[str, Stamp]:
        with self._lock:
            if self._known is None:
                self._known = self._read()
            return self._known

    def _read(self) -> dict[str, Stamp]:
        """What is known; written anew when most of the lines no longer count."""
        found: dict[str, Stamp] = {}
        lines: list[str] = []
        with contextlib.suppress(OSError, UnicodeDecodeError):
            lines = self._file.read_text(encoding="utf-8").splitlines()
        for line in lines:
            with contextlib.suppress(ValueError):
                path, size, time, content = line.split("\t")
                found[path] = Stamp(int(size), int(time), content)
        if len(lines) > 2 * len(found) + 1000:
            beside = self._file.with_name(f".stamps.{os.getpid()}.part")
            with contextlib.suppress(OSError):
                beside.write_text("".join(map(_line, found, found.values())), encoding="utf-8")
                beside.replace(self._file)
        return found

    def _note(self, path: str, stamp: Stamp) -> None:
        """Remember a stamp; a store that cannot be written to is only slower."""
        with self._lock:
            if self._known is not None:
                self._known[path] = stamp
            with contextlib.suppress(OSError), self._file.open("ab", buffering=0) as out:
                out.write(_line(path, stamp).encode())


def _line(path: str, stamp: Stamp) -> str:
    return f"{path}\t{stamp.size}\t{stamp.time}\t{stamp.content}\n"


@functools.lru_cache(maxsize=64)
def stamps_of(store: Path) -> FileStamps:
    """The stamps of a store, one object for each in this process."""
    return FileStamps(store)
