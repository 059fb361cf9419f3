"""What reads no units: tables, queries and generated rows that are left as they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from engine.core.provenance.relations import Known, Out, Relation, Unknown, only, pointed
from engine.core.provenance.scopes import Scope


def touches(node: exp.Expr, tables: Mapping[str, Known]) -> bool:
    """Whether a query may read units, by the names of the tables in it."""
    return any(known.relation.kind != "free" for known in _read(node, tables))


def _read(node: exp.Expr, tables: Mapping[str, Known]) -> Iterator[Known]:
    for table in node.find_all(exp.Table):
        known = tables.get(table.name.lower())
        if known is not None:
            yield known


def free_relation(query: exp.Query, tables: Mapping[str, Known]) -> Relation:
    """A query that reads no units, as a table whose columns' names are known where that is easily told."""
    names = _names(query, tables)
    unique = names is not None and len({n for n in names if n}) == len([n for n in names if n])
    outs = tuple(Out(n, n or f"__f{i}") for i, n in enumerate(names)) if names and unique else None
    guarded = any(known.relation.guarded for known in _read(query, tables))
    return Relation(pointed(query, tables), outs, "free", guarded)


def _names(query: exp.Expr, tables: Mapping[str, Known]) -> list[str] | None:
    """The names of a query's columns; None where it would take more to tell them."""
    while isinstance(query, exp.Subquery) and not query.args.get("with_"):
        query = query.this
    if isinstance(query, exp.Union):
        return _names(query.this, tables) if not query.args.get("by_name") else None
    if not isinstance(query, exp.Select):
        return None
    found: list[str] = []
    for item in query.expressions:
        if item.find(exp.Star) and not item.find(exp.Count):
            star = _starred(query, tables) if isinstance(item, exp.Star) else None
            if star is None or any(item.args.values()):
                return None
            found += star
        elif isinstance(item, exp.Columns | exp.Unnest | exp.Explode):
            return None
        else:
            found.append(item.alias_or_name.lower() if isinstance(item, exp.Alias | exp.Column) else "")
    return found


def _starred(query: exp.Select, tables: Mapping[str, Known]) -> list[str] | None:
    """The columns that `*` is, of a query over one known table."""
    clause = query.args.get("from_")
    if clause is None or query.args.get("joins") or query.args.get("with_"):
        return None
    if isinstance(clause.this, exp.Subquery) and not _has_columns(clause.this):
        return _names(clause.this.this, tables)
    known = tables.get(clause.this.name.lower()) if isinstance(clause.this, exp.Table) else None
    if known is None or known.relation.outs is None or _has_columns(clause.this):
        return None
    return [o.name for o in known.relation.outs]


def _has_columns(node: exp.Expr) -> bool:
    alias = node.args.get("alias")
    return isinstance(alias, exp.TableAlias) and bool(alias.args.get("columns"))


def generated(node: exp.Expr, scope: Scope) -> Relation:
    """Rows that are listed, or made of values of the tables beside them. Raises Unknown when unread."""
    inner: exp.Expr
    if isinstance(node, exp.Table) and isinstance(node.this, exp.GenerateSeries):
        only(node, ("this", "alias"))
        inner = node.this
    elif isinstance(node, exp.Unnest | exp.Values):
        only(node, ("expressions", "alias", "offset"))
        inner = node
    else:
        raise Unknown("a table that is none of the inputs")
    beside = [c for c in inner.find_all(exp.Column) if not isinstance(c.this, exp.Star)]
    settled = [scope.settled(c) for c in beside]
    if inner.find(exp.Query) or any(map(scope.depends_on_others, settled)):
        raise Unknown("rows made of what depends on other units")
    if beside and any(s.relation.kind == "cells" for s in scope.sources):
        raise Unknown("rows made of groups")
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    outs = tuple(Out(c.name.lower(), c.name.lower()) for c in columns or ())
    complete = bool(outs) and (not isinstance(node, exp.Values) or len(outs) == _width(node))
    return Relation(exp.Select(), outs if complete else None, "free")


def _width(node: exp.Values) -> int:
    return len(node.expressions[0].expressions) if node.expressions else 0


def escapes(query: exp.Expr, scope: Scope) -> bool:
    """Whether a query in FROM may look at what the tables before it have from other units, or as figures.

    Such a query may look at the row beside it; what is the row's own is no matter.
    """
    before = {s.alias for s in scope.sources}
    outs = [o for s in scope.sources for o in s.relation.outs or ()]
    others = {n for o in outs if o.mixed or o.figure is not None for n in (o.name, o.at)}
    others |= {o.name for s in scope.sources if s.relation.guarded for o in s.relation.outs or ()}
    guarded = any(s.relation.guarded and s.relation.outs is None for s in scope.sources)
    for node in query.find_all(exp.Column):
        parts = {p.name.lower() for p in node.parts}
        if guarded or parts & others or (isinstance(node.this, exp.Star) and parts & before):
            return True
    return False
