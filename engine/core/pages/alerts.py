"""Alerts of dashboards: the aggregates that a condition asks for, and whether it holds of them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from engine.core.pages.conditions import Number, is_true, try_out
from engine.core.pages.expectations import aggregates_in
from engine.core.pages.expressions import NotAnExpression, parse
from engine.core.pages.release import Cell
from engine.core.pages.texts import Hole


def asked(when: str) -> tuple[Hole, ...]:
    """Every aggregate of a condition, as a text would ask for it. Raises NotAnExpression.

    The condition is tried with ones for numbers, so that one without an answer is told before it is asked.
    """
    tree, found = _parted(when)
    if not found:
        raise NotAnExpression(
            "compare an aggregate of one dataset of the page, like sum(by_oa.doctors) < 5000"
        )
    try_out(tree, lambda node: _number(node, dict.fromkeys(found, 1)))
    return tuple(Hole(text, text, None) for text in found)


def holds(when: str, values: Mapping[str, Cell]) -> bool | None:
    """Whether the condition holds of the aggregates' values, by their text; None where one is not there."""
    try:
        return is_true(_parted(when)[0], lambda node: _number(node, values))
    except (LookupError, ZeroDivisionError):
        return None


def _parted(when: str) -> tuple[exp.Expr, tuple[str, ...]]:
    """The condition with a word for each aggregate (which may hold conditions itself), and these words."""
    tree: exp.Expr = exp.Paren(this=parse(when).copy())
    words = []
    for aggregate in aggregates_in(tree):
        words.append(_text(aggregate))
        aggregate.replace(exp.Var(this=words[-1]))
    return tree, tuple(dict.fromkeys(words))


def _number(node: exp.Expr, values: Mapping[str, Cell]) -> Number:
    if not isinstance(node, exp.Var):
        raise NotAnExpression(f'"{_text(node)}" is no number and no aggregate')
    value = values.get(node.name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LookupError("a number that is withheld or missing is compared with nothing")
    return value


def _text(node: exp.Expr) -> str:
    return node.sql("duckdb")
