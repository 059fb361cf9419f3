"""Apply: build what the plan names, check it, and only then publish everything at once."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.core.compiled_json import compiled_to_json
from engine.core.fingerprint import identities
from engine.core.moves import renamed
from engine.core.plan import Desired, Plan
from engine.core.snapshot import snapshot_documents, snapshot_text
from engine.core.state import Applied, RunKind, RunRecord, RunStatus, StepRecord
from engine.diagnostics import Diagnostic, StalePlan, WorldFailure
from engine.ports import Progress, Workbench
from engine.usecases.alerts import alert_outcomes, notices
from engine.usecases.aspects import aspects_of
from engine.usecases.builds import build_all
from engine.usecases.environments import BASE, starting_point
from engine.usecases.page_releases import Releases
from engine.usecases.page_tests import page_tests
from engine.usecases.published import Published, policy_text, text_hash
from engine.usecases.refingerprint import as_hashed_now
from engine.usecases.steps import Done, Todo, versions_after
from engine.usecases.versions import Yard


@dataclass(frozen=True)
class Drawn:
    """A site: its files by path, and what is worth a warning to the authors of its pages."""

    files: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...] = ()


Draw = Callable[[Published, tuple[RunRecord, ...], datetime.date], Drawn]
"""Draws the operator's whole site from what is about to be published."""


@dataclass(frozen=True)
class Occasion:
    """Who applies, when, from which commit, and as what sort of run."""

    actor: str
    today: datetime.date
    """The day that decisions and freshness checks are made for."""
    clock: Callable[[], datetime.datetime]
    """The time in UTC, for records."""
    commit: str = ""
    holder: str = ""
    """Who is named to others while the lock is held."""
    kind: RunKind = "apply"

    def time(self) -> str:
        """The time now as records keep it: ISO 8601, UTC, whole seconds."""
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Outcome:
    """How an apply ended: its record, the author's mistakes found in data, and what is worth a warning."""

    record: RunRecord
    diagnostics: tuple[Diagnostic, ...] = ()
    warnings: tuple[str, ...] = ()


def apply(
    bench: Workbench, plan: Plan, desired: Desired, occasion: Occasion, draw: Draw, progress: Progress
) -> Outcome:
    """Carry out `plan`. What is published changes only at the end, and only if all went well.

    Raises LockHeld before anything is written when another apply runs, StalePlan when the state moved
    since the plan was made, and WorldFailure. Finished versions are kept for the next try in any case.
    """
    with bench.state.lock(bench.environment, occasion.holder or occasion.actor):
        stored = as_hashed_now(bench, starting_point(bench.state, bench.environment))
        if stored.serial != plan.serial:
            raise StalePlan("the state moved after the plan was made.", "plan again, then apply.")
        policy = text_hash(policy_text(desired.policy_data))
        record = new_record(bench, plan.fingerprint, policy, occasion)
        bench.state.start_run(record)
        applied = renamed(stored, desired.space)
        yard = Yard(bench, desired, applied, record.started, occasion.today.isoformat(), record.run)
        try:
            todo = Todo.of(plan.steps)
            built = build_all(yard, todo.builds, progress)
            failed = next((b.failure for b in built if b.failure), None)
            if failed is not None:
                raise failed
            if not all(b.good for b in built):
                return _told(bench, desired, _failed(bench, record, Done(built), occasion))
            done = Done(built, todo.removals)
            return _told(bench, desired, _published(bench, yard, record, done, draw, occasion, progress))
        except BaseException:
            # Whatever stopped it, the run must not stay "running"; the cause goes on its way.
            progress.finished()
            bench.state.finish_run(replace(record, status="failed", finished=occasion.time()))
            raise


def _told(bench: Workbench, desired: Desired, outcome: Outcome) -> Outcome:
    """The outcome, after its lineage events are sent. That they cannot be sent is only a warning."""
    try:
        bench.lineage_events.emit(outcome.record, desired.compiled)
    except WorldFailure as failure:
        return replace(outcome, warnings=(*outcome.warnings, failure.message))
    return outcome


def new_record(bench: Workbench, plan: str, policy: str, occasion: Occasion) -> RunRecord:
    """The record of a run that begins now, numbered after the environment's last."""
    last = bench.state.runs(bench.environment, limit=1)
    number = int(last[0].run.rpartition("-")[2]) + 1 if last else 1
    return RunRecord(
        run=f"{bench.environment}-{number:05d}",
        environment=bench.environment,
        kind=occasion.kind,
        status="running",
        actor=occasion.actor,
        started=occasion.time(),
        finished="",
        plan=plan,
        commit=occasion.commit,
        policy=policy,
    )


def _failed(bench: Workbench, record: RunRecord, done: Done, occasion: Occasion) -> Outcome:
    ended = _ended(record, done, "failed", occasion)
    bench.state.finish_run(ended)
    return Outcome(ended, tuple(d for b in done.built for d in b.diagnostics))


