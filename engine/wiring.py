"""Builds the adapters from settings; each is imported only when a command asks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime

    from engine import ports
    from engine.core.state import RunRecord
    from engine.model.space import SpaceSpec
    from engine.usecases.apply import Drawn
    from engine.usecases.published import Published


@dataclass(frozen=True)
class Workspace:
    """One space on disk and one environment of it; its properties are the ports of the use cases."""

    specs_folder: Path
    environment: str = "prod"

    @property
    def root(self) -> Path:
        """The folder that holds the specs folder; no path in a spec may leave it."""
        return self.specs_folder.resolve().parent

    def in_environment(self, name: str) -> Workspace:
        """The same space, looked at in another environment."""
        return replace(self, environment=name)

    def elsewhere(self, root: Path) -> Workspace:
        """The same space as it is in another folder, with this one's cache and no store of its own."""
        other = Workspace(root / self.specs_folder.resolve().name, self.environment)
        other.__dict__["cache"] = self.cache
        return other

    @cached_property
    def settings(self) -> SpaceSpec:
        """The Space document. Raises WorldFailure when there is none that can be read."""
        from engine.usecases.settings import read_settings

        return read_settings(self.specs)

    @cached_property
    def store(self) -> Path:
        """The store's folder, made when absent."""
        folder = Path(os.path.normpath(self.specs_folder.resolve() / self.settings.store))
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @cached_property
    def specs(self) -> ports.SpecSource:
        """The author's files."""
        from engine.adapters.files import FolderSpecs

        return FolderSpecs(self.specs_folder)

    @cached_property
    def cache(self) -> ports.Cache:
        """What compiling remembers."""
        from engine.adapters.file_cache import FileCache

        return FileCache(self.store / "cache")

    @cached_property
    def python_steps(self) -> ports.PythonSteps:
        """Author code on schemas, in a child process."""
        from engine.adapters.python_steps import ChildPythonSteps

        return ChildPythonSteps(self.root)

    @cached_property
    def collector(self) -> ports.Collector:
        """Readers of origins."""
        from engine.adapters.sources.collector import OriginCollector

        return OriginCollector(self.specs_folder)

    @cached_property
    def warehouse(self) -> ports.Warehouse:
        """The Parquet store."""
        from engine.adapters.parquet_store import ParquetWarehouse

        return ParquetWarehouse(self.store, self.settings.engines.get("default"))

    @cached_property
    def quarantine(self) -> ports.Quarantine:
        """Versions that nothing points at."""
        from engine.adapters.quarantine import QuarantineFolder

        return QuarantineFolder(self.store)

    @cached_property
    def slices(self) -> ports.Slices:
        """Policy slices of stored versions."""
        from engine.adapters.slices import SliceFolder

        return SliceFolder(self.store)

    @cached_property
    def shown(self) -> ports.ShownCells:
        """The cells of everything that was released."""
        from engine.adapters.shown_cells import ShownCellsFolder

        return ShownCellsFolder(self.store)

    @cached_property
    def queries(self) -> ports.QueryRunner:
        """The child process that runs users' SQL."""
        from engine.adapters.query_child import ChildQueries

        return ChildQueries()

    @cached_property
    def state(self) -> ports.StateStore:
        """Environments, versions, runs and locks."""
        from engine.adapters.state_db import SqliteState

        return SqliteState(self.store / "state.db")

    @cached_property
    def lineage_events(self) -> ports.LineageEvents:
        """OpenLineage events: in the store, and to the endpoint that the space names."""
        from engine.adapters.openlineage import OpenLineageEvents

        return OpenLineageEvents(self.store / "openlineage", self.settings.openlineage, self.settings.name)

    @cached_property
    def notices(self) -> ports.Notices:
        """How people are told of alerts: a webhook and mail, as the space says."""
        from engine.adapters.notices import SentNotices

        return SentNotices(self.settings.alerts, self.settings.name)

    @cached_property
    def site(self) -> ports.SiteWriter:
        """Published pages."""
        from engine.adapters.site_folder import SiteFolder
        from renderers.html.drawing_code import drawing_code

        return SiteFolder(self.store, drawing_code())

    @cached_property
    def plan_rules(self) -> ports.PlanRules:
        """The space's own plan rules, in a child process."""
        from engine.adapters.plan_rules import ChildPlanRules

        return ChildPlanRules()

    @cached_property
    def policy_server(self) -> ports.PolicyServer:
        """Where rules and policy data are kept for the space's policy engine."""
        from engine.adapters.policy_engines import policy_server

        return policy_server(self.settings.policy)

    def site_index(self) -> str:
        """Where the published home page is, as a file URL."""
        return (self.store / "site" / self.environment / "index.html").as_uri()

    def policy(self, data: Mapping[str, Any]) -> ports.PolicyEngine:
        """The policy engine that the space is set to, over `data`; every answer goes into the log."""
        import datetime

        from engine.adapters.decision_log import DecisionLog, LoggedEngine

        labels = {"space": self.settings.name, "environment": self.environment}
        log = DecisionLog(self.store / "logs", lambda: datetime.datetime.now(datetime.UTC))
        return LoggedEngine(self.policy_unlogged(data), log, str(data.get("revision", "")), labels)

    def policy_unlogged(self, data: Mapping[str, Any]) -> ports.PolicyEngine:
        """The policy engine that the space is set to, over `data`."""
        from engine.adapters.policy_engines import policy_engine

        return policy_engine(self.settings.policy, data)

    def plan_policy(self, data: Mapping[str, Any]) -> ports.PolicyEngine:
        """The rules over `data` in this process, whatever the space is set to."""
        from engine.adapters.embedded_rego import EmbeddedRego

        return EmbeddedRego(data)

    def draw_site(self, published: Published, runs: tuple[RunRecord, ...], today: datetime.date) -> Drawn:
        """The operator's whole site, drawn from what is about to be published."""
        from engine.usecases.apply import Drawn
        from engine.usecases.page_notes import page_warnings
        from engine.usecases.site import site_model
        from renderers.html.site import site_files

        # Pages say what the policy's engine answers: a server is given this policy, or mended, first.
        self.policy_server.hold(published.policy_data)
        model = site_model(self, published, runs, today)
        files = site_files(model, self.cache)
        notes = ((page.address, page.notes()) for page in model.pages)
        return Drawn(files, page_warnings(published.space, notes))
