"""What every Collector promises, the real one and a fake that other tests may use."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pytest

from engine.core.space import Collected, DatasetNode
from engine.core.state import VersionColumn
from engine.core.types import to_duckdb
from engine.diagnostics import DataMistake, error
from engine.ports import Collector, Inspected, Staged
from tests.collect.making import Space

COLUMNS = [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]


class TableCollector:
    """A Collector over tables in memory, by the name of the file that an origin names."""

    def __init__(self, tables: Mapping[str, list[tuple[object, ...]]], folder: Path) -> None:
        self._tables = tables
        self._folder = folder

    def stamp(self, node: DatasetNode) -> str:
        return str(hash(tuple(self._rows(node))))

    def inspect(self, node: DatasetNode) -> Inspected:
        return Inspected(self._columns(node), self.stamp(node))

    def ahead(self, node: DatasetNode, leave: Sequence[str] = ()) -> Staged:
        return self.collect(node, Path(tempfile.mkdtemp(dir=self._folder)), leave)

    def collect(self, node: DatasetNode, into: Path, leave: Sequence[str] = ()) -> Staged:
        rows, columns = self._rows(node), self._columns(node)
        path = into / "table.parquet"
        types = ", ".join(f'"{c.name}" {to_duckdb(c.type)}' for c in columns)
        with duckdb.connect() as con:
            con.execute(f"create table t ({types})")
            if rows:
                con.executemany(f"insert into t values ({', '.join('?' * len(columns))})", rows)
            con.execute(f"copy t to '{path}' (format parquet)")
        return Staged(path, len(rows), columns, self.stamp(node))

    def _rows(self, node: DatasetNode) -> list[tuple[object, ...]]:
        assert isinstance(node.producer, Collected)
        origin = node.producer.resource.spec.from_.file or ""
        found = self._tables.get(Path(origin).name)
        if found is None:
            raise DataMistake(
                (error("no-file", node.producer.resource.span("from", "file"), "No such file."),)
            )
        return found

    def _columns(self, node: DatasetNode) -> tuple[VersionColumn, ...]:
        assert isinstance(node.producer, Collected)
        declared = node.producer.resource.spec.columns
        return tuple(VersionColumn(c.name, c.type or "string") for c in declared)


@pytest.fixture(params=["real", "fake"])
def collector(request: pytest.FixtureRequest, space: Space, tmp_path: Path) -> Collector:
    space.data("f.csv", "a,b\n2,x\n1,\n")
    space.data("none.csv", "a,b\n")
    if request.param == "real":
        return space.collector
    return TableCollector({"f.csv": [(2, "x"), (1, None)], "none.csv": []}, tmp_path)


def test_what_is_inspected_is_what_is_collected(collector: Collector, space: Space, tmp_path: Path) -> None:
    node = space.node("f.csv", COLUMNS)
    inspected, staged = collector.inspect(node), collector.collect(node, tmp_path)
    assert (
        inspected.columns == staged.columns == (VersionColumn("a", "integer"), VersionColumn("b", "string"))
    )
    assert inspected.stamp == staged.stamp == collector.stamp(node)


def test_the_staged_file_lies_in_the_folder_typed_and_in_order(
    collector: Collector, space: Space, tmp_path: Path
) -> None:
    into = tmp_path / "into"
    into.mkdir()
    staged = collector.collect(space.node("f.csv", COLUMNS), into)
    assert staged.path.parent == into
    assert staged.rows == 2
    with duckdb.connect() as con:
        result = con.execute(f"from read_parquet('{staged.path}')")
        assert [(name, str(kind)) for name, kind, *_ in result.description] == [
            ("a", "BIGINT"),
            ("b", "VARCHAR"),
        ]
        assert result.fetchall() == [(2, "x"), (1, None)]


def test_an_empty_table_has_columns_and_no_rows(collector: Collector, space: Space, tmp_path: Path) -> None:
    staged = collector.collect(space.node("none.csv", COLUMNS), tmp_path)
    assert (staged.rows, len(staged.columns)) == (0, 2)


def test_an_origin_that_is_not_there_is_a_mistake_in_the_document(
    collector: Collector, space: Space, tmp_path: Path
) -> None:
    node = space.node("gone.csv", COLUMNS)
    for ask in (collector.stamp, collector.inspect, lambda node: collector.collect(node, tmp_path)):
        with pytest.raises(DataMistake) as mistake:
            ask(node)
        assert [d.code for d in mistake.value.diagnostics] == ["no-file"]
        assert mistake.value.diagnostics[0].span.file.endswith("d.yaml")


def test_what_is_looked_at_ahead_is_what_is_collected(
    collector: Collector, space: Space, tmp_path: Path
) -> None:
    node = space.node("f.csv", COLUMNS)
    ahead = collector.ahead(node)
    early = ahead.path.read_bytes()
    staged = collector.collect(node, tmp_path)
    assert staged.path.parent == tmp_path
    assert staged.path.read_bytes() == early
    assert (staged.rows, staged.columns, staged.stamp) == (ahead.rows, ahead.columns, ahead.stamp)


def test_what_was_looked_at_before_the_origin_changed_is_read_again(space: Space, tmp_path: Path) -> None:
    space.data("f.csv", "a,b\n2,x\n")
    node = space.node("f.csv", COLUMNS)
    space.collector.ahead(node)
    space.data("f.csv", "a,b\n2,x\n3,y\n")
    assert space.collector.collect(node, tmp_path).rows == 2
