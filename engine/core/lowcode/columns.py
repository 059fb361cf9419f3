"""Verbs that change columns and leave the rows and their order: select, drop, rename, derive, cast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from engine.core.lowcode.casts import can_cast
from engine.core.lowcode.functions import over_rows
from engine.core.lowcode.relation import Made, Relation, column, projected
from engine.core.lowcode.scope import Scope
from engine.core.types import IBIS, SIMPLE, canonical, to_duckdb
from engine.diagnostics import did_you_mean


def select(scope: Scope, relation: Relation, names: Sequence[str]) -> Made | None:
    """The named columns, in the order named."""
    found = scope.columns(names, relation)
    return None if scope.mistakes else projected(relation, [(c.name, column(c.name)) for c in found])


def drop(scope: Scope, relation: Relation, names: Sequence[str]) -> Made | None:
    """All columns but the named ones."""
    gone = scope.columns(names, relation)
    kept = [c for c in relation.columns if c not in gone]
    if not kept:
        scope.mistake("No column is left.", "Keep at least one.")
    return None if scope.mistakes else projected(relation, [(c.name, column(c.name)) for c in kept])


def rename(scope: Scope, relation: Relation, names: Mapping[str, str]) -> Made | None:
    """The same columns, some under a new name. All are renamed at once, so two may swap names."""
    new: dict[str, str] = {}
    for name, old in names.items():
        found = scope.column(old, relation, name)
        if found is not None and found.name in new:
            scope.mistake(f'Column "{old}" is renamed twice.', "", name)
        elif found is not None:
            new[found.name] = name
    untouched = [c.name for c in relation.columns if c.name not in new]
    for position, name in enumerate(names):
        scope.is_free(name, [*untouched, *list(names)[:position]], name)
    items = [(new.get(c.name, c.name), column(c.name)) for c in relation.columns]
    return None if scope.mistakes else projected(relation, items)


def derive(scope: Scope, relation: Relation, expressions: Mapping[str, str]) -> Made | None:
    """New columns, or existing ones replaced, each from the columns as they were before the verb.

    New ones are added in the order of their names: the keys of a mapping have no order of their own.
    """
    computed: dict[str, exp.Expr] = {}
    for position, (name, text) in enumerate(sorted(expressions.items())):
        scope.is_free(name, sorted(expressions)[:position], name)
        tree = row_expression(scope, relation, text, name)
        if tree is not None and scope.type_of(tree, text, relation, name) is not None:
            computed[name] = tree
    return None if scope.mistakes else with_columns(relation, computed)


def row_expression(scope: Scope, relation: Relation, text: str, *at: str | int) -> exp.Expr | None:
    """The author's expression over one row; None, and a mistake, when it looks at several."""
    tree = scope.parsed(text, relation, *at)
    if tree is None:
        return None
    if tree.find(exp.Window) is not None or next(over_rows(tree), None) is not None:
        scope.mistake(
            f"{scope.verb} sees one row at a time.",
            "Write what looks at several rows in `aggregate` or `window`.",
            *at,
        )
        return None
    return tree


def with_columns(relation: Relation, computed: Mapping[str, exp.Expr]) -> Made:
    """The relation with columns replaced where they stood, or added at the end."""
    replaced = {found.name: name for name in computed if (found := relation.find(name)) is not None}
    items = [
        (replaced[c.name], computed[replaced[c.name]]) if c.name in replaced else (c.name, column(c.name))
        for c in relation.columns
    ]
    items += [(name, e) for name, e in computed.items() if name not in replaced.values()]
    return projected(relation, items)


def cast(scope: Scope, relation: Relation, types: Mapping[str, str]) -> Made | None:
    """The same columns, some of another type. A value that has no such form stops the build."""
    computed: dict[str, exp.Expr] = {}
    for name, word in types.items():
        found = scope.column(name, relation, name)
        target = _target(scope, name, word)
        if found is None or target is None:
            continue
        if found.name in computed:
            scope.mistake(f'Column "{name}" is cast twice.', "", name)
        if not can_cast(found.type, canonical(word)):
            scope.mistake(
                f'Column "{name}" is {found.type}, which cannot become {word}.', "", name, code="type"
            )
        computed[found.name] = exp.cast(column(found.name), target, dialect="duckdb")
    return None if scope.mistakes else with_columns(relation, computed)


def _target(scope: Scope, name: str, word: str) -> str | None:
    try:
        return to_duckdb(word)
    except ValueError as mistake:
        guess = did_you_mean(word, [*SIMPLE, *IBIS])
        scope.mistake(f"{mistake}.", guess if guess.startswith("Did") else "", name, code="type")
        return None
