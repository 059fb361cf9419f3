"""One file in a place of the user's choice, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from engine.adapters.parquet_store_files import name_over, written_beside


def write_file(out: Path, content: bytes) -> None:
    """Make `out` hold exactly `content`; a reader never sees a part of it. Raises WorldFailure."""
    with written_beside(out.absolute()) as part:
        part.write_bytes(content)
        name_over(part, out.absolute())
