"""Runs the checks of one version in a database of their own."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from engine.adapters.checks_sql import SELF, FailingRows, aggregate, author_rows, check_name, orphans
from engine.adapters.parquet_store_duckdb import connection, create_view, world_failure
from engine.addresses import Address, dataset_reference
from engine.core.space import DatasetNode
from engine.core.state import CheckResult, CheckStatus, Version
from engine.diagnostics import DataMistake, error
from engine.model.checks import Check
from engine.model.space import EngineSettings


@dataclass(frozen=True)
class Inspection:
    """One version to be checked: its dataset, the other versions its checks may read, and the day."""

    node: DatasetNode
    version: Version
    others: Mapping[Address, Version]
    today: datetime.date

    def types(self) -> dict[str, str]:
        """The version's columns and their type words."""
        return {column.name: column.type for column in self.version.columns}

    def apart(self, check: Check) -> FailingRows:
        """The query of a check that reads other datasets."""
        project = self.node.address.project
        if check.references is None:
            return author_rows(check.sql or "", project, self.today)
        to = self.others.get(dataset_reference(check.references.to, project))
        other = {column.name: column.type for column in to.columns} if to else {check.references.key: ""}
        return orphans(check.references, project, self.types(), other)


def run_checks(
    store: Path, settings: EngineSettings | None, inspection: Inspection
) -> tuple[CheckResult, ...]:
    """The outcome of each check, in the order written. Raises DataMistake, WorldFailure."""
    checks = dict(enumerate(inspection.node.checks))
    sums = {i: aggregate(check, inspection.types(), inspection.today) for i, check in checks.items()}
    together = {i: sql for i, sql in sums.items() if sql is not None}
    apart = {i: inspection.apart(check) for i, check in checks.items() if i not in together}
    views = {SELF: inspection.version.files}
    for index, rows in apart.items():
        views |= {view: _other(inspection, index, to).files for view, to in rows.reads.items()}
    every = [store / file for files in views.values() for file in files]
    with connection(store, every, settings) as database:
        for view, files in views.items():
            create_view(database, view, *(store / file for file in files))
        failures = _together(database, inspection, together)
        for index, rows in apart.items():
            (failures[index],) = _counts(
                database, inspection, index, f"select count(*) from ({rows.sql}) as q"
            )
    return tuple(_result(inspection, checks[i], failures[i]) for i in checks)


def _together(
    database: duckdb.DuckDBPyConnection, inspection: Inspection, sums: Mapping[int, str]
) -> dict[int, int]:
    if not sums:
        return {}
    counts = _counts(database, inspection, min(sums), f"select {', '.join(sums.values())} from {SELF}")
    return dict(zip(sums, counts, strict=True))


def _counts(
    database: duckdb.DuckDBPyConnection, inspection: Inspection, index: int, sql: str
) -> tuple[int, ...]:
    node = inspection.node
    try:
        return tuple(database.execute(sql).fetchone() or ())
    except duckdb.Error as failure:
        world = world_failure(failure, f"check {node.address}")
        if world is not None:
            raise world from None
        if node.checks[index].sql is None or not isinstance(
            failure, duckdb.DataError | duckdb.ProgrammingError
        ):
            raise
        summary = f'Check "{check_name(node.checks[index])}" of {node.address} cannot run on the data.'
        detail = "Its query fails, for example on a value that does not convert: try_cast gives null instead."
        raise DataMistake((error("check-failed", node.span("checks", index), summary, detail),)) from None


def _other(inspection: Inspection, index: int, to: Address) -> Version:
    other = inspection.others.get(to)
    if other is not None:
        return other
    node = inspection.node
    summary = f'Check "{check_name(node.checks[index])}" of {node.address} reads {to}, which has no data.'
    raise DataMistake(
        (error("check-not-run", node.span("checks", index), summary, "Mend that dataset first."),)
    )


def _result(inspection: Inspection, check: Check, failures: int) -> CheckResult:
    failed: CheckStatus = "warned" if check.severity == "warn" else "failed"
    return CheckResult(
        address=inspection.node.address,
        name=check_name(check),
        status=failed if failures else "passed",
        severity=check.severity,
        failures=failures,
        version=inspection.version.fingerprint,
    )
