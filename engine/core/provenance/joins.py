"""Joins: what of two sources each joined row is of, and where its unit and number stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from engine.core.provenance.relations import (
    CELL,
    Never,
    Out,
    Relation,
    Unknown,
    column,
    named,
    no_number,
    selection,
)
from engine.core.provenance.scopes import Scope, Source, conjuncts
from engine.core.provenance.values import ROW, UNIT

NOT_ONE = "it joins rows of units otherwise than by their unit"


@dataclass
class Base:
    """The sources of a SELECT, rewritten, and what each of their joined rows is of."""

    scope: Scope
    relation: Relation
    """The one whose rows are followed; `free` until there is one."""
    alias: str = ""
    unit: exp.Expr = field(default_factory=exp.null)
    row: exp.Expr = field(default_factory=no_number)
    first: exp.Expr | None = None
    joins: list[exp.Join] = field(default_factory=list)

    @property
    def hidden(self) -> list[exp.Alias]:
        """The unit, the row's number and, of cells that were multiplied, what tells their rows apart."""
        found = [named(self.unit.copy(), UNIT), named(self.row.copy(), ROW)]
        return [*found, named(column(CELL, self.alias), CELL)] if self.relation.multiplied else found

    def select(self, items: Sequence[exp.Expr], where: exp.Expr | None) -> exp.Select:
        """A SELECT of items and the hidden columns from these sources."""
        made = selection([*items, *self.hidden], self.first or exp.null())
        if self.joins:
            made.set("joins", self.joins)
        if where is not None:
            made.set("where", exp.Where(this=where))
        return made


def enter(base: Base, source: Source) -> None:
    """The source becomes what is followed."""
    if source.relation.kind != "free":
        base.relation, base.alias = source.relation, source.alias
        base.unit, base.row = column(UNIT, source.alias), column(ROW, source.alias)


def equal(scope: Scope, where: exp.Expr | None) -> Iterator[exp.Expr]:
    """The columns that WHERE says are equal, as far as they are of the sources that have been read."""
    for part in conjuncts(where):
        sides = (part.this, part.expression) if isinstance(part, exp.EQ) else ()
        if sides and all(isinstance(s, exp.Column) and scope.found(s) for s in sides):
            yield scope.settled(part)


def judge(
    base: Base,
    right: Source,
    written: exp.Join,
    side: str,
    kind: str,
    using: list[str],
    where: list[exp.Expr],
) -> Source:
    """The right side, if each joined row is of one unit. Raises Never when it is not."""
    left, new = base.relation, right.relation
    on = written.args.get("on")
    if left.kind == "free" and new.kind == "free":
        return right
    if {left.kind, new.kind} == {"rows", "cells"}:
        right = _beside_groups(base, right)
    elif left.kind != "free" and new.kind != "free":
        if new.kind == "cells":
            raise Never("it joins groups of units with groups")
        if not (_by_unit(base.scope, right, [on, *where]) or _using_unit(base.scope, right, using)):
            raise Never(NOT_ONE)
        others = on is not None and base.scope.depends_on_others(on)
        return _lose(base, right, "a join by what depends on other units" if others else "")
    kept = base.relation.kind != "free"
    if side == "FULL" or side == ("RIGHT" if kept else "LEFT") or (kind in ("SEMI", "ANTI") and not kept):
        raise Never("it joins a table so that rows of no unit are there")
    return _judge_table(base, right, on, using)


def _beside_groups(base: Base, right: Source) -> Source:
    """Groups joined to rows of units are a table that depends on others; rows are read by their unit then."""
    groups = right if right.relation.kind == "cells" else None
    for place, source in enumerate(base.scope.sources):
        if source.relation.kind == "cells":
            outs = tuple(replace(o, mixed=True, key=False, figure=None) for o in source.relation.outs or ())
            table = replace(source.relation, kind="free", guarded=True, outs=outs)
            base.scope.sources[place] = Source(source.alias, table)
    if groups is None:
        base.relation = Relation(exp.Select(), (), "free")
    return base.scope.sources[-1]


