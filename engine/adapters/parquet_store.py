"""The store: every version of a dataset is one immutable Parquet file, named by its fingerprint, or several.

    versions/<project>/<dataset>/<fingerprint>.parquet    the rows
    versions/<project>/<dataset>/<fingerprint>.json       what they are and were made from

The rows of an incremental dataset are partitions (parquet_store_partitions.py) that versions share.

Equal logic over equal inputs gives equal bytes, whatever the number of threads: rows are written in one
order, in row groups of one size, and a query whose rows could depend on threads runs on one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.adapters.file_stamps import stamps_of
from engine.adapters.parquet_store_files import (
    content_hash,
    is_stored,
    name_once,
    name_over,
    read_version,
    version_text,
    written_beside,
)
from engine.adapters.parquet_store_reader import StoreReader
from engine.addresses import Address
from engine.core.compiled import ALGORITHM, CompiledDataset
from engine.core.foreseen import Foreseen
from engine.core.partitions import deciding
from engine.core.space import DatasetNode
from engine.core.state import CheckResult, Partition, Version, VersionColumn
from engine.diagnostics import SourceSpan, WorldFailure
from engine.model.space import EngineSettings
from engine.ports import Intervals, Partitioned, Staged, Table

if TYPE_CHECKING:
    from engine.adapters.parquet_store_partitions import Cutting


class ParquetWarehouse:
    """Versions in a folder, computed by DuckDB in this process. Implements ports.Warehouse.

    Safe to use from several threads: each build and check has a database of its own. The settings' memory
    is what one of them may use.
    """

    def __init__(self, store: Path, engine: EngineSettings | None) -> None:
        self._store = store
        self._engine = engine

    def find(self, fingerprint: str) -> Version | None:
        """The stored version made under this fingerprint, if it is whole. Needs no state database."""
        file = self._files.get(fingerprint)
        version = read_version(file) if file else None
        return version if version is not None and self.holds(version) else None

    @cached_property
    def _reader(self) -> StoreReader:
        return StoreReader(self._store, self._engine)

    @cached_property
    def _files(self) -> dict[str, Path]:
        """Fingerprint to the JSON beside its file. What others add later is not seen: it is built again."""
        return {file.stem: file for file in sorted(self._store.glob("versions/*/*/*.json"))}

    def holds(self, version: Version) -> bool:
        """Whether the version's files are there as they were written (file_stamps.py)."""
        return is_stored(self._store, version)

    def has(self, partition: Partition) -> bool:
        """Whether the partition's file is there as it was written (file_stamps.py)."""
        return stamps_of(self._store).as_written(partition.path, partition.bytes, partition.content)

    def store(self, staged: Staged, dataset: CompiledDataset, fingerprint: str, data_time: str) -> Version:
        """Write a collected dataset as a version, rows ordered. Atomic: whole or not at all."""
        made = self._described(dataset, fingerprint, {}, data_time)
        tables = {"staged": [staged.path]}
        span = SourceSpan(str(dataset.address))
        return self._written(made, replace(dataset, query="from staged"), tables, None, span)

    def store_partitions(
        self, staged: Staged, dataset: CompiledDataset, fingerprint: str, data_time: str, intervals: Intervals
    ) -> Partitioned:
        """As `store`, cut into partitions. Each partition is atomic, and so is the version."""
        from engine.adapters.parquet_store_partitions import Cutting

        made = self._described(dataset, fingerprint, {}, data_time)
        span = SourceSpan(str(dataset.address))
        read = replace(dataset, query="from staged")
        tables = {"staged": [staged.path]}
        return self._cut(Cutting(self._store, self._engine, read, tables, None, span, intervals), made)

    def build(
        self, dataset: CompiledDataset, inputs: Mapping[str, Version], fingerprint: str, span: SourceSpan
    ) -> Version:
        """Compute a derived dataset from its inputs' versions. Atomic.

        Raises DataMistake at `span` when the author's query fails on the data, and WorldFailure.
        """
        self._need(inputs.values())
        made = self._derived(dataset, inputs, fingerprint)
        tables = {name: self._files_of(version) for name, version in inputs.items()}
        return self._written(made, dataset, tables, _threads(dataset, inputs), span)

    def compare_partitions(
        self, staged: Staged, dataset: CompiledDataset, before: Version, intervals: Intervals
    ) -> Foreseen:
        """Which partitions of `before` `store_partitions` would make anew; nothing is written."""
        from engine.adapters.parquet_store_partitions import Cutting, compare

        span, tables = SourceSpan(str(dataset.address)), {"staged": [staged.path]}
        read = replace(dataset, query="from staged")
        return compare(Cutting(self._store, self._engine, read, tables, None, span, intervals), before)

    def build_partitions(
        self,
        dataset: CompiledDataset,
        inputs: Mapping[str, Version],
        fingerprint: str,
        span: SourceSpan,
        intervals: Intervals,
    ) -> Partitioned:
        """As `build`, cut into partitions; with `intervals.wanted` the followed input is read in part."""
        from engine.adapters.parquet_store_partitions import Cutting

        self._need(inputs.values())
        made = self._derived(dataset, inputs, fingerprint)
        tables = {name: self._files_of(version) for name, version in inputs.items()}
        if intervals.wanted and dataset.increment and dataset.increment.follows:
            name = dataset.increment.follows
            parts = deciding(dataset, inputs) or {}
            tables[name] = [self._store / p.path for i in intervals.wanted for p in parts[i]]
        threads = _threads(dataset, inputs)
        return self._cut(Cutting(self._store, self._engine, dataset, tables, threads, span, intervals), made)

    def check(
        self, node: DatasetNode, version: Version, others: Mapping[Address, Version], today: str
    ) -> tuple[CheckResult, ...]:
        """Run every declared check on a version; `others` are what `references` and `sql` read.

        Raises DataMistake when a `sql` check fails to run, and WorldFailure.
        """
        from engine.adapters.parquet_store_checks import Inspection, run_checks

        if not node.checks:
            return ()
        self._need([version])
        inspection = Inspection(node, version, others, datetime.date.fromisoformat(today))
        return run_checks(self._store, self._engine, inspection)

    def fetch(self, sql: str, tables: Mapping[str, Path | Sequence[Path]], limit: int | None = None) -> Table:
        """Rows of the engine's own query (never for a user's SQL); a table is a Parquet file, or several."""
        from engine.adapters.parquet_store_duckdb import connection, create_view, fetch_table

        listed = {name: [found] if isinstance(found, Path) else found for name, found in tables.items()}
        every = [file for files in listed.values() for file in files]
        if self._reader.holds(every):
            with self._reader.over(listed) as database:
                return fetch_table(database, sql, limit)
        with connection(self._store, every, self._engine) as database:
            for name, files in listed.items():
                create_view(database, name, *files)
            return fetch_table(database, sql, limit)

    def export(self, file: Path, out: Path, form: Literal["csv", "parquet"]) -> None:
        """Write all rows of a Parquet file to `out`, whole or not at all. Raises WorldFailure.

        CSV is RFC 4180 in UTF-8 with a header; null is an empty cell and an empty text is `""`. Lists and
        structs are JSON, times ISO 8601, instants in UTC, binary base64.
        """
        from engine.adapters.parquet_store_export import export

        export(self._store, self._engine, file, out, form)

    def _need(self, versions: Iterable[Version]) -> None:
        for version in versions:
            if not self.holds(version):
                raise WorldFailure(
                    f"the stored version of {version.address} is missing or damaged.",
                    "run `engine apply`: it is made again.",
                )

    def _files_of(self, version: Version) -> list[Path]:
        return [self._store / file for file in version.files]

    def _derived(self, dataset: CompiledDataset, inputs: Mapping[str, Version], fingerprint: str) -> Version:
        read = {dataset.inputs[name]: version.fingerprint for name, version in inputs.items()}
        latest = max((version.data_time for version in inputs.values()), default="")
        return self._described(dataset, fingerprint, read, latest)

    @staticmethod
    def _described(
        dataset: CompiledDataset, fingerprint: str, inputs: Mapping[Address, str], data_time: str
    ) -> Version:
        """The version as far as it is known before its file is written."""
        address, ending = dataset.address, ".json" if dataset.increment else ".parquet"
        return Version(
            fingerprint=fingerprint,
            address=address,
            path=f"versions/{address.project}/{address.name}/{fingerprint}{ending}",
            rows=0,
            bytes=0,
            content="",
            columns=tuple(VersionColumn(c.name, c.type) for c in dataset.columns),
            logic=dataset.logic,
            algorithm=ALGORITHM,
            inputs=inputs,
            data_time=data_time,
        )

    def _written(
        self,
        made: Version,
        dataset: CompiledDataset,
        tables: Mapping[str, Sequence[Path]],
        threads: int | None,
        span: SourceSpan,
    ) -> Version:
        from engine.adapters.parquet_store_duckdb import connection
        from engine.adapters.parquet_store_write import write_rows

        final = self._store / made.path
        with written_beside(final) as part:
            read = [file for files in tables.values() for file in files]
            with connection(self._store, [part, *read], self._engine, threads) as database:
                rows = write_rows(database, dataset, tables, part, span)
            version = replace(made, rows=rows, bytes=part.stat().st_size, content=content_hash(part))
            if not name_once(part, final):
                earlier = read_version(final.with_suffix(".json"))
                if earlier is not None and self.holds(earlier):
                    return earlier
                name_over(part, final)
        self._describe(version, final.with_suffix(".json"))
        stamps_of(self._store).written(version.path, version.bytes, version.content)
        return version

    def _cut(self, cutting: Cutting, made: Version) -> Partitioned:
        from engine.adapters.parquet_store_partitions import write_partitions

        done = write_partitions(cutting, made)
        self._describe(done.version, self._store / done.version.description)
        return done

    def _describe(self, version: Version, file: Path) -> None:
        with written_beside(file) as part:
            part.write_text(version_text(version), encoding="utf-8")
            name_over(part, file)
        self._files[version.fingerprint] = file


def _threads(dataset: CompiledDataset, inputs: Mapping[str, Version]) -> int | None:
    """One thread where rows could depend on how many there are."""
    from engine.adapters.parquet_store_order import needs_one_thread

    columns = [column for version in inputs.values() for column in version.columns]
    return 1 if needs_one_thread(dataset, columns) else None
