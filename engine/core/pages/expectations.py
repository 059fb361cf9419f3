"""Tests of a page: expressions over its datasets that must be true."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from engine.core.pages.expressions import NotAnExpression, parse
from engine.diagnostics import did_you_mean

AGGREGATES = (exp.AggFunc, exp.Filter)
"""Aggregates, with the condition on their rows where there is one."""


def expectation_sql(text: str, names: Iterable[str]) -> str:
    """`count(by_oa) > 0` as one query over tables called as the page's datasets.

    Every aggregate is computed over the one dataset that its columns name. Raises NotAnExpression.
    """
    known = tuple(names)
    tree: exp.Expr = parse(text).copy()
    for aggregate in aggregates_in(tree):
        name, alone = asked_of(aggregate, known)
        table = exp.Table(this=exp.to_identifier(name, quoted=True))
        replaced = exp.Subquery(this=exp.select(alone).from_(table))
        if aggregate is tree:
            tree = replaced
        else:
            aggregate.replace(replaced)
    return f"SELECT ({tree.sql('duckdb')}) AS holds"


def asked_aggregates(text: str, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The dataset of every aggregate of a test, and the aggregate over it in SQL. Raises NotAnExpression."""
    known = tuple(names)
    found = (asked_of(aggregate, known) for aggregate in aggregates_in(parse(text)))
    return tuple((name, alone.sql("duckdb")) for name, alone in found)


def aggregates_in(tree: exp.Expr) -> tuple[exp.Expr, ...]:
    """The aggregates of a test, each whole."""
    found = (node for node in tree.walk() if isinstance(node, AGGREGATES))
    return tuple(node for node in found if node.find_ancestor(*AGGREGATES) is None)


def asked_of(aggregate: exp.Expr, known: Iterable[str]) -> tuple[str, exp.Expr]:
    """The dataset of an aggregate, and the aggregate over that dataset alone. Raises NotAnExpression."""
    alone: exp.Expr = exp.Paren(this=aggregate.copy())
    columns = list(alone.find_all(exp.Column))
    names = {column.table or column.name for column in columns}
    if len(names) != 1:
        raise NotAnExpression("an aggregate is of one dataset of the page: count(by_oa), sum(by_oa.doctors)")
    name = names.pop()
    if name not in known:
        raise NotAnExpression(f'the page has no dataset "{name}". {did_you_mean(name, known)}'.strip())
    for column in columns:
        if column.table:
            column.set("table", None)
        else:
            column.replace(exp.Star())
    inside = alone.this
    assert isinstance(inside, exp.Expr)
    return name, inside.pop()
