"""Which units the rows of a dataset are made of: conditions and keys over the dataset that holds the units.

`select oa, count(*) from doctors where active group by oa` has one row for each `oa` of the active doctors.
So its cells can be set beside those of other datasets, and of tiles, that cut the same doctors otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.pages.expressions import quoted

Compiled = Mapping[Address, CompiledDataset]


@dataclass(frozen=True)
class Origin:
    """A dataset as cells, or as rows, of the dataset that holds the units."""

    base: Address
    """The dataset that holds the units."""
    condition: str = ""
    """SQL over the base's columns: the units that are in it at all; empty for all of them."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Its columns as SQL over the base's; of a grouped dataset those that say which cell a row is."""
    grouped: bool = False
    sums: Mapping[str, str] = field(default_factory=dict)
    """Columns that are plain sums, and what they add up, as SQL over the base's columns."""


@dataclass(frozen=True)
class _Relation:
    """A query, or one inside it, on the way to its origin."""

    conditions: tuple[exp.Expr, ...]
    columns: Mapping[str, exp.Expr | None]
    """By name in lower case, over the base's columns; None for what cannot be said so."""
    grouped: bool = False
    whole: bool = True
    """Whether no cell was left out after grouping: then cells may be put together."""
    sums: Mapping[str, exp.Expr] = field(default_factory=dict)


def origin_of(dataset: CompiledDataset, compiled: Compiled) -> Origin | None:
    """Where the rows of a dataset come from; None when no single dataset of units tells.

    Followed are selections, conditions, groups and passing on, through any number of datasets; a join, a
    window, a union or a sample ends the way. A dataset that holds its units is then its own origin.
    """
    base = _base(dataset, compiled)
    if base is None:
        return None
    relation = _relation(dataset, base, compiled)
    if relation is None:
        return itself(dataset) if dataset.unit is not None else None
    condition = " AND ".join(f"({_sql(c)})" for c in relation.conditions)
    names = {c.name.lower(): c.name for c in dataset.columns}
    columns = {names[n]: _sql(e) for n, e in relation.columns.items() if e is not None and n in names}
    sums = {names[n]: _sql(e) for n, e in relation.sums.items() if n in names}
    if dataset.unit is not None and (relation.grouped or len(columns) < len(dataset.columns)):
        return itself(dataset)
    return Origin(base, condition, columns, relation.grouped, sums)


def over_base(sql: str, origin: Origin) -> str | None:
    """An expression over a dataset's columns as one over its base's; None when a column has no such form."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    known = {name.lower(): sqlglot.parse_one(e, dialect="duckdb") for name, e in origin.columns.items()}
    found = _over(tree, known)
    return None if found is None else _sql(found)


def itself(dataset: CompiledDataset) -> Origin:
    """A dataset as rows of itself."""
    return Origin(dataset.address, "", {c.name: quoted(c.name) for c in dataset.columns})


def _base(dataset: CompiledDataset, compiled: Compiled) -> Address | None:
    """The first dataset that everything here is read from and that holds the units."""
    here: CompiledDataset | None = dataset
    found = None
    while here is not None:
        if here.unit is not None:
            found = here.address
        inputs = set(here.inputs.values())
        here = compiled.get(inputs.pop()) if len(inputs) == 1 else None
    return found


def _relation(dataset: CompiledDataset, base: Address, compiled: Compiled) -> _Relation | None:
    if dataset.address == base:
        columns = {c.name.lower(): exp.column(c.name, quoted=True) for c in dataset.columns}
        return _Relation((), columns)
    inputs = {
        name.lower(): _relation(compiled[source], base, compiled)
        for name, source in dataset.inputs.items()
        if source in compiled
    }
    return _traced(sqlglot.parse_one(dataset.query, dialect="duckdb"), inputs)


PLAIN = {"expressions", "from_", "where", "group", "having", "order", "limit", "with_", "distinct"}
"""Parts of a SELECT that are followed; any other ends the way."""


def _traced(query: exp.Expr, tables: Mapping[str, _Relation | None]) -> _Relation | None:
    while isinstance(query, exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select) or {k for k, v in query.args.items() if v} - PLAIN:
        return None
    known = dict(tables)
    for cte in query.ctes:
        known[cte.alias.lower()] = _traced(cte.this, known)
    source = query.args["from_"].this if query.args.get("from_") else None
    inner = (
        known.get(source.name.lower()) if isinstance(source, exp.Table)
        else _traced(source, known) if isinstance(source, exp.Subquery) else None
    )  # fmt: skip
    if inner is None:
        return None
    projected = _projected(query, inner)
    if projected is None:
        return None
    if inner.grouped and not query.args.get("group"):
        return _passed_on(query, inner, projected)
    return _selected(query, inner, projected)


def _projected(query: exp.Select, inner: _Relation) -> dict[str, exp.Expr] | None:
    """What is selected, by name, still over the inner query's columns."""
    found: dict[str, exp.Expr] = {}
    for item in query.expressions:
        if item.is_star:
            star = item.this if isinstance(item, exp.Column) else item
            if not isinstance(star, exp.Star) or any(star.args.values()):
                return None
            found |= {name: exp.column(name, quoted=True) for name in inner.columns}
            found |= {name: exp.column(name, quoted=True) for name in inner.sums}
        else:
            found[item.alias_or_name.lower()] = item.unalias()
    return found


