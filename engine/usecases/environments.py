"""Environments: where a new one starts from."""

from __future__ import annotations

from dataclasses import replace

from engine.core.state import Applied
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
