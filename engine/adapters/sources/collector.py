"""The Collector port: looks at origins, and collects them into typed Parquet files."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

# Readers are imported where they are needed: a plan that only stamps imports none.
from engine.adapters.sources.bounds import seconds
from engine.adapters.sources.complaints import Asked
from engine.adapters.sources.content import Content, Hashes
from engine.adapters.sources.origins import Origins
from engine.adapters.sources.places import Places
from engine.adapters.sources.raw import Raw
from engine.addresses import Address
from engine.core.space import Collected, DatasetNode
from engine.core.state import VersionColumn
from engine.core.types import canonical
from engine.diagnostics import WorldFailure
from engine.ports import Inspected, Staged


@dataclass(frozen=True)
class Ahead:
    """What was collected before it was wanted, and what it was collected from."""

    key: tuple[str, ...]
    staged: Staged


class OriginCollector:
    """Reads every origin that a dataset of one specs folder may have. Safe to use from several threads."""

    def __init__(self, specs_folder: Path) -> None:
        self._origins = Origins(Places(specs_folder))
        self._hashes = Hashes()
        self._inspected: dict[tuple[str, str, str], tuple[VersionColumn, ...]] = {}
        self._ahead: dict[Address, Ahead] = {}

    def stamp(self, node: DatasetNode) -> str:
        """SHA-256 of a local origin's bytes; empty for a URL or fetch function. Raises DataMistake."""
        place = self._origins.local(_collected(node))
        if place is None:
            return ""
        with _told(place.shown):
            return self._hashes.of(place.path)

    def inspect(self, node: DatasetNode) -> Inspected:
        """The columns: as declared when every type is, else inferred from the whole origin.

        Of a local file with declared types only the head is read, so that a missing column is found early.
        """
        from engine.adapters.sources.formats import head
        from engine.adapters.sources.landing import check_declared

        collected = _collected(node)
        asked = collected.resource
        check_declared(asked)
        stamp = self.stamp(node)
        declared = _declared_columns(asked)
        if declared is None:
            return Inspected(self._inferred(collected, stamp), stamp)
        if stamp and not self._origins.is_database(collected):
            with tempfile.TemporaryDirectory(prefix="engine-inspect-") as folder:
                head(self._origins.open(collected, Path(folder)), asked, Path(folder))
        return Inspected(declared, stamp)

    def collect(self, node: DatasetNode, into: Path, leave: Sequence[str] = ()) -> Staged:
        """Read the origin into a Parquet file in `into`, typed exactly as declared or inferred.

        Rows of the intervals in `leave` are not asked of a database that can tell them apart.
        Raises DataMistake naming the first offending line, or WorldFailure; then there is no file.
        """
        known = self._ahead.pop(node.address, None)
        if known is not None and known.key == self._key(node, leave):
            return replace(known.staged, path=Path(shutil.move(known.staged.path, into)))
        return self._collected(node, into, leave)

    def ahead(self, node: DatasetNode, leave: Sequence[str] = ()) -> Staged:
        """As `collect`, for a look at the rows before they are wanted: `collect` then gives the same file.

        The file lies in a folder that goes with the collector.
        """
        key, known = self._key(node, leave), self._ahead.get(node.address)
        if known is None or known.key != key:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            known = self._ahead[node.address] = Ahead(key, self._collected(node, folder, leave))
        return known.staged

    def _key(self, node: DatasetNode, leave: Sequence[str]) -> tuple[str, ...]:
        """What decides the rows that are read: the declaration, the origin's content, what is left out."""
        collected = _collected(node)
        source = "" if collected.source is None else collected.source.spec.model_dump_json()
        code = hashlib.sha256(collected.code or b"").hexdigest()
        asked = (collected.resource.spec.model_dump_json(), source, collected.rules.model_dump_json(), code)
        return (*asked, self.stamp(node), *leave)

    @cached_property
    def _folder(self) -> str:
        folder = tempfile.mkdtemp(prefix="engine-ahead-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _collected(self, node: DatasetNode, into: Path, leave: Sequence[str]) -> Staged:
        from engine.adapters.sources.landing import check_declared, land

        collected = _collected(node)
        check_declared(collected.resource)
        path = into / f"{node.address.name}.parquet"
        with _told(str(node.address)), tempfile.TemporaryDirectory(prefix="engine-collect-") as name:
            folder = Path(name)
            stamp = self.stamp(node)
            content = self._origins.open(collected, folder)
            rows, columns = land(self._read(collected, content, folder, leave), path, folder)
        if self.stamp(node) != stamp:
            path.unlink()
            raise WorldFailure(f"{content.shown} changed while it was read.", "apply again.")
        whole = not (leave and self._origins.is_database(collected))
        return Staged(path, rows, columns, stamp or content.stamp, whole)

    def _read(self, collected: Collected, content: Content, folder: Path, leave: Sequence[str] = ()) -> Raw:
        asked = collected.resource
        if self._origins.is_database(collected):
            from engine.adapters.sources.sqlite import read_sqlite

            return read_sqlite(content, asked, folder, seconds(collected.rules.timeout), leave)
        from engine.adapters.sources.formats import read

        return read(content, asked, folder)

    def _inferred(self, collected: Collected, stamp: str) -> tuple[VersionColumn, ...]:
        """Inferred once per process, declaration and content: plan and apply ask for the same."""
        from engine.adapters.sources.landing import columns_of

        asked = collected.resource
        declared = hashlib.sha256(asked.spec.model_dump_json().encode()).hexdigest()
        key = (str(asked.address), declared, stamp)
        known = self._inspected.get(key)
        if known is None or not stamp:
            with tempfile.TemporaryDirectory(prefix="engine-inspect-") as name:
                folder = Path(name)
                known = columns_of(
                    self._read(collected, self._origins.open(collected, folder), folder), folder
                )
            self._inspected[key] = known
        return known


@contextmanager
def _told(what: str) -> Iterator[None]:
    """A disk or a permission that fails is told in one line."""
    try:
        yield
    except OSError as failure:
        raise WorldFailure(
            f"cannot read {what}: {failure.strerror or failure}.", "check disk and permissions."
        ) from None


def _collected(node: DatasetNode) -> Collected:
    assert isinstance(node.producer, Collected), f"{node.address} is not collected"
    return node.producer


def _declared_columns(asked: Asked) -> tuple[VersionColumn, ...] | None:
    columns = asked.spec.columns
    if not columns or any(column.type is None for column in columns):
        return None
    return tuple(VersionColumn(column.name, canonical(column.type or "")) for column in columns)
