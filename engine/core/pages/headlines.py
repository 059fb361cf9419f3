"""Conditions of a chart's titles: `delta(doctors) < 0` over the rows that the chart shows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from engine.core.pages.conditions import Number, is_true
from engine.core.pages.expressions import NotAnExpression, parse
from engine.core.pages.release import Grid, Mark
from engine.diagnostics import did_you_mean


def _none() -> Number:
    raise LookupError("of no values there is none")


SUMMARIES: Mapping[str, Callable[[list[Number]], Number]] = {
    "delta": lambda values: values[-1] - values[-2],
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "min": lambda values: min(values) if values else _none(),
    "max": lambda values: max(values) if values else _none(),
    "sum": sum,
    "avg": lambda values: sum(values) / len(values) if values else _none(),
    "count": len,
}
"""What can be said of a measure's values, in the order of the chart's rows."""


ADDED = (exp.Sum, exp.Count)
"""Aggregates whose values over the rows add up to one number."""


def holds(condition: str, grid: Grid) -> bool:
    """Whether a condition holds of the rows shown; false where a value it needs is missing or withheld."""
    names = [field.name for field in grid.fields]

    def number(node: exp.Expr) -> Number:
        summary, name = _asked(node, names)
        return SUMMARIES[summary](_values(names.index(name), grid))

    try:
        return is_true(parse(condition), number)
    except (LookupError, ZeroDivisionError):
        return False


def check_condition(condition: str, names: Sequence[str]) -> None:
    """That a condition asks for nothing but what a chart shows under these names. Raises NotAnExpression."""
    tree = parse(condition)

    def number(node: exp.Expr) -> Number:
        _asked(node, names)
        return 1

    # `or` and `and` stop early: both sides of each are looked at alone.
    comparisons = [p for p in tree.find_all(exp.Predicate) if not isinstance(p, exp.Connector)]
    for part in (*comparisons, tree):
        with contextlib.suppress(ZeroDivisionError):
            is_true(part, number)


def _asked(node: exp.Expr, names: Sequence[str]) -> tuple[str, str]:
    """A summary and the shown name it is of. What is itself shown, `count(*)` say, stands for its total."""
    shown = {_text(name): name for name in names}
    itself = shown.get(node.sql("duckdb"))
    if itself is not None and isinstance(node, ADDED) and not node.find(exp.Distinct):
        return "sum", itself
    summary = node.name.lower() if isinstance(node, exp.Anonymous) else node.key
    of = node.expressions[0] if isinstance(node, exp.Anonymous) and node.expressions else node.this
    if summary not in SUMMARIES or not isinstance(of, exp.Expr):
        known = ", ".join(sorted(SUMMARIES))
        raise NotAnExpression(f"write one of {known} of what the chart shows, like delta(doctors) < 0")
    name = of.name if isinstance(of, exp.Column) and of.name in names else shown.get(of.sql("duckdb"))
    if name is None:
        asked = of.name if isinstance(of, exp.Column) else of.sql("duckdb")
        raise NotAnExpression(f'the chart shows no "{asked}". {did_you_mean(asked, names)}'.rstrip(" ."))
    return summary, name


def _text(name: str) -> str:
    """A shown name as SQL writes it, where it is an expression."""
    try:
        return parse(name).sql("duckdb")
    except NotAnExpression:
        return name


def _values(index: int, grid: Grid) -> list[Number]:
    found: list[Number] = []
    for row in grid.rows:
        cell = row[index]
        if isinstance(cell, Mark):
            raise LookupError("a withheld number is compared with nothing")
        if isinstance(cell, int | float):
            found.append(cell)
    return found