def _ended(record: RunRecord, done: Done, status: RunStatus, occasion: Occasion) -> RunRecord:
    removed = (StepRecord(address, "remove", "done", None, 0.0) for address in done.removed)
    return replace(
        record,
        status=status,
        finished=occasion.time(),
        steps=(*(b.record for b in done.built), *removed),
        checks=tuple(check for b in done.built for check in b.checks),
    )


def _published(
    bench: Workbench,
    yard: Yard,
    record: RunRecord,
    done: Done,
    draw: Draw,
    occasion: Occasion,
    progress: Progress,
) -> Outcome:
    """Audit and draw the pages, then move all pointers in one transaction and switch the site."""
    began = time.monotonic()
    ended = _ended(record, done, "succeeded", occasion)
    after, documents = _next_state(yard, done, ended)
    published = Published(after, yard.desired.space, yard.desired.compiled, yard.desired.policy_data)
    releases = Releases(bench, published)
    progress.started(2, "auditing what pages show")
    releases.audit()
    progress.step("drawing pages")
    failing = page_tests(bench, published, occasion.today)
    if failing:
        progress.finished()
        ended = replace(ended, status="failed")
        bench.state.finish_run(ended)
        return Outcome(ended, failing)
    ended = replace(ended, alerts=alert_outcomes(bench, published))
    earlier = tuple(r for r in bench.state.runs(bench.environment) if r.run != record.run)
    drawn = draw(published, (ended, *earlier), occasion.today)
    after = replace(after, site=bench.site.publish(bench.environment, drawn.files))
    unproven = releases.record(record.run)
    progress.step("publishing")
    progress.finished()
    ended = replace(ended, drawing=round(time.monotonic() - began, 3))
    left = switch(bench, after, documents, yard.applied.serial, yard.desired.policy_data)
    bench.state.finish_run(ended)
    told = (*left, *_spent(unproven), *_alerted(bench, published, ended, earlier))
    return Outcome(ended, drawn.diagnostics, told)


def _spent(unproven: int) -> tuple[str, ...]:
    """That more was withheld than needed, where the time that a space gives to looking was spent."""
    if not unproven:
        return ()
    return (
        f"there was no time to find what hides {unproven:,} small values best, so more is withheld; "
        "coarser groups and filters need less, and `disclosure: {seconds: ...}` of the space gives more to "
        "what is published for the first time.",
    )


def switch(
    bench: Workbench,
    after: Applied,
    documents: Mapping[str, str],
    serial: int,
    policy_data: Mapping[str, Any],
) -> tuple[str, ...]:
    """Publish a state: policies into their server, then all pointers in one transaction, then the pages.

    Only the base environment's policies are kept in a server. Answers what could not be tidied up there.
    Raises StalePlan if the stored serial is not `serial`, and WorldFailure.
    """
    served = bench.environment == BASE
    if served:
        bench.policy_server.hold(policy_data)
    bench.state.publish(after, documents, serial)
    bench.site.switch(bench.environment, after.site)
    try:
        if served:
            bench.policy_server.release(policy_data)
    except WorldFailure as failure:
        return (failure.message,)
    return ()


def _alerted(
    bench: Workbench, published: Published, run: RunRecord, earlier: tuple[RunRecord, ...]
) -> tuple[str, ...]:
    """Tell people of alerts, from the base environment only: a preview wakes nobody. Returns what failed."""
    if bench.environment != BASE:
        return ()
    before = next((r for r in earlier if r.status == "succeeded"), None)
    return bench.notices.send(notices(published, run, before))


def _next_state(yard: Yard, done: Done, record: RunRecord) -> tuple[Applied, dict[str, str]]:
    """The state to publish, and the texts it names by hash."""
    desired = yard.desired
    stamps = {**desired.stamps, **{b.record.address: b.stamp for b in done.built if b.stamp}}
    known = identities(desired.compiled, stamps)
    texts = (
        snapshot_text(desired.space),
        policy_text(desired.policy_data),
        compiled_to_json(desired.compiled),
    )
    snapshot, policy, compiled = map(text_hash, texts)
    after = Applied(
        environment=yard.bench.environment,
        serial=yard.applied.serial + 1,
        snapshot=snapshot,
        policy=policy,
        compiled=compiled,
        run=record.run,
        base=0 if yard.bench.environment == BASE else yard.bench.state.applied(BASE).serial,
        digests=aspects_of(desired.space, known),
        versions=versions_after(yard, done),
        columns={address: desired.logics[address].columns for address in desired.compiled},
        logics={address: desired.logics[address].fingerprint for address in desired.compiled},
        stamps=stamps,
    )
    named = dict(zip((snapshot, policy, compiled), texts, strict=True))
    return after, snapshot_documents(desired.space) | named
