"""The whole dataset as a file, as policy allows."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

from engine.addresses import Address
from engine.policy.decision import Request
from engine.ports import Workbench
from engine.usecases.published import Published
from engine.usecases.reading import Reading, read_as


def export(
    bench: Workbench,
    published: Published,
    address: Address,
    actor: str,
    ip: str,
    now: datetime.date,
    out: Path,
    form: Literal["csv", "parquet"],
) -> Reading:
    """Write the user's slice of a dataset or catalogue entry to `out`, whole or not at all.

    The file is faithful: a text that a spreadsheet would run as a formula is written as it is. Raises
    Refused, PolicyUnavailable, WorldFailure; then `out` is as it was.
    """
    reading = read_as(bench, published, Request(actor, "export", address, ip, now))
    bench.warehouse.export(reading.path, out, form)
    return reading
