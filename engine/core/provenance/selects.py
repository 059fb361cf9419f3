"""One SELECT taken apart: its items with `*` written out, and its clauses over the names of its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from engine.core.provenance.joins import Base
from engine.core.provenance.relations import Known, Unknown, column, only
from engine.core.provenance.scopes import Scope, Source, aggregates
from engine.core.provenance.sources import Read, base_of

PARTS = frozenset({
    "expressions", "from_", "joins", "where", "group", "having", "qualify", "windows", "distinct", "order",
    "limit", "offset", "with_",
})  # fmt: skip
"""Parts of a SELECT that are read."""


@dataclass(frozen=True)
class Item:
    """One output of a SELECT."""

    name: str
    """In lower case; empty when it has none or another has it already."""
    at: str
    node: exp.Expr
    """Over the sources' columns, under their names."""


@dataclass
class Reading:
    """A SELECT whose expressions are all over the columns of its sources."""

    base: Base
    items: list[Item] = field(default_factory=list)
    where: exp.Expr | None = None
    keys: tuple[exp.Expr, ...] | None = None
    """What it groups by; None without GROUP BY."""
    having: exp.Expr | None = None
    qualify: exp.Expr | None = None
    windows: list[exp.Expr] = field(default_factory=list)
    order: list[exp.Expr] = field(default_factory=list)
    """What decides which rows a LIMIT keeps."""
    cut: bool = False
    distinct: bool = False
    distinct_on: bool = False

    @property
    def scope(self) -> Scope:
        """What may be named in it."""
        return self.base.scope

    @property
    def grouped(self) -> bool:
        """Whether rows become groups."""
        told = [item.node for item in self.items]
        told += [node for node in (self.having, self.qualify, *self.order) if node is not None]
        return self.keys is not None or any(map(aggregates, told))


def reading_of(select: exp.Select, tables: Mapping[str, Known], read: Read) -> Reading:
    """The SELECT taken apart. Raises Unknown for what is not read, Never as `base_of` does."""
    found = Reading(base_of(select, tables, read))
    scope = found.scope
    for window in select.args.get("windows") or []:
        settled = scope.settled(window)
        scope.windows[window.name.lower()] = settled
        found.windows.append(settled)
    _add_items(select, found)
    where = select.args.get("where")
    found.where = None if where is None else scope.settled(where.this)
    for word in ("having", "qualify"):
        clause = select.args.get(word)
        if clause is not None:
            _refuse_doubles(clause, scope)
            setattr(found, word, scope.settled(clause.this))
    found.keys = _keys(select.args.get("group"), found)
    found.cut = any(select.args.get(word) is not None for word in ("limit", "offset"))
    order = select.args.get("order")
    found.order = list(_order(order, found)) if found.cut and order is not None else []
    distinct = select.args.get("distinct")
    found.distinct = distinct is not None
    found.distinct_on = distinct is not None and distinct.args.get("on") is not None
    return found


def _add_items(select: exp.Select, found: Reading) -> None:
    scope, taken = found.scope, set[str]()
    for item in select.expressions:
        for name, node in _expanded(item, scope):
            lowered = "" if name.lower() in taken else name.lower()
            taken.add(lowered)
            found.items.append(Item(lowered, lowered or f"__c{len(found.items)}", node))
            if isinstance(item, exp.Alias):
                scope.aliases.setdefault(lowered, node)


def _expanded(item: exp.Expr, scope: Scope) -> Iterator[tuple[str, exp.Expr]]:
    if isinstance(item, exp.Star):
        yield from _starred(item, scope, scope.sources, scope.merged)
    elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        among = [s for s in scope.sources if s.alias == item.table.lower()]
        yield from _starred(item.this, scope, among, {})
    elif isinstance(item, exp.Alias):
        yield item.alias, scope.settled(item.this)
    elif isinstance(item, exp.Aliases):
        raise Unknown("several names for one expression")
    else:
        yield item.name if isinstance(item, exp.Column) else "", scope.settled(item)


def _starred(
    star: exp.Star, scope: Scope, among: list[Source], merged: Mapping[str, object]
) -> Iterator[tuple[str, exp.Expr]]:
    """`*` with its EXCLUDE and REPLACE, as one item for each column."""
    only(star, ("except_", "replace"))
    if not among or any(s.relation.outs is None for s in among):
        raise Unknown("`*` of a table whose columns are not known")
    excluded = {c.name.lower() for c in star.args.get("except_") or []}
    replaced = {e.alias.lower(): e.this for e in star.args.get("replace") or []}
    shown: set[str] = set()
    for source in among:
        for out in source.relation.outs or ():
            is_merged = out.name in merged
            if out.name in excluded or (is_merged and out.name in shown):
                continue
            shown.add(out.name)
            if out.name and out.name in replaced:
                yield out.name, scope.settled(replaced[out.name])
            else:
                yield out.name, column(out.at, "" if is_merged else source.alias)


def _refuse_doubles(clause: exp.Expr, scope: Scope) -> None:
    """In HAVING and QUALIFY, a name that is both a column and another expression's alias has two readings."""
    for node in clause.find_all(exp.Column):
        meant = scope.aliases.get(node.name.lower())
        outs = scope.found(node)
        if meant is not None and not node.table and outs and scope.plain(meant) not in outs:
            raise Unknown(f"the name `{node.name}`, which is a column and another expression")


_SEVERAL = (exp.GroupingSets, exp.Rollup, exp.Cube, exp.Tuple)


def _keys(group: exp.Group | None, found: Reading) -> tuple[exp.Expr, ...] | None:
    if group is None:
        return None
    only(group, ("expressions", "all"))
    if group.args.get("all"):
        return tuple(item.node for item in found.items if not aggregates(item.node))
    return tuple(_key(node, found) for node in group.expressions)


def _key(node: exp.Expr, found: Reading) -> exp.Expr:
    if isinstance(node, _SEVERAL):
        raise Unknown("groups of several kinds")
    if isinstance(node, exp.Literal) and not node.is_string:
        place = int(node.name) - 1 if node.name.isdigit() else -1
        if not 0 <= place < len(found.items):
            raise Unknown("GROUP BY")
        return found.items[place].node
    return found.scope.settled(node)


def _order(order: exp.Expr, found: Reading) -> Iterator[exp.Expr]:
    """What is ordered by; names of the SELECT come first here."""
    for node in order.expressions:
        inner = node.this if isinstance(node, exp.Ordered) else node
        by_name = [
            i.node for i in found.items if isinstance(inner, exp.Column) and i.name == inner.name.lower()
        ]
        if isinstance(inner, exp.Literal):
            number = int(inner.name) - 1 if inner.name.isdigit() else -1
            by_name = [i.node for i in found.items[number : number + 1]] if number >= 0 else []
        if by_name:
            yield by_name[0]
        elif not (isinstance(inner, exp.Literal) or inner.name.lower() == "all"):
            yield found.scope.settled(inner)
        else:
            yield from (i.node for i in found.items)


def bare(node: exp.Expr) -> exp.Expr:
    """The expression without parentheses and names around it."""
    while isinstance(node, exp.Paren | exp.Alias):
        node = node.this
    return node
