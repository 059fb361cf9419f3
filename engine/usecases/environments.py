"""Environments: where a new one starts from, what there is, and dropping one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.addresses import Address
from engine.core.state import Applied
from engine.diagnostics import WorldFailure, did_you_mean
from engine.ports import StateStore

BASE = "prod"
"""The environment that new ones start from: they build only what differs from it."""


def starting_point(state: StateStore, environment: str) -> Applied:
    """What an environment points at; for one that is new, what the base points at, as serial 0."""
    applied = state.applied(environment)
    if applied.snapshot or environment == BASE:
        return applied
    base = state.applied(BASE)
    return replace(base, environment=environment, serial=applied.serial, site="", run="")


def never_applied(environment: str) -> WorldFailure:
    """What is said where an environment is read that points at nothing yet."""
    command = "engine apply" if environment == BASE else f"engine --env {environment} apply"
    return WorldFailure(
        f'nothing has been applied to environment "{environment}" yet.', f"run `{command}` first."
    )


@dataclass(frozen=True, slots=True)
class EnvironmentLine:
    """One environment in a list."""

    name: str
    run: str
    datasets: int
    own: int
    """Datasets whose version differs from the base's."""


def listed(state: StateStore) -> tuple[EnvironmentLine, ...]:
    """Every environment, by name."""
    base = state.applied(BASE)
    found = []
    for name in state.environments():
        applied = state.applied(name)
        own = sum(_fingerprint(base, a) != v.fingerprint for a, v in applied.versions.items())
        found.append(EnvironmentLine(name, applied.run, len(applied.versions), own))
    return tuple(found)


def _fingerprint(applied: Applied, address: Address) -> str:
    version = applied.versions.get(address)
    return version.fingerprint if version else ""


def existing(state: StateStore, environment: str) -> Applied:
    """What an environment points at. Raises WorldFailure when it was never applied."""
    applied = state.applied(environment)
    if not applied.snapshot:
        raise WorldFailure(
            f'there is no environment "{environment}".', did_you_mean(environment, state.environments())
        )
    return applied


def drop(state: StateStore, environment: str) -> None:
    """Forget an environment. Raises WorldFailure for the base and for one that is not there."""
    if environment == BASE:
        raise WorldFailure(f"{BASE} cannot be dropped.", "it is what everyone reads.")
    existing(state, environment)
    state.drop(environment)
