"""Plan: work out the desired state, compare it with the applied one, and say what apply would do."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.addresses import Address
from engine.core.compiled import ALGORITHM, CompiledDataset
from engine.core.diff import Stored, diff
from engine.core.fingerprint import Identity, digest, identities
from engine.core.load import load
from engine.core.moves import pending, renamed, with_renames
from engine.core.plan import FORMAT_VERSION, Build, Change, Desired, Forget, Plan, Publish, Step
from engine.core.reasons import Before
from engine.core.removed import naming_readers
from engine.core.space import Space
from engine.core.state import Applied
from engine.diagnostics import Diagnostic, WorldFailure, has_errors, in_order
from engine.model.dashboard import Dashboard
from engine.policy.compile import policy_data
from engine.policy.decision import Caller
from engine.ports import Workbench
from engine.usecases.access import Governed, access_changes
from engine.usecases.aspects import aspects_of
from engine.usecases.drift import drifted, with_drift
from engine.usecases.environments import starting_point
from engine.usecases.foresee import extents
from engine.usecases.plan_gates import Gated, gates
from engine.usecases.published import Published, load_applied, policy_text, text_hash
from engine.usecases.refingerprint import as_hashed_now
from engine.usecases.stamps import ANEW_NOTHING, Anew, Stamping
from engine.usecases.validate import validate
from engine.usecases.versions import find_version


@dataclass(frozen=True)
class Baseline:
    """Other specs to compare with, as if they were applied (usecases/against.py)."""

    applied: Applied
    governed: Governed | None


@dataclass(frozen=True)
class Planned:
    """A plan, and the desired state it was made from; both None when the specs have errors."""

    plan: Plan | None
    desired: Desired | None
    diagnostics: tuple[Diagnostic, ...]
    refused: Plan | None = None
    """What the specs would do if no gate refused it: for reviewers to read, never to be applied."""


def make_plan(
    bench: Workbench,
    now: datetime.date,
    actor: Caller | None = None,
    *,
    against: Baseline | None = None,
    refresh: bool = True,
) -> Planned:
    """The plan for the specs as they are, on day `now`. Raises WorldFailure.

    With `actor`, every change is also decided by that user's own rights, as applied. `against` compares
    with other specs instead of with what is applied; such a plan is for reading, not for applying.
    `refresh=False` takes for granted that store and site are as the last apply left them.
    """
    checked = validate(bench)
    if checked.space is None or has_errors(checked.diagnostics):
        return Planned(None, None, _with_readers(bench, checked.diagnostics, against))
    applied = (
        against.applied if against else as_hashed_now(bench, starting_point(bench.state, bench.environment))
    )
    desired, diagnostics = work_out(bench, checked.space, checked.compiled, applied)
    diagnostics = checked.diagnostics + diagnostics
    if has_errors(diagnostics):
        return Planned(None, None, in_order(diagnostics))
    before = against.governed if against else _before(bench, applied, desired, actor)
    plan = compare(bench, desired, applied, before, now, refresh=refresh and against is None)
    gated = gates(bench, Gated(plan, desired, applied, before), actor, now)
    gated += _page_findings(bench, desired, applied, now)
    if against is None and not has_errors(gated):
        gated += _withheld_ahead(bench, desired, applied, plan, now)
    diagnostics = in_order(diagnostics + gated)
    if has_errors(gated):
        return Planned(None, None, diagnostics, refused=plan)
    return Planned(sealed(replace(plan, diagnostics=diagnostics)), desired, diagnostics)


def _page_findings(
    bench: Workbench, desired: Desired, applied: Applied, now: datetime.date
) -> tuple[Diagnostic, ...]:
    """What pages' own tests of who sees what find; without pages nothing of them is even imported."""
    if not any(desired.space.of(Dashboard)):
        return ()
    from engine.usecases.page_tests import audience_tests

    wanted = Published(applied, desired.space, desired.compiled, desired.policy_data)
    return audience_tests(bench, wanted, now)


def _withheld_ahead(
    bench: Workbench, desired: Desired, applied: Applied, plan: Plan, now: datetime.date
) -> tuple[Diagnostic, ...]:
    """What changed pages over people's data would withhold; without such data nothing is imported."""
    if not plan.changes or not any(dataset.min_cell for dataset in desired.compiled.values()):
        return ()
    from engine.usecases.page_foresight import withheld_ahead

    return tuple(withheld_ahead(bench, desired, applied, plan, now))


def _with_readers(
    bench: Workbench, diagnostics: tuple[Diagnostic, ...], against: Baseline | None
) -> tuple[Diagnostic, ...]:
    """The mistakes; what was applied and is now missing from the specs is told with all that reads it."""
    applied = against.applied if against else starting_point(bench.state, bench.environment)
    resources, _ = load(bench.specs.read())
    return in_order(naming_readers(diagnostics, resources, applied.digests))


