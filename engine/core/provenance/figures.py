"""What may be computed of the units in a group: a closed set of forms; everything else is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from engine.core.provenance.expressions import (
    COMBINE,
    aggregates_in,
    called,
    is_leaf,
    numbers,
    ordered_by,
    over_keys,
    percentile,
    spoken,
    to_number,
    values_of,
    whens,
)
from engine.core.provenance.scopes import Scope, aggregates
from engine.core.provenance.selects import bare
from engine.core.provenance.values import Figure, Form, Refusal

ALLOWED = (
    "count(*), count(column), count(distinct unit), sum(column), avg(column), each with filter (where ...), "
    "their shares and + - * / with constants, median(column) and quantile_cont(column, 0.1 to 0.9)"
)
"""What authors are told."""
LOWEST, HIGHEST = 0.1, 0.9
"""The quantiles that are no single unit's value when there are enough of them."""


class Refused(Exception):
    """A form that is not in the set: the message says why, or which form to use."""


@dataclass
class Cells:
    """The groups of one SELECT over rows of units, and what is computed of them."""

    scope: Scope
    keys: Sequence[exp.Expr]
    alias: str = ""
    arguments: dict[str, exp.Expr] = field(default_factory=dict)
    """What aggregates are over, by the name that it has in the rewritten query."""
    refusals: list[Refusal] = field(default_factory=list)

    def figure(self, name: str, node: exp.Expr) -> Figure:
        """How an output is computed of units; what is not allowed is noted, and a figure all the same."""
        try:
            return self._form(node)
        except Refused as why:
            self.refusals.append(Refusal(name, spoken(node), str(why)))
            return Figure("derived")

    def check(self, clause: exp.Expr) -> None:
        """Notes the aggregates that may not be used to choose groups either."""
        for node in aggregates_in(clause):
            try:
                self.leaf(node)
            except Refused as why:
                self.refusals.append(Refusal("", spoken(node), str(why)))

    def _form(self, node: exp.Expr) -> Figure:
        inner = bare(node)
        if isinstance(inner, exp.Window):
            return self._window(inner)
        if is_leaf(inner):
            return self.leaf(inner)
        parts = self._parts(inner)
        found = [self._form(part) for part in parts if not self._is_constant(part)]
        if any(f.form == "derived" for f in found):
            return Figure("derived")
        return Figure("formula", parts=tuple(dict.fromkeys(a for f in found for a in f.aggregates)))

    def _is_constant(self, node: exp.Expr) -> bool:
        """A number, or keys of which it is known that they are."""
        if not over_keys(node, self.keys):
            return False
        if numbers(node):
            return True
        inner = bare(node)
        if isinstance(inner, (*COMBINE, exp.Neg)):
            return all(map(self._is_constant, inner.iter_expressions()))
        plain = self.scope.plain(inner)
        if to_number(inner) or (plain is not None and plain.numeric):
            return True
        raise Refused(f"`{spoken(inner)}` is no number")

    def _parts(self, node: exp.Expr) -> list[exp.Expr]:
        """The parts of a formula."""
        if isinstance(node, COMBINE):
            return [node.this, node.expression]
        if isinstance(node, exp.Neg) or to_number(node):
            return [node.this]
        if isinstance(node, exp.Nullif) and bare(node.expression) == exp.Literal.number(0):
            return [node.this]
        if isinstance(node, exp.Coalesce):
            return [node.this, *node.expressions]
        if isinstance(node, exp.Round) and (
            node.args.get("decimals") is None or numbers(node.args["decimals"])
        ):
            return [node.this]
        raise Refused(f"{called(node)} of what is computed of units")

    def _window(self, window: exp.Window) -> Figure:
        """A window over groups: computed of what may be computed, and of nothing else of the groups."""
        for node in aggregates_in(window.this, below=True):
            self.leaf(node)
        values = [part for part in values_of(window.this) if not numbers(part)]
        if not all(aggregates(v) and self._form(v) for v in values):
            raise Refused("a window over what groups are named by")
        for node in (*window.args.get("partition_by", ()), *ordered_by(window)):
            if not over_keys(node, self.keys):
                self._form(node)
        return Figure("derived")

    def leaf(self, node: exp.Expr) -> Figure:
        """An aggregate, perhaps of some rows only. Raises Refused when it is none of the set."""
        inner, condition = bare(node), None
        if isinstance(inner, exp.Filter):
            inner, condition = bare(inner.this), inner.expression.this
        self._own(condition)
        for child in inner.iter_expressions():
            self._own(child)
        if isinstance(inner, exp.Anonymous) and inner.name.lower() == "mean" and len(inner.expressions) == 1:
            inner = exp.Avg(this=inner.expressions[0])
        if type(inner) is exp.Count:
            return self._count(inner, condition)
        if type(inner) is exp.CountIf:
            return self._said("count", whens(condition, whens(inner.this, exp.Literal.number(1))))
        if type(inner) in (exp.Sum, exp.Avg):
            _arithmetic(inner.this)
            return self._said("sum" if type(inner) is exp.Sum else "avg", whens(condition, inner.this))
        return self._quantile(inner, condition)

    def _own(self, node: exp.Expr | None) -> None:
        """What is aggregated must be of one row and its unit alone."""
        if node is None or isinstance(node, exp.Star):
            return
        if self.scope.depends_on_others(node) or node.find(exp.Window):
            raise Refused(f"`{spoken(node)}` depends on rows of other units")

    def _count(self, node: exp.Count, condition: exp.Expr | None) -> Figure:
        if node.expressions:
            raise Refused("use count(*)")
        counted = node.this
        if counted is None or isinstance(counted, exp.Star):
            one = whens(condition, exp.Literal.number(1))
            return Figure("count") if condition is None else self._said("count", one)
        if isinstance(counted, exp.Distinct):
            return self._distinct(counted, condition)
        if isinstance(counted, exp.Order):
            raise Refused("use count(*)")
        return self._said("count", whens(condition, counted))

    def _distinct(self, node: exp.Distinct, condition: exp.Expr | None) -> Figure:
        counted = bare(node.expressions[0]) if len(node.expressions) == 1 else node
        if isinstance(counted, exp.Case) and len(counted.args["ifs"]) == 1:
            chosen = counted.args["ifs"][0]
            if (
                counted.this is None
                and counted.args.get("default") is None
                and self.scope.is_unit(chosen.args["true"])
            ):
                return self._said("distinct", whens(condition, counted))
        if not self.scope.is_unit(counted):
            raise Refused(f"use count(*), or count(distinct {self.unit})")
        return Figure("distinct") if condition is None else self._said("distinct", whens(condition, counted))

    @property
    def unit(self) -> str:
        """What the unit is called here."""
        outs = (o for s in self.scope.sources for o in s.relation.outs or () if o.unit)
        return next((o.name for o in outs), "unit")

    def _quantile(self, node: exp.Expr, condition: exp.Expr | None) -> Figure:
        if type(node) is exp.Median:
            argument = node.this
        elif (found := percentile(node)) is not None:
            argument, at = found
            if not (isinstance(at, exp.Literal) and at.is_number and LOWEST <= float(at.name) <= HIGHEST):
                raise Refused(f"use quantile_cont(x, p) with one p from {LOWEST} to {HIGHEST}")
        else:
            raise Refused(_instead(node))
        _arithmetic(argument)
        return self._said("quantile", whens(condition, argument))

    def _said(self, form: Form, argument: exp.Expr) -> Figure:
        known = next((n for n, a in self.arguments.items() if a == argument), f"__a{len(self.arguments)}")
        self.arguments[known] = argument
        return Figure(form, f'"{known}"')


