"""Verbs that look at several rows: aggregate and window."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.core.lowcode.columns import with_columns
from engine.core.lowcode.functions import (
    by_order,
    by_position,
    by_rank,
    only_windows,
    order_rows_in,
    over_rows,
    whole_call,
)
from engine.core.lowcode.relation import Key, Made, Relation, column, named, ordered, source, total_order
from engine.core.lowcode.rows import sort_keys
from engine.core.lowcode.scope import Scope
from engine.model.lowcode import Aggregate, Window


def aggregate(scope: Scope, relation: Relation, wanted: Aggregate) -> Made | None:
    """One row per combination of `by`, nulls being one value; without `by` one row, also of no rows.

    The metrics follow `by` in the order of their names: the keys of a mapping have no order of their own.
    `first`, `list`, `string_agg` and the like see the rows in the order before the verb, and equals in the
    order of what they are given.
    """
    by = scope.columns(wanted.by, relation, "by")
    items: list[exp.Expr] = [column(c.name) for c in by]
    names = [c.name for c in by]
    for name, text in sorted(wanted.metrics.items()):
        if scope.is_free(name, names, "metrics", name):
            names.append(name)
        metric = _metric(scope, relation, text, [c.name for c in by], name)
        if metric is not None:
            items.append(named(metric, name))
    query = exp.select(*items).from_(source(relation)).group_by(*(column(c.name) for c in by))
    return None if scope.mistakes else Made(query)


def _metric(scope: Scope, relation: Relation, text: str, by: list[str], name: str) -> exp.Expr | None:
    tree = scope.parsed(text, relation, "metrics", name)
    if tree is None:
        return None
    calls = list(over_rows(tree))
    if tree.find(exp.Window) is not None or any(map(only_windows, calls)):
        detail = "Write what needs a window in the verb `window`."
        scope.mistake(f'Metric "{name}" is over a window.', detail, "metrics", name)
        return None
    tail = f"\nGROUP BY {', '.join(column(n).sql('duckdb') for n in by)}" if by else ""
    if scope.type_of(tree, text, relation, "metrics", name, tail=tail) is None:
        return None
    if not calls:
        detail = "Write one such as count(*) or sum(x)."
        scope.mistake(f'Metric "{name}" is no aggregate.', detail, "metrics", name)
        return None
    order_rows_in(tree, relation.order)
    return tree


def window(scope: Scope, relation: Relation, wanted: Window) -> Made | None:
    """New columns over windows: every aggregate or window function in them gets `by` and `order_by`.

    Without `order_by` the order before the verb holds. Functions of a row's position (row_number, lag,
    first_value) see equals in the order of all columns, so each run numbers them alike. A function may
    carry an `over (...)` of its own.
    """
    by = [c.name for c in scope.columns(wanted.by, relation, "by")]
    keys = sort_keys(scope, relation, wanted.order_by, "order_by") or relation.order
    unknown = bool(scope.mistakes)
    computed: dict[str, exp.Expr] = {}
    for name, text in sorted(wanted.columns.items()):
        scope.is_free(name, computed, "columns", name)
        tree = scope.parsed(text, relation, "columns", name)
        if tree is None or unknown:
            continue
        tree = _windowed(scope, relation, tree, by, keys, bool(wanted.order_by), name)
        if tree is not None and scope.binds(tree, text, relation, "columns", name):
            computed[name] = tree
    return None if scope.mistakes else with_columns(relation, computed)


def _windowed(
    scope: Scope,
    relation: Relation,
    tree: exp.Expr,
    by: list[str],
    keys: Sequence[Key],
    written: bool,
    name: str,
) -> exp.Expr | None:
    """The expression with every call over rows made a window. `written`: the verb itself gives an order."""
    root = exp.Paren(this=tree)
    own = list(root.find_all(exp.Window))
    calls = [(call, whole_call(call)) for call in over_rows(root)]
    if not own and not calls:
        detail = "Write one such as row_number() or sum(x), or use `derive`."
        scope.mistake(f'Column "{name}" looks at one row only.', detail, "columns", name)
        return None
    for call, whole in calls:
        if only_windows(call) and not keys:
            detail = "Add `order_by` to the verb."
            scope.mistake(f'Column "{name}" needs an order.', detail, "columns", name)
            return None
        whole.replace(_over(relation, call, whole.copy(), by, keys, written))
    for window_ in own:
        _settle(relation, window_)
    return root.this if isinstance(root.this, exp.Expr) else None


def _over(
    relation: Relation, call: exp.Expr, whole: exp.Expr, by: list[str], keys: Sequence[Key], written: bool
) -> exp.Expr:
    order: list[exp.Expr] = []
    if by_position(call) or by_order(call):
        order = ordered(total_order(relation, keys))
    elif by_rank(call) or written:
        order = ordered(keys)
    return exp.Window(
        this=whole,
        partition_by=[column(name) for name in by],
        order=exp.Order(expressions=order) if order else None,
    )


def _settle(relation: Relation, window_: exp.Window) -> None:
    """Make a window of the author's own the same each time: equals in the order of all columns."""
    call = window_.find(exp.AggFunc, exp.RowNumber, exp.Anonymous)
    frame = window_.args.get("spec")
    by_rows = frame is not None and str(frame.args.get("kind")).upper() == "ROWS"
    if call is None or not (by_rows or by_position(call) or by_order(call)):
        return
    order = window_.args.get("order")
    written = list(order.expressions) if order is not None else []
    window_.set("order", exp.Order(expressions=[*written, *ordered(total_order(relation, ()))]))
