"""A step's verbs, one after the other, as one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from engine.core.binding import Binder, BindError
from engine.core.lowcode import columns, groups, rows, shape, tables, values
from engine.core.lowcode.relation import Made, Relation, column, free_name, ordered, quoted, source
from engine.core.lowcode.scope import Scope
from engine.core.space import DatasetNode, Derived
from engine.core.state import VersionColumn
from engine.diagnostics import Diagnostic, did_you_mean, error

Tables = Mapping[str, Sequence[VersionColumn]]

VERBS: Mapping[str, Callable[[Scope, Relation, Any], Made | None]] = {
    "select": columns.select,
    "drop": columns.drop,
    "rename": columns.rename,
    "derive": columns.derive,
    "cast": columns.cast,
    "filter": rows.filter_rows,
    "order_by": rows.order_by,
    "limit": rows.limit,
    "distinct": rows.distinct,
    "drop_null": rows.drop_null,
    "sample": rows.sample,
    "fill_null": values.fill_null,
    "replace": values.replace_values,
    "split": values.split,
    "parse_date": values.parse_date,
    "aggregate": groups.aggregate,
    "window": groups.window,
    "join": tables.join,
    "union": tables.union,
    "pivot_wider": shape.pivot_wider,
    "pivot_longer": shape.pivot_longer,
    "unnest": shape.unnest,
}
"""Each verb: what it makes of the rows so far, or None when nothing can follow."""


def lowcode_query(node: DatasetNode, inputs: Tables, binder: Binder) -> tuple[str, tuple[Diagnostic, ...]]:
    """The DuckDB query of a low-code step over the tables it may name, and every mistake in its verbs.

    The text is empty when there are errors. It orders its rows when an order holds after the last verb.
    """
    assert isinstance(node.producer, Derived)
    step = node.producer.step
    assert step.from_ is not None
    assert step.lowcode is not None
    if step.from_ not in inputs:
        return "", (_unknown_start(node, step.from_, inputs),)
    relation = Relation(step.from_, tuple(inputs[step.from_]))
    queries: list[tuple[str, exp.Query]] = []
    mistakes: list[Diagnostic] = []
    for index, verb in enumerate(step.lowcode):
        scope = Scope(node, index, verb.verb, inputs, binder)
        made = VERBS[verb.verb](scope, relation, getattr(verb, verb.verb))
        after = None if made is None or scope.mistakes else _after(scope, relation, made)
        mistakes += scope.mistakes
        if made is None or (after is None and not made.same_columns):
            break
        if after is not None and made.query is not None:
            queries.append((after.table, made.query))
        relation = after or relation
    return ("" if mistakes else _whole(relation, queries)), tuple(mistakes)


def _after(scope: Scope, before: Relation, made: Made) -> Relation | None:
    """The relation that a verb leaves, its columns typed by the binder."""
    if made.query is None:
        return replace(before, order=made.order)
    try:
        found = scope.binder.describe(
            made.query.sql("duckdb"), {**scope.tables, before.table: before.all_columns}
        )
    except BindError as mistake:
        scope.mistake(mistake.message, "", code="sql")
        return None
    name = free_name(f"{scope.verb}_{scope.index + 1}", scope.tables)
    visible = tuple(c for c in found if c.name not in made.hidden)
    return Relation(name, visible, made.order, tuple(c for c in found if c.name in made.hidden))


def _whole(relation: Relation, queries: Sequence[tuple[str, exp.Query]]) -> str:
    last = exp.select(*(column(name) for name in relation.names)).from_(source(relation))
    if relation.order:
        last = last.order_by(*ordered(relation.order))
    for name, query in queries:
        last = last.with_(quoted(name), as_=query)
    return last.sql("duckdb")


def _unknown_start(node: DatasetNode, name: str, inputs: Tables) -> Diagnostic:
    summary = f'There is no table "{name}" here: name an input of the dataflow or an earlier output.'
    return error("unknown-table", node.span("from"), summary, did_you_mean(name, inputs))
