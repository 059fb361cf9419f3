"""Reading a query: its tables by name, its parts one after the other, its SELECTs rewritten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from engine.core.provenance.cells import of_cells
from engine.core.provenance.free import free_relation, touches
from engine.core.provenance.groups import of_rows
from engine.core.provenance.relations import (
    Known,
    Never,
    Out,
    Relation,
    Unknown,
    column,
    ident,
    inside,
    named,
    no_number,
    only,
    renamed,
    replaced,
    selection,
)
from engine.core.provenance.selects import PARTS, reading_of
from engine.core.provenance.values import ROW, UNIT, Figure

Tables = Mapping[str, Known]
FAR = "it puts rows together that are of no unit"


def read(query: exp.Expr, tables: Tables) -> Relation:
    """What a query is made of. Raises Unknown when it is not read, Never when its rows are not of units."""
    while isinstance(query, exp.Subquery) and not _more(query):
        query = query.this
    if not isinstance(query, exp.Query) or isinstance(query, exp.Subquery):
        raise Unknown("a query in parentheses that says more")
    if not touches(query, tables):
        return free_relation(query, tables)
    inner, written = _ctes(query, tables)
    if isinstance(query, exp.Select):
        found = _select(query, inner)
    elif type(query) is exp.Union:
        found = _union(query, inner)
    else:
        raise Unknown(type(query).__name__.upper())
    if written is not None:
        found.query.set("with_", written)
    return found


def _more(query: exp.Subquery) -> bool:
    return any(value for key, value in query.args.items() if key not in ("this", "alias"))


def _ctes(query: exp.Query, tables: Tables) -> tuple[Tables, exp.With | None]:
    """The tables that may be named inside, and the WITH clause rewritten."""
    clause = query.args.get("with_")
    if clause is None:
        return tables, None
    known, made = dict(tables), []
    if clause.args.get("recursive") and any(touches(cte.this, tables) for cte in clause.expressions):
        raise Unknown("a recursive query")
    for cte in clause.expressions:
        only(cte, ("this", "alias", "materialized"))
        relation = _cte(cte, known)
        written = cte.copy()
        written.set("this", relation.query)
        if relation.kind != "free":
            written.set("alias", exp.TableAlias(this=ident(cte.alias)))
        made.append(written)
        known[cte.alias.lower()] = Known(relation, cte.alias)
    return known, exp.With(expressions=made, recursive=clause.args.get("recursive"))


def _cte(cte: exp.CTE, known: Tables) -> Relation:
    relation = read(cte.this, known)
    names = [c.name for c in cte.args["alias"].args.get("columns") or []]
    if relation.kind != "free":
        return renamed(relation, names)
    if names and relation.outs is not None and len(names) <= len(relation.outs):
        given = (
            Out(n.lower(), n.lower(), numeric=o.numeric) for n, o in zip(names, relation.outs, strict=False)
        )
        return replace(relation, outs=(*given, *relation.outs[len(names) :]))
    return relation


def _select(query: exp.Select, tables: Tables) -> Relation:
    only(query, PARTS)
    reading = reading_of(query, tables, read)
    return of_cells(reading) if reading.base.relation.kind == "cells" else of_rows(reading)


def _union(query: exp.Union, tables: Tables) -> Relation:
    """All rows of two queries; without doubles where they say their unit."""
    only(query, ("this", "expression", "distinct", "with_", "order", "limit", "offset"))
    sides = [read(part, tables) for part in (query.this, query.expression)]
    left, right = sides
    if left.outs is None or right.outs is None or len(left.outs) != len(right.outs):
        raise Unknown("UNION of queries whose columns are not known")
    if "free" in (left.kind, right.kind) or left.kind != right.kind:
        raise Never(FAR)
    cut = query.args.get("limit") is not None or query.args.get("offset") is not None
    if left.kind == "cells":
        return _union_of_cells(left, right, cut or bool(query.args.get("distinct")))
    return _union_of_rows(left, right, bool(query.args.get("distinct")), cut)


def _together(left: Relation, right: Relation, sides: Sequence[exp.Select], outs: Sequence[Out]) -> Relation:
    made = exp.Union(this=sides[0], expression=sides[1], distinct=False)
    return Relation(
        made,
        tuple(outs),
        left.kind,
        whole=left.whole and right.whole,
        lost=left.lost or right.lost,
        units=left.units | right.units,
        refusals=(*left.refusals, *right.refusals),
    )


def _union_of_rows(left: Relation, right: Relation, distinct: bool, cut: bool) -> Relation:
    same = left.rows_of is not None and left.rows_of == right.rows_of and not distinct
    outs = [
        replace(
            a,
            unit=a.unit and b.unit,
            mixed=a.mixed or b.mixed,
            numeric=a.numeric and b.numeric,
            names=a.names or b.names or a.unit != b.unit,
        )
        for a, b in zip(left.outs or (), right.outs or (), strict=True)
    ]
    sides = [_side(side, [o.at for o in outs], same) for side in (left, right)]
    found = _together(left, right, sides, outs)
    if cut:
        found = replace(found, lost=found.lost or "it keeps some rows by their order")
    if distinct:
        if not any(o.unit for o in outs):
            raise Unknown("UNION without ALL")
        found.query.set("distinct", True)
    return replaced(replace(found, rows_of=left.rows_of if same else None), outs)


def _side(side: Relation, names: Sequence[str], numbered: bool) -> exp.Select:
    items = [named(column(o.at, "q"), n) for o, n in zip(side.seen, names, strict=True)]
    row = column(ROW, "q") if numbered else no_number()
    return selection([*items, named(column(UNIT, "q"), UNIT), named(row, ROW)], inside(side.query, "q"))


def _union_of_cells(left: Relation, right: Relation, cut: bool) -> Relation:
    """Groups beside other groups, which a constant tells apart."""
    pairs = list(zip(left.outs or (), right.outs or (), strict=True))
    if left.multiplied or right.multiplied or any((a.figure is None) != (b.figure is None) for a, b in pairs):
        raise Unknown("UNION of groups")
    if not any(a.constant and b.constant and a.constant != b.constant for a, b in pairs):
        raise Never("it puts groups together that no constant tells apart")
    outs = list(_outs_of_cells(pairs))
    same = left.rows_of is not None and left.rows_of == right.rows_of
    sides = [
        _side_of_cells([p[i] for p in pairs], outs, q, same) for i, q in enumerate((left.query, right.query))
    ]
    found = _together(left, right, sides, outs)
    return replace(
        found,
        whole=found.whole and not cut,
        rows_of=left.rows_of if same else None,
        arguments=tuple(argument for o in outs for argument in _arguments(o) if argument),
    )


def _arguments(out: Out) -> list[str]:
    """The hidden columns that the aggregates of an output's figure are over; empty ones for those without."""
    return [] if out.figure is None else [f.argument.strip('"') for f in out.figure.aggregates]


