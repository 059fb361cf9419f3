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

    def put_away(self, files: Iterable[str], day: datetime.date) -> None:
        """Move files (relative to the store) into the quarantine of a day. Raises WorldFailure."""
        with _reported(self._folder):
            for path in sorted(set(files)):
                if (self._store / path).exists():
                    target = self._folder / day.isoformat() / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(self._store / path, target)

    def bring_back(self, versions: Iterable[Version] | None = None) -> int:
        """Move the files of versions (all without an argument) to their place; says of how many versions."""
        wanted = None if versions is None else {f for v in versions for f in (v.description, *v.files)}
        moved = 0
        with _reported(self._folder):
            for file in sorted(self._folder.glob("*/versions/*/*/*")):
                place = Path(*file.relative_to(self._folder).parts[1:])
                if wanted is None or place.as_posix() in wanted:
                    (self._store / place).parent.mkdir(parents=True, exist_ok=True)
                    os.replace(file, self._store / place)
                    moved += file.suffix == ".json"
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
                    paths.append(file.relative_to(day).as_posix())
                    file.unlink()
                day.rmdir()
        return Expired(freed, tuple(sorted(paths)))


def _day(name: str) -> datetime.date | None:
    with contextlib.suppress(ValueError):
        return datetime.date.fromisoformat(name)
    return None


@contextlib.contextmanager
def _reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        raise WorldFailure(f"cannot move files in {folder}: {failure.strerror}.", "check the disk.") from None
