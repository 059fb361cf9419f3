"""Relations of whole queries: SELECTs, set operations, and the WITH tables and brackets around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.core.compiled import Kind
from engine.core.compiling.expressions import Reader
from engine.core.compiling.froms import Froms, Rows, only, renamed
from engine.core.compiling.ordering import ordering
from engine.core.compiling.scopes import Scope, Tables
from engine.core.compiling.selects import Selects, finished
from engine.core.compiling.terms import Output, Relation, Traced, Untraceable, merge, term

_SET = frozenset({"this", "expression", "distinct", "by_name", "order", "limit", "offset", "with_"})
Ctes = Mapping[str, Callable[[], Relation]]


def relation_of(query: exp.Expr, tables: Tables) -> Relation:
    """The relation that a whole query yields over `tables`. Raises Untraceable."""
    queries = _Queries()
    return queries.read(query, Scope(tables, queries.trace))


class _Queries:
    """Reads queries, the nested ones through the expressions and FROM entries that hold them."""

    def __init__(self) -> None:
        reader = Reader(self.read)
        self.trace = reader.trace
        self._selects = Selects(Froms(self.read, self.trace), self.trace)

    def read(self, query: exp.Expr, parent: Scope) -> Relation:
        """The relation of a query that stands inside `parent`."""
        scope = Scope(parent.tables, self.trace, parent, self._ctes(query, parent))
        match query:
            case exp.Select():
                return self._selects.read(query, scope)
            case exp.SetOperation():
                return self._set(query, scope)
            case exp.Subquery():
                only(query, frozenset({"this", "alias", "with_"}))
                return self.read(query.this, scope)
        raise Untraceable(type(query).__name__)

    def _ctes(self, query: exp.Expr, parent: Scope) -> Ctes:
        """The WITH tables that the query may name."""
        known = dict(parent.ctes)
        clause = query.args.get("with_")
        if clause is None:
            return known
        if clause.args.get("recursive"):
            raise Untraceable("recursive")
        for cte in clause.expressions:
            known[cte.alias.lower()] = self._later(cte, Scope(parent.tables, self.trace, parent, dict(known)))
        return known

    def _later(self, cte: exp.CTE, scope: Scope) -> Callable[[], Relation]:
        """A WITH table, read on first use and once: one that is not used means nothing."""
        found: list[Relation] = []

        def relation() -> Relation:
            if not found:
                found.append(renamed(self.read(cte.this, scope), cte.args.get("alias")))
            return found[0]

        return relation

    def _set(self, query: exp.SetOperation, scope: Scope) -> Relation:
        only(query, _SET)
        left, right = self.read(query.this, scope), self.read(query.expression, scope)
        distinct, by_name = bool(query.args.get("distinct")), bool(query.args.get("by_name"))
        operation = type(query).__name__
        outputs = _paired(left, right, by_name, operation)
        rows = Rows([term(operation, distinct, by_name, left.rows, right.rows)])
        rows.sources |= left.row_sources | right.row_sources
        rows.sensitive = left.indefinite or right.indefinite
        if distinct or operation != "Union":
            rows.add("whole rows", [o.value for o in outputs])
        found = ordering(query, outputs, lambda node: self.trace(node, scope))
        return finished(rows, outputs, found, bool(found.bounds))


def _paired(left: Relation, right: Relation, by_name: bool, operation: str) -> tuple[Output, ...]:
    """The outputs of two relations put together, by position or by name."""
    if not by_name:
        if len(left.outputs) != len(right.outputs):
            raise Untraceable(operation)
        pairs = zip(left.outputs, right.outputs, strict=True)
        return tuple(Output(a.name, _both(operation, [a.value, b.value])) for a, b in pairs)
    names = {o.name.lower(): o.name for o in (*right.outputs, *left.outputs)}
    ordered = dict.fromkeys(o.name.lower() for o in (*left.outputs, *right.outputs))
    found = []
    for name in ordered:
        sides = [[o.value for o in r.outputs if o.name.lower() == name] for r in (left, right)]
        if any(len(side) > 1 for side in sides):
            raise Untraceable(name)
        absent = Traced(term("absent"), kind="identity")
        found.append(Output(names[name], _both(operation, [side[0] if side else absent for side in sides])))
    return tuple(found)


def _both(operation: str, values: list[Traced]) -> Traced:
    kinds = {v.kind for v in values}
    kind: Kind = kinds.pop() if len(kinds) == 1 else "expression"
    common = merge(values)
    return Traced(
        term(operation, *(v.term for v in values)),
        common.sources,
        kind,
        common.marks & {"order"},
        plain=False,
        numeric=all(v.numeric for v in values),
    )