def _arithmetic(node: exp.Expr) -> None:
    """What may be added up: columns, arithmetic of them with numbers, and either where a condition holds."""
    inner = bare(node)
    if numbers(inner) or (isinstance(inner, exp.Column) and not isinstance(inner.this, exp.Star)):
        return
    if isinstance(inner, COMBINE):
        parts = [inner.this, inner.expression]
    elif isinstance(inner, exp.Neg) or to_number(inner):
        parts = [inner.this]
    elif isinstance(inner, exp.Coalesce):
        parts = [inner.this, *inner.expressions]
    elif isinstance(inner, exp.Case) and inner.this is None:
        default = inner.args.get("default")
        parts = [*(i.args["true"] for i in inner.args["ifs"]), *([default] if default is not None else [])]
    elif isinstance(inner, exp.If):
        parts = [inner.args["true"], *([inner.args["false"]] if inner.args.get("false") is not None else [])]
    else:
        raise Refused(f"`{spoken(inner)}` is no column and no arithmetic; compute it in a step before")
    for part in parts:
        _arithmetic(part)


def _instead(node: exp.Expr) -> str:
    """Which form to use for one that is not allowed."""
    if isinstance(node, exp.Max):
        return "use quantile_cont(x, 0.9)"
    if isinstance(node, exp.Min):
        return "use quantile_cont(x, 0.1)"
    if isinstance(node, exp.ApproxDistinct):
        return "use count(distinct unit)"
    return f"{called(node)} may show one unit's value"
