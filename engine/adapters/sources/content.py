"""The bytes of an origin as a local file, unpacked when they are gzip, and their hash."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.adapters.sources.complaints import mistake
from engine.diagnostics import SourceSpan

CHUNK = 1 << 20
HARMLESS = 16 << 20
"""Bytes that may be unpacked whatever they were packed into."""
RATIO = 200
"""How many bytes one packed byte may become; tables pack 5 to 50 times, bombs 1,000 times."""


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes to read: the local file, how messages name it, and what its name or sender says it is."""

    path: Path
    shown: str
    name: str = ""
    """File name that tells the format by its ending; without `.gz` once unpacked."""
    media_type: str = ""
    stamp: str = ""
    """Hash of what was fetched, as it was fetched; empty for a local file."""

    def at(self, line: int = 1, column: int = 1) -> SourceSpan:
        """A place in the data file."""
        return SourceSpan(self.shown, line, column)


def unpacked(content: Content, folder: Path, most: int) -> Content:
    """The content, gunzipped into `folder` when it is gzip, whatever its name.

    Raises DataMistake when it is broken, grows beyond `most` bytes, or grows as only a bomb does.
    """
    with content.path.open("rb") as packed:
        if packed.read(2) != b"\x1f\x8b":
            return content
    target = folder / "unpacked"
    allowed = min(most, max(HARMLESS, content.path.stat().st_size * RATIO))
    with gzip.open(content.path, "rb") as packed, target.open("wb") as out:
        for chunk in _chunks(content, packed):
            if out.tell() + len(chunk) > allowed:
                raise mistake(
                    "too-big",
                    content.at(),
                    f"Unpacked, the file is larger than {allowed:,} bytes.",
                    f"A packed file may grow {RATIO} times and up to `collect.max_bytes`; unpack it yourself "
                    "if it is meant.",
                )
            out.write(chunk)
    return replace(content, path=target, name=content.name.removesuffix(".gz"))


def _chunks(content: Content, packed: gzip.GzipFile) -> Iterator[bytes]:
    try:
        while chunk := packed.read(CHUNK):
            yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise mistake("bad-gzip", content.at(), "The gzip file is broken or cut off.") from None


@dataclass(frozen=True, slots=True)
class _Known:
    size: int
    modified: int
    inode: int


class Hashes:
    """Content hashes of files, each computed once per process and state of the file."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_Known, str]] = {}

    def of(self, path: Path) -> str:
        """The file's SHA-256; remembered for as long as size, time and inode stay as they are."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            now = _Known(status.st_size, status.st_mtime_ns, status.st_ino)
            before = self._known.get(path)
            if before is not None and before[0] == now:
                return before[1]
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._known[path] = (now, digest)
        return digest


def hash_file(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
