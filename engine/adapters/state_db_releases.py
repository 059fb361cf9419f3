"""The release ledger: of which versions cells were shown to whom; the cells themselves are in the store."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from engine.adapters.state_db_tables import releases
from engine.addresses import Address
from engine.core.state import Released

_FIELDS = ("environment", "audience", "version", "run", "cells")


def enter(connection: Connection, released: Released) -> None:
    """Add a release after all others."""
    connection.execute(insert(releases), [{**asdict(released), "dataset": str(released.dataset)}])


def find(connection: Connection, environment: str, dataset: Address, audience: str) -> tuple[Released, ...]:
    """The releases of a dataset to an audience, latest first."""
    of_dataset = (releases.c.environment == environment) & (releases.c.dataset == str(dataset))
    wanted = select(releases).where(of_dataset & (releases.c.audience == audience))
    rows = connection.execute(wanted.order_by(releases.c.number.desc())).mappings()
    return tuple(Released(dataset=dataset, **{field: row[field] for field in _FIELDS}) for row in rows)


def forget(connection: Connection, environment: str) -> None:
    """Forget what was released in an environment."""
    connection.execute(delete(releases).where(releases.c.environment == environment))
