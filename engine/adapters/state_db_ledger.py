"""The ledger of intervals: which partitions of incremental datasets were finished, published or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from engine.adapters.state_db_tables import partitions
from engine.addresses import Address
from engine.core.state import Partition

_FIELDS = ("interval", "fingerprint", "path", "rows", "bytes", "content")


def enter(connection: Connection, address: Address, partition: Partition, run: str) -> None:
    """Enter a partition, in the place of one of the same fingerprint."""
    of_dataset = partitions.c.address == str(address)
    same = of_dataset & (partitions.c.fingerprint == partition.fingerprint)
    connection.execute(delete(partitions).where(same))
    row = {**asdict(partition), "address": str(address), "run": run}
    connection.execute(insert(partitions), [row])


def find(connection: Connection, address: Address, fingerprint: str) -> Partition | None:
    """The dataset's partition of that fingerprint."""
    of_dataset = partitions.c.address == str(address)
    wanted = select(partitions).where(of_dataset & (partitions.c.fingerprint == fingerprint))
    row = connection.execute(wanted).mappings().first()
    return None if row is None else Partition(**{field: row[field] for field in _FIELDS})


def runs_of(connection: Connection, address: Address) -> Mapping[str, str]:
    """The fingerprint of each of a dataset's partitions, and the run that computed it last."""
    columns = select(partitions.c.fingerprint, partitions.c.run)
    found = connection.execute(columns.where(partitions.c.address == str(address)))
    return {row.fingerprint: row.run for row in found}


def files(connection: Connection) -> frozenset[str]:
    """The files of all partitions."""
    return frozenset(connection.scalars(select(partitions.c.path)))


def forget(connection: Connection, gone: frozenset[str]) -> None:
    """Delete the partitions in these files, a file at a time: databases bound the length of lists."""
    for path in sorted(gone):
        connection.execute(delete(partitions).where(partitions.c.path == path))
