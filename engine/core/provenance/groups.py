"""A SELECT over rows of units: rows again, rows of one unit each, or groups of units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from engine.core.provenance.expressions import over_keys, spoken
from engine.core.provenance.figures import Cells
from engine.core.provenance.naming import naming_refusals, tells_who
from engine.core.provenance.relations import Never, Out, Relation, Unknown, named, no_number
from engine.core.provenance.scopes import aggregates
from engine.core.provenance.selects import Item, Reading, bare
from engine.core.provenance.values import ROW


def of_rows(reading: Reading) -> Relation:
    """What a SELECT makes of rows of units. Raises Unknown and Never as reading does."""
    found = _of_rows(reading, reading.base.relation.lost or _filtered(reading))
    known = {refusal.column for refusal in found.refusals}
    refused = [r for r in naming_refusals(reading) if not r.column or r.column not in known]
    return replace(found, refusals=(*found.refusals, *refused)) if refused else found


def _of_rows(reading: Reading, lost: str) -> Relation:
    if reading.grouped:
        keys = reading.keys or ()
        if any(map(reading.scope.is_unit, keys)):
            return _of_one_unit(reading, lost)
        return _cells(reading, keys, lost)
    if reading.distinct and not reading.distinct_on:
        if not any(reading.scope.is_unit(item.node) for item in reading.items):
            return _told_apart(reading, lost)
        return _rows(reading, lost, None, distinct=True)
    return _rows(reading, lost, reading.base.relation)


def _filtered(reading: Reading) -> str:
    """Why rows cannot be told, as some were chosen by others."""
    if reading.where is not None and reading.scope.depends_on_others(reading.where):
        return "it chooses rows by what depends on other units"
    return ""


def _outs(reading: Reading) -> tuple[Out, ...]:
    return tuple(_out(reading, item) for item in reading.items)


def _out(reading: Reading, item: Item) -> Out:
    scope = reading.scope
    plain = scope.plain(item.node)
    return Out(
        item.name,
        item.at,
        unit=scope.is_unit(item.node),
        mixed=scope.depends_on_others(item.node),
        names=not scope.is_unit(item.node) and tells_who(scope, item.node),
        numeric=plain.numeric if plain is not None else _is_number(item.node),
    )


def _is_number(node: exp.Expr) -> bool:
    inner = bare(node)
    return isinstance(inner, exp.Cast) and inner.to.this in exp.DataType.NUMERIC_TYPES


def _why(reading: Reading, outs: tuple[Out, ...]) -> str:
    scope = reading.scope
    if reading.cut or reading.distinct_on:
        return "it keeps some rows by their order"
    if reading.qualify is not None and scope.depends_on_others(reading.qualify):
        return "it chooses rows by what depends on other units"
    if any(map(scope.strange_windows, (item.node for item in reading.items))):
        return "it has a window over rows of several units"
    if any(o.mixed and scope.reads_units(i.node) for o, i in zip(outs, reading.items, strict=True)):
        return "it reads units inside an expression"
    return ""


def _rows(reading: Reading, lost: str, numbered: Relation | None, *, distinct: bool = False) -> Relation:
    """Rows of units as they are; `numbered` is the relation whose rows they still are."""
    base, outs = reading.base, _outs(reading)
    made = base.select([named(item.node, item.at) for item in reading.items], reading.where)
    if numbered is None:
        made.set("expressions", [named(no_number(), ROW) if e.alias == ROW else e for e in made.expressions])
    if reading.qualify is not None:
        made.set("qualify", exp.Qualify(this=reading.qualify))
    if reading.windows:
        made.set("windows", reading.windows)
    if distinct:
        made.set("distinct", exp.Distinct())
    return Relation(
        made,
        outs,
        "rows",
        lost=lost or _why(reading, outs),
        rows_of=numbered.rows_of if numbered is not None else None,
        units=base.relation.units,
        refusals=base.relation.refusals,
    )


def _told_apart(reading: Reading, lost: str) -> Relation:
    """Different rows without their unit are groups of units."""
    found = _rows(replace(reading, cut=False), lost, reading.base.relation)
    outs = []
    for item, out in zip(reading.items, found.outs or (), strict=True):
        if out.mixed:
            raise Never(f"it groups by `{spoken(item.node)}`, which depends on rows of other units")
        constant = bare(item.node).sql("duckdb") if is_constant(item.node) else ""
        outs.append(replace(out, key=not constant, constant=constant))
    return replace(found, kind="cells", outs=tuple(outs), whole=not reading.cut)


def is_constant(node: exp.Expr) -> bool:
    """Whether it is a value that is written out."""
    return isinstance(bare(node), exp.Literal | exp.Null | exp.Boolean)


def clauses(reading: Reading) -> list[exp.Expr]:
    """All that may choose groups. Raises Never when a query over units does so."""
    found = [reading.having, reading.qualify, *reading.order, *reading.windows]
    told = [clause for clause in found if clause is not None]
    if any(map(reading.scope.reads_units, told)):
        raise Never("it chooses groups by a query over units")
    return told


def _of_one_unit(reading: Reading, lost: str) -> Relation:
    """Groups that each are of one unit: whatever is computed of them is that unit's own."""
    if reading.distinct:
        raise Unknown("DISTINCT over groups")
    found = _rows(reading, lost, None)
    keys = [k for k in reading.keys or () if not is_constant(k)]
    found.query.set("group", exp.Group(expressions=[*(k.copy() for k in keys), reading.base.unit.copy()]))
    if reading.having is not None:
        found.query.set("having", exp.Having(this=reading.having))
        if reading.scope.depends_on_others(reading.having):
            return replace(found, lost=found.lost or "it chooses rows by what depends on other units")
    return found


