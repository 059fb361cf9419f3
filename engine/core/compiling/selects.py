"""One SELECT: its outputs, and everything that decides its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlglot import exp

from engine.core.compiling.froms import Froms, Rows, only
from engine.core.compiling.functions import aggregates_here, explodes_here
from engine.core.compiling.ordering import Ordering, ordering
from engine.core.compiling.scopes import Scope
from engine.core.compiling.terms import Output, Relation, Traced, Untraceable, term

_KNOWN = frozenset({
    "expressions", "from_", "joins", "where", "group", "having", "qualify", "distinct", "windows", "order",
    "limit", "offset", "with_",
})  # fmt: skip
_ROW_CLAUSES = ("where", "group", "having", "qualify", "distinct", "order", "limit", "offset")

Trace = Callable[[exp.Expr, Scope], Traced]


class Selects:
    """Reads SELECTs."""

    def __init__(self, froms: Froms, trace: Trace) -> None:
        self._froms = froms
        self._trace = trace

    def read(self, select: exp.Select, scope: Scope) -> Relation:
        """The relation of `select`, whose new and still empty scope is given. Raises Untraceable."""
        only(select, _KNOWN)
        rows = self._froms.enter(select, scope)
        self._name(select, scope)
        aggregates = bool(select.args.get("group")) or any(map(aggregates_here, _judging(select)))
        explodes = any(map(explodes_here, select.expressions))
        scope.preserving = scope.alone and not (
            aggregates or explodes or any(select.args.get(word) for word in _ROW_CLAUSES)
        )
        outputs = tuple(self._outputs(select, scope))
        if scope.preserving:
            source = scope.sources[0].relation
            sensitive = source.indefinite or _in_order(outputs)
            return Relation(outputs, source.rows, source.row_sources, sensitive)
        self._clauses(select, scope, rows, outputs, aggregates)
        if explodes:
            rows.add("explode", (o.value for o in outputs if "explode" in o.value.marks))
        return self._bounded(select, scope, rows, outputs)

    def _name(self, select: exp.Select, scope: Scope) -> None:
        for node in select.expressions:
            if isinstance(node, exp.Alias):
                scope.aliases.setdefault(node.alias.lower(), node.this)
        for window in select.args.get("windows") or []:
            scope.windows[window.name.lower()] = exp.Window(
                **{key: value for key, value in window.copy().args.items() if key != "this"}
            )

    def _outputs(self, select: exp.Select, scope: Scope) -> Iterator[Output]:
        for node in select.expressions:
            if isinstance(node, exp.Star):
                yield from self._star(node, scope.star(), scope)
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                yield from self._star(node.this, scope.star(node.table.lower()), scope)
            else:
                yield Output(_written_name(node), self._trace(node, scope))

    def _star(self, star: exp.Star, columns: list[Output], scope: Scope) -> Iterator[Output]:
        """`*` with its EXCLUDE and REPLACE."""
        only(star, frozenset({"except_", "replace"}))
        excluded = {c.name.lower() for c in star.args.get("except_") or []}
        if any(isinstance(c, exp.Column) and c.table for c in star.args.get("except_") or []):
            raise Untraceable("exclude")
        replaced = {e.alias.lower(): e for e in star.args.get("replace") or []}
        for column in columns:
            name = column.name.lower()
            if name in replaced:
                yield replace(column, value=self._trace(replaced[name], scope))
            elif name not in excluded:
                yield column

    def _clauses(
        self, select: exp.Select, scope: Scope, rows: Rows, outputs: tuple[Output, ...], aggregates: bool
    ) -> None:
        for word in ("where", "having", "qualify"):
            clause = select.args.get(word)
            if clause is not None:
                _refuse_doubles(clause, word, scope)
                rows.add(word, [self._trace(clause.this, scope)])
        group = select.args.get("group")
        if group is not None:
            self._group(group, scope, rows, outputs)
        elif aggregates:
            rows.terms.append(term("one group"))
        distinct = select.args.get("distinct")
        if distinct is not None:
            on = distinct.args.get("on")
            keys = [self._trace(e, scope) for e in on.expressions] if on is not None else None
            rows.add("distinct", [o.value for o in outputs] if keys is None else keys)

    def _group(self, group: exp.Group, scope: Scope, rows: Rows, outputs: tuple[Output, ...]) -> None:
        """GROUP BY: numbers stand for outputs, ALL for every output that does not aggregate."""
        only(group, frozenset({"expressions", "all"}))
        if group.args.get("all"):
            keys = [o.value for o in outputs if "aggregate" not in o.value.marks]
        else:
            keys = [self._group_key(node, scope, outputs) for node in group.expressions]
        several = any(
            isinstance(node, exp.GroupingSets | exp.Rollup | exp.Cube | exp.Tuple)
            for node in group.expressions
        )
        distinct = keys if several else sorted({k.term: k for k in keys}.values(), key=lambda k: k.term)
        rows.add("group", distinct)

    def _group_key(self, node: exp.Expr, scope: Scope, outputs: tuple[Output, ...]) -> Traced:
        if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
            if not 1 <= int(node.name) <= len(outputs):
                raise Untraceable("group by")
            return outputs[int(node.name) - 1].value
        return self._trace(node, scope)

    def _bounded(self, select: exp.Select, scope: Scope, rows: Rows, outputs: tuple[Output, ...]) -> Relation:
        found = ordering(select, outputs, lambda node: self._trace(node, scope))
        distinct = select.args.get("distinct")
        picks = bool(found.bounds) or (distinct is not None and distinct.args.get("on") is not None)
        return finished(rows, outputs, found, picks)


def finished(rows: Rows, outputs: tuple[Output, ...], found: Ordering, picks: bool) -> Relation:
    """The relation after its order and bounds; `picks`: it keeps some rows by their order."""
    if found.keys:
        rows.add("order", found.keys)
    if found.bounds:
        rows.add("bounds", found.bounds)
    return Relation(
        outputs,
        term("rows", *rows.terms),
        frozenset(rows.sources),
        sensitive=rows.sensitive or _in_order(outputs) or (picks and not found.ordered),
        ordered=found.ordered,
        ties=found.ordered and not found.total,
        picks=picks,
    )


def _written_name(node: exp.Expr) -> str:
    """The name an output is given or has from its column; empty when the engine makes one up."""
    if isinstance(node, exp.Alias):
        return str(node.alias)
    return node.name if isinstance(node, exp.Column) else ""


def _in_order(outputs: tuple[Output, ...]) -> bool:
    return any("order" in o.value.marks for o in outputs)


def _judging(select: exp.Select) -> Iterator[exp.Expr]:
    """All expressions that can aggregate the rows of this SELECT."""
    yield from select.expressions
    for word in ("having", "qualify", "order"):
        if select.args.get(word) is not None:
            yield select.args[word]


def _refuse_doubles(clause: exp.Expr, word: str, scope: Scope) -> None:
    """In HAVING and QUALIFY, a name that is both a column and another expression's alias has two readings."""
    if word == "where":
        return
    for column in clause.find_all(exp.Column):
        name = column.name.lower()
        aliased = scope.aliases.get(name)
        same = isinstance(aliased, exp.Column) and aliased.name.lower() == name
        if not column.table and aliased is not None and not same and scope.local(name) is not None:
            raise Untraceable(name)
