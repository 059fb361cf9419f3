"""A run as json and in words: what apply, run, runs and log print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from engine.core.state import AlertOutcome, RunRecord
from engine.diagnostics import counted

SOON = 1.0
"""Seconds of drawing that are worth a line."""


def run_summary(record: RunRecord) -> dict[str, Any]:
    """Who ran what, when and how it ended."""
    return {
        "run": record.run,
        "environment": record.environment,
        "kind": record.kind,
        "status": record.status,
        "actor": record.actor,
        "started": record.started,
        "finished": record.finished or None,
        "plan": record.plan,
        "commit": record.commit or None,
        "policy": record.policy or None,
        "drawing_seconds": record.drawing or None,
    }


def run_as_json(record: RunRecord) -> dict[str, Any]:
    """A run as SPECS.md promises it; `rows` where a version was made or found, `alerts` where there are."""
    return {
        "run": record.run,
        "status": record.status,
        "steps": [
            {
                "address": str(step.address),
                "action": step.action,
                "status": step.status,
                **({} if step.rows is None else {"rows": step.rows}),
                "seconds": step.seconds,
                **({"message": step.message} if step.message else {}),
            }
            for step in record.steps
        ],
        "checks": [
            {
                "address": str(check.address),
                "name": check.name,
                "status": check.status,
                "severity": check.severity,
                "failures": check.failures,
            }
            for check in record.checks
        ],
        **({"alerts": [_alert(alert) for alert in record.alerts]} if record.alerts else {}),
    }


def _alert(alert: AlertOutcome) -> dict[str, str]:
    of = {"part": alert.part} if alert.part else {}
    return {"address": str(alert.address), "name": alert.name, **of, "status": alert.status}


def alert_lines(record: RunRecord) -> Iterator[str]:
    """A line for each alert that is not quiet."""
    for alert in record.alerts:
        if alert.status != "quiet":
            of = f" ({alert.part})" if alert.part else ""
            yield f"  alert {alert.status}: {alert.address} {alert.name}{of}"


def report(record: RunRecord) -> None:
    """The run in words: every step, every check that did not pass, and the outcome."""
    for step in record.steps:
        if step.action == "remove":
            click.echo(f"  removed {step.address}")
            continue
        rows = "" if step.rows is None else f"  {counted(step.rows, 'row')}"
        why = f"  {step.message}" if step.message else ""
        click.echo(f"  {step.status:<8}{step.address}{rows}  {step.seconds:.1f} s{why}")
    if record.drawing >= SOON:
        click.echo(f"  done    pages, audited and drawn  {record.drawing:.1f} s")
    for check in record.checks:
        if check.status != "passed":
            click.echo(
                f"  check {check.status}: {check.address} {check.name}: {counted(check.failures, 'row')}"
            )
    for line in alert_lines(record):
        click.echo(line)
    passed = sum(check.status == "passed" for check in record.checks)
    checks = f"; {passed} of {counted(len(record.checks), 'check')} passed" if record.checks else ""
    click.echo(f"Run {record.run} {record.status}{checks}.")
    if record.status == "failed":
        click.echo("Nothing that was published has changed.", err=True)
