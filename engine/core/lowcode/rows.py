"""Verbs that choose or order rows: filter, order_by, limit, distinct, drop_null, sample."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.core.lowcode.columns import row_expression
from engine.core.lowcode.relation import (
    Key,
    Made,
    Relation,
    column,
    everything,
    ordered,
    same_rows,
    source,
    text,
    total_order,
    unchanged,
)
from engine.core.lowcode.scope import Scope
from engine.model.lowcode import Sample


def filter_rows(scope: Scope, relation: Relation, condition: str) -> Made:
    """The rows for which the condition is true; where it is null the row is left out."""
    tree = row_expression(scope, relation, condition)
    if tree is None:
        return unchanged(relation)
    word = scope.type_of(tree, condition, relation)
    if word not in (None, "boolean"):
        scope.mistake(
            f"A filter is a condition, and this one is {word}.", "Compare it with something.", code="type"
        )
    return same_rows(relation, everything(relation).where(tree.copy()))


def order_by(scope: Scope, relation: Relation, names: Sequence[str]) -> Made:
    """The order of the rows from here on: `-x` descends, nulls last either way."""
    keys = sort_keys(scope, relation, names)
    return Made(None, keys or relation.order, same_columns=True)


def sort_keys(scope: Scope, relation: Relation, names: Sequence[str], *at: str) -> tuple[Key, ...]:
    """The keys that names with or without a leading `-` mean."""
    keys: list[Key] = []
    for position, written in enumerate(names):
        descending = written.startswith("-") and relation.find(written) is None
        found = scope.column(written[1:] if descending else written, relation, *at, position)
        if found is not None and any(k.column == found.name for k in keys):
            scope.mistake(f'Column "{found.name}" is named twice.', "", *at, position)
        elif found is not None:
            keys.append(Key(found.name, descending))
    return tuple(keys)


def limit(_scope: Scope, relation: Relation, rows: int) -> Made:
    """The first rows by the order before it; equals, and all rows without an order, by all columns."""
    query = everything(relation).order_by(*ordered(total_order(relation))).limit(rows)
    return same_rows(relation, query)


def distinct(scope: Scope, relation: Relation, by: bool | Sequence[str]) -> Made | None:
    """Whole rows once, or of each combination of the named columns the first row.

    The first is the first by the order before it; equals, and all rows without an order, by all columns.
    """
    if by is False:
        return unchanged(relation)
    if by is True:
        visible = [k for k in relation.order if k.column in relation.names]
        kept = relation.order[: len(visible)] if list(relation.order[: len(visible)]) == visible else ()
        rows = exp.select(*(column(name) for name in relation.names)).from_(source(relation))
        return Made(rows.distinct(), kept, same_columns=True)
    found = scope.columns(by, relation)
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column(c.name) for c in found],
        order=exp.Order(expressions=ordered(total_order(relation))),
    )
    query = everything(relation).qualify(exp.EQ(this=number, expression=exp.Literal.number(1)))
    return same_rows(relation, query)


def drop_null(scope: Scope, relation: Relation, names: bool | Sequence[str]) -> Made:
    """The rows in which none of the named columns (`true`: none of all columns) is null."""
    if names is False:
        return unchanged(relation)
    found = relation.columns if names is True else scope.columns(names, relation)
    conditions = [column(c.name).is_(exp.null()).not_() for c in found]
    return same_rows(relation, everything(relation).where(*conditions))


def sample(scope: Scope, relation: Relation, chosen: Sample) -> Made:
    """The same choice of rows each time: those whose MD5 is lowest, or below a fraction of all.

    The MD5 is of the seed and the text of the `by` columns (all of them, by name, when left out), so rows
    with equal `by` stay together when chosen by fraction.
    """
    by = scope.columns(chosen.by, relation, "by") if chosen.by else relation.columns
    key = _digest(sorted(c.name for c in by), chosen.seed)
    if chosen.rows is not None:
        by_digest = exp.Ordered(this=key, nulls_first=False)
        rest = ordered(total_order(relation, ()))
        return same_rows(relation, everything(relation).order_by(by_digest, *rest).limit(chosen.rows))
    fraction = chosen.fraction or 1.0
    if fraction >= 1:
        return unchanged(relation)
    bound = text(format(int(fraction * 16**8), "08x"))
    return same_rows(relation, everything(relation).where(exp.LT(this=_first_digits(key), expression=bound)))


def _digest(names: Sequence[str], seed: int) -> exp.Expr:
    """MD5 of `seed|value|value...`; a null is written as `\\N`."""
    values: exp.Expr = text(str(seed))
    for name in names:
        written = exp.cast(column(name), "VARCHAR", dialect="duckdb")
        value = exp.Coalesce(this=written, expressions=[text("\\N")])
        values = exp.DPipe(this=exp.DPipe(this=values, expression=text("|")), expression=value)
    return exp.MD5(this=values)


def _first_digits(key: exp.Expr) -> exp.Expr:
    return exp.Substring(this=key, start=exp.Literal.number(1), length=exp.Literal.number(8))
