"""Terms of expressions: what is only written differently gives the same term, everything else another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sqlglot import exp

from engine.core.compiled import Kind
from engine.core.compiling.functions import (
    WORDS,
    aggregates_here,
    counts,
    explodes,
    inner_function,
    is_aggregate,
    is_steady,
)
from engine.core.compiling.scopes import Scope
from engine.core.compiling.terms import Mark, Relation, Traced, Untraceable, merge, sources_of, term

ReadQuery = Callable[[exp.Expr, Scope], Relation]

_UNREADABLE = (exp.Columns, exp.Placeholder, exp.Parameter, exp.Command, exp.Pivot, exp.TableSample)
_READABLE: tuple[type[exp.Expr], ...] = (
    exp.Binary, exp.Unary, exp.Func, exp.Condition, exp.Distinct, exp.Order, exp.Ordered, exp.Where,
    exp.WindowSpec, exp.Kwarg, exp.Slice, exp.Tuple, exp.Interval, exp.IntervalSpan, exp.JSONPath,
    exp.JSONPathPart,
    exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup, exp.Lambda, exp.GroupingSets, exp.Rollup,
    exp.Cube, exp.Window, exp.AtTimeZone,
)  # fmt: skip
"""Nodes that say all they mean by their class and their parts."""
_NUMBERS = (exp.Add, exp.Sub, exp.Mul, exp.Neg)


class Reader:
    """Reads expressions; `query` reads the queries inside them."""

    def __init__(self, query: ReadQuery) -> None:
        self._query = query

    def trace(self, node: exp.Expr, scope: Scope) -> Traced:
        """The expression's term, sources and marks. Raises Untraceable."""
        if isinstance(node, _UNREADABLE):
            raise Untraceable(type(node).__name__)
        for classes, read in _SPECIAL:
            if isinstance(node, classes):
                return read(self, node, scope)
        return self._call(node, scope)

    def _inside(self, node: exp.Expr, scope: Scope) -> Traced:
        """Brackets and names mean nothing."""
        return self.trace(node.this, scope)

    def _constant(self, node: exp.Expr, _scope: Scope) -> Traced:
        number = isinstance(node, exp.Literal) and not node.is_string
        text = node.sql("duckdb") if isinstance(node, exp.DataType) else repr(node.args.get("this"))
        return Traced(term(type(node).__name__, text, bool(node.args.get("is_string"))), numeric=number)

    def _word(self, node: exp.Expr, scope: Scope) -> Traced:
        """A bare word, such as a unit of time. The parser takes columns for such words, too."""
        name = node.name.lower()
        if name not in WORDS or any(s.get(name) is not None for s in scope.sources):
            raise Untraceable(name)
        return Traced(term("word", name))

    def _column(self, node: exp.Expr, scope: Scope) -> Traced:
        assert isinstance(node, exp.Column)
        if isinstance(node.this, exp.Star):
            raise Untraceable("*")
        return scope.qualified(tuple(part.name.lower() for part in node.parts))

    def _subquery(self, node: exp.Expr, scope: Scope) -> Traced:
        found = self._query(node, scope)
        marks: set[Mark] = {"subquery", "order"} if found.indefinite else {"subquery"}
        sources = found.row_sources | sources_of(found.outputs)
        said = term("query", found.rows, *(o.value.term for o in found.outputs))
        return Traced(said, sources, "expression", frozenset(marks), plain=False)

    def _flat(self, node: exp.Expr, scope: Scope) -> Traced:
        """`and` and `or`: the order and grouping of what they join means nothing."""
        parts = [self.trace(part, scope) for part in _operands(node, type(node))]
        return _made(term(_name(node), *sorted({p.term for p in parts})), parts)

    def _symmetric(self, node: exp.Expr, scope: Scope) -> Traced:
        parts = [self.trace(node.this, scope), self.trace(node.expression, scope)]
        return _made(term(_name(node), *sorted(p.term for p in parts)), parts)

    def _compared(self, node: exp.Expr, scope: Scope) -> Traced:
        """`a > b` is `b < a`."""
        parts = [self.trace(node.this, scope), self.trace(node.expression, scope)]
        terms = [p.term for p in parts]
        if isinstance(node, exp.GT | exp.GTE):
            terms.reverse()
        word = "<" if isinstance(node, exp.GT | exp.LT) else "<="
        return _made(term(word, *terms), parts)

    def _arithmetic(self, node: exp.Expr, scope: Scope) -> Traced:
        """`+` and `*`, which commute on numbers (on lists `+` appends)."""
        parts = [self.trace(node.this, scope), self.trace(node.expression, scope)]
        terms = [p.term for p in parts]
        if all(p.numeric for p in parts):
            terms.sort()
        found = _made(term(_name(node), *terms), parts)
        return replace(found, numeric=all(p.numeric for p in parts))

    def _membership(self, node: exp.Expr, scope: Scope) -> Traced:
        """`in (1, 2)`: the order of constants means nothing."""
        if not all(isinstance(e, exp.Literal) for e in node.expressions) or not node.expressions:
            return self._call(node, scope)
        value = self.trace(node.this, scope)
        constants = sorted({self.trace(e, scope).term for e in node.expressions})
        return _made(term("In", value.term, *constants), [value])

    def _window(self, node: exp.Expr, scope: Scope) -> Traced:
        """A window function: it sees all rows, and aggregates none of its query's."""
        node = _spelled_out(node, scope)
        said = self._call(node, scope)
        spec = node.args.get("spec")
        marks: set[Mark] = {"window", *said.marks}
        if not aggregates_here(node):
            marks.discard("aggregate")
        counted_rows = spec is not None and str(spec.args.get("kind")).upper() == "ROWS"
        if not is_steady(inner_function(node.this)) or counted_rows:
            marks.add("order")
        kind: Kind = "count" if counts(node) else "expression"
        return replace(said, kind=kind, marks=frozenset(marks), plain=False)

    def _call(self, node: exp.Expr, scope: Scope) -> Traced:
        """Any other node: its class, and everything it holds in the order it holds it."""
        if not isinstance(node, _READABLE) or isinstance(node, exp.PseudoType | exp.SessionParameter):
            raise Untraceable(type(node).__name__)
        parts: list[Traced] = []
        said: list[object] = [_name(node)]
        for key in sorted(node.args):
            value = node.args[key]
            if value is None or value is False or value == [] or key == "over":
                continue
            said.append(key)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, exp.Star) and isinstance(node, exp.Count):
                    said.append("*")
                elif isinstance(item, exp.Expr):
                    parts.append(self.trace(item, scope))
                    said.append(parts[-1].term)
                else:
                    said.append(_text(node, key, item))
        return self._judged(node, _made(term(*said), parts), parts)

    def _judged(self, node: exp.Expr, found: Traced, parts: list[Traced]) -> Traced:
        marks = set(found.marks)
        if is_aggregate(node) or isinstance(node, exp.RowNumber):
            marks.add("aggregate")
            if not is_steady(node) and not _orders_itself(parts, node):
                marks.add("order")
        if explodes(node):
            marks.add("explode")
        numeric = _is_number(node) or (isinstance(node, _NUMBERS) and all(p.numeric for p in parts))
        kind: Kind = "count" if counts(node) else _cast_kind(node, parts)
        plain = found.plain and not marks
        return replace(found, kind=kind, marks=frozenset(marks), plain=plain, numeric=numeric)