def _cells(reading: Reading, keys: tuple[exp.Expr, ...], lost: str) -> Relation:
    """Groups of units: the keys and what is computed of the units in each."""
    base = reading.base
    for key in keys:
        if reading.scope.depends_on_others(key):
            raise Never(f"it groups by `{spoken(key)}`, which depends on rows of other units")
        if key.find(exp.Window):
            raise Unknown("groups by a window")
    cells = Cells(reading.scope, keys, base.alias)
    outs = tuple(_cell_outs(reading, keys, cells))
    _refuse_lost_keys(keys, reading)
    for clause in clauses(reading):
        cells.check(clause)
    items = [named(i.node, i.at) for i, o in zip(reading.items, outs, strict=True) if o.figure is None]
    made = base.select(items, reading.where)
    for name, argument in cells.arguments.items():
        made.append("expressions", named(argument, name))
    chosen = reading.having is not None or reading.qualify is not None or reading.cut or reading.distinct_on
    return Relation(
        made,
        outs,
        "cells",
        whole=not chosen,
        lost=lost,
        rows_of=base.relation.rows_of,
        arguments=tuple(cells.arguments),
        units=base.relation.units,
        refusals=(*base.relation.refusals, *cells.refusals),
    )


def _cell_outs(reading: Reading, keys: tuple[exp.Expr, ...], cells: Cells) -> Iterator[Out]:
    for item in reading.items:
        inner = bare(item.node)
        if is_constant(inner):
            yield Out(item.name, item.at, constant=inner.sql("duckdb"), numeric=inner.is_number)
        elif over_keys(item.node, keys):
            out = _out(reading, item)
            key = any(inner == bare(k) for k in keys)
            yield Out(item.name, item.at, key=key, numeric=out.numeric)
        elif aggregates(item.node) or item.node.find(exp.Window):
            yield Out(item.name, item.at, figure=cells.figure(item.name, item.node))
        else:
            raise Unknown(f"`{spoken(item.node)}` beside groups")


def _refuse_lost_keys(keys: tuple[exp.Expr, ...], reading: Reading) -> None:
    """Every key must be among the outputs: else two groups could not be told apart."""
    there = [bare(item.node) for item in reading.items]
    for key in keys:
        inner = bare(key)
        if not is_constant(inner) and inner not in there:
            raise Never(f"it leaves out `{spoken(inner)}`, by which it groups")
