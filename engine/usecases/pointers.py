"""Moving pointers: promotion and rollback compute no data, they make an environment point elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.addresses import Address
from engine.core.state import Applied, RunRecord
from engine.diagnostics import Diagnostic, StalePlan, WorldFailure
from engine.policy.decision import Caller
from engine.ports import StateStore, Workbench
from engine.usecases.apply import Draw, Occasion, new_record, switch
from engine.usecases.environments import BASE, existing
from engine.usecases.page_releases import Releases
from engine.usecases.plan_gates import move_gates
from engine.usecases.published import load_applied


def earlier_state(state: StateStore, environment: str, run: str | None) -> Applied:
    """The state that `run` published, or the one before the current. Raises WorldFailure."""
    now = existing(state, environment)
    if run is not None:
        found = state.history(environment, run, 1)
        if not found:
            raise WorldFailure(f'run "{run}" published nothing in {environment}.', "see `engine runs`.")
        return found[0]
    for before in state.history(environment):
        if before.serial < now.serial and _pointed(before) != _pointed(now):
            return before
    raise WorldFailure(f"{environment} has no earlier state.", "`engine runs` lists what was applied.")


def _pointed(applied: Applied) -> tuple[str, str, dict[str, str]]:
    pointers = {str(address): version.fingerprint for address, version in applied.versions.items()}
    return applied.snapshot, applied.policy, pointers


def promotable(state: StateStore, environment: str) -> Applied:
    """The state of an environment that may become the base's.

    Raises StalePlan when the base moved on since the environment was applied: its changes would be lost.
    """
    source = existing(state, environment)
    if environment == BASE:
        raise WorldFailure(f"{BASE} is what others are promoted to.", "name another environment.")
    if source.base != state.applied(BASE).serial:
        raise StalePlan(
            f"{BASE} was changed after {environment} was applied.",
            f"`engine --env {environment} apply` with the current specs, then promote.",
        )
    return source


def moved(before: Applied, after: Applied) -> Iterator[tuple[str, str]]:
    """What a move changes: (action, address) of every resource that differs, in address order."""
    for address in sorted({*before.digests, *after.digests}):
        old, new = before.versions.get(address), after.versions.get(address)
        if address not in after.digests:
            yield "remove", str(address)
        elif address not in before.digests:
            yield "create", str(address)
        elif old and new and old.fingerprint != new.fingerprint:
            yield "re-point", str(address)
        elif before.digests[address] != after.digests[address]:
            yield "metadata", str(address)


def may_move(bench: Workbench, target: Applied, actor: Caller) -> tuple[Diagnostic, ...]:
    """What the actor lacks to make the bench's environment point at what `target` points at."""
    current = bench.state.applied(bench.environment)
    before = load_applied(bench.state, current) if current.snapshot else None
    addresses = [Address.parse(address) for _, address in moved(current, target)]
    return move_gates(bench, addresses, before, load_applied(bench.state, target), actor)


def move(bench: Workbench, target: Applied, occasion: Occasion, draw: Draw) -> RunRecord:
    """Make the bench's environment point at what `target` points at; its site is drawn again.

    One transaction moves everything. Raises LockHeld, and WorldFailure when a version of the target was
    deleted for good.
    """
    environment = bench.environment
    with bench.state.lock(environment, occasion.holder or occasion.actor):
        _bring_back(bench, target)
        now = bench.state.applied(environment)
        record = new_record(bench, f"{target.environment}:{target.run}", target.policy, occasion)
        bench.state.start_run(record)
        after = replace(target, environment=environment, serial=now.serial + 1, run=record.run, base=0)
        ended = replace(record, status="succeeded", finished=occasion.time())
        try:
            runs = (ended, *(r for r in bench.state.runs(environment) if r.run != record.run))
            published = load_applied(bench.state, after)
            drawn = draw(published, runs, occasion.today)
            after = replace(after, site=bench.site.publish(environment, drawn.files))
            Releases(bench, published).record(record.run)
            switch(bench, after, {}, now.serial, published.policy_data)
        except BaseException:
            bench.state.finish_run(replace(record, status="failed", finished=occasion.time()))
            raise
        bench.state.finish_run(ended)
        return ended


def _bring_back(bench: Workbench, target: Applied) -> None:
    """Make sure every version of a state is in the store, out of quarantine if need be."""
    missing = [v for v in target.versions.values() if not bench.warehouse.holds(v)]
    if missing:
        bench.quarantine.bring_back(missing)
    gone = sorted(str(a) for a, v in target.versions.items() if not bench.warehouse.holds(v))
    if gone:
        more = " and more" if gone[3:] else ""
        raise WorldFailure(
            f"the versions of {', '.join(gone[:3])}{more} were deleted.",
            "apply the specs of that commit instead; it computes them again.",
        )
