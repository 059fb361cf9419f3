"""Versions made of partitions: one immutable Parquet file per interval, named by interval and content.

    versions/<project>/<dataset>/<interval>-<hash>.parquet    the rows of one interval, shared by versions
    versions/<project>/<dataset>/<fingerprint>.json           which partitions a version is made of

Equal rows of an interval give the same file, so a version that differs in one interval adds one file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from engine.adapters.file_stamps import stamps_of
from engine.adapters.parquet_store_duckdb import connection, create_view
from engine.adapters.parquet_store_files import content_hash, name_once, name_over, written_beside
from engine.adapters.parquet_store_sql import literal, quoted
from engine.adapters.parquet_store_write import FORMAT, ordering, told, told_apart, typed
from engine.core.compiled import CompiledDataset, Increment
from engine.core.foreseen import Foreseen, compared
from engine.core.partitions import NO_TIME
from engine.core.state import Partition, Version
from engine.diagnostics import SourceSpan
from engine.model.space import EngineSettings
from engine.ports import Intervals, Partitioned

HASH_DIGITS = 32
"""How many digits of the content's hash name a partition's file."""
COMPUTED, PUBLISHED = "computed rows", "published rows"
"""Names no input can have: they hold a space."""
FORMS = {"day": "%Y-%m-%d", "month": "%Y-%m"}


@dataclass(frozen=True)
class Cutting:
    """One dataset to be computed and cut: its query, what it reads, and what is to be done."""

    store: Path
    settings: EngineSettings | None
    dataset: CompiledDataset
    tables: Mapping[str, Sequence[Path]]
    threads: int | None
    span: SourceSpan
    intervals: Intervals

    @property
    def increment(self) -> Increment:
        """How the dataset is cut."""
        assert self.dataset.increment is not None, f"{self.dataset.address} is not incremental"
        return self.dataset.increment

    @property
    def key(self) -> str:
        """The name of the column that holds a row's interval: one that the dataset has not."""
        taken = {column.name.lower() for column in self.dataset.columns}
        return next(name for n in range(len(taken) + 1) if (name := f"interval {n}") not in taken)


def write_partitions(cutting: Cutting, made: Version) -> Partitioned:
    """The version `made` with its partitions: those kept, those found, and those written now."""
    intervals = cutting.intervals
    parts = {p.interval: p for p in intervals.kept}
    computed: list[str] = []
    late: list[str] = []
    if intervals.wanted != ():
        with written_beside(cutting.store / made.path) as scratch, _computed(cutting, scratch) as database:
            rows = _rows_by_interval(cutting, database)
            if intervals.wanted is None:
                late = [p.interval for p in intervals.kept if rows.get(p.interval, 0) != p.rows]
            stays = {p.interval: p for p in _equal(cutting, database)}
            for interval in sorted(_wanted(cutting, rows)):
                found = stays.get(interval) or _finished(cutting, interval)
                if found is None:
                    found = _written(cutting, database, scratch, made, interval)
                    computed.append(interval)
                parts[interval] = found
    together = tuple(parts[interval] for interval in sorted(parts))
    return Partitioned(_whole(made, cutting.increment, together), tuple(computed), tuple(late))


def compare(cutting: Cutting, before: Version) -> Foreseen:
    """Which partitions `write_partitions` would make anew, told from the rows; nothing is written."""
    kept = cutting.intervals.kept
    with _computed(cutting) as database:
        rows = _rows_by_interval(cutting, database)
        found = compared(before.partitions, kept, _equal(cutting, database), rows)
    return replace(found, late=tuple(p.interval for p in kept if rows.get(p.interval, 0) != p.rows))


