"""What the analysis of a query yields, as plain values and as json: no parser is needed to read it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.core.compiled import Kind
from engine.core.state import VersionColumn

Ref = tuple[int, str]
"""A column of a table of the query: the table by order of first use, the column as its table spells it."""
Schemas = Mapping[str, Sequence[VersionColumn]]


@dataclass(frozen=True, slots=True)
class AnalysedColumn:
    """One column that the query yields."""

    name: str
    type: str
    kind: Kind
    sources: tuple[Ref, ...]
    logic: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """A query understood. It names tables as the query does; it knows no addresses."""

    query: str
    tables: tuple[str, ...]
    """The tables it reads, in the order of first use."""
    columns: tuple[AnalysedColumn, ...]
    rows: str
    row_sources: tuple[Ref, ...]
    ordered: bool


def analysis_to_json(analysis: Analysis) -> str:
    """The analysis as one json text."""
    columns = [[c.name, c.type, c.kind, c.sources, c.logic] for c in analysis.columns]
    value = [
        analysis.query, analysis.tables, columns, analysis.rows, analysis.row_sources, analysis.ordered
    ]  # fmt: skip
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def analysis_from_json(text: str | bytes) -> Analysis:
    """The analysis that `analysis_to_json` wrote."""
    query, tables, columns, rows, row_sources, ordered = json.loads(text)
    return Analysis(
        query,
        tuple(tables),
        tuple(
            AnalysedColumn(name, type_, kind, tuple((n, c) for n, c in sources), logic)
            for name, type_, kind, sources, logic in columns
        ),
        rows,
        tuple((n, c) for n, c in row_sources),
        ordered,
    )