def work_out(
    bench: Workbench,
    space: Space,
    compiled: Mapping[Address, CompiledDataset],
    applied: Applied,
    anew: Anew = ANEW_NOTHING,
) -> tuple[Desired, tuple[Diagnostic, ...]]:
    """The desired state with the content of every origin, and the mistakes met in looking at origins."""
    logics = identities(compiled, {})
    stamping = Stamping(bench, space, compiled, renamed(applied, space), anew)
    origins, mistakes = stamping.of_origins(logics)
    stamps = stamping.of_steps(origins)
    known = identities(compiled, stamps)
    data, aspects = policy_data(space, compiled), aspects_of(space, known)
    return Desired(space, compiled, stamps, data, known, logics, aspects, anew.restated), mistakes


def compare(
    bench: Workbench,
    desired: Desired,
    stored: Applied,
    before: Governed | None,
    now: datetime.date,
    *,
    refresh: bool = True,
) -> Plan:
    """The plan that leads from what is stored as applied to `desired`, not yet sealed.

    `before` is what governed access until now; `refresh` looks whether store, record, site and policy server
    still hold what was applied.
    """
    applied = renamed(stored, desired.space)
    moves = pending(stored, desired.space)
    lost = frozenset(a for a, v in applied.versions.items() if refresh and not bench.warehouse.holds(v))
    wanted = {i.fingerprint for a, i in desired.identities.items() if _differs(applied, a, i)}
    there = frozenset(fingerprint for fingerprint in wanted if find_version(bench, fingerprint))
    detail = Before(before.space, before.compiled, moves) if before and _hashed_alike(applied) else None
    cut = {} if desired.restated else extents(bench, desired, applied)
    changes = with_renames(diff(applied, desired, Stored(lost, there, detail, cut)), stored, desired.space)
    if refresh:
        changes = with_drift(changes, tuple(drifted(bench, applied)), desired.space.settings.address)
    is_new = bool(applied.snapshot) and not applied.run
    return Plan(
        environment=bench.environment,
        serial=applied.serial,
        specs=digest({str(a): text for a, text in desired.aspects.items()}),
        steps=(Publish(),) if is_new and not changes else _steps(desired, changes, applied),
        changes=changes,
        access=access_changes(before, _after(desired), bench.plan_policy, now, moves),
        diagnostics=(),
        fingerprint="",
    )


def _hashed_alike(applied: Applied) -> bool:
    """Whether everything applied was hashed as this version of the engine does."""
    return all(version.algorithm == ALGORITHM for version in applied.versions.values())


def _differs(applied: Applied, address: Address, wanted: Identity) -> bool:
    version = applied.versions.get(address)
    return version is None or version.fingerprint != wanted.fingerprint


def _steps(desired: Desired, changes: tuple[Change, ...], applied: Applied) -> tuple[Step, ...]:
    if not changes:
        return ()
    by_address = {change.address: change for change in changes}
    builds = (
        Build(address, by_address[address].action, desired.identities[address].fingerprint)
        for address in desired.compiled
        if address in by_address
    )
    gone = [change.address for change in changes if change.action == "remove"]
    datasets = [address for address in gone if address in applied.versions]
    documents = sorted(address for address in gone if address not in applied.versions)
    return (*builds, *map(Forget, (*removal_order(datasets, applied), *documents)), Publish())


def removal_order(gone: list[Address], applied: Applied) -> list[Address]:
    """Datasets to remove, readers before what they read: state keeps each version's inputs."""
    ordered: list[Address] = []

    def visit(address: Address) -> None:
        if address in ordered:
            return
        for other in sorted(gone):
            if other != address and address in applied.versions[other].inputs:
                visit(other)
        ordered.append(address)

    for address in sorted(gone):
        visit(address)
    return ordered


def sealed(plan: Plan) -> Plan:
    """The plan with its fingerprint: a hash of everything it says."""
    from engine.core.plan_json import plan_body

    return replace(plan, fingerprint=digest([FORMAT_VERSION, plan_body(plan)]))


def _after(desired: Desired) -> Governed:
    return Governed(desired.space, desired.compiled, desired.policy_data)


def _before(bench: Workbench, applied: Applied, desired: Desired, actor: Caller | None) -> Governed | None:
    """What governs access as applied; None before the first apply, and when its record is damaged.

    The plan tells of the damage (usecases/drift.py). Nobody's rights can be judged then: raises WorldFailure
    with an `actor`.
    """
    if not applied.snapshot:
        return None
    if _says_the_same(applied, desired):
        return _after(desired)
    try:
        published = load_applied(bench.state, applied)
    except WorldFailure:
        if actor is not None:
            raise
        return None
    return Governed(published.space, published.compiled, published.policy_data)


def _says_the_same(applied: Applied, desired: Desired) -> bool:
    """Whether specs, logic and policy data mean what was applied: then none of it need be loaded again."""
    logics = {address: logic.fingerprint for address, logic in desired.logics.items()}
    return (
        applied.digests == desired.aspects
        and applied.logics == logics
        and applied.policy == text_hash(policy_text(desired.policy_data))
    )
