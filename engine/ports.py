"""The edges of the engine: what it needs from the world, as protocols. Adapters implement them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.document import SourceFile
from engine.core.space import DatasetNode
from engine.core.state import Applied, CheckResult, RunRecord, Version, VersionColumn
from engine.diagnostics import SourceSpan
from engine.policy.decision import Decision, Obligations, Request


class SpecSource(Protocol):
    """Where the author's files are."""

    def read(self) -> Sequence[SourceFile]:
        """All YAML files of the space, in path order. Raises WorldFailure."""
        ...

    def rules(self) -> Sequence[SourceFile]:
        """The space's own Rego modules, `policies/*.rego`, in path order. Raises WorldFailure."""
        ...

    def read_other(self, path: str) -> bytes | None:
        """A file that a spec names (path as in diagnostics), or None. Raises WorldFailure."""
        ...


@dataclass(frozen=True, slots=True)
class PythonTable:
    """An input of a Python step: its name and columns (name, SPECS.md type)."""

    name: str
    columns: tuple[tuple[str, str], ...]


class PythonSteps(Protocol):
    """Runs authors' `transform` functions in a child process, on schemas only, never on data."""

    def to_sql(self, module: Path, function: str, tables: Sequence[PythonTable]) -> str | tuple[int, str]:
        """DuckDB SQL of the expression the function returns over `tables`.

        An author's mistake is returned as (line in the module from 1, message).
        """
        ...


class Cache(Protocol):
    """Remembers what is expensive to compute and named by what it was computed from."""

    def get(self, key: str) -> bytes | None:
        """What was put under `key`, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep `value`; losing it costs time only."""
        ...


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a look at an origin shows, before collecting: its columns and its content hash."""

    columns: tuple[VersionColumn, ...]
    """Declared columns as declared, or all that were inferred."""
    stamp: str
    """Hash of the content; empty when only collecting will tell (URL, fetch function)."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A collected dataset as a Parquet file outside the store, typed as declared, rows unordered."""

    path: Path
    rows: int
    columns: tuple[VersionColumn, ...]
    stamp: str


class Collector(Protocol):
    """Reads origins: files, URLs, fetch functions."""

    def stamp(self, node: DatasetNode) -> str:
        """Content hash of the origin; empty when only collecting will tell. Raises DataMistake."""
        ...

    def inspect(self, node: DatasetNode) -> Inspected:
        """The columns the origin has or is declared to have. Raises DataMistake, WorldFailure."""
        ...

    def collect(self, node: DatasetNode, into: Path) -> Staged:
        """Read the whole origin into a Parquet file in folder `into`.

        Nothing is half-read: raises DataMistake naming the first offending line, or WorldFailure.
        """
        ...


class Warehouse(Protocol):
    """Immutable Parquet versions and the engine that computes them."""

    def find(self, fingerprint: str) -> Version | None:
        """The stored version made under this fingerprint, if it is whole."""
        ...

    def holds(self, version: Version) -> bool:
        """Whether the version's file (`version.path`) is there and whole; cheap."""
        ...

    def store(self, staged: Staged, dataset: CompiledDataset, fingerprint: str, data_time: str) -> Version:
        """Write a collected dataset as a version, rows ordered. Atomic: whole or not at all."""
        ...

    def build(
        self, dataset: CompiledDataset, inputs: Mapping[str, Version], fingerprint: str, span: SourceSpan
    ) -> Version:
        """Compute a derived dataset from its inputs' versions. Atomic.

        Raises DataMistake at `span` when the query fails on the data, and WorldFailure.
        """
        ...

    def check(
        self, node: DatasetNode, version: Version, others: Mapping[Address, Version], today: str
    ) -> tuple[CheckResult, ...]:
        """Run every declared check on a version; `others` are what `references` and `sql` read.

        Catalogue addresses may be among them, each with the version of the dataset it offers.
        """
        ...

    def fetch(self, sql: str, tables: Mapping[str, Path], limit: int | None = None) -> Table:
        """Rows of the engine's own query over Parquet files (never for a user's SQL)."""
        ...

    def export(self, file: Path, out: Path, form: Literal["csv", "parquet"]) -> None:
        """Write all rows of a Parquet file to `out`, whole or not at all. Raises WorldFailure."""
        ...