def _judge_table(base: Base, right: Source, on: exp.Expr | None, using: list[str]) -> Source:
    """Rows of units or cells joined with a table of no units."""
    scope = base.scope
    followed = base.relation if base.relation.kind != "free" else right.relation
    guarded = any(s.relation.guarded for s in scope.sources if s.relation.kind == "free")
    parts = [on] if on is not None else []
    parts += [column(n, s.alias) for n in using for s in scope.sources if _has(s, n)]
    if followed.kind == "cells":
        if guarded or any(scope.has_figures(p) or scope.reads_units(p) for p in parts):
            raise Never("it joins groups of units by what is computed of them, or with protected figures")
        return right
    told = any(map(scope.depends_on_others, parts))
    return _lose(base, right, "a join by what depends on other units" if told or guarded else "")


def _has(source: Source, name: str) -> bool:
    return any(o.name == name for o in source.relation.outs or ())


def _lose(base: Base, right: Source, why: str) -> Source:
    if not why:
        return right
    if base.relation.kind != "free":
        base.relation = replace(base.relation, lost=base.relation.lost or why)
        return right
    lost = Source(right.alias, replace(right.relation, lost=right.relation.lost or why))
    base.scope.sources[-1] = lost
    return lost


def _by_unit(scope: Scope, right: Source, conditions: Sequence[exp.Expr | None]) -> bool:
    """Whether a condition requires that both sides are of the same unit."""
    for part in (p for condition in conditions for p in conjuncts(condition)):
        if isinstance(part, exp.EQ) and scope.is_unit(part.this) and scope.is_unit(part.expression):
            sides = {_table(part.this) == right.alias, _table(part.expression) == right.alias}
            if sides == {True, False}:
                return True
    return False


def _table(node: exp.Expr) -> str:
    while isinstance(node, exp.Paren):
        node = node.this
    return str(node.table).lower() if isinstance(node, exp.Column) else ""


def _using_unit(scope: Scope, right: Source, using: list[str]) -> bool:
    def is_unit(name: str, among: list[Source]) -> bool:
        found = [o for s in among for o in s.relation.outs or () if o.name == name]
        merged = scope.merged.get(name) if among is not new else None
        return merged.unit if merged is not None else len(found) == 1 and found[0].unit

    new = [right]
    return any(is_unit(name, new) and is_unit(name, scope.sources[:-1]) for name in using)


def both(base: Base, left: Relation, right: Source, side: str, kind: str) -> None:
    """Rows of the same units on both sides: the unit and the number of the side whose rows are kept."""
    new = right.relation
    lost = base.relation.lost or new.lost
    units = left.units | new.units
    if side == "RIGHT":
        base.alias, base.unit, base.row = right.alias, column(UNIT, right.alias), column(ROW, right.alias)
        base.relation = replace(left, rows_of=new.rows_of)
    elif side == "FULL":
        other = column(UNIT, right.alias)
        base.unit, base.row = exp.Coalesce(this=base.unit, expressions=[other]), no_number()
        base.relation = replace(left, rows_of=None)
    base.relation = replace(base.relation, units=units, lost=lost)
    if kind not in ("SEMI", "ANTI"):
        _without_unit(base.scope, right, side)


def _without_unit(scope: Scope, right: Source, side: str) -> None:
    """Where an outer join adds rows, the other side's unit may be missing: it is the row's no more."""
    for place, source in enumerate(scope.sources):
        loses = side == "FULL" or side == ("LEFT" if source is right else "RIGHT")
        if loses and source.relation.kind != "free":
            outs = tuple(replace(o, unit=False) for o in source.relation.outs or ())
            scope.sources[place] = Source(source.alias, replace(source.relation, outs=outs))
    if side in ("RIGHT", "FULL"):
        scope.merged = {n: replace(o, unit=False) for n, o in scope.merged.items()}


def merge(scope: Scope, right: Source, using: list[str], side: str, kind: str) -> None:
    """Columns joined by USING are one; a side that only chooses rows is not seen."""
    if kind in ("SEMI", "ANTI"):
        scope.sources = [s for s in scope.sources if s.alias != right.alias]
        return
    for name in using:
        before = scope.merged.get(name)
        found = [o for s in scope.sources for o in s.relation.outs or () if o.name == name]
        if before is None and len(found) != 2:
            raise Unknown(f"USING ({name})")
        one = before or found[0]
        other = found[-1]
        unit = other.unit if side == "RIGHT" else one.unit
        mixed, numeric = one.mixed or other.mixed, one.numeric and other.numeric
        key, names = one.key or other.key, one.names or other.names
        scope.merged[name] = Out(name, name, unit, mixed, numeric, names, key)
