"""Verbs that bring in other tables: join and union."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.core.lowcode.relation import Key, Made, Relation, column, free_name, named, source
from engine.core.lowcode.scope import Scope
from engine.core.lowcode.shape import same_kind
from engine.core.state import VersionColumn
from engine.model.lowcode import Join, Union

Pair = tuple[VersionColumn, VersionColumn]

_LEFT, _RIGHT = "l", "r"
_KINDS = {
    "inner": ("", "INNER"),
    "left": ("LEFT", ""),
    "right": ("RIGHT", ""),
    "full": ("FULL", ""),
    "semi": ("", "SEMI"),
    "anti": ("", "ANTI"),
}


def join(scope: Scope, relation: Relation, wanted: Join) -> Made | None:
    """Rows matched with those of another table on equal keys; a null key matches nothing.

    The key columns stay once: in a right or full join with the other table's value where this one has no
    row. Columns of the other table follow, with the suffix where their name is taken. The order of the rows
    holds where every row comes from the left.
    """
    other = scope.table(wanted.to, "to")
    if other is None:
        return None
    pairs = _pairs(scope, relation, other, wanted)
    kept = _kept(scope, other, pairs, wanted)
    names = [] if scope.mistakes else _names(scope, relation, kept, wanted)
    return (
        None
        if scope.mistakes
        else _joined(relation, other, pairs, list(zip(kept, names, strict=True)), wanted)
    )


def _pairs(scope: Scope, relation: Relation, other: Relation, wanted: Join) -> list[Pair]:
    pairs = []
    shared = not isinstance(wanted.on, dict)
    written = wanted.on if isinstance(wanted.on, dict) else {name: name for name in wanted.on}
    for position, (left_name, right_name) in enumerate(written.items()):
        place = position if shared else left_name
        left = scope.column(left_name, relation, "on", place)
        right = other.find(right_name)
        if right is None:
            scope.unknown(right_name, f'in table "{wanted.to}"', other.names, "on", place)
        if left is None or right is None:
            continue
        if not same_kind(left.type, right.type):
            scope.mistake(
                f'Key "{left.name}" is {left.type} here and {right.type} in "{wanted.to}".',
                "Keys are of one type; `cast` this one before.",
                "on",
                place,
                code="type",
            )
        pairs.append((left, right))
    return pairs


def _kept(scope: Scope, other: Relation, pairs: Sequence[Pair], wanted: Join) -> list[VersionColumn]:
    if wanted.how in ("semi", "anti"):
        if wanted.columns:
            detail = "Use how: inner or left to keep some."
            scope.mistake(f"A {wanted.how} join keeps no column of the other table.", detail, "columns")
        return []
    if wanted.columns is None:
        keys = [right for _, right in pairs]
        return [c for c in other.columns if c not in keys]
    kept = []
    for position, name in enumerate(wanted.columns):
        found = other.find(name)
        if found is None:
            scope.unknown(name, f'in table "{wanted.to}"', other.names, "columns", position)
        elif found in kept:
            scope.mistake(f'Column "{name}" is named twice.', "", "columns", position)
        else:
            kept.append(found)
    return kept


def _names(scope: Scope, relation: Relation, kept: Sequence[VersionColumn], wanted: Join) -> list[str]:
    taken = {name.lower() for name in relation.names}
    names: list[str] = []
    for found in kept:
        name = found.name + wanted.suffix if found.name.lower() in taken else found.name
        if name.lower() in taken:
            detail = "Choose another `suffix`, or list the `columns` to keep."
            scope.mistake(f'There is already a column "{name}".', detail)
        taken.add(name.lower())
        names.append(name)
    return names


def _joined(
    relation: Relation,
    other: Relation,
    pairs: Sequence[Pair],
    kept: Sequence[tuple[VersionColumn, str]],
    wanted: Join,
) -> Made:
    one_sided = wanted.how in ("right", "full")
    keys = {left.name: right.name for left, right in pairs} if one_sided else {}
    items = [named(_left_value(c.name, keys), c.name) for c in relation.columns]
    items += [named(column(c.name, _RIGHT), name) for c, name in kept]
    order, hidden = ((), ()) if one_sided else _carried(relation, [e.alias_or_name for e in items])
    items += [named(column(old, _LEFT), new) for old, new in hidden]
    side, kind = _KINDS[wanted.how]
    matched = exp.and_(
        *(exp.EQ(this=column(a.name, _LEFT), expression=column(b.name, _RIGHT)) for a, b in pairs)
    )
    query = exp.select(*items).from_(exp.alias_(source(relation), _LEFT, table=True))
    right = exp.alias_(source(other), _RIGHT, table=True)
    query = query.join(exp.Join(this=right, side=side, kind=kind, on=matched))
    return Made(query, order, tuple(new for _, new in hidden))


def _left_value(name: str, keys: dict[str, str]) -> exp.Expr:
    if name not in keys:
        return column(name, _LEFT)
    return exp.Coalesce(this=column(name, _LEFT), expressions=[column(keys[name], _RIGHT)])


def _carried(relation: Relation, taken: Sequence[str]) -> tuple[tuple[Key, ...], tuple[tuple[str, str], ...]]:
    """The order as it goes on, and each hidden column with the name it goes on under."""
    used = list(taken)
    names: dict[str, str] = {}
    for old in relation.hidden:
        names[old.name] = free_name(old.name, used)
        used.append(names[old.name])
    order = tuple(Key(names.get(k.column, k.column), k.descending) for k in relation.order)
    return order, tuple(names.items())


def union(scope: Scope, relation: Relation, wanted: Union) -> Made | None:
    """The rows of all the tables, columns matched by name; `distinct` keeps equal rows once."""
    query: exp.Query = exp.select(*(column(name) for name in relation.names)).from_(source(relation))
    for position, name in enumerate(wanted.with_):
        other = scope.table(name, "with", position)
        if other is None:
            continue
        names = _matched(scope, relation, other, position)
        below = exp.select(*(named(column(n), c) for n, c in zip(names, relation.names, strict=False)))
        query = exp.Union(this=query, expression=below.from_(source(other)), distinct=wanted.distinct)
    return None if scope.mistakes else Made(query)


def _matched(scope: Scope, relation: Relation, other: Relation, position: int) -> list[str]:
    """The other table's columns in this one's order; a mistake for each that does not fit."""
    names = []
    for mine in relation.columns:
        theirs = other.find(mine.name)
        if theirs is None:
            detail = "Tables put below each other have the same columns; `derive` or `drop` it before."
            scope.mistake(f'Table "{other.table}" has no column "{mine.name}".', detail, "with", position)
            continue
        if not same_kind(mine.type, theirs.type):
            summary = f'Column "{mine.name}" is {mine.type} here and {theirs.type} in "{other.table}".'
            scope.mistake(summary, "`cast` one of them before.", "with", position, code="type")
        names.append(theirs.name)
    for theirs in other.columns:
        if relation.find(theirs.name) is None:
            summary = f'Table "{other.table}" has a column "{theirs.name}" that is not here.'
            scope.mistake(summary, "`select` the columns to keep before.", "with", position)
    return names
