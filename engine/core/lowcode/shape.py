"""Verbs that turn rows into columns and back: pivot_wider, pivot_longer, unnest."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.core.lowcode.functions import order_rows_in
from engine.core.lowcode.relation import (
    Made,
    Relation,
    column,
    named,
    projected,
    source,
    text,
)
from engine.core.lowcode.scope import Scope
from engine.core.lowcode.values import new_name, typed
from engine.core.state import VersionColumn
from engine.model.base import Scalar
from engine.model.lowcode import PivotLonger, PivotWider, Unnest

_AGGREGATES = {
    "sum": exp.Sum,
    "min": exp.Min,
    "max": exp.Max,
    "avg": exp.Avg,
    "count": exp.Count,
    "first": exp.First,
}


def pivot_wider(scope: Scope, relation: Relation, wanted: PivotWider) -> Made | None:
    """One row per combination of `by` and one column per listed value of `names`.

    A cell is `agg` of the `values` whose name is the column's: null where there is none, 0 for `count`.
    Rows of a value that is not listed count for `by` alone. `first` is by the order before the verb.
    """
    names = scope.column(wanted.names, relation, "names")
    values = scope.column(wanted.values, relation, "values")
    if names is None or values is None:
        return None
    by = _staying(scope, relation, wanted, (names, values))
    items: list[exp.Expr] = [column(c.name) for c in by]
    taken = [c.name for c in by]
    for position, value in enumerate(wanted.columns):
        name = wanted.prefix + _spelled(value)
        if scope.is_free(name, taken, "columns", position):
            taken.append(name)
        condition = _is_value(scope, names, value, position)
        if condition is not None:
            items.append(named(_cell(relation, wanted.agg, values, condition), name))
    query = exp.select(*items).from_(source(relation)).group_by(*(column(c.name) for c in by))
    return None if scope.mistakes else Made(query)


def _staying(
    scope: Scope, relation: Relation, wanted: PivotWider, used: Sequence[VersionColumn]
) -> tuple[VersionColumn, ...]:
    if wanted.by is None:
        return tuple(c for c in relation.columns if c not in used)
    by = scope.columns(wanted.by, relation, "by")
    for position, found in enumerate(by):
        if found in used:
            scope.mistake(f'Column "{found.name}" is spread out, and cannot stay.', "", "by", position)
    return by


def _spelled(value: Scalar) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
    return str(value)


def _is_value(scope: Scope, names: VersionColumn, value: Scalar, position: int) -> exp.Expr | None:
    if value is None:
        return column(names.name).is_(exp.null())
    made = typed(scope, value, names, "columns", position)
    return None if made is None else exp.EQ(this=column(names.name), expression=made)


def _cell(relation: Relation, agg: str, values: VersionColumn, condition: exp.Expr) -> exp.Expr:
    cell = exp.Filter(this=_AGGREGATES[agg](this=column(values.name)), expression=exp.Where(this=condition))
    order_rows_in(cell, relation.order)
    return cell


def pivot_longer(scope: Scope, relation: Relation, wanted: PivotLonger) -> Made | None:
    """One row per row and listed column: its name in `names`, its value, also null, in `values`."""
    found = scope.columns(wanted.columns, relation, "columns")
    kept = [c for c in relation.columns if c not in found]
    _one_type(scope, found)
    if scope.is_free(wanted.names, [c.name for c in kept], "names"):
        scope.is_free(wanted.values, [*(c.name for c in kept), wanted.names], "values")
    if scope.mistakes:
        return None
    parts = [_longer(relation, kept, c, wanted) for c in found]
    query: exp.Query = parts[0]
    for part in parts[1:]:
        query = exp.Union(this=query, expression=part, distinct=False)
    return Made(query)


def _longer(
    relation: Relation, kept: Sequence[VersionColumn], one: VersionColumn, wanted: PivotLonger
) -> exp.Select:
    items: list[exp.Expr] = [column(c.name) for c in kept]
    items += [named(text(one.name), wanted.names), exp.alias_(column(one.name), wanted.values, quoted=True)]
    return exp.select(*items).from_(source(relation))


def _one_type(scope: Scope, found: Sequence[VersionColumn]) -> None:
    for position, other in enumerate(found):
        if not same_kind(found[0].type, other.type):
            scope.mistake(
                f'Column "{other.name}" is {other.type}, and "{found[0].name}" is {found[0].type}.',
                "Columns put below each other have one type; `cast` them before.",
                "columns",
                position,
                code="type",
            )


def same_kind(one: str, other: str) -> bool:
    """Whether values of the two types can stand in one column: equal types, or two of numbers."""
    return one == other or (is_number(one) and is_number(other))


def is_number(word: str) -> bool:
    """Whether the type word is one of numbers."""
    return word in ("integer", "float") or word.startswith("decimal(")


def unnest(scope: Scope, relation: Relation, wanted: Unnest) -> Made | None:
    """One row per element of a list; a row whose list is empty or null goes, or stays with a null."""
    found = scope.column(wanted.column, relation, "column")
    if found is None:
        return None
    if not found.type.startswith("list<"):
        detail = "Make it one first, with `split` or in `derive`."
        scope.mistake(f'Column "{found.name}" is {found.type} and no list.', detail, "column", code="type")
        return None
    name = new_name(scope, relation, found, wanted.as_)
    elements: exp.Expr = column(found.name)
    if wanted.keep_empty:
        some = exp.GT(
            this=exp.Anonymous(this="len", expressions=[elements.copy()]), expression=exp.Literal.number(0)
        )
        elements = exp.Case(this=None, ifs=[], default=exp.Array(expressions=[exp.null()])).when(
            some, elements
        )
    items = [
        (name, exp.Unnest(expressions=[elements])) if c == found else (c.name, column(c.name))
        for c in relation.columns
    ]
    return None if scope.mistakes else projected(relation, items)
