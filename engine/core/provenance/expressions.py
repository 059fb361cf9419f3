"""Expressions of SQL: what they are made of, which aggregates are in them, how authors write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from engine.core.compiling.functions import is_aggregate
from engine.core.provenance.selects import bare

COMBINE = (exp.Add, exp.Sub, exp.Mul, exp.Div)
CASTS = (exp.Cast, exp.TryCast)


def over_keys(node: exp.Expr, keys: Sequence[exp.Expr]) -> bool:
    """Whether an expression is made of these keys and constants only."""
    inner, known = bare(node), [bare(k) for k in keys]
    if any(inner == key for key in known):
        return True
    if isinstance(inner, exp.Column | exp.Query | exp.Subquery | exp.Window | exp.Star) or is_aggregate(
        inner
    ):
        return False
    return all(over_keys(part, keys) for part in inner.iter_expressions())


def whens(condition: exp.Expr | None, value: exp.Expr) -> exp.Expr:
    """The value where the condition holds, else null."""
    if condition is None:
        return value.copy()
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])


def numbers(node: exp.Expr) -> bool:
    """Whether it is a number that is written out."""
    inner = bare(node)
    if isinstance(inner, exp.Neg):
        return numbers(inner.this)
    return isinstance(inner, exp.Null) or (isinstance(inner, exp.Literal) and inner.is_number)


def to_number(node: exp.Expr) -> bool:
    """Whether it is a cast to a type of numbers."""
    return isinstance(node, CASTS) and node.to.this in exp.DataType.NUMERIC_TYPES


def percentile(node: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    """What a continuous quantile is of, and which it is."""
    if type(node) is exp.PercentileCont and node.expression is not None:
        return node.this, bare(node.expression)
    if isinstance(node, exp.WithinGroup) and type(node.this) is exp.PercentileCont:
        ordered = node.expression.expressions if isinstance(node.expression, exp.Order) else []
        if len(ordered) == 1 and isinstance(ordered[0], exp.Ordered) and not ordered[0].args.get("desc"):
            return ordered[0].this, bare(node.this.this)
    return None


def spoken(node: exp.Expr) -> str:
    """An expression as an author would write it: under the names that tables had, columns without them."""
    made = node.copy()
    for part in list(made.find_all(exp.Column)):
        if isinstance(part.this, exp.Identifier) and part.name.isidentifier():
            part.set("table", None)
            part.this.set("quoted", False)
    for table in made.find_all(exp.Table):
        if table.name.startswith("__") and table.alias:
            table.set("this", exp.to_identifier(table.alias))
            table.set("alias", None)
    return made.sql("duckdb", comments=False)


def is_leaf(node: exp.Expr) -> bool:
    return isinstance(
        node, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls
    ) or is_aggregate(node)


def aggregates_in(node: exp.Expr, *, below: bool = False) -> Iterator[exp.Expr]:
    """The outermost aggregates of an expression; with `below` those inside its own function."""
    inner = bare(node)
    if isinstance(inner, exp.Query | exp.Subquery):
        return
    if isinstance(inner, exp.Window):
        yield from aggregates_in(inner.this, below=True)
        for part in (*inner.args.get("partition_by", ()), *ordered_by(inner)):
            yield from aggregates_in(part)
    elif is_leaf(inner) and not below:
        yield inner
    else:
        for part in inner.iter_expressions():
            yield from aggregates_in(part, below=below and _wraps(inner))


def _wraps(node: exp.Expr) -> bool:
    return isinstance(node, exp.Filter | exp.IgnoreNulls | exp.RespectNulls)


def values_of(node: exp.Expr) -> list[exp.Expr]:
    """What a window function is over, its condition apart."""
    while _wraps(node):
        node = node.this
    return [part for part in node.iter_expressions() if not isinstance(part, exp.Star)]


def ordered_by(window: exp.Window) -> list[exp.Expr]:
    order = window.args.get("order")
    return (
        [o.this if isinstance(o, exp.Ordered) else o for o in order.expressions] if order is not None else []
    )


def called(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"{node.name.lower()}()"
    if isinstance(node, exp.Func) and not isinstance(node, exp.Case | exp.If | exp.And | exp.Or):
        return f"{node.sql_name().lower()}()"
    if isinstance(node, exp.Predicate):
        return "a comparison"
    return f"`{type(node).__name__.lower()}`"
