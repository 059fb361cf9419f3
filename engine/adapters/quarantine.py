"""The store's quarantine: versions nothing points at wait there until they are deleted for good."""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.core.state import Version
from engine.diagnostics import WorldFailure
from engine.ports import Expired


class QuarantineFolder:
    """Implements the Quarantine port: `<store>/quarantine/<day>/` mirrors `<store>/versions/`."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._folder = store / "quarantine"

    def put_away(self, version: Version, day: datetime.date) -> None:
        """Move a version's files into the quarantine of a day. Raises WorldFailure."""
        with _reported(self._folder):
            for file in _files(self._store / version.path):
                target = self._folder / day.isoformat() / file.relative_to(self._store)
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file, target)

    def bring_back(self, versions: Iterable[Version] | None = None) -> int:
        """Move versions (all of them without an argument) back to their place; says how many files moved."""
        wanted = None if versions is None else {Path(v.path).with_suffix("") for v in versions}
        moved = 0
        with _reported(self._folder):
            for file in sorted(self._folder.glob("*/versions/*/*/*")):
                place = Path(*file.relative_to(self._folder).parts[1:])
                if wanted is None or place.with_suffix("") in wanted:
                    (self._store / place).parent.mkdir(parents=True, exist_ok=True)
                    os.replace(file, self._store / place)
                    moved += file.suffix == ".parquet"
        return moved

    def expire(self, before: datetime.date) -> Expired:
        """Delete what was put away before a day. Raises WorldFailure."""
        freed, paths = 0, []
        with _reported(self._folder):
            for day in sorted(self._folder.glob("*")):
                if _day(day.name) is None or day.name >= before.isoformat():
                    continue
                for file in sorted(day.rglob("*"), reverse=True):
                    if file.is_dir():
                        file.rmdir()
                        continue
                    freed += file.stat().st_size
                    paths += [file.relative_to(day).as_posix()] if file.suffix == ".parquet" else []
                    file.unlink()
                day.rmdir()
        return Expired(freed, tuple(sorted(paths)))


def _day(name: str) -> datetime.date | None:
    with contextlib.suppress(ValueError):
        return datetime.date.fromisoformat(name)
    return None


def _files(parquet: Path) -> list[Path]:
    """A version's file and what stands beside it under the same name."""
    return [file for file in (parquet, parquet.with_suffix(".json")) if file.exists()]


@contextlib.contextmanager
def _reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        raise WorldFailure(f"cannot move files in {folder}: {failure.strerror}.", "check the disk.") from None
