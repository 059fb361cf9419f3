"""Tests of a page: expressions over its datasets that must be true."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from engine.core.pages.expressions import NotAnExpression, parse
from engine.diagnostics import did_you_mean


def expectation_sql(text: str, names: Iterable[str]) -> str:
    """`count(by_oa) > 0` as one query over tables called as the page's datasets.

    Every aggregate is computed over the one dataset that its columns name. Raises NotAnExpression.
    """
    known = tuple(names)
    tree: exp.Expr = parse(text).copy()
    for aggregate in [node for node in tree.walk() if isinstance(node, exp.AggFunc)]:
        if aggregate.find_ancestor(exp.AggFunc) is None:
            replaced = _subquery(aggregate, known)
            if aggregate is tree:
                tree = replaced
            else:
                aggregate.replace(replaced)
    return f"SELECT ({tree.sql('duckdb')}) AS holds"


def _subquery(aggregate: exp.Expr, known: tuple[str, ...]) -> exp.Expr:
    columns = list(aggregate.find_all(exp.Column))
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
    table = exp.Table(this=exp.to_identifier(name, quoted=True))
    return exp.Subquery(this=exp.select(aggregate.copy()).from_(table))
