"""Cells that were released, as files beside the data; kept for good, for what was read cannot be unread."""

from __future__ import annotations

import hashlib
from pathlib import Path

from engine.adapters.parquet_store_files import name_once, written_beside
from engine.diagnostics import WorldFailure


class ShownCellsFolder:
    """Texts in `<store>/releases/<hash>.json`. Implements ports.ShownCells."""

    def __init__(self, store: Path) -> None:
        self._folder = store / "releases"

    def keep(self, cells: str) -> str:
        """Keep the text of a release for good; returns its hash. Raises WorldFailure."""
        content = cells.encode()
        digest = hashlib.sha256(content).hexdigest()
        file = self._file(digest)
        if not file.exists():
            with written_beside(file) as part:
                part.write_bytes(content)
                name_once(part, file)
        return digest

    def read(self, digest: str) -> str:
        """The text of that hash. Raises WorldFailure when it is missing or was altered."""
        try:
            content = self._file(digest).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise WorldFailure(
                f"the store does not tell any more which figures were shown earlier ({digest[:12]}).",
                f"restore {self._file(digest)} from a backup: without it new pages could give them away.",
            )
        return content.decode()

    def _file(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"
