"""A user's SQL over what the user may use."""

from __future__ import annotations

import datetime

from engine.addresses import Address, catalog_address, dataset_address, is_name
from engine.core.space import Space
from engine.policy.decision import Request
from engine.ports import Table, Workbench
from engine.usecases.published import Published
from engine.usecases.reading import decisions, known_caller, opened


def query(bench: Workbench, published: Published, sql: str, actor: str, ip: str, now: datetime.date) -> Table:
    """Rows of one SELECT, over slices of the datasets it names (`project.dataset`, `catalog.entry`).

    Each needs the action `use`. A table that is forbidden and one that does not exist are refused in the
    same words. Rows are what policy lets this user see one by one, so `min_cell` is no matter here: that
    floor is for the cells of pages, which others see. Raises QueryRefused with a code, never a value;
    PolicyUnavailable; WorldFailure.
    """
    wanted = {}
    for schema, name in bench.queries.names(sql):
        if is_name(schema) and is_name(name):
            wanted[schema, name] = Request(actor, "use", _meant(published.space, schema, name), ip, now)
    decided = decisions(bench, published, list(wanted.values()))
    known_caller(published, actor, ip)
    allowed = {
        name: opened(bench, published, request, decision).path
        for (name, request), decision in zip(wanted.items(), decided, strict=True)
        if decision.allow
    }
    return bench.queries.run(sql, allowed)


def _meant(space: Space, schema: str, name: str) -> Address:
    """The address a table name means: as written, or the one that differs in case only, as in SQL."""
    exact = catalog_address(name) if schema.lower() == "catalog" else dataset_address(schema, name)
    known = space.catalog if exact.kind == "catalog" else space.datasets
    if exact in known:
        return exact
    spelled = str(exact).lower()
    alike = [address for address in known if str(address).lower() == spelled]
    return alike[0] if len(alike) == 1 else exact
