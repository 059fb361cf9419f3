"""A small applied space with a table of decisions for policy, for tests of reading."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.adapters.child import Limits
from engine.adapters.parquet_store import ParquetWarehouse
from engine.adapters.query_child import ChildQueries
from engine.adapters.slices import SliceFolder
from engine.addresses import Address, catalog_address
from engine.core.document import Document
from engine.core.space import Resource, Space
from engine.core.state import Applied, CheckResult, Version
from engine.model.space import SpaceSpec
from engine.policy.decision import Decision, Obligations, Request, refusal
from engine.usecases.published import Published
from tests.read.making import address, node, stored

NOW = datetime.date(2026, 1, 1)
DOCTORS = address("open-data/doctors")
SITES = address("open-data/sites")
SALARIES = address("hr/salaries")
STUDIO = address("studio-romain/doctors")

DOCTOR_COLUMNS = {
    "id": "string",
    "nom": "string",
    "oa": "string",
    "site": "string",
    "born": "date",
    "pay": "integer",
    "share": "float",
    "seen": "timestamptz",
    "tags": "list<string>",
    "note": "string",
}
DOCTOR_ROWS = """
    select 'CANARY-ID-' || i as id, 'CANARY-NOM-' || (i % 7) as nom, 'OA' || (i % 4) as oa,
           case when i >= 40 then 'CANARY-SITE' when i % 5 = 0 then null else 'S' || (i % 3) end as site,
           date '1950-01-01' + i::integer * 100 as born, 77000000 + i as pay, i / 8 as share,
           timestamptz '2024-01-01 00:00:00+00' + to_hours(i::integer) as seen,
           ['t' || (i % 2), 't' || (i % 3)] as tags, 'CANARY-NOTE' as note
    from range(50) r(i)
"""
"""Rows 40 and up, the ids, names and pay, and the whole column `note` must never be seen by romain."""
ROMAIN = Obligations(
    {
        **{name: "clear" for name in DOCTOR_COLUMNS if name != "note"},
        "id": "hash",
        "nom": "redact",
        "pay": "null",
        "born": "year",
    },
    ("site <> 'CANARY-SITE' or site is null",),
)


@dataclass(frozen=True)
class TablePolicy:
    """A policy engine that reads its decisions off a table; what is not in it is refused."""

    allowed: Mapping[tuple[str, str, Address], Obligations]

    def decide(self, request: Request) -> Decision:
        obligations = self.allowed.get((request.actor, request.action, request.resource))
        if obligations is None:
            return refusal("not in the table")
        return Decision(True, ("in the table",), ("table",), obligations)

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        return tuple(map(self.decide, requests))


@dataclass(frozen=True)
class CheckedState:
    """The part of a state store that reading needs."""

    outcomes: tuple[CheckResult, ...] = ()

    def checks(self, version: str) -> tuple[CheckResult, ...]:
        return tuple(c for c in self.outcomes if c.version == version)


@dataclass
class Desk:
    """The ports that reading needs, over a real store."""

    store: Path
    allowed: dict[tuple[str, str, Address], Obligations]
    versions: dict[Address, Version] = field(default_factory=dict)
    state: CheckedState = field(default_factory=CheckedState)

    def __post_init__(self) -> None:
        self.warehouse = ParquetWarehouse(self.store, None)
        self.slices = SliceFolder(self.store)
        self.queries = ChildQueries(Limits(seconds=8, memory=4 << 30, answer=16 << 20, written=1 << 28))

    def policy(self, data: Any) -> TablePolicy:
        return TablePolicy(self.allowed)


def space(addresses: Sequence[Address], catalog: Mapping[Address, Address]) -> Space:
    """A space that knows these datasets."""
    document = Document("space.yaml", 0, {}, {}, {}, {})
    settings = Resource(Address("space", "", "s"), SpaceSpec(kind="Space", name="s"), document)
    return Space(settings, {}, {a: node(a, []) for a in addresses}, dict(catalog))


def desk(folder: Path) -> tuple[Any, Published]:
    """The desk and what is applied: romain may use doctors (masked), sites and his studio, not hr."""
    made = Desk(folder / "store", {})
    clear = {"code": "clear", "title": "clear"}
    sites = "select * from (values ('S0', 'North'), ('S1', 'South'), ('S9', null)) v(code, title)"
    salaries = "select 'CANARY-SALARY-' || i as who, 90000000 + i as pay from range(9) r(i)"
    versions = {
        DOCTORS: stored(made.warehouse, folder, DOCTORS, DOCTOR_COLUMNS, DOCTOR_ROWS),
        STUDIO: stored(made.warehouse, folder, STUDIO, {"n": "integer"}, "select i as n from range(3) r(i)"),
        SITES: stored(made.warehouse, folder, SITES, {"code": "string", "title": "string"}, sites),
        SALARIES: stored(made.warehouse, folder, SALARIES, {"who": "string", "pay": "integer"}, salaries),
    }
    entry = catalog_address("doctors")
    for action in ("use", "preview", "export"):
        made.allowed[("romain", action, DOCTORS)] = ROMAIN
        made.allowed[("romain", action, entry)] = ROMAIN
        made.allowed[("romain", action, SITES)] = Obligations(clear)
        made.allowed[("romain", action, STUDIO)] = Obligations({"n": "clear"})
        made.allowed[("sophie", action, DOCTORS)] = Obligations(dict.fromkeys(DOCTOR_COLUMNS, "clear"), (), 5)
    made.versions = versions
    published = Published(
        Applied("prod", 1, versions=versions),
        space(sorted(versions), {entry: DOCTORS}),
        {},
        {"users": {"leo": {}, "romain": {}, "sophie": {}}},
    )
    return made, published
