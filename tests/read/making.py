"""Small datasets for the tests of this folder, made through the engine's own model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from engine.adapters.parquet_store import ParquetWarehouse
from engine.addresses import Address, dataset_address
from engine.core.compiled import ColumnLogic, CompiledDataset
from engine.core.document import Document
from engine.core.space import Collected, DatasetNode, Resource
from engine.core.state import Version, VersionColumn
from engine.diagnostics import SourceSpan
from engine.model.dataset import Dataset
from engine.ports import Staged

SPAN = SourceSpan("specs/flow.yaml", 7, 3)


def compiled(
    address: Address,
    columns: Mapping[str, str],
    query: str = "",
    inputs: Mapping[str, Address] | None = None,
    ordered: bool = False,
) -> CompiledDataset:
    """A compiled dataset with nothing in it but what the store reads."""
    logic = tuple(ColumnLogic(name, kind, "expression", (), name) for name, kind in columns.items())
    return CompiledDataset(
        address, logic, inputs or {}, query, "r", (), ordered, "logic", "internal", {}, {}, 0, None
    )


def node(address: Address, checks: list[dict[str, Any]]) -> DatasetNode:
    """A collected dataset with checks, each written on line 10, 11, ..."""
    data = {"kind": "Dataset", "name": address.name, "from": {"file": "x.csv"}, "checks": checks}
    spans = {("checks", i): SourceSpan("specs/d.yaml", 10 + i, 5) for i in range(len(checks))}
    document = Document("specs/d.yaml", 0, data, spans, {}, {})
    return DatasetNode(address, Collected(Resource(address, Dataset.model_validate(data), document)))


def stored(
    warehouse: ParquetWarehouse,
    folder: Path,
    address: Address,
    columns: Mapping[str, str],
    select: str,
    fingerprint: str | None = None,
) -> Version:
    """Store the rows of a DuckDB query as a collected dataset."""
    file = folder / f"{address.project}-{address.name}.staged.parquet"
    with duckdb.connect(":memory:") as database:
        database.execute("set TimeZone = 'UTC'")
        database.execute(f"copy ({select}) to '{file}' (format parquet)")
    typed = tuple(VersionColumn(name, kind) for name, kind in columns.items())
    staged = Staged(file, 0, typed, "stamp")
    print_ = fingerprint or f"fp-{address.project}-{address.name}"
    return warehouse.store(staged, compiled(address, columns), print_, "2026-01-01T00:00:00Z")


def address(text: str) -> Address:
    """`p/n` as a dataset's address."""
    project, name = text.split("/")
    return dataset_address(project, name)
