"""Files of the store: written beside, synced, then named in one step; a whole version is never replaced."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.adapters.file_stamps import stamps_of
from engine.addresses import Address
from engine.core.state import Version, VersionColumn
from engine.core.state_json import partitions_json, partitions_of
from engine.diagnostics import WorldFailure

MAGIC = b"PAR1"


@contextmanager
def written_beside(final: Path) -> Iterator[Path]:
    """A path in the folder of `final` to write to; what is left there is removed. Raises WorldFailure."""
    part = final.with_name(f".{final.name}.{secrets.token_hex(6)}.part")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        yield part
    except OSError as failure:
        reason = "the disk is full" if failure.errno == errno.ENOSPC else failure.strerror
        raise WorldFailure(f"cannot write {final}: {reason}.", "look at its folder.") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def name_once(part: Path, final: Path) -> bool:
    """Give the file its final name, synced, unless that is taken; whether it was given."""
    _sync(part)
    try:
        os.link(part, final)
    except FileExistsError:
        return False
    except OSError:
        # A file system without hard links: rename replaces, so look first.
        if final.exists():
            return False
        part.replace(final)
    _sync(final.parent)
    return True


def name_over(part: Path, final: Path) -> None:
    """Give the file its final name, synced, in the place of one that is not whole."""
    _sync(part)
    part.replace(final)
    _sync(final.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_whole(file: Path, size: int) -> bool:
    """Whether the file is a Parquet file of that size, by its size, first and last bytes."""
    try:
        with file.open("rb") as opened:
            begins = opened.read(4)
            end = opened.seek(0, os.SEEK_END)
            if end != size or size < 12:
                return False
            opened.seek(-4, os.SEEK_END)
            return begins == MAGIC and opened.read(4) == MAGIC
    except OSError:
        return False


def content_hash(file: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def is_stored(store: Path, version: Version) -> bool:
    """Whether every file of a version is there as it was written; of one that is cut, also their list."""
    stamps = stamps_of(store)
    if not version.cut:
        return stamps.as_written(version.path, version.bytes, version.content)
    listed = (store / version.path).exists()
    return listed and all(stamps.as_written(p.path, p.bytes, p.content) for p in version.partitions)


def version_text(version: Version) -> str:
    """A version as the JSON text that stands beside its file."""
    fields = {
        "fingerprint": version.fingerprint,
        "address": str(version.address),
        "path": version.path,
        "rows": version.rows,
        "bytes": version.bytes,
        "content": version.content,
        "columns": [[c.name, c.type] for c in version.columns],
        "logic": version.logic,
        "algorithm": version.algorithm,
        "inputs": {str(address): version.inputs[address] for address in sorted(version.inputs)},
        "data_time": version.data_time,
        **partitions_json(version),
    }
    return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"


def read_version(file: Path) -> Version | None:
    """The version that the JSON file beside it describes, or None when it is no such file."""
    try:
        fields: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Version(
            fingerprint=fields["fingerprint"],
            address=Address.parse(fields["address"]),
            path=fields["path"],
            rows=fields["rows"],
            bytes=fields["bytes"],
            content=fields["content"],
            columns=tuple(VersionColumn(name, kind) for name, kind in fields["columns"]),
            logic=fields["logic"],
            algorithm=fields["algorithm"],
            inputs={Address.parse(address): known for address, known in fields["inputs"].items()},
            data_time=fields["data_time"],
            cut=fields.get("cut", ""),
            partitions=partitions_of(fields),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
