"""What authors wrote and what can be learnt of it: specs, their Python, origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engine.core.document import SourceFile
from engine.core.space import DatasetNode
from engine.core.state import VersionColumn


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


class PlanRules(Protocol):
    """Evaluates the space's own rules about plans."""

    def deny(
        self, modules: Mapping[str, str], plan: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> tuple[Mapping[str, str], ...]:
        """The refusals of a plan, each with code, message and address; `facts` are the planned policy data.

        Raises PolicyUnavailable for anything but a well-formed answer.
        """
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
    whole: bool = True
    """Whether the rows of every interval were read."""


class Collector(Protocol):
    """Reads origins: files, URLs, fetch functions."""

    def stamp(self, node: DatasetNode) -> str:
        """Content hash of the origin; empty when only collecting will tell. Raises DataMistake."""
        ...

    def inspect(self, node: DatasetNode) -> Inspected:
        """The columns the origin has or is declared to have. Raises DataMistake, WorldFailure."""
        ...

    def collect(self, node: DatasetNode, into: Path, leave: Sequence[str] = ()) -> Staged:
        """Read the origin into a Parquet file in folder `into`.

        Rows of the intervals in `leave` need not be read: an origin that can be asked for the others only
        is. The stamp is always that of the whole origin.
        Nothing is half-read: raises DataMistake naming the first offending line, or WorldFailure.
        """
        ...

    def ahead(self, node: DatasetNode, leave: Sequence[str] = ()) -> Staged:
        """As `collect`, for a look at the rows before they are wanted: `collect` then gives the same file.

        The file is the collector's own until then.
        """
        ...
