"""Rows of the state database to values of core/state.py, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from engine.addresses import Address
from engine.core.state import (
    AlertOutcome,
    Applied,
    CheckResult,
    RunRecord,
    StepRecord,
    Version,
    VersionColumn,
)
from engine.core.state_json import partitions_json, partitions_of


def version_text(version: Version) -> str:
    """A version as json."""
    value = {
        **{f: getattr(version, f) for f in ("fingerprint", "path", "rows", "bytes", "content", "logic")},
        "address": str(version.address),
        "algorithm": version.algorithm,
        "data_time": version.data_time,
        "columns": [[column.name, column.type] for column in version.columns],
        "inputs": {str(address): fingerprint for address, fingerprint in version.inputs.items()},
        **partitions_json(version),
    }
    return _json(value)


def version_of(text: str) -> Version:
    """A version from its json."""
    value = json.loads(text)
    columns = tuple(VersionColumn(name, type_) for name, type_ in value.pop("columns"))
    inputs = {Address.parse(address): f for address, f in value.pop("inputs").items()}
    cut, partitions = value.pop("cut", ""), partitions_of(value)
    value.pop("partitions", None)
    address = Address.parse(value.pop("address"))
    return Version(address=address, columns=columns, inputs=inputs, cut=cut, partitions=partitions, **value)


def pointer_rows(applied: Applied) -> list[dict[str, Any]]:
    """One row for every address that an environment says anything of."""
    addresses = {
        *applied.digests, *applied.versions, *applied.columns, *applied.logics, *applied.stamps
    }  # fmt: skip
    return [_pointer_row(applied, address) for address in sorted(addresses)]


def _pointer_row(applied: Applied, address: Address) -> dict[str, Any]:
    version, columns = applied.versions.get(address), applied.columns.get(address)
    return {
        "environment": applied.environment,
        "address": str(address),
        "digest": applied.digests.get(address),
        "fingerprint": version.fingerprint if version else None,
        "version": version_text(version) if version else None,
        "columns": None if columns is None else _json(dict(columns)),
        "logic": applied.logics.get(address),
        "stamp": applied.stamps.get(address),
    }


def applied_of(environment: RowMapping, pointers: Iterable[RowMapping]) -> Applied:
    """What an environment points at."""
    rows = [(Address.parse(row["address"]), row) for row in pointers]

    def told(column: str) -> dict[Address, Any]:
        return {address: row[column] for address, row in rows if row[column] is not None}

    return Applied(
        environment=environment["name"],
        **{f: environment[f] for f in ("serial", "snapshot", "policy", "compiled", "run", "site", "base")},
        digests=told("digest"),
        versions={address: version_of(text) for address, text in told("version").items()},
        columns={address: json.loads(text) for address, text in told("columns").items()},
        logics=told("logic"),
        stamps=told("stamp"),
    )


def run_row(record: RunRecord) -> dict[str, Any]:
    """A run without its checks and alerts, which have rows of their own."""
    row = {key: value for key, value in asdict(record).items() if key not in ("steps", "checks", "alerts")}
    steps = [{**asdict(step), "address": str(step.address)} for step in record.steps]
    return {**row, "steps": _json(steps)}


def run_of(row: RowMapping, checks: Iterable[RowMapping], alerts: Iterable[RowMapping]) -> RunRecord:
    """A run with its checks and alerts."""
    fields = {key: row[key] for key in row if key not in ("number", "steps")}
    steps = (
        StepRecord(**{**step, "address": Address.parse(step["address"])}) for step in json.loads(row["steps"])
    )
    return RunRecord(
        **fields,
        steps=tuple(steps),
        checks=tuple(map(check_of, checks)),
        alerts=tuple(map(_alert_of, alerts)),
    )


def check_rows(record: RunRecord) -> list[dict[str, Any]]:
    """The outcomes of a run's checks, in order."""
    return [
        {**asdict(check), "address": str(check.address), "run": record.run, "position": position}
        for position, check in enumerate(record.checks)
    ]


def alert_rows(record: RunRecord) -> list[dict[str, Any]]:
    """What became of dashboards' alerts in a run, in order."""
    return [
        {**asdict(alert), "address": str(alert.address), "run": record.run, "position": position}
        for position, alert in enumerate(record.alerts)
    ]


def _alert_of(row: RowMapping) -> AlertOutcome:
    fields = {key: row[key] for key in ("name", "part", "status")}
    return AlertOutcome(address=Address.parse(row["address"]), **fields)


def check_of(row: RowMapping) -> CheckResult:
    """One outcome."""
    fields = {key: row[key] for key in ("name", "status", "severity", "failures", "version")}
    return CheckResult(address=Address.parse(row["address"]), **fields)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
