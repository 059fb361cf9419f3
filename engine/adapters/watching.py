"""Sees saves below a folder, several at once as one."""

from __future__ import annotations

import queue
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

SETTLE_SECONDS = 0.15
"""Editors write a file in several steps: this long after the last one counts as saved."""


class Saves(FileSystemEventHandler):
    """Waits for saves in folders; what the engine itself writes is left out."""

    def __init__(self, folders: tuple[Path, ...], ignored: Path) -> None:
        self._seen: queue.Queue[str] = queue.Queue()
        self._ignored = str(ignored)
        self._observer = Observer()
        for folder in folders:
            self._observer.schedule(self, str(folder), recursive=True)

    def __enter__(self) -> Saves:
        self._observer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._observer.stop()
        self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog for everything that happens below the folders."""
        path = str(event.src_path)
        if event.event_type in ("created", "modified", "moved", "deleted") and not event.is_directory:
            hidden = any(part.startswith(".") for part in Path(path).parts[-2:])
            if not path.startswith(self._ignored) and not hidden and "__pycache__" not in path:
                self._seen.put(path)

    def wait(self, seconds: float) -> bool:
        """Whether something was saved within that time, after the saves have settled."""
        try:
            self._seen.get(timeout=seconds)
        except queue.Empty:
            return False
        while True:
            try:
                self._seen.get(timeout=SETTLE_SECONDS)
            except queue.Empty:
                return True
