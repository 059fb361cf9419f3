"""What one query means: its text to run, its columns with their lineage and hashes, and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from engine.core.compiling.analysed import AnalysedColumn, Analysis, Schemas
from engine.core.compiling.query_text import (
    canonical_text,
    is_faithful,
    is_read_by_halves,
    tokens_of,
    with_definite_order,
    words,
)
from engine.core.compiling.relations import relation_of
from engine.core.compiling.scopes import Tables
from engine.core.compiling.terms import (
    Output,
    Relation,
    Traced,
    Untraceable,
    sources_of,
    term,
)
from engine.core.state import VersionColumn

NUMBERS = ("integer", "float", "decimal")


def analyse(sql: str, tree: exp.Expr, schemas: Schemas, columns: Sequence[VersionColumn]) -> Analysis:
    """The analysis of a query that binds over `schemas` and yields `columns`.

    A query that cannot be followed is taken as one whole: every column depends on all columns of all
    tables it names, and any change of its words counts as a change.
    """
    tables = Tables({name.lower(): (name, _table(found)) for name, found in schemas.items()})
    tokens = tokens_of(sql)
    try:
        if is_read_by_halves(tokens):
            raise Untraceable("~")
        relation = _named(relation_of(tree, tables), columns)
    except (Untraceable, RecursionError):
        tables.numbers.clear()
        relation = _opaque(tree, tables, columns, term("words", *words(tokens)))
    query = canonical_text(sql, tokens)
    if not is_faithful(query, tokens):
        query = f"{sql}\n"
    if relation.ties:
        definite = with_definite_order(sql, tokens, len(columns))
        query, relation = definite or query, replace(relation, ties=definite is None)
    return _analysis(query, relation, tables, columns, schemas)


def _table(columns: Sequence[VersionColumn]) -> Relation:
    return Relation(
        tuple(
            Output(
                c.name,
                Traced(term("column", c.name.lower()), kind="identity", numeric=c.type.startswith(NUMBERS)),
            )
            for c in columns
        ),
        "",
    )


def _named(relation: Relation, columns: Sequence[VersionColumn]) -> Relation:
    """The relation with the names the engine gives. Raises Untraceable when they don't fit each other."""
    if len(relation.outputs) != len(columns):
        raise Untraceable("columns")
    for output, column in zip(relation.outputs, columns, strict=True):
        if output.name and output.name.lower() != column.name.lower():
            raise Untraceable(output.name)
    named = (Output(c.name, o.value) for o, c in zip(relation.outputs, columns, strict=True))
    return replace(relation, outputs=tuple(named))


def _opaque(tree: exp.Expr, tables: Tables, columns: Sequence[VersionColumn], said: str) -> Relation:
    """The relation of a query that is not followed: all depends on everything."""
    read = [
        tables.relation(node.name)
        for node in tree.find_all(exp.Table, bfs=False)
        if node.name.lower() in tables.schemas
    ]
    everything = frozenset().union(*(sources_of(r.outputs) for r in read))
    return Relation(
        tuple(Output(c.name, Traced(term("opaque", said, i), everything)) for i, c in enumerate(columns)),
        term("opaque", said),
        everything,
        sensitive=True,
        ordered=tree.args.get("order") is not None,
    )


def _analysis(
    query: str, relation: Relation, tables: Tables, columns: Sequence[VersionColumn], schemas: Schemas
) -> Analysis:
    names = tuple(tables.numbers)
    # A query that depends on the physical order of rows depends on all that decides that order.
    every = tuple((number, c.name) for number, name in enumerate(names) for c in schemas[name])
    return Analysis(
        query,
        names,
        tuple(
            AnalysedColumn(c.name, c.type, o.value.kind, tuple(sorted(o.value.sources)), o.value.term)
            for o, c in zip(relation.outputs, columns, strict=True)
        ),
        term("indefinite", relation.rows) if relation.indefinite else relation.rows,
        every if relation.indefinite else tuple(sorted(relation.row_sources)),
        relation.ordered,
    )
