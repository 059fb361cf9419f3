"""All ports of one space and environment together: what use cases are given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from engine.ports.authoring import Cache, Collector, PlanRules, PythonSteps, SpecSource
from engine.ports.governing import PolicyEngine, PolicyServer, StateStore
from engine.ports.storing import Quarantine, QueryRunner, ShownCells, Slices, Warehouse
from engine.ports.telling import LineageEvents, Notices, SiteWriter


class Workbench(Protocol):
    """All ports of one space and environment, each made on first use (engine/wiring.py)."""

    @property
    def environment(self) -> str:
        """The environment's name."""
        ...

    @property
    def root(self) -> Path:
        """The folder no path in a spec may leave."""
        ...

    @property
    def specs(self) -> SpecSource:
        """The author's files."""
        ...

    @property
    def cache(self) -> Cache:
        """What compiling remembers."""
        ...

    @property
    def python_steps(self) -> PythonSteps:
        """Author code on schemas."""
        ...

    @property
    def collector(self) -> Collector:
        """Readers of origins."""
        ...

    @property
    def warehouse(self) -> Warehouse:
        """The Parquet store."""
        ...

    @property
    def quarantine(self) -> Quarantine:
        """Versions that nothing points at."""
        ...

    @property
    def slices(self) -> Slices:
        """Policy slices."""
        ...

    @property
    def shown(self) -> ShownCells:
        """The cells of everything that was released."""
        ...

    @property
    def queries(self) -> QueryRunner:
        """The child process that runs users' SQL."""
        ...

    @property
    def state(self) -> StateStore:
        """Environments, versions, runs and locks."""
        ...

    @property
    def lineage_events(self) -> LineageEvents:
        """Where OpenLineage events go."""
        ...

    @property
    def notices(self) -> Notices:
        """How people are told of alerts."""
        ...

    @property
    def site(self) -> SiteWriter:
        """Published pages."""
        ...

    @property
    def plan_rules(self) -> PlanRules:
        """Runs the space's own plan rules."""
        ...

    @property
    def policy_server(self) -> PolicyServer:
        """Keeps rules and data for a policy engine outside this process."""
        ...

    def policy(self, data: Mapping[str, Any]) -> PolicyEngine:
        """The space's policy engine over `data`, every answer of which is logged before it is given.

        Whatever is asked about a person is asked here, and what a decision opens is opened by it.
        """
        ...

    def policy_unlogged(self, data: Mapping[str, Any]) -> PolicyEngine:
        """The same engine for what nobody asked: the operator's own tables of who may do what."""
        ...

    def plan_policy(self, data: Mapping[str, Any]) -> PolicyEngine:
        """The same rules in this process: plans are decided there.

        A server that is away would answer with refusals, which a plan would take for what policy says; and
        a plan must send no server what nobody has agreed to yet.
        """
        ...
