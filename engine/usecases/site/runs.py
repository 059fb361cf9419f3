"""Runs as pages tell them, and what needs attention first."""

from __future__ import annotations

import datetime

from engine.addresses import Address
from engine.core.state import RunRecord
from engine.usecases.site.counts import rows_told
from engine.usecases.site.datasets import check_facts
from engine.usecases.site.values import AlertFacts, DatasetFacts, RunFacts, RunStep
from engine.usecases.site.values_basic import Attention, Link
from engine.usecases.site.visit import Visit


def run_facts(visit: Visit, run: RunRecord) -> RunFacts | None:
    """A run with the steps and checks the reader may know of; None when there are none of them.

    Runs that did nothing to any dataset are kept: every reader may know that pages were drawn again.
    """
    steps = tuple(
        RunStep(link, s.action, s.status, rows_told(visit, s.address, s.rows), s.seconds, s.message)
        for s in run.steps
        if (link := _seen(visit, s.address))
    )
    if run.steps and not steps:
        return None
    checks = tuple(
        (link, facts)
        for check in run.checks
        if (link := _seen(visit, check.address))
        for facts in check_facts(visit, (check,))
    )
    return RunFacts(
        run=run.run,
        kind=run.kind,
        status=run.status,
        actor=visit.person(run.actor) if visit.knows(run.actor) else None,
        started=run.started,
        finished=run.finished,
        seconds=_seconds(run),
        commit=run.commit,
        plan=run.plan,
        steps=steps,
        checks=checks,
        alerts=tuple(
            AlertFacts(visit.link(alert.address), f"{alert.name} {alert.part}".strip(), alert.status)
            for alert in run.alerts
            if alert.address in visit.space.resources and visit.sight.sees(alert.address)
        ),
    )


def _seen(visit: Visit, address: Address) -> Link | None:
    known = address in visit.space.datasets or address in visit.space.resources
    if not known:
        return Link(address, address.name) if visit.sight.reader is None else None
    face = visit.face(address)
    return visit.link(face) if face else None


def _seconds(run: RunRecord) -> float | None:
    if not run.finished:
        return None
    began, ended = (
        datetime.datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (run.started, run.finished)
    )
    return (ended - began).total_seconds()


def attention(runs: tuple[RunFacts, ...], datasets: tuple[DatasetFacts, ...]) -> tuple[Attention, ...]:
    """What failed or went stale, worst first."""
    found = [*_latest_run(runs), *_firing(runs)]
    for dataset in datasets:
        for check in dataset.checks:
            if check.status != "passed":
                found.append(
                    Attention(
                        "bad" if check.status == "failed" else "warn",
                        f"Check {check.name} {check.status}",
                        f"{check.failures} failing" if check.failures else "",
                        dataset.link,
                    )
                )
        if dataset.stale:
            found.append(Attention("warn", "Data is stale", f"as of {dataset.as_of}", dataset.link))
    return tuple(sorted(found, key=lambda a: a.mood != "bad"))


def _firing(runs: tuple[RunFacts, ...]) -> tuple[Attention, ...]:
    """The alerts that hold of what is published: those of the latest run that published something."""
    latest = next((run for run in runs if run.status == "succeeded"), None)
    alerts = latest.alerts if latest else ()
    return tuple(
        Attention("bad", "Alert", alert.name, alert.page) for alert in alerts if alert.status == "firing"
    )


def _latest_run(runs: tuple[RunFacts, ...]) -> tuple[Attention, ...]:
    if not runs or runs[0].status in ("succeeded", "running"):
        return ()
    detail = "What was published before it is still what is shown."
    return (Attention("bad", f"The latest run {runs[0].status}", detail, run=runs[0].run),)
