"""The release ledger: of which versions cells were shown to whom; the cells themselves are in the store."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from engine.adapters.state_db_tables import releases
from engine.addresses import Address
from engine.core.state import Released

_FIELDS = ("environment", "audience", "version", "run", "cells")


def enter(connection: Connection, released: Released) -> None:
    """Add a release after all others."""
    connection.execute(insert(releases), [{**asdict(released), "dataset": str(released.dataset)}])


def find(connection: Connection, audience: str) -> tuple[Released, ...]:
    """The releases to an audience, of every environment and dataset, latest first."""
    wanted = select(releases).where(releases.c.audience == audience)
    rows = connection.execute(wanted.order_by(releases.c.number.desc())).mappings()
    return tuple(
        Released(dataset=Address.parse(row["dataset"]), **{field: row[field] for field in _FIELDS})
        for row in rows
    )
