"""Low-code steps written as YAML, compiled by the engine and run by DuckDB over a few rows."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from engine.addresses import Address, dataset_address
from engine.core.binding import Binder
from engine.core.document import SourceFile
from engine.core.load import load
from engine.core.lowcode import lowcode_query
from engine.core.space import DatasetNode, Derived, Resource
from engine.core.state import VersionColumn
from engine.core.types import to_duckdb
from engine.diagnostics import Diagnostic
from engine.model.dataflow import Dataflow

FILE = "specs/projects/p/dataflows/flow.yaml"
HEAD = "kind: Dataflow\nname: flow\ninputs: {}\nsteps:\n  - output: out\n    from: t\n    lowcode:\n"
"""What stands before the verbs: their first line is line 8, their first column 7."""


@dataclass(frozen=True)
class Rows:
    """A table: columns as `name type` and rows in their order."""

    columns: Mapping[str, str]
    rows: Sequence[Sequence[Any]] = ()

    @property
    def typed(self) -> tuple[VersionColumn, ...]:
        return tuple(VersionColumn(name, word) for name, word in self.columns.items())


Tables = Mapping[str, Rows]


def node_of(verbs: str, start: str = "t") -> DatasetNode:
    """The step whose verbs are this YAML list."""
    text = HEAD.replace("from: t", f"from: {start}") + textwrap.indent(
        textwrap.dedent(verbs).strip("\n"), " " * 6
    )
    resources, mistakes = load([SourceFile(FILE, text.encode())])
    assert not mistakes, "\n".join(map(str, mistakes))
    flow = resources[0]
    assert isinstance(flow.spec, Dataflow)
    resource = Resource(flow.address, flow.spec, flow.document)
    inputs: dict[str, Address] = {}
    return DatasetNode(dataset_address("p", "out"), Derived(resource, 0, inputs))


def compiled(verbs: str, tables: Tables, binder: Binder) -> tuple[str, tuple[Diagnostic, ...]]:
    """The query of the verbs over the tables, of which `t` is the first."""
    return lowcode_query(node_of(verbs), {name: table.typed for name, table in tables.items()}, binder)


def query(verbs: str, tables: Tables, binder: Binder) -> str:
    """The query of verbs that are right, seen to bind and to yield what it says."""
    sql, mistakes = compiled(verbs, tables, binder)
    assert not mistakes, "\n".join(map(str, mistakes))
    binder.columns(sql, {name: table.typed for name, table in tables.items()})
    return sql


def run(sql: str, tables: Tables) -> list[tuple[Any, ...]]:
    """The rows of the query, as DuckDB gives them."""
    with duckdb.connect() as connection:
        for name, table in tables.items():
            typed = ", ".join(f'"{column}" {to_duckdb(word)}' for column, word in table.columns.items())
            connection.execute(f'CREATE TABLE "{name}" ({typed})')
            if table.rows:
                marks = ", ".join("?" for _ in table.columns)
                connection.executemany(
                    f'INSERT INTO "{name}" VALUES ({marks})', [list(r) for r in table.rows]
                )
        return connection.execute(sql).fetchall()


def rows_of(verbs: str, tables: Tables, binder: Binder) -> list[tuple[Any, ...]]:
    """The rows that the verbs leave."""
    return run(query(verbs, tables, binder), tables)


def columns_of(verbs: str, tables: Tables, binder: Binder) -> str:
    """The columns that the verbs leave, as `name type, ...`."""
    sql = query(verbs, tables, binder)
    found = binder.columns(sql, {name: table.typed for name, table in tables.items()})
    return ", ".join(f"{c.name} {c.type}" for c in found)


def mistakes_of(verbs: str, tables: Tables, binder: Binder) -> list[str]:
    """Mistakes as `line:column code: summary detail`; lines and columns count from the verbs' first."""
    sql, mistakes = compiled(verbs, tables, binder)
    assert sql == ""
    return [
        f"{m.span.line - 7}:{m.span.column - 6} {m.code}: {m.summary} {m.detail}".rstrip() for m in mistakes
    ]