def _side_of_cells(
    before: Sequence[Out], outs: Sequence[Out], query: exp.Query, numbered: bool
) -> exp.Select:
    pairs = list(zip(before, outs, strict=True))
    items = [named(column(b.at, "q"), o.at) for b, o in pairs if o.figure is None]
    items += [named(column(UNIT, "q"), UNIT), named(column(ROW, "q") if numbered else no_number(), ROW)]
    arguments = (zip(_arguments(b), _arguments(o), strict=False) for b, o in pairs)
    items += [named(column(was, "q"), now) for pair in arguments for was, now in pair if now]
    return selection(items, inside(query, "q"))


def _outs_of_cells(pairs: Sequence[tuple[Out, Out]]) -> Iterator[Out]:
    for place, (a, b) in enumerate(pairs):
        one, other = a.figure, b.figure
        numeric = a.numeric and b.numeric
        if one is None or other is None:
            told = a.constant if a.constant == b.constant else ""
            yield Out(a.name, a.at, numeric=numeric, key=True, constant=told)
        else:
            yield Out(a.name, a.at, numeric=numeric, figure=_united(one, other, f"__u{place}"))


def _united(one: Figure, other: Figure, name: str) -> Figure:
    """A figure that is computed alike on both sides, each over an argument that is called `name` now."""
    alike = one.form == other.form and bool(one.argument) == bool(other.argument)
    if not alike or len(one.parts) != len(other.parts):
        return Figure("derived")
    pairs = zip(one.parts, other.parts, strict=True)
    parts = tuple(_united(a, b, f"{name}_{i}") for i, (a, b) in enumerate(pairs))
    if any(part.form == "derived" for part in parts):
        return Figure("derived")
    return Figure(one.form, f'"{name}"' if one.argument else "", parts)