@dataclass(frozen=True)
class Table:
    """A small result: columns with types, rows as tuples of plain Python values."""

    columns: tuple[VersionColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False
    """Whether there were more rows than a reader gets at once."""


class Slices(Protocol):
    """Policy slices: one immutable Parquet file per version and set of obligations."""

    def slice(self, version: Version, obligations: Obligations) -> Path:
        """The file that holds exactly what `obligations` leave of a version: its door for every reader.

        Keyed by the hash of both, written on first need; without obligations the version itself.
        Raises PolicyUnavailable when an obligation cannot be carried out: nothing is shown then.
        """
        ...

    def clear(self, idle: datetime.timedelta) -> int:
        """Delete slices written longer ago than that; says how many bytes that freed."""
        ...


@dataclass(frozen=True, slots=True)
class Expired:
    """What was deleted for good: bytes, and the paths of versions relative to the store."""

    freed: int
    paths: tuple[str, ...]


class Quarantine(Protocol):
    """Where versions wait that nothing points at, until they are deleted."""

    def put_away(self, version: Version, day: datetime.date) -> None:
        """Move a version's files there, under that day. Raises WorldFailure."""
        ...

    def bring_back(self, versions: Iterable[Version] | None = None) -> int:
        """Move versions (all of them without an argument) back; says how many. Raises WorldFailure."""
        ...

    def expire(self, before: datetime.date) -> Expired:
        """Delete what was put away before a day. Raises WorldFailure."""
        ...


class QueryRunner(Protocol):
    """Runs a user's SQL in a child process that can read the given files and nothing else."""

    def names(self, sql: str) -> tuple[tuple[str, str], ...]:
        """The `(schema, table)` names that one SELECT reads, sorted. Raises QueryRefused."""
        ...

    def run(self, sql: str, tables: Mapping[tuple[str, str], Path]) -> Table:
        """Rows of one SELECT over `(schema, table)` names. Raises QueryRefused with a code, no values."""
        ...


class StateStore(Protocol):
    """Environments, versions, runs and the lock. One transaction publishes."""

    def applied(self, environment: str) -> Applied:
        """What the environment points at; an empty Applied before the first apply."""
        ...

    def environments(self) -> tuple[str, ...]:
        """All environments, sorted."""
        ...

    def lock(self, environment: str, holder: str) -> AbstractContextManager[None]:
        """Hold the environment's lock. Raises LockHeld, naming the holder and since when.

        A lock whose process is dead is taken over.
        """
        ...

    def add_version(self, version: Version) -> None:
        """Remember a finished version (not yet published): a resumed apply finds it."""
        ...

    def version(self, fingerprint: str) -> Version | None:
        """A remembered version."""
        ...

    def publish(self, applied: Applied, documents: Mapping[str, str], expected_serial: int) -> None:
        """Replace the environment's pointers in one transaction, `applied.serial` being the new one.

        `documents` are texts by their hash: specs, policy data, compiled datasets. Raises StalePlan if
        the stored serial is not `expected_serial`.
        """
        ...

    def history(self, environment: str, run: str | None = None, limit: int = 1000) -> tuple[Applied, ...]:
        """Every state the environment was published in, latest first; or those that `run` published."""
        ...

    def drop(self, environment: str) -> None:
        """Forget an environment and its earlier states; versions, documents and runs stay."""
        ...

    def versions(self) -> tuple[Version, ...]:
        """Every remembered version, by fingerprint."""
        ...

    def forget(self, fingerprint: str) -> None:
        """Remember a version no more."""
        ...

    def document(self, digest: str) -> str:
        """A text that was published earlier, by its hash. Raises WorldFailure if it is not there."""
        ...

    def start_run(self, record: RunRecord) -> None:
        """Remember that a run began."""
        ...

    def finish_run(self, record: RunRecord) -> None:
        """Remember how a run ended, with its steps and checks."""
        ...

    def runs(self, environment: str, limit: int = 100) -> tuple[RunRecord, ...]:
        """Latest first."""
        ...

    def checks(self, version: str) -> tuple[CheckResult, ...]:
        """The outcomes recorded for a version, latest run."""
        ...


class PolicyEngine(Protocol):
    """Decides requests by the Rego modules over the compiled policy data it was made with."""

    def decide(self, request: Request) -> Decision:
        """The decision. Anything but exactly one well-formed answer is a refusal with the reason.

        Raises nothing for a missing or broken answer: it refuses.
        """
        ...

    def decide_many(self, requests: Sequence[Request]) -> tuple[Decision, ...]:
        """The decisions, in the order asked; in one round trip where the engine can."""
        ...


PolicyEngines = Callable[[Mapping[str, Any]], PolicyEngine]
"""Makes the policy engine for one document of policy data."""


class PlanRules(Protocol):
    """Evaluates the space's own rules about plans."""

    def deny(
        self, modules: Mapping[str, str], plan: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> tuple[Mapping[str, str], ...]:
        """The refusals of a plan, each with code, message and address; `facts` are the planned policy data.

        Raises PolicyUnavailable for anything but a well-formed answer.
        """
        ...


class SiteWriter(Protocol):
    """Publishes a tree of pages."""

    def publish(self, environment: str, pages: Mapping[str, bytes]) -> str:
        """Write the tree beside the published one, and return its hash; nothing is switched yet."""
        ...

    def switch(self, environment: str, site: str) -> Path:
        """Make the tree of that hash the published one, in one step; returns its folder."""
        ...

    def current(self, environment: str) -> str:
        """Hash of the published tree; empty when there is none."""
        ...


class LineageEvents(Protocol):
    """Tells the outside which datasets a run read and wrote."""

    def emit(self, record: RunRecord, compiled: Mapping[Address, CompiledDataset]) -> None:
        """Send the events of a finished run. Raises WorldFailure; the run itself is not touched."""
        ...


class Progress(Protocol):
    """Tells a person how far long work is; silent away from a terminal."""

    def started(self, total: int) -> None:
        """Work on `total` steps begins."""
        ...

    def step(self, label: str) -> None:
        """One more step is done."""
        ...

    def finished(self) -> None:
        """No more steps."""
        ...


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
    def site(self) -> SiteWriter:
        """Published pages."""
        ...

    @property
    def plan_rules(self) -> PlanRules:
        """Runs the space's own plan rules."""
        ...

    def policy(self, data: Mapping[str, Any]) -> PolicyEngine:
        """The space's policy engine over `data`."""
        ...
