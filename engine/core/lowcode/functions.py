"""Which functions look at many rows, and which of them depend on the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from engine.core.lowcode.relation import Key, ordered

AGGREGATES = frozenset({
    "any_value", "approx_count_distinct", "approx_quantile", "approx_top_k", "arbitrary", "arg_max",
    "arg_max_null", "arg_max_nulls_last", "arg_min", "arg_min_null", "arg_min_nulls_last", "argmax",
    "argmin", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bitstring_agg", "bool_and", "bool_or",
    "corr", "count", "count_if", "count_star", "countif", "covar_pop", "covar_samp", "cume_dist",
    "dense_rank", "entropy", "favg", "fill", "first", "first_value", "fsum", "group_concat", "histogram",
    "histogram_exact", "kahan_sum", "kurtosis", "kurtosis_pop", "lag", "last", "last_value", "lead",
    "list", "listagg", "mad", "max", "max_by", "mean", "median", "min", "min_by", "mode", "nth_value",
    "ntile", "percent_rank", "product", "quantile", "quantile_cont", "quantile_disc", "rank",
    "rank_dense", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope",
    "regr_sxx", "regr_sxy", "regr_syy", "reservoir_quantile", "row_number", "sem", "skewness", "stddev",
    "stddev_pop", "stddev_samp", "string_agg", "sum", "sum_no_overflow", "sumkahan", "var_pop",
    "var_samp", "variance",
})  # fmt: skip
"""DuckDB's aggregate and window functions: for those that sqlglot has no class for."""

_RANKS = (exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist)
_POSITIONS = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
_RANK_NAMES = frozenset({"rank_dense"})
_POSITION_NAMES = frozenset({"fill"})
_BY_ORDER = (
    exp.First, exp.Last, exp.AnyValue, exp.ArrayAgg, exp.GroupConcat, exp.ArgMax, exp.ArgMin, exp.Mode,
)  # fmt: skip
_BY_ORDER_NAMES = frozenset(
    {"arbitrary", "arg_max_null", "arg_max_nulls_last", "arg_min_null", "arg_min_nulls_last", "approx_top_k"}
)
_AROUND = (exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)


def over_rows(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The calls in the tree that look at more than one row, those inside windows apart."""
    for node in tree.walk(prune=lambda n: isinstance(n, exp.Window)):
        if isinstance(node, exp.AggFunc | exp.RowNumber) or _name(node) in AGGREGATES:
            yield node


def only_windows(node: exp.Expr) -> bool:
    """Whether the call means something over a window only (`row_number`, `lag`, `rank`)."""
    return by_rank(node) or by_position(node)


def by_rank(node: exp.Expr) -> bool:
    """Whether the call compares rows by the window's order, where equals stay equals."""
    return isinstance(node, _RANKS) or _name(node) in _RANK_NAMES


def by_position(node: exp.Expr) -> bool:
    """Whether the call needs every row to have a position of its own in the window."""
    return isinstance(node, _POSITIONS) or _name(node) in _POSITION_NAMES


def by_order(node: exp.Expr) -> bool:
    """Whether an aggregate's answer depends on the order in which it sees the rows."""
    return isinstance(node, _BY_ORDER) or _name(node) in _BY_ORDER_NAMES


def whole_call(node: exp.Expr) -> exp.Expr:
    """The call with what belongs to it: FILTER, IGNORE NULLS, WITHIN GROUP."""
    while isinstance(node.parent, _AROUND) and node.parent.this is node:
        node = node.parent
    return node


def order_rows_in(tree: exp.Expr, keys: Sequence[Key]) -> None:
    """Give every order-dependent aggregate of the tree an order, where it has none of its own.

    It is `keys`, and then the aggregate's own arguments: rows that are still equal then are the same to it.
    """
    for node in list(over_rows(tree)):
        if by_order(node):
            _order_rows(node, keys)


def _order_rows(node: exp.Expr, keys: Sequence[Key]) -> None:
    slot = _last_argument(node)
    arguments = node.expressions if slot == "expressions" else [node.this, node.args.get("expression")]
    arguments = [a for a in arguments if isinstance(a, exp.Expr) and not isinstance(a, exp.Literal)]
    if not arguments or any(isinstance(a, exp.Order) for a in arguments):
        return
    order = ordered(keys)
    if isinstance(arguments[0], exp.Distinct):
        order, arguments = [], list(arguments[0].expressions)
    order += [exp.Ordered(this=a.copy(), nulls_first=False) for a in arguments]
    if slot == "expressions":
        *before, last = node.expressions
        node.set(slot, [*before, exp.Order(this=last.copy(), expressions=order)])
    else:
        node.set(slot, exp.Order(this=node.args[slot].copy(), expressions=order))


def _last_argument(node: exp.Expr) -> str:
    """Where ORDER BY goes: the last argument, but for a separator."""
    if isinstance(node, exp.Anonymous):
        return "expressions"
    return "expression" if node.args.get("expression") is not None else "this"


def _name(node: exp.Expr) -> str:
    return str(node.name).lower() if isinstance(node, exp.Anonymous) else ""