_Read = Callable[[Reader, exp.Expr, Scope], Traced]
_SPECIAL: tuple[tuple[tuple[type[exp.Expr], ...], _Read], ...] = (
    ((exp.Paren, exp.Alias), Reader._inside),
    ((exp.Column,), Reader._column),
    ((exp.Literal, exp.Boolean, exp.Null, exp.Identifier, exp.DataType), Reader._constant),
    ((exp.Var,), Reader._word),
    ((exp.Subquery, exp.Select, exp.SetOperation), Reader._subquery),
    ((exp.Window,), Reader._window),
    ((exp.And, exp.Or), Reader._flat),
    ((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ), Reader._symmetric),
    ((exp.GT, exp.GTE, exp.LT, exp.LTE), Reader._compared),
    ((exp.Add, exp.Mul), Reader._arithmetic),
    ((exp.In,), Reader._membership),
)  # fmt: skip
"""What is written in several ways and means the same; every other node is its class and its parts."""


def _made(said: str, parts: list[Traced]) -> Traced:
    common = merge(parts)
    return Traced(said, common.sources, "expression", common.marks, common.plain)


def _name(node: exp.Expr) -> str:
    return (
        f"{type(node).__name__}:{node.name.lower()}"
        if isinstance(node, exp.Anonymous)
        else type(node).__name__
    )


def _text(node: exp.Expr, key: str, value: Any) -> object:
    return str(value).lower() if isinstance(node, exp.Anonymous) and key == "this" else repr(value)


def _operands(node: exp.Expr, joined: type[exp.Expr]) -> Iterator[exp.Expr]:
    """All that a chain of one connective joins, brackets apart."""
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, joined):
        yield node
        return
    waiting = [node]
    while waiting:
        part = waiting.pop()
        while isinstance(part, exp.Paren):
            part = part.this
        if isinstance(part, joined):
            waiting += [part.args["expression"], part.this]
        else:
            yield part


def _orders_itself(parts: list[Traced], node: exp.Expr) -> bool:
    """Whether an aggregate says `order by` what it collects, so that ties are equal values."""
    order = node.this if isinstance(node.this, exp.Order) else None
    return order is not None and any(o.this == order.this for o in order.expressions) and bool(parts)


def _is_number(node: exp.Expr) -> bool:
    if isinstance(node, exp.Cast):
        return bool(node.to.is_type(*exp.DataType.NUMERIC_TYPES))
    return isinstance(node, exp.Count | exp.CountIf)


def _cast_kind(node: exp.Expr, parts: list[Traced]) -> Kind:
    """A cast of a count still counts; a cast of anything else computes."""
    return "count" if isinstance(node, exp.Cast) and parts and parts[0].kind == "count" else "expression"


def _spelled_out(node: exp.Expr, scope: Scope) -> exp.Expr:
    """A window function with the parts of the window that it names."""
    named = scope.windows.get(str(node.alias).lower()) if node.alias else None
    if named is None:
        return node
    own = {key: value for key, value in node.copy().args.items() if value and key != "alias"}
    return exp.Window(**{**named.copy().args, **own})
