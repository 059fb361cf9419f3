"""Conditions that name single units: a figure of whoever is called so is one unit's, whatever it is.

Even a withheld number tells: of nobody it would be zero. So a unit's name is handed on, counted, joined and
grouped by, and else nothing is chosen, grouped or added up by it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from engine.core.compiling.functions import is_aggregate
from engine.core.provenance.expressions import spoken
from engine.core.provenance.scopes import Scope
from engine.core.provenance.selects import Reading, bare
from engine.core.provenance.values import Refusal

WHY = "it names single units; choose by what they share, or join them by it"


def naming_refusals(reading: Reading) -> tuple[Refusal, ...]:
    """What a SELECT over rows of units chooses, groups or adds up by who somebody is."""
    scope = reading.scope
    chosen = [reading.where, reading.having, reading.qualify, *(j.args.get("on") for j in reading.base.joins)]
    found = [("", told) for node in chosen if node is not None for told in _named(scope, node, chosen=True)]
    found += [(i.name, told) for i in reading.items for told in _named(scope, i.node, chosen=False)]
    found += [("", key) for key in reading.keys or () if not scope.is_unit(key) and tells_who(scope, key)]
    return tuple(Refusal(name, spoken(node), WHY) for name, node in dict.fromkeys(found))


def tells_who(scope: Scope, node: exp.Expr) -> bool:
    """Whether a settled value is computed of a unit's name; a window may be of its rows, or in its order."""
    names = (name for name in node.find_all(exp.Column) if not isinstance(_within(name)[1], exp.Window))
    return any(o.unit or o.names for name in names for o in scope.found(name))


def _named(scope: Scope, node: exp.Expr, *, chosen: bool) -> Iterator[exp.Expr]:
    """The smallest expressions around a unit's name that are no form in which it may stand."""
    for name in node.find_all(exp.Column):
        outs = scope.found(name) if not isinstance(name.this, exp.Star) else []
        if any(o.unit or o.names for o in outs) and not _may_stand(scope, name):
            around = _around(name)
            if chosen or _chooses(name):
                yield around


def _may_stand(scope: Scope, name: exp.Column) -> bool:
    """Whether a name is compared with other columns, looked for in a query, counted, or orders a window."""
    node, parent = _within(name)
    match parent:
        case exp.Is() | exp.Select():
            return True
        case exp.EQ() | exp.NEQ():
            other = bare(parent.expression if parent.this is node else parent.this)
            return scope.is_unit(name) and isinstance(other, exp.Column)
        case exp.In():
            return scope.is_unit(name) and parent.this is node and parent.args.get("query") is not None
        case exp.Count() | exp.Distinct():
            return scope.is_unit(name)
        case exp.Window():
            return node is not parent.this
        case _:
            return False


def _within(name: exp.Column) -> tuple[exp.Expr, exp.Expr | None]:
    """What a name is the value of, perhaps where a condition holds, and what that stands in."""
    node: exp.Expr = name
    while (parent := node.parent) is not None:
        named = isinstance(parent, exp.Alias)
        value = isinstance(parent, exp.If) and parent.this is not node
        case = isinstance(parent, exp.Case) and parent.this is not node
        if not (named or value or case or isinstance(parent, exp.Paren | exp.Ordered | exp.Order)):
            break
        node = parent
    return node, parent


def _around(name: exp.Column) -> exp.Expr:
    """What a message quotes: the name with what is done to it."""
    node: exp.Expr = name
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return node.parent if node.parent is not None and not isinstance(node.parent, exp.Alias) else node


def _chooses(name: exp.Column) -> bool:
    """Whether a name stands in an aggregate, or in its condition: what rows are counted by."""
    if name.find_ancestor(exp.Window) is not None:
        return False  # a value of its row that depends on others: nothing is chosen by it later on
    parent = name.parent
    while parent is not None and not (is_aggregate(parent) or isinstance(parent, exp.Filter)):
        parent = parent.parent
    return parent is not None
