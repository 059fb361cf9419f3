"""What the engine's functions do to rows: which aggregate, which explode, which depend on row order."""

from __future__ import annotations

from sqlglot import exp

AGGREGATES = frozenset({
    "arbitrary", "arg_max_null", "arg_max_nulls_last", "arg_min_null", "arg_min_nulls_last", "bitstring_agg",
    "count_star", "entropy", "favg", "fill", "fsum", "histogram", "histogram_exact", "kahan_sum",
    "kurtosis_pop", "mad", "mean", "product", "rank_dense", "reservoir_quantile", "sem", "sum_no_overflow",
    "sumkahan", "geomean", "geometric_mean", "json_group_array", "json_group_object",
    "json_group_structure", "wavg", "weighted_avg", "first", "last", "list", "regr_count",
})  # fmt: skip
"""DuckDB's aggregates (and macros that aggregate) that sqlglot has no class for."""

EXPLODING = frozenset({"generate_subscripts", "regexp_split_to_table", "unnest", "unpivot_list"})
"""Functions that make several rows of one."""

STEADY = frozenset({
    "count_star", "entropy", "favg", "fsum", "histogram", "histogram_exact", "kahan_sum", "kurtosis_pop",
    "mad", "mean", "product", "rank_dense", "sem", "sumkahan", "geomean",
    "geometric_mean", "wavg", "weighted_avg", "bitstring_agg", "regr_count",
})  # fmt: skip
"""Those of AGGREGATES whose result does not depend on the order of rows (rounding of floats apart)."""

STEADY_CLASSES: tuple[type[exp.Expr], ...] = (
    exp.ApproxDistinct, exp.Avg, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg, exp.Corr, exp.Count,
    exp.CountIf, exp.CovarPop, exp.CovarSamp, exp.CumeDist, exp.DenseRank, exp.Kurtosis, exp.LogicalAnd,
    exp.LogicalOr, exp.Max, exp.Median, exp.Min, exp.PercentRank, exp.PercentileCont, exp.PercentileDisc,
    exp.Quantile, exp.Rank, exp.RegrAvgx, exp.RegrAvgy, exp.RegrCount, exp.RegrIntercept, exp.RegrR2,
    exp.RegrSlope, exp.RegrSxx, exp.RegrSxy, exp.RegrSyy, exp.Skewness, exp.Stddev, exp.StddevPop,
    exp.StddevSamp, exp.Sum, exp.Variance, exp.VariancePop,
)  # fmt: skip
"""The same for those that sqlglot has a class for."""

WORDS = frozenset({
    "year", "years", "y", "yr", "quarter", "quarters", "month", "months", "mon", "mons", "week", "weeks", "w",
    "day", "days", "d", "hour", "hours", "h", "hr", "minute", "minutes", "m", "min", "mins", "second",
    "seconds", "s", "sec", "millisecond", "milliseconds", "ms", "microsecond", "microseconds", "us",
    "decade", "decades", "century", "centuries", "millennium", "millennia", "dow", "dayofweek", "isodow",
    "doy", "dayofyear", "isoyear", "yearweek", "epoch", "era", "julian", "weekday", "timezone",
    "timezone_hour", "timezone_minute", "ties", "group", "current row",
})  # fmt: skip
"""Bare words that stand for themselves inside an expression: units of time, parts of window frames."""

COUNTS: tuple[type[exp.Expr], ...] = (exp.Count, exp.CountIf, exp.ApproxDistinct, exp.RegrCount)
"""Functions that say how many, and nothing of the values."""

WRAPPERS: tuple[type[exp.Expr], ...] = (
    exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup,
)  # fmt: skip


def inner_function(node: exp.Expr) -> exp.Expr:
    """The function under `filter (where ...)`, `ignore nulls` and `within group`."""
    while isinstance(node, WRAPPERS):
        node = node.this
    return node


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node is a call of an aggregate (or window-only) function."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in AGGREGATES
    return isinstance(node, exp.AggFunc)


def explodes(node: exp.Expr) -> bool:
    """Whether the node makes several rows of one."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in EXPLODING
    return isinstance(node, exp.Explode | exp.Unnest | exp.Posexplode | exp.Inline)


def is_steady(node: exp.Expr) -> bool:
    """Whether an aggregate's result is the same whatever the order of rows."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in STEADY
    return isinstance(node, STEADY_CLASSES)


def counts(node: exp.Expr) -> bool:
    """Whether the node only counts: rows, values or distinct values."""
    while isinstance(node, exp.Window | exp.Cast | exp.Paren | exp.Alias):
        node = node.this
    return isinstance(inner_function(node), COUNTS)


def aggregates_here(node: exp.Expr) -> bool:
    """Whether evaluating the expression aggregates rows of its own query (windows and subqueries apart)."""
    if isinstance(node, exp.Query | exp.Subquery):
        return False
    if isinstance(node, exp.Window):
        below = [*inner_function(node.this).iter_expressions(), *node.args.get("partition_by", [])]
        order = node.args.get("order")
        return any(map(aggregates_here, [*below, *([order] if order else [])]))
    return is_aggregate(node) or any(map(aggregates_here, node.iter_expressions()))


def explodes_here(node: exp.Expr) -> bool:
    """Whether evaluating the expression makes more rows of its own query's."""
    if isinstance(node, exp.Query | exp.Subquery):
        return False
    return explodes(node) or any(map(explodes_here, node.iter_expressions()))
