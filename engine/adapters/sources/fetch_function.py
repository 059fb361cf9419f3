"""Fetch functions: an author's Python that brings the rows, or the bytes of a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from engine.adapters.python_fetch import AuthorMistake, FetchedArrow, FetchedBytes, fetch
from engine.adapters.sources.complaints import mistake
from engine.adapters.sources.content import Content, hash_file
from engine.core.space import Collected
from engine.diagnostics import SourceSpan


def fetch_by_function(collected: Collected, folder: Path) -> Content:
    """What the document's function brings, as a file in `folder`: rows as Parquet, bytes as they are.

    Raises DataMistake that points into the author's module.
    """
    asked = collected.resource
    file, _, function = (asked.spec.from_.python or "").rpartition(":")
    shown = asked.document.beside(file)
    if collected.code is None:
        raise mistake("no-file", asked.span("from", "python"), f'There is no file "{shown}".')
    try:
        fetched = fetch(collected.code.decode(), shown, function)
    except UnicodeDecodeError:
        raise mistake("bad-encoding", SourceSpan(shown), "The module is not UTF-8.") from None
    match fetched:
        case AuthorMistake(line, message):
            raise mistake("fetch-failed", SourceSpan(shown, line), message)
        case FetchedArrow(stream):
            return _as_parquet(stream, f"{shown}:{function}", folder)
        case FetchedBytes(content):
            path = folder / "fetched"
            path.write_bytes(content)
            return Content(path, f"{shown}:{function}", stamp=hash_file(path))


def _as_parquet(stream: bytes, shown: str, folder: Path) -> Content:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "fetched.parquet"
    try:
        with pa.ipc.open_stream(stream) as reader, pq.ParquetWriter(path, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    except (pa.ArrowException, NotImplementedError, OSError):
        # The stream comes from a process that ran the author's code: it is no more to be trusted than a file.
        raise mistake("fetch-failed", SourceSpan(shown), "What was fetched is no sound table.") from None
    return Content(path, shown, path.name, stamp=hashlib.sha256(stream).hexdigest())
