"""FROM: the sources of a SELECT, how they are joined, and what that says about its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from engine.core.compiling.analysed import Ref
from engine.core.compiling.scopes import Scope, Source, using
from engine.core.compiling.terms import Output, Relation, Term, Traced, Untraceable, term

Read = Callable[[exp.Expr, Scope], Relation]
Trace = Callable[[exp.Expr, Scope], Traced]

_ORDERED_JOINS = ("POSITIONAL", "ASOF")


@dataclass
class Rows:
    """What decides the rows of a SELECT, as far as it has been read."""

    terms: list[Term] = field(default_factory=list)
    sources: set[Ref] = field(default_factory=set)
    sensitive: bool = False

    def add(self, word: str, values: Iterable[Traced]) -> None:
        """A clause that decides rows by these values."""
        found = tuple(values)
        self.terms.append(term(word, *(v.term for v in found)))
        for value in found:
            self.sources |= value.sources
            self.sensitive = self.sensitive or "order" in value.marks


def only(node: exp.Expr, known: frozenset[str]) -> None:
    """Raises Untraceable when the node says anything but the known parts."""
    for key, value in node.args.items():
        if key not in known and value not in (None, False, []):
            raise Untraceable(f"{type(node).__name__}.{key}")


def renamed(relation: Relation, alias: exp.Expr | None) -> Relation:
    """The relation with the column names of `alias (x, y)`, where it has any."""
    names = [c.name for c in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
    if len(names) > len(relation.outputs):
        raise Untraceable("alias")
    kept = relation.outputs[len(names) :]
    given = (replace(o, name=n) for o, n in zip(relation.outputs, names, strict=False))
    return replace(relation, outputs=(*given, *kept))


class Froms:
    """Reads FROM and JOIN clauses into a scope."""

    def __init__(self, read: Read, trace: Trace) -> None:
        self._read = read
        self._trace = trace

    def enter(self, select: exp.Select, scope: Scope) -> Rows:
        """Fill `scope` with the sources of `select`; what they and their joins say about its rows."""
        rows = Rows()
        clause = select.args.get("from_")
        joins = select.args.get("joins") or []
        scope.alone = clause is not None and not joins
        if clause is not None:
            self._add(self._source(clause.this, scope), rows, scope)
        for join in joins:
            self._join(join, rows, scope)
        return rows

    def _add(self, source: Source, rows: Rows, scope: Scope) -> None:
        scope.sources.append(source)
        rows.terms.append(source.relation.rows)
        rows.sources |= source.relation.row_sources
        rows.sensitive = rows.sensitive or source.relation.indefinite

    def _join(self, join: exp.Join, rows: Rows, scope: Scope) -> None:
        only(join, frozenset({"this", "method", "side", "kind", "on", "using"}))
        method, side, kind = (str(join.args.get(k) or "").upper() for k in ("method", "side", "kind"))
        right = self._source(join.this, scope)
        rows.terms.append(term("join", method, side, "" if kind in ("INNER", "OUTER", "CROSS") else kind))
        rows.sensitive = rows.sensitive or method in _ORDERED_JOINS
        names = self._shared(join, method, kind, right, scope)
        if names is not None:
            rows.add("using", using(scope, right, names, side))
        self._add(right, rows, scope)
        if join.args.get("on") is not None:
            rows.add("on", [self._trace(join.args["on"], scope)])
        if kind in ("SEMI", "ANTI"):
            scope.sources.remove(right)
            for name in names or ():
                del scope.merged[name]
                scope.dropped.discard((right.index, name))

    def _shared(
        self, join: exp.Join, method: str, kind: str, right: Source, scope: Scope
    ) -> list[str] | None:
        """The columns that USING or NATURAL joins by; None for another join."""
        listed = [name.name.lower() for name in join.args.get("using") or []]
        if not listed and method != "NATURAL":
            return None
        if method == "ASOF" or (kind in ("SEMI", "ANTI") and any(n in scope.merged for n in listed)):
            raise Untraceable("using")
        if method == "NATURAL":
            listed = [
                o.name.lower() for o in right.relation.outputs if scope.local(o.name.lower()) is not None
            ]
        return listed

    def _source(self, node: exp.Expr, scope: Scope) -> Source:
        match node:
            case exp.Table():
                relation = self._table(node, scope)
            case exp.Subquery():
                only(node, frozenset({"this", "alias", "with_"}))
                relation = self._read(node.this if not node.args.get("with_") else node, scope)
            case exp.Lateral() if isinstance(node.this, exp.Subquery):
                only(node, frozenset({"this", "alias", "view", "outer", "cross_apply"}))
                relation = self._read(node.this, scope)
            case exp.Values():
                relation = self._values(node, scope)
            case exp.Unnest():
                relation = self._unnest(node, scope)
            case _:
                raise Untraceable(type(node).__name__)
        name = node.alias or (node.name if isinstance(node, exp.Table) else "")
        return Source(str(name).lower(), len(scope.sources), renamed(relation, node.args.get("alias")))

    def _table(self, node: exp.Table, scope: Scope) -> Relation:
        only(node, frozenset({"this", "alias"}))
        if isinstance(node.this, exp.GenerateSeries):
            value = self._trace(node.this, scope)
            name = "range" if node.this.args.get("is_end_exclusive") else "generate_series"
            return _generated(name, value)
        if not isinstance(node.this, exp.Identifier):
            raise Untraceable(type(node.this).__name__)
        cte = scope.ctes.get(node.name.lower())
        return cte() if cte is not None else scope.tables.relation(node.name)

    def _values(self, node: exp.Values, scope: Scope) -> Relation:
        """Constants: one term for all rows and one per column."""
        rows = [[self._trace(v, scope) for v in row.expressions] for row in node.expressions]
        width = len(rows[0]) if rows else 0
        if any(len(row) != width for row in rows):
            raise Untraceable("Values")
        columns = [Traced(term("values", *(row[i].term for row in rows)), plain=False) for i in range(width)]
        sources = frozenset().union(*(v.sources for row in rows for v in row))
        return Relation(
            tuple(Output(f"col{i}", replace(c, sources=sources)) for i, c in enumerate(columns)),
            term("values", *(c.term for c in columns)),
            sources,
        )

    def _unnest(self, node: exp.Unnest, scope: Scope) -> Relation:
        only(node, frozenset({"expressions", "alias"}))
        if len(node.expressions) != 1:
            raise Untraceable("Unnest")
        return _generated("unnest", self._trace(node.expressions[0], scope))


def _generated(name: str, value: Traced) -> Relation:
    """Rows made of one value: a list's elements, a series' numbers."""
    element = Traced(term("element", value.term), value.sources, plain=False)
    return Relation((Output(name, element),), term("elements", name, value.term), value.sources)
