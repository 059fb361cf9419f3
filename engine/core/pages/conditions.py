"""Conditions over numbers: comparisons, `and`, `or`, `not` and arithmetic, each number said by the caller."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.core.pages.expressions import NotAnExpression

Number = float | int
Leaf = Callable[[exp.Expr], Number]
"""The number that a part of a condition stands for. Raises LookupError where there is none."""

COMPARISONS: Mapping[type[exp.Expr], Callable[[Number, Number], bool]] = {
    exp.LT: operator.lt, exp.LTE: operator.le, exp.GT: operator.gt, exp.GTE: operator.ge,
    exp.EQ: operator.eq, exp.NEQ: operator.ne,
}  # fmt: skip
ARITHMETIC: Mapping[type[exp.Expr], Callable[[Number, Number], Number]] = {
    exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul, exp.Div: operator.truediv,
}  # fmt: skip


def is_true(node: exp.Expr, leaf: Leaf) -> bool:
    """Whether a condition holds. Raises NotAnExpression, LookupError, ZeroDivisionError."""
    match node:
        case exp.Paren():
            return is_true(node.this, leaf)
        case exp.And():
            return is_true(node.this, leaf) and is_true(node.expression, leaf)
        case exp.Or():
            return is_true(node.this, leaf) or is_true(node.expression, leaf)
        case exp.Not():
            return not is_true(node.this, leaf)
        case _ if type(node) in COMPARISONS:
            return COMPARISONS[type(node)](_number(node.this, leaf), _number(node.args["expression"], leaf))
        case _:
            raise NotAnExpression("write a comparison, like delta(doctors) < 0")


def try_out(tree: exp.Expr, leaf: Leaf) -> None:
    """Ask every part of a condition, whatever the others are. Raises NotAnExpression, LookupError."""
    # `or` and `and` stop early: both sides of each are looked at alone.
    comparisons = [part for part in tree.find_all(exp.Predicate) if not isinstance(part, exp.Connector)]
    for part in (*comparisons, tree):
        with contextlib.suppress(ZeroDivisionError):
            is_true(part, leaf)


def _number(node: exp.Expr, leaf: Leaf) -> Number:
    match node:
        case exp.Paren():
            return _number(node.this, leaf)
        case exp.Neg():
            return -_number(node.this, leaf)
        case exp.Literal() if not node.is_string:
            return float(node.name)
        case _ if type(node) in ARITHMETIC:
            return ARITHMETIC[type(node)](_number(node.this, leaf), _number(node.args["expression"], leaf))
        case _:
            return leaf(node)
