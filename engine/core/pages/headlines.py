"""Conditions of a chart's titles: `delta(doctors) < 0` over the rows that the chart shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.core.pages.conditions import Number, is_true
from engine.core.pages.expressions import NotAnExpression, parse
from engine.core.pages.release import Grid, Mark

SUMMARIES: Mapping[str, Callable[[list[Number]], Number]] = {
    "delta": lambda values: values[-1] - values[-2],
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "count": len,
}
"""What can be said of a measure's values, in the order of the chart's rows."""


def holds(condition: str, grid: Grid) -> bool:
    """Whether a condition holds of the rows shown; false where a value it needs is missing."""
    try:
        return is_true(parse(condition), lambda node: _summary(node, grid))
    except (LookupError, ZeroDivisionError, NotAnExpression):
        return False


def _summary(node: exp.Expr, grid: Grid) -> Number:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else node.key
    column = node.expressions[0] if isinstance(node, exp.Anonymous) and node.expressions else node.this
    if name not in SUMMARIES or not isinstance(column, exp.Column):
        known = ", ".join(sorted(SUMMARIES))
        raise NotAnExpression(f"write one of {known} of a column that the chart shows")
    return SUMMARIES[name](_values(column.name, grid))


def _values(name: str, grid: Grid) -> list[Number]:
    index = next((i for i, f in enumerate(grid.fields) if f.name == name), None)
    if index is None:
        raise LookupError("the chart does not show this column")
    found: list[Number] = []
    for row in grid.rows:
        cell = row[index]
        if isinstance(cell, Mark):
            raise LookupError("a withheld number is compared with nothing")
        if isinstance(cell, int | float):
            found.append(cell)
    return found
