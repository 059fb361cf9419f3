"""A SELECT over groups of units: groups handed on, groups put together, and what is computed of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from engine.core.compiling.functions import explodes_here
from engine.core.provenance.expressions import aggregates_in, numbers, over_keys, spoken, whens
from engine.core.provenance.figures import Cells, Refused
from engine.core.provenance.groups import clauses, is_constant
from engine.core.provenance.relations import CELL, Never, Out, Relation, Unknown, column, named
from engine.core.provenance.scopes import aggregates, conjuncts
from engine.core.provenance.selects import Item, Reading, bare
from engine.core.provenance.values import Figure


def of_cells(reading: Reading) -> Relation:
    """What a SELECT makes of groups of units. Raises Unknown and Never as reading does."""
    kept, whole = _chosen(reading)
    if any(explodes_here(item.node) for item in reading.items):
        raise Unknown("several rows of one group")
    if reading.grouped or (reading.distinct and not reading.distinct_on and _keys_at(reading, kept) is None):
        return _regrouped(reading, kept, whole)
    return _handed_on(reading, kept, whole)


def _chosen(reading: Reading) -> tuple[exp.Expr | None, bool]:
    """What of WHERE is about keys, and whether that is all of it."""
    scope, kept, whole = reading.scope, [], True
    for part in conjuncts(reading.where):
        if scope.reads_units(part):
            raise Never("it chooses groups by a query over units")
        if scope.has_figures(part):
            whole = False
        else:
            kept.append(part)
    return (exp.and_(*kept, copy=True) if kept else None), whole


def _equals(reading: Reading, kept: exp.Expr | None) -> list[tuple[exp.Expr, exp.Expr]]:
    """What surely is equal in every row: by WHERE, and by the conditions of inner joins."""
    joined = [j.args.get("on") for j in reading.base.joins if not j.args.get("side")]
    parts = [p for condition in (kept, *joined) for p in conjuncts(condition)]
    pairs = [(bare(p.this), bare(p.expression)) for p in parts if isinstance(p, exp.EQ)]
    return [*pairs, *((b, a) for a, b in pairs)]


def _keys_at(reading: Reading, kept: exp.Expr | None) -> dict[int, bool] | None:
    """The items by which the groups are told apart; None when some of it is left out.

    A key that is one constant everywhere tells nothing, and what is equal to a key stands for it.
    """
    equals = _equals(reading, kept)
    nodes = [bare(item.node) for item in reading.items]
    found: dict[int, bool] = {}
    for source in reading.scope.sources:
        for out in source.relation.outs or ():
            key = column(out.at, source.alias)
            others = [b for a, b in equals if a == key]
            if not out.key or out.constant or any(isinstance(b, exp.Literal) for b in others):
                continue
            merged = column(out.at)
            places = [i for i, n in enumerate(nodes) if n in (key, merged, *others)]
            if not places:
                return None
            found |= dict.fromkeys(places, True)
    return found


def _handed_on(reading: Reading, kept: exp.Expr | None, whole: bool) -> Relation:
    """Groups as they are, some perhaps left out."""
    base = reading.base
    keys = _keys_at(reading, kept)
    if keys is None:
        raise Never("it leaves out a column by which its groups are told apart")
    if reading.distinct and base.relation.multiplied:
        raise Unknown("DISTINCT over groups that a look-up has several rows for")
    cells = _Figures(reading.scope, (), base.alias)
    outs = tuple(
        replace(_handed(reading, item, cells), key=i in keys) for i, item in enumerate(reading.items)
    )
    for clause in clauses(reading):
        cells.check(clause)
    left_out = reading.cut or reading.qualify is not None or reading.distinct_on
    return _made(reading, outs, cells, kept, base.relation.whole and whole and not left_out)


def _handed(reading: Reading, item: Item, cells: _Figures) -> Out:
    scope, inner = reading.scope, bare(item.node)
    plain = scope.plain(inner)
    if plain is not None and plain.figure is None:
        return replace(plain, name=item.name, at=item.at, unit=False)
    if is_constant(inner):
        return Out(item.name, item.at, constant=inner.sql("duckdb"), numeric=inner.is_number)
    if scope.has_figures(inner) or inner.find(exp.Window) or scope.reads_units(inner):
        return Out(item.name, item.at, figure=cells.figure(item.name, inner))
    return Out(item.name, item.at)


def _regrouped(reading: Reading, kept: exp.Expr | None, whole: bool) -> Relation:
    """Groups put together by some of their keys."""
    scope = reading.scope
    if not (reading.base.relation.whole and whole):
        raise Never("it puts groups together after some of them were left out")
    keys = reading.keys or ()
    if reading.keys is None and not reading.grouped:
        keys = tuple(item.node for item in reading.items)
    for key in keys:
        if scope.has_figures(key) or scope.reads_units(key) or key.find(exp.Window):
            raise Never(f"it groups by `{spoken(key)}`, which is computed of units")
    cells = _Figures(scope, keys, reading.base.alias)
    outs = tuple(_put_together(reading, keys, cells))
    there = [bare(item.node) for item in reading.items]
    for key in map(bare, keys):
        if not is_constant(key) and key not in there:
            raise Never(f"it leaves out `{spoken(key)}`, by which it groups")
    for clause in clauses(reading):
        cells.check(clause)
    left_out = reading.having is not None or reading.cut or reading.qualify is not None
    found = _made(reading, outs, cells, kept, not (left_out or reading.distinct_on))
    if not found.multiplied:
        return found
    found.query.set("expressions", [e for e in found.query.expressions if e.alias != CELL])
    return replace(found, multiplied=False)


def _put_together(reading: Reading, keys: tuple[exp.Expr, ...], cells: _Figures) -> Iterator[Out]:
    for item in reading.items:
        inner = bare(item.node)
        plain = reading.scope.plain(inner)
        if is_constant(inner):
            yield Out(item.name, item.at, constant=inner.sql("duckdb"), numeric=inner.is_number)
        elif over_keys(inner, keys):
            numeric = plain is not None and plain.numeric
            yield Out(item.name, item.at, key=any(inner == bare(k) for k in keys), numeric=numeric)
        elif aggregates(inner) or inner.find(exp.Window):
            yield Out(item.name, item.at, figure=cells.figure(item.name, inner))
        else:
            raise Unknown(f"`{spoken(inner)}` beside groups")


def _made(
    reading: Reading, outs: tuple[Out, ...], cells: _Figures, kept: exp.Expr | None, whole: bool
) -> Relation:
    base = reading.base
    items = [named(i.node, i.at) for i, o in zip(reading.items, outs, strict=True) if o.figure is None]
    made = base.select(items, kept)
    for name, argument in cells.arguments.items():
        made.append("expressions", named(argument, name))
    return replace(
        base.relation,
        query=made,
        outs=outs,
        whole=whole,
        arguments=tuple(cells.arguments),
        refusals=(*base.relation.refusals, *cells.refusals),
    )


class _Figures(Cells):
    """What is computed of groups: sums of their counts and sums stay such, all else is derived."""

    def _form(self, node: exp.Expr) -> Figure:
        inner = bare(node)
        plain = self.scope.plain(inner)
        if plain is not None and plain.figure is not None:
            return self._passed(plain.figure)
        if isinstance(inner, exp.Filter | exp.Sum):
            return self.leaf(inner)
        if self.scope.reads_units(inner):
            raise Refused("it reads units inside an expression")
        for part in (*aggregates_in(inner), *inner.find_all(exp.Window)):
            self._of_figures(part)
        return Figure("derived")

    def _passed(self, figure: Figure) -> Figure:
        if figure.parts:
            return replace(figure, parts=tuple(map(self._passed, figure.parts)))
        if not figure.argument:
            return figure
        return self._said(figure.form, column(figure.argument.strip('"'), self.alias))

    def leaf(self, node: exp.Expr) -> Figure:
        """An aggregate over groups. Raises Refused when it may show what a group is named by."""
        inner, condition = bare(node), None
        if isinstance(inner, exp.Filter):
            inner, condition = bare(inner.this), inner.expression.this
        plain = self.scope.plain(inner.this) if type(inner) is exp.Sum else None
        figure = plain.figure if plain is not None else None
        told = condition is not None and (
            self.scope.has_figures(condition) or self.scope.reads_units(condition)
        )
        if figure is None or figure.form not in ("count", "sum") or told:
            self._of_figures(node)
            return Figure("derived")
        if condition is None:
            return self._passed(figure)
        one = exp.Literal.number(1)
        value = column(figure.argument.strip('"'), self.alias) if figure.argument else one
        return self._said(figure.form, whens(condition, value))

    def _of_figures(self, node: exp.Expr) -> None:
        """That values which are put together are figures, none that says which group it is of."""
        inner = bare(node)
        inner = inner.this if isinstance(inner, exp.Window) else inner
        if isinstance(inner, exp.Filter):
            inner = bare(inner.this)
        for part in inner.iter_expressions():
            if isinstance(part, exp.Star) or numbers(part):
                continue
            for out in self._named_by(part):
                raise Refused(f"{spoken(inner)} may show what one group is named by ({out.name})")

    def _named_by(self, node: exp.Expr) -> Iterator[Out]:
        """Keys in a value; those in the conditions of a CASE only choose among figures."""
        inner = bare(node)
        if isinstance(inner, exp.Case | exp.If):
            ifs = inner.args.get("ifs") or [inner]
            for part in (*(i.args["true"] for i in ifs), inner.args.get("default"), inner.args.get("false")):
                if part is not None:
                    yield from self._named_by(part)
        elif isinstance(inner, exp.Column):
            yield from (o for o in self.scope.found(inner) if o.figure is None)
        elif isinstance(inner, exp.Order):
            yield from self._named_by(inner.this)
        else:
            for child in inner.iter_expressions():
                yield from self._named_by(child)
