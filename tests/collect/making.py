"""Small spaces on disk for the tests of collecting: one dataset, one data file, what comes of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from engine.adapters.files import FolderSpecs
from engine.adapters.sources.collector import OriginCollector
from engine.addresses import Address
from engine.core.load import load
from engine.core.origins import with_files
from engine.core.resolve_files import named_files
from engine.core.space import Collected, DatasetNode, Resource
from engine.core.space import Space as DataSpace
from engine.core.state import VersionColumn
from engine.diagnostics import DataMistake, Diagnostic
from engine.model.dataset import Dataset
from engine.model.space import CollectSettings, SpaceSpec
from engine.ports import Staged

Row = tuple[Any, ...]


@dataclass
class Space:
    """A root folder with `specs/` and `data/`, and a collector over it."""

    root: Path
    settings: CollectSettings = field(default_factory=CollectSettings)

    @property
    def collector(self) -> OriginCollector:
        return OriginCollector(self.root / "specs")

    def data(self, name: str, content: bytes | str) -> Path:
        """Write a data file."""
        path = self.root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def node(self, origin: str | dict[str, str], columns: Sequence[Any] = (), **format: Any) -> DatasetNode:
        """A dataset with this origin (a file in `data/`, or a whole `from:`), columns and format."""
        from_ = {"file": f"../../../../data/{origin}"} if isinstance(origin, str) else origin
        document: dict[str, Any] = {"kind": "Dataset", "name": "d", "from": from_}
        if format:
            document["format"] = format
        if columns:
            document["columns"] = list(columns)
        return self.written(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))

    def written(self, text: str) -> DatasetNode:
        """The dataset that a YAML text declares."""
        path = self.root / "specs/projects/p/datasets/d.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        (self.root / "specs/projects/p/project.yaml").write_text("kind: Project\nname: p\n")
        rules = yaml.safe_dump(
            {"kind": "Space", "name": "s", "collect": self.settings.model_dump(mode="json")}
        )
        (self.root / "specs/space.yaml").write_text(rules, encoding="utf-8")
        specs = FolderSpecs(self.root / "specs")
        resources, found = load(specs.read())
        assert not found, found
        return _bound(specs, {r.address: r for r in resources})

    def collect(self, node: DatasetNode) -> Collection:
        """Collect the dataset and read back what was written."""
        into = Path(tempfile.mkdtemp(dir=self.root, prefix="staged-"))
        staged = self.collector.collect(node, into)
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            described = con.execute(f"describe from read_parquet('{staged.path}')").fetchall()
            types = tuple((name, kind) for name, kind, *_ in described)
            rows = tuple(con.execute(_select(types, staged.path)).fetchall())
        assert staged.rows == len(rows)
        return Collection(staged, rows, types)

    def read(self, origin: str, columns: Sequence[Any] = (), **format: Any) -> Collection:
        """Collect a data file."""
        return self.collect(self.node(origin, columns, **format))

    def refused(self, origin: str | dict[str, str], columns: Sequence[Any] = (), **format: Any) -> Refusal:
        """Collect a dataset that must be refused; nothing may be left in the folder."""
        return self.refusal(self.node(origin, columns, **format))

    def refusal(self, node: DatasetNode) -> Refusal:
        into = Path(tempfile.mkdtemp(dir=self.root, prefix="staged-"))
        try:
            self.collector.collect(node, into)
        except DataMistake as mistake:
            assert not list(into.iterdir()), "half-read"
            return Refusal(mistake.diagnostics)
        raise AssertionError("it was read")


def _bound(specs: FolderSpecs, resources: dict[Address, Resource[Any]]) -> DatasetNode:
    """The one dataset, bound to all that it is collected by."""
    (dataset,) = (r for r in resources.values() if isinstance(r.spec, Dataset))
    (settings,) = (r for r in resources.values() if isinstance(r.spec, SpaceSpec))
    nodes = {dataset.address: DatasetNode(dataset.address, Collected(dataset))}
    space = DataSpace(settings, resources, nodes, {})
    files = {path: content for path in named_files(space) if (content := specs.read_other(path)) is not None}
    return with_files(space, files).datasets[dataset.address]


def _select(types: Sequence[tuple[str, str]], path: Path) -> str:
    """All rows; instants as text, since DuckDB hands them to Python only with pytz."""
    quoted = [(name.replace('"', '""'), kind) for name, kind in types]
    columns = [f'"{n}"::varchar' if k == "TIMESTAMP WITH TIME ZONE" else f'"{n}"' for n, k in quoted]
    return f"select {', '.join(columns)} from read_parquet('{path}')"


@dataclass(frozen=True)
class Collection:
    """What was collected."""

    staged: Staged
    rows: tuple[Row, ...]
    types: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[VersionColumn, ...]:
        return self.staged.columns

    @property
    def words(self) -> dict[str, str]:
        """Type word of each column."""
        return {column.name: column.type for column in self.staged.columns}


@dataclass(frozen=True)
class Refusal:
    """Why it was refused."""

    diagnostics: tuple[Diagnostic, ...]

    @property
    def first(self) -> Diagnostic:
        return self.diagnostics[0]

    @property
    def code(self) -> str:
        return self.first.code

    @property
    def place(self) -> tuple[str, int, int]:
        """File name, line, column."""
        span = self.first.span
        return span.file.rpartition("/")[2], span.line, span.column
