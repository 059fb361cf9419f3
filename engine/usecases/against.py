"""Compare with other specs than the applied ones: those of a git commit, say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.addresses import Address
from engine.core.compiled import ALGORITHM, CompiledDataset
from engine.core.fingerprint import UNKNOWN
from engine.core.plan import Desired
from engine.core.state import Applied, Version
from engine.diagnostics import WorldFailure, has_errors
from engine.ports import Workbench
from engine.usecases.access import Governed
from engine.usecases.plan import Baseline, work_out
from engine.usecases.validate import validate


def nothing_before(bench: Workbench) -> Baseline:
    """A commit from before there were any specs: all that is written now is new."""
    serial = bench.state.applied(bench.environment).serial
    return Baseline(Applied(bench.environment, serial), None)


def baseline(bench: Workbench, other: Workbench, name: str) -> Baseline:
    """The specs of `other` as a state to compare with; `name` is what people call them.

    Raises WorldFailure when those specs have mistakes: there is nothing sound to compare with then.
    """
    checked = validate(other)
    if checked.space is None or has_errors(checked.diagnostics):
        raise WorldFailure(
            f"the specs at {name} have mistakes, so nothing can be compared with them.",
            "plan against a commit whose specs are valid, or against what is applied.",
        )
    desired, _ = work_out(other, checked.space, checked.compiled, Applied(bench.environment, 0))
    governed = Governed(desired.space, desired.compiled, desired.policy_data)
    return Baseline(_as_applied(bench, desired), governed)


def _as_applied(bench: Workbench, desired: Desired) -> Applied:
    return Applied(
        environment=bench.environment,
        serial=bench.state.applied(bench.environment).serial,
        snapshot="compared",
        run="compared",
        digests=desired.aspects,
        versions=_versions(desired),
        columns={a: logic.columns for a, logic in desired.logics.items()},
        logics={a: logic.fingerprint for a, logic in desired.logics.items()},
        stamps={a: s for a, s in desired.stamps.items() if s != UNKNOWN},
    )


def _versions(desired: Desired) -> Mapping[Address, Version]:
    """Versions that would be there, had those specs been applied: enough for a comparison."""

    def version(address: Address, dataset: CompiledDataset) -> Version:
        inputs = {a: desired.identities[a].fingerprint for a in dataset.inputs.values()}
        blank = Version("", address, "", 0, 0, "", (), dataset.logic, ALGORITHM, inputs, "")
        return replace(blank, fingerprint=desired.identities[address].fingerprint)

    return {address: version(address, dataset) for address, dataset in desired.compiled.items()}
