"""Every kind a document may be, by the word authors write in `kind:`."""

from __future__ import annotations

from engine.model.assistant import Assistant
from engine.model.base import Spec
from engine.model.catalog import CatalogEntry
from engine.model.dashboard import Dashboard
from engine.model.dataflow import Dataflow
from engine.model.dataflow_test import DataflowTest
from engine.model.dataset import Dataset
from engine.model.notebook import Notebook
from engine.model.policies import DataPolicy, Grant, Group, Network, Role, User
from engine.model.project import Project
from engine.model.source import SourceSpec
from engine.model.space import SpaceSpec

KINDS: dict[str, type[Spec]] = {
    "Assistant": Assistant,
    "CatalogEntry": CatalogEntry,
    "Dashboard": Dashboard,
    "DataPolicy": DataPolicy,
    "Dataflow": Dataflow,
    "DataflowTest": DataflowTest,
    "Dataset": Dataset,
    "Grant": Grant,
    "Group": Group,
    "Network": Network,
    "Notebook": Notebook,
    "Project": Project,
    "Role": Role,
    "Source": SourceSpec,
    "Space": SpaceSpec,
    "User": User,
}
