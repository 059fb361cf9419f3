"""The edges of the engine: what it needs from the world, as protocols. Adapters implement them."""

from engine.ports.authoring import (
    Cache,
    Collector,
    Inspected,
    PlanRules,
    PythonSteps,
    PythonTable,
    SpecSource,
    Staged,
)
from engine.ports.governing import PolicyEngine, PolicyEngines, PolicyServer, StateStore
from engine.ports.storing import (
    Expired,
    Intervals,
    Ledger,
    Partitioned,
    Quarantine,
    QueryRunner,
    ShownCells,
    Slices,
    Table,
    Warehouse,
)
from engine.ports.telling import LineageEvents, Notice, Notices, Progress, SiteWriter
from engine.ports.workbench import Workbench

__all__ = [
    "Cache",
    "Collector",
    "Expired",
    "Inspected",
    "Intervals",
    "Ledger",
    "LineageEvents",
    "Notice",
    "Notices",
    "Partitioned",
    "PlanRules",
    "PolicyEngine",
    "PolicyEngines",
    "PolicyServer",
    "Progress",
    "PythonSteps",
    "PythonTable",
    "Quarantine",
    "QueryRunner",
    "ShownCells",
    "SiteWriter",
    "Slices",
    "SpecSource",
    "Staged",
    "StateStore",
    "Table",
    "Warehouse",
    "Workbench",
]
