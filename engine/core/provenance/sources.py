"""FROM and JOIN: whose rows a SELECT reads, and where their unit and number stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from engine.core.provenance.free import escapes, generated
from engine.core.provenance.joins import Base, both, enter, equal, judge, merge
from engine.core.provenance.relations import (
    CELL,
    Known,
    Never,
    Relation,
    Unknown,
    column,
    ident,
    inside,
    named,
    only,
    pointed,
    renamed,
    selection,
    table_node,
)
from engine.core.provenance.scopes import Scope, Source

Read = Callable[[exp.Expr, Mapping[str, Known]], Relation]


def base_of(select: exp.Select, tables: Mapping[str, Known], read: Read) -> Base:
    """The sources of a SELECT. Raises Never when its rows are not each of one unit, Unknown when unread."""
    clause = select.args.get("from_")
    if clause is None:
        raise Never("it reads units inside an expression only")
    joins = select.args.get("joins") or []
    base = Base(Scope(tables), Relation(exp.Select(), (), "free"))
    source, base.first = _source(clause.this, base.scope, read, bool(joins))
    base.scope.sources.append(source)
    enter(base, source)
    for join in joins:
        _join(join, base, read, select.args.get("where"))
    if base.relation.kind == "free":
        raise Never("it reads units inside an expression only")
    return base


def _source(node: exp.Expr, scope: Scope, read: Read, numbered: bool) -> tuple[Source, exp.Expr]:
    """A source and how it is written; `numbered` cells get a column that tells their rows apart."""
    alias = (node.alias or (node.name if isinstance(node, exp.Table) else "")) or f"__s{len(scope.sources)}"
    written = node.args.get("alias")
    names = [c.name for c in written.args.get("columns") or []] if isinstance(written, exp.TableAlias) else []
    relation, made = _relation(node, alias, scope, read)
    if relation.guarded:
        if relation.outs is None:
            raise Unknown("a protected table whose columns are not known")
        relation = replace(relation, outs=tuple(replace(o, mixed=True) for o in relation.outs))
    if relation.kind == "free" and relation.outs is not None and names:
        if len(names) > len(relation.outs):
            raise Unknown("names of columns that are not there")
        given = [replace(o, name=n.lower(), at=n.lower()) for o, n in zip(relation.outs, names, strict=False)]
        relation = replace(relation, outs=(*given, *relation.outs[len(names) :]))
    elif relation.kind != "free":
        again = renamed(relation, names)
        numbered = numbered and relation.kind == "cells" and not relation.multiplied
        if again.query is not relation.query:
            made = inside(again.query, alias)
        relation = again
        if numbered:
            made = inside(_numbered(made), alias)
            relation = replace(relation, multiplied=True)
    return Source(alias.lower(), relation), made


def _numbered(source: exp.Expr) -> exp.Select:
    number = exp.Window(this=exp.RowNumber())
    return selection([exp.Star(), named(number, CELL)], source)


def _relation(node: exp.Expr, alias: str, scope: Scope, read: Read) -> tuple[Relation, exp.Expr]:
    known = scope.tables.get(node.name.lower()) if isinstance(node, exp.Table) else None
    if known is not None:
        only(node, ("this", "alias"))
        if known.relation.kind == "closed":
            raise Never(known.relation.lost)
        if known.relation.kind == "free":
            return known.relation, pointed(node, scope.tables)
        return replace(known.relation, query=_all_of(known)), table_node(known.table, alias)
    if isinstance(node, exp.Subquery):
        only(node, ("this", "alias"))
        if escapes(node.this, scope):
            raise Unknown("a query that looks at the tables beside it")
        relation = read(node.this, scope.tables)
        made = node.copy() if relation.kind == "free" else inside(relation.query, alias)
        if relation.kind == "free":
            made.set("this", relation.query)
            made.set("alias", node.args.get("alias") or exp.TableAlias(this=ident(alias)))
        return relation, made
    return generated(node, scope), pointed(node, scope.tables)


def _all_of(known: Known) -> exp.Select:
    relation = known.relation
    return selection([column(n, "q") for n in (*(o.at for o in relation.seen), *relation.hidden)],
                     table_node(known.table, "q"))  # fmt: skip


_KINDS = ("", "INNER", "CROSS", "OUTER", "SEMI", "ANTI")


def _join(join: exp.Join, base: Base, read: Read, where: exp.Expr | None) -> None:
    only(join, ("this", "method", "side", "kind", "on", "using"))
    method, side, kind = (str(join.args.get(k) or "").upper() for k in ("method", "side", "kind"))
    if method or kind not in _KINDS or side not in ("", "LEFT", "RIGHT", "FULL"):
        raise Unknown(f"a {method or kind or side} join")
    right, made = _source(join.this, base.scope, read, True)
    using = [name.name.lower() for name in join.args.get("using") or []]
    base.scope.sources.append(right)
    written = exp.Join(this=made, side=join.args.get("side"), kind=join.args.get("kind"))
    if using:
        written.set("using", [ident(n) for n in using])
    if join.args.get("on") is not None:
        written.set("on", base.scope.settled(join.args["on"]))
    right = judge(base, right, written, side, kind, using, [] if side else list(equal(base.scope, where)))
    base.joins.append(written)
    left = base.relation
    if left.kind != "free" and right.relation.kind != "free":
        both(base, left, right, side, kind)
    elif right.relation.kind != "free":
        enter(base, right)
    merge(base.scope, right, using, side, kind)
