"""Earlier states of environments: kept whole, compressed, so that a rollback only moves pointers."""

from __future__ import annotations

import json
import zlib
from typing import Any, cast

from sqlalchemy import Connection, RowMapping, delete, insert, select

from engine.adapters.state_db_rows import applied_of, pointer_rows
from engine.adapters.state_db_tables import history
from engine.core.state import Applied

FIELDS = ("serial", "snapshot", "policy", "compiled", "run", "site", "base")


def keep(connection: Connection, applied: Applied) -> None:
    """Remember a state that is being published."""
    row = {"name": applied.environment, **{field: getattr(applied, field) for field in FIELDS}}
    text = json.dumps([row, pointer_rows(applied)], ensure_ascii=False, separators=(",", ":"))
    same = (history.c.environment == applied.environment) & (history.c.serial == applied.serial)
    connection.execute(delete(history).where(same))
    kept: dict[str, Any] = {
        "environment": applied.environment,
        "serial": applied.serial,
        "run": applied.run,
        "applied": zlib.compress(text.encode()),
    }
    connection.execute(insert(history), [kept])


def earlier(connection: Connection, environment: str, run: str | None, limit: int) -> tuple[Applied, ...]:
    """States of an environment, latest first; only those that `run` published when it is given."""
    wanted = select(history.c.applied).where(history.c.environment == environment)
    if run is not None:
        wanted = wanted.where(history.c.run == run)
    found = connection.scalars(wanted.order_by(history.c.serial.desc()).limit(limit))
    return tuple(map(_state, found))


def _state(packed: bytes) -> Applied:
    row, pointers = json.loads(zlib.decompress(packed))
    return applied_of(cast(RowMapping, row), cast("list[RowMapping]", pointers))
