"""After an engine upgrade that hashes logic differently: what is applied, hashed as the engine does now.

A plan can then tell a dataset whose logic is the same, and only named otherwise, from one that changed.
"""

from __future__ import annotations

from dataclasses import replace

from engine.core.compiled import ALGORITHM
from engine.core.fingerprint import identities
from engine.core.space import Collected
from engine.core.state import Applied
from engine.diagnostics import WorldFailure
from engine.ports import Workbench
from engine.usecases.aspects import aspects_of
from engine.usecases.published import load_applied
from engine.usecases.validate import recompiled


def as_hashed_now(bench: Workbench, applied: Applied) -> Applied:
    """`applied` with every hash of logic made anew from the applied specs, if any is of another algorithm.

    The algorithm that versions name stays, so that the plan says "re-fingerprint". What this version of the
    engine cannot compile keeps its old hashes, and counts as changed; so does all of a damaged record.
    """
    if all(version.algorithm == ALGORITHM for version in applied.versions.values()):
        return applied
    try:
        space = load_applied(bench.state, applied).space
    except WorldFailure:
        return applied
    origins = {
        address: applied.versions[address].columns
        for address, node in space.datasets.items()
        if isinstance(node.producer, Collected) and address in applied.versions
    }
    compiled = recompiled(bench, space, origins)
    known, logics = identities(compiled, applied.stamps), identities(compiled, {})
    versions = {
        address: replace(version, fingerprint=known[address].fingerprint, logic=compiled[address].logic)
        if address in compiled
        else version
        for address, version in applied.versions.items()
    }
    whole = known.keys() == versions.keys()
    return replace(
        applied,
        digests={**applied.digests, **aspects_of(space, known)} if whole else applied.digests,
        versions=versions,
        columns={**applied.columns, **{a: logic.columns for a, logic in logics.items()}},
        logics={**applied.logics, **{a: logic.fingerprint for a, logic in logics.items()}},
    )
