"""Where data is kept and read: versions, slices, quarantine, users' queries."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.foreseen import Foreseen
from engine.core.space import DatasetNode
from engine.core.state import CheckResult, Partition, Version, VersionColumn
from engine.diagnostics import SourceSpan
from engine.policy.decision import Obligations
from engine.ports.authoring import Staged


class Ledger(Protocol):
    """What is known of the partitions of one dataset, published or not."""

    def finished(self, fingerprint: str) -> Partition | None:
        """The partition that was computed from just this, if the ledger has it."""
        ...

    def remember(self, partition: Partition) -> None:
        """Enter a finished partition, so that a resumed apply need not compute it."""
        ...


@dataclass(frozen=True)
class Intervals:
    """What is to be done for a version of an incremental dataset, interval by interval."""

    kept: tuple[Partition, ...]
    """These stay, whatever the rows say."""
    equal: tuple[Partition, ...]
    """Each of these stays if its rows are the same still."""
    wanted: tuple[str, ...] | None
    """The intervals to compute, rows or none; None for all that there are rows of."""
    made_from: Callable[[str], str]
    """The fingerprint of an interval's partition."""
    ledger: Ledger


@dataclass(frozen=True)
class Partitioned:
    """A version made of partitions, and what was done for it."""

    version: Version
    computed: tuple[str, ...]
    """Intervals whose rows were written."""
    late: tuple[str, ...]
    """Kept intervals that have another number of rows now, where all rows were computed."""


class Warehouse(Protocol):
    """Immutable Parquet versions and the engine that computes them."""

    def find(self, fingerprint: str) -> Version | None:
        """The stored version made under this fingerprint, if it is whole."""
        ...

    def holds(self, version: Version) -> bool:
        """Whether every file of the version is there, whole and unaltered; cheap for one nobody touched."""
        ...

    def store(self, staged: Staged, dataset: CompiledDataset, fingerprint: str, data_time: str) -> Version:
        """Write a collected dataset as a version, rows ordered. Atomic: whole or not at all."""
        ...

    def build(
        self, dataset: CompiledDataset, inputs: Mapping[str, Version], fingerprint: str, span: SourceSpan
    ) -> Version:
        """Compute a derived dataset from its inputs' versions. Atomic.

        Raises DataMistake at `span` when the query fails on the data, and WorldFailure.
        """
        ...

    def has(self, partition: Partition) -> bool:
        """Whether the partition's file is there and whole; cheap."""
        ...

    def store_partitions(
        self, staged: Staged, dataset: CompiledDataset, fingerprint: str, data_time: str, intervals: Intervals
    ) -> Partitioned:
        """As `store`, cut into partitions. Each partition is atomic, and so is the version."""
        ...

    def compare_partitions(
        self, staged: Staged, dataset: CompiledDataset, before: Version, intervals: Intervals
    ) -> Foreseen:
        """Which partitions of `before` `store_partitions` would make anew; nothing is written."""
        ...

    def build_partitions(
        self,
        dataset: CompiledDataset,
        inputs: Mapping[str, Version],
        fingerprint: str,
        span: SourceSpan,
        intervals: Intervals,
    ) -> Partitioned:
        """As `build`, cut into partitions; with `intervals.wanted` the followed input is read in part."""
        ...

    def check(
        self, node: DatasetNode, version: Version, others: Mapping[Address, Version], today: str
    ) -> tuple[CheckResult, ...]:
        """Run every declared check on a version; `others` are what `references` and `sql` read.

        Catalogue addresses may be among them, each with the version of the dataset it offers.
        """
        ...

    def fetch(self, sql: str, tables: Mapping[str, Path | Sequence[Path]], limit: int | None = None) -> Table:
        """Rows of the engine's own query (never for a user's SQL); a table is a Parquet file, or several."""
        ...

    def export(self, file: Path, out: Path, form: Literal["csv", "parquet"]) -> None:
        """Write all rows of a Parquet file to `out`, whole or not at all. Raises WorldFailure."""
        ...


@dataclass(frozen=True)
class Table:
    """A small result: columns with types, rows as tuples of plain Python values."""

    columns: tuple[VersionColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False
    """Whether there were more rows than a reader gets at once."""


class Slices(Protocol):
    """Policy slices: one immutable Parquet file per version and set of obligations."""

    def slice(self, version: Version, obligations: Obligations) -> Path:
        """The file that holds exactly what `obligations` leave of a version: its door for every reader.

        Keyed by the hash of both, written on first need; without obligations the version itself.
        Raises PolicyUnavailable when an obligation cannot be carried out: nothing is shown then.
        """
        ...

    def clear(self, idle: datetime.timedelta) -> int:
        """Delete slices written longer ago than that; says how many bytes that freed."""
        ...


class ShownCells(Protocol):
    """Where the cells of releases are kept, beside the data: the state names them by hash only."""

    def keep(self, cells: str) -> str:
        """Keep the text of a release for good; returns its hash. Raises WorldFailure."""
        ...

    def read(self, digest: str) -> str:
        """The text of that hash. Raises WorldFailure when it is missing or was altered."""
        ...


@dataclass(frozen=True, slots=True)
class Expired:
    """What was deleted for good: bytes, and the paths of files relative to the store."""

    freed: int
    paths: tuple[str, ...]


class Quarantine(Protocol):
    """Where versions wait that nothing points at, until they are deleted."""

    def put_away(self, files: Iterable[str], day: datetime.date) -> None:
        """Move files of versions (relative to the store) there, under that day. Raises WorldFailure."""
        ...

    def bring_back(self, versions: Iterable[Version] | None = None) -> int:
        """Move the files of versions (all without an argument) back; says of how many versions.

        Raises WorldFailure.
        """
        ...

    def expire(self, before: datetime.date) -> Expired:
        """Delete what was put away before a day. Raises WorldFailure."""
        ...


class QueryRunner(Protocol):
    """Runs a user's SQL in a child process that can read the given files and nothing else."""

    def names(self, sql: str) -> tuple[tuple[str, str], ...]:
        """The `(schema, table)` names that one SELECT reads, sorted. Raises QueryRefused."""
        ...

    def run(self, sql: str, tables: Mapping[tuple[str, str], Path]) -> Table:
        """Rows of one SELECT over `(schema, table)` names. Raises QueryRefused with a code, no values."""
        ...