@contextmanager
def _computed(cutting: Cutting, *scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that holds all rows asked for, each with its interval. Raises DataMistake, WorldFailure."""
    published = [cutting.store / p.path for p in cutting.intervals.equal]
    read = [file for files in cutting.tables.values() for file in files]
    dataset = cutting.dataset
    with connection(
        cutting.store, [*scratch, *read, *published], cutting.settings, cutting.threads
    ) as database:
        try:
            for name, files in cutting.tables.items():
                create_view(database, name, *files)
            rows = f"select *, {_interval(cutting)} as {quoted(cutting.key)} from ({typed(dataset)})"
            # In the order of intervals, so that each is found without reading all rows.
            order = "" if dataset.ordered else f"order by {quoted(cutting.key)}"
            asked = f"from ({rows}) {_asked_for(cutting)} {order}"
            database.execute(f"create temp table {quoted(COMPUTED)} as {asked}")
            if published:
                create_view(database, PUBLISHED, *published)
            yield database
        except duckdb.Error as failure:
            raise told(database, dataset, failure, cutting.span) from None


def _interval(cutting: Cutting) -> str:
    """SQL of the interval of a row; instants count in UTC."""
    time, form = quoted(cutting.increment.time_column), FORMS[cutting.increment.partition]
    day = f"cast({time} as date)"
    inside = f"{day} >= date '0001-01-01' and {day} <= date '9999-12-31'"
    return f"case when {inside} then strftime({time}, {literal(form)}) else {literal(NO_TIME)} end"


def _asked_for(cutting: Cutting) -> str:
    """The rows of wanted intervals only, where it is known which these are."""
    wanted = cutting.intervals.wanted
    if wanted is None:
        return ""
    return f"where list_contains([{', '.join(map(literal, wanted))}], {quoted(cutting.key)})"


def _rows_by_interval(cutting: Cutting, database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    sql = f"select {quoted(cutting.key)}, count(*) from {quoted(COMPUTED)} group by all"
    return dict(database.execute(sql).fetchall())


def _wanted(cutting: Cutting, rows: Mapping[str, int]) -> set[str]:
    """The intervals that need a partition; one of no rows where there would be none at all."""
    kept = {p.interval for p in cutting.intervals.kept}
    wanted = cutting.intervals.wanted
    found = set(rows if wanted is None else wanted) - kept
    return found if found or kept else {NO_TIME}


def _equal(cutting: Cutting, database: duckdb.DuckDBPyConnection) -> list[Partition]:
    """The published partitions whose rows are the same still, told by two sums of hashes over the rows.

    Rows in an author's order are written again: their order may have changed alone.
    """
    published = cutting.intervals.equal
    if not published or cutting.dataset.ordered:
        return []
    now, before = (dict(_sums(cutting, database, table)) for table in (COMPUTED, PUBLISHED))
    return [p for p in published if p.interval in now and now[p.interval] == before.get(p.interval)]


def _sums(
    cutting: Cutting, database: duckdb.DuckDBPyConnection, table: str
) -> Iterator[tuple[str, tuple[int, int, int]]]:
    columns = told_apart(cutting.dataset)
    once, twice = f"hash({', '.join(columns)})", f"hash('', {', '.join(reversed(columns))})"
    sql = f"select {_interval(cutting)}, count(*), sum({once}), sum({twice}) from {quoted(table)} group by 1"
    yield from ((interval, (rows, a, b)) for interval, rows, a, b in database.execute(sql).fetchall())


def _finished(cutting: Cutting, interval: str) -> Partition | None:
    """The partition as an earlier, interrupted apply left it."""
    known = cutting.intervals.ledger.finished(cutting.intervals.made_from(interval))
    if known is None or not stamps_of(cutting.store).as_written(known.path, known.bytes, known.content):
        return None
    return known


def _written(
    cutting: Cutting, database: duckdb.DuckDBPyConnection, scratch: Path, made: Version, interval: str
) -> Partition:
    """Write the rows of one interval, and enter them in the ledger."""
    dataset = cutting.dataset
    columns = ", ".join(quoted(c.name) for c in dataset.columns)
    rows = f"from {quoted(COMPUTED)} where {quoted(cutting.key)} = {literal(interval)}"
    order = "" if dataset.ordered else ordering(dataset)
    copied = database.execute(
        f"copy (select {columns} {rows} {order}) to {literal(str(scratch))} ({FORMAT})"
    ).fetchone()
    assert copied is not None
    content, size = content_hash(scratch), scratch.stat().st_size
    path = f"{made.path.rpartition('/')[0]}/{interval}-{content[:HASH_DIGITS]}.parquet"
    final = cutting.store / path
    stamps = stamps_of(cutting.store)
    if not name_once(scratch, final) and not stamps.as_written(path, size, content):
        name_over(scratch, final)
    stamps.written(path, size, content)
    # The next interval is written to a new file: this one may be linked to the final name.
    scratch.unlink(missing_ok=True)
    fingerprint = cutting.intervals.made_from(interval)
    partition = Partition(interval, fingerprint, path, int(copied[0]), size, content)
    cutting.intervals.ledger.remember(partition)
    return partition


def _whole(made: Version, increment: Increment, partitions: tuple[Partition, ...]) -> Version:
    contents = json.dumps([[p.interval, p.content] for p in partitions])
    return replace(
        made,
        rows=sum(p.rows for p in partitions),
        bytes=sum(p.bytes for p in partitions),
        content=hashlib.sha256(contents.encode()).hexdigest(),
        cut=increment.cut,
        partitions=partitions,
    )