def _passed_on(query: exp.Select, inner: _Relation, projected: Mapping[str, exp.Expr]) -> _Relation | None:
    """Cells handed on as they are, some perhaps left out."""
    if query.args.get("distinct") or any(e.find(exp.AggFunc) for e in projected.values()):
        return None
    keys = {name for name, e in inner.columns.items() if e is not None}
    columns = {name: _over(e, inner.columns) for name, e in projected.items()}
    if not keys <= {e.name.lower() for e in projected.values() if isinstance(e, exp.Column)}:
        return None
    sums = {
        name: inner.sums[e.name.lower()]
        for name, e in projected.items()
        if isinstance(e, exp.Column) and e.name.lower() in inner.sums
    }
    left_out = any(query.args.get(part) for part in ("where", "limit"))
    return _Relation(inner.conditions, columns, True, inner.whole and not left_out, sums)


def _selected(query: exp.Select, inner: _Relation, projected: Mapping[str, exp.Expr]) -> _Relation | None:
    """Rows chosen, and perhaps grouped."""
    where = query.args.get("where")
    condition = None if where is None else _over(where.this, inner.columns)
    if (where is not None and condition is None) or not inner.whole:
        return None
    conditions = inner.conditions if condition is None else (*inner.conditions, condition)
    keys = _keys(query, projected)
    if keys is None:
        cut = any(query.args.get(part) for part in ("limit", "having"))
        columns = {name: _over(e, inner.columns) for name, e in projected.items()}
        return None if cut or inner.grouped else _Relation(conditions, columns)
    if "" in keys:
        return None
    over = {name: _over(projected[name], inner.columns) for name in keys}
    if any(e is None for e in over.values()):
        return None
    sums = {
        name: argument
        for name, e in projected.items()
        if type(e) is exp.Sum and not inner.grouped and (argument := _over(e.this, inner.columns)) is not None
    }
    whole = not any(query.args.get(part) for part in ("limit", "having"))
    return _Relation(conditions, over, True, whole, sums)


def _keys(query: exp.Select, projected: Mapping[str, exp.Expr]) -> tuple[str, ...] | None:
    """Names of the columns that a query groups by, empty for one that is not selected; None for no groups."""
    plain = tuple(name for name, e in projected.items() if not e.find(exp.AggFunc))
    group = query.args.get("group")
    if group is None:
        grouped = len(plain) < len(projected) or bool(query.args.get("distinct"))
        return plain if grouped else None
    if group.args.get("all"):
        return plain
    return tuple(dict.fromkeys(_grouped_as(item, projected) for item in group.expressions))


def _grouped_as(item: exp.Expr, projected: Mapping[str, exp.Expr]) -> str:
    """The name of the selected column that a group is by: its place, its name or its expression."""
    if isinstance(item, exp.Literal) and not item.is_string:
        return list(projected)[int(item.name) - 1]
    by_name = item.name.lower() if isinstance(item, exp.Column) else ""
    same = (n for n, e in projected.items() if not e.find(exp.AggFunc) and (e == item or n == by_name))
    return next(same, "")


def _over(tree: exp.Expr, columns: Mapping[str, exp.Expr | None]) -> exp.Expr | None:
    """An expression with its columns put in; None when one of them has no form, or it looks elsewhere."""
    if tree.find(exp.Query, exp.Window, exp.Star) or tree.find(exp.AggFunc):
        return None
    root = exp.Paren(this=tree.copy())
    for column in list(root.find_all(exp.Column)):
        put_in = columns.get(column.name.lower())
        if put_in is None:
            return None
        column.replace(
            put_in.copy() if isinstance(put_in, exp.Column | exp.Paren) else exp.Paren(this=put_in.copy())
        )
    inside = root.this
    return inside if isinstance(inside, exp.Expr) else None


def _sql(tree: exp.Expr) -> str:
    return tree.sql(dialect="duckdb", comments=False)
