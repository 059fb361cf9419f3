"""Which input an incremental step follows: the one whose partitions alone decide the rows of an interval.

A query follows a table when the time of each of its rows is the time of the row of that table it is made
of, so that an interval's rows can be computed from the same interval of the table. This is proved from the
query's form; in doubt it follows none, and every interval depends on all of the inputs.

A SELECT that yields the table's time as a plain column cannot aggregate over several times: the binder
demands that the column is then a group's key. What is left to look at are windows, limits and joins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from engine.core.compiled import CompiledDataset, Increment

Times = Mapping[str, int]
"""Columns, in lower case, that hold the followed table's time, and how coarsely."""

EXACT, DAY, MONTH = 0, 1, 2
GRAINS = {"day": DAY, "month": MONTH}
UNITS = {"SECOND": DAY, "MINUTE": DAY, "HOUR": DAY, "DAY": DAY, "MONTH": MONTH}
NOTHING: Times = {}

_KNOWN = frozenset({
    "expressions", "from_", "joins", "where", "group", "having", "qualify", "distinct", "order", "with_",
})  # fmt: skip
"""The parts of a SELECT that are understood here; another one, a limit say, may reach across intervals."""


def followed_input(
    whole: CompiledDataset, increment: Increment, inputs: Mapping[str, CompiledDataset]
) -> str | None:
    """The name of the input in `whole.query` that decides, partition by partition, what the step yields."""
    tree = sqlglot.parse_one(whole.query, dialect="duckdb")
    for name, dataset in inputs.items():
        cut = dataset.increment
        if cut is None or GRAINS[cut.partition] > GRAINS[increment.partition]:
            continue
        ctes = _carriers(tree, name.lower())
        if ctes is None:
            continue
        followed = _Followed(name.lower(), cut.time_column.lower(), ctes, GRAINS[increment.partition])
        if increment.time_column.lower() in followed.times(tree):
            return name
    return None


def _carriers(tree: exp.Expr, table: str) -> dict[str, exp.Expr] | None:
    """The CTEs that read the table, by name; None unless it and each of them is read exactly once."""
    names = [cte.alias.lower() for cte in tree.find_all(exp.CTE)]
    if len(set(names)) < len(names) or table in names:
        return None
    ctes = {cte.alias.lower(): cte for cte in tree.find_all(exp.CTE)}
    reads = {name: _tables(cte.this) for name, cte in ctes.items()}
    wanted = {table}
    while more := {n for n in reads if n not in wanted and not wanted.isdisjoint(reads[n])}:
        wanted |= more
    every = _tables(tree)
    once = all(every.count(name) == 1 for name in wanted)
    return {name: ctes[name] for name in wanted - {table}} if once else None


def _tables(tree: exp.Expr) -> list[str]:
    return [node.name.lower() for node in tree.find_all(exp.Table)]


@dataclass(frozen=True)
class _Followed:
    """A walk through one query after one table's time column."""

    table: str
    column: str
    ctes: Mapping[str, exp.Expr]
    coarsest: int

    def times(self, node: exp.Expr) -> Times:
        """The columns of a query or table that hold the followed time; none when rows may mix intervals."""
        match node:
            case exp.Select():
                return self._select(node)
            case exp.Subquery() if _holds_only(node, "this", "alias", "with_"):
                return NOTHING if _renames(node) else self.times(node.this)
            case exp.Table() if _holds_only(node, "this", "alias", "db", "catalog") and not node.db:
                return NOTHING if _renames(node) else self._table(node.name.lower())
            case _:
                return NOTHING

    def _table(self, name: str) -> Times:
        if name == self.table:
            return {self.column: EXACT}
        cte = self.ctes.get(name)
        return NOTHING if cte is None or _renames(cte) else self.times(cte.this)

    def _select(self, select: exp.Select) -> Times:
        begins = select.args.get("from_")
        if begins is None or not _holds_only(select, *_KNOWN) or not _plain_groups(select.args.get("group")):
            return NOTHING
        place = self._place(begins.this, select.args.get("joins") or [])
        if place is None:
            return NOTHING
        times = self.times(place)
        scope = _Scope(place.alias_or_name.lower(), times, self.coarsest, begins.this is place)
        if not all(scope.by_time(window) for window in _windows(select)):
            return NOTHING
        yielded = scope.outputs(select.expressions)
        distinct = select.args.get("distinct")
        if distinct is not None and (distinct.args.get("on") or not yielded):
            return NOTHING
        return yielded

    def _place(self, first: exp.Expr, joins: list[exp.Join]) -> exp.Expr | None:
        """The entry of FROM that holds the followed time and keeps its rows through all joins."""
        if self.times(first):
            kept = all(_plain_join(j) and j.side in ("", "LEFT") for j in joins)
            return first if kept else None
        for index, join in enumerate(joins):
            if self.times(join.this):
                until = all(_plain_join(j) and _multiplies(j) for j in joins[: index + 1])
                after = all(_plain_join(j) and j.side in ("", "LEFT") for j in joins[index + 1 :])
                return join.this if until and after else None
        return None


@dataclass(frozen=True)
class _Scope:
    """The select list of one SELECT: which of its columns hold the time of the source called `alias`."""

    alias: str
    times: Times
    coarsest: int
    first: bool
    """Whether the source is the first of FROM, whose columns keep their names in `*`."""

    def outputs(self, projections: list[exp.Expr]) -> Times:
        """Output columns that hold the time; a name that is given twice holds nothing."""
        found = [pair for projection in projections for pair in self._output(projection)]
        names = [name for name, _ in found]
        return {n: grain for n, grain in found if grain is not None and names.count(n) == 1}

    def _output(self, projection: exp.Expr) -> Iterator[tuple[str, int | None]]:
        star = projection.this if isinstance(projection, exp.Column) else projection
        if isinstance(star, exp.Star):
            yield from self._star(star, projection)
        else:
            yield projection.alias_or_name.lower(), self.grain(projection.unalias())

    def _star(self, star: exp.Star, projection: exp.Expr) -> Iterator[tuple[str, int | None]]:
        if star.args.get("rename"):
            return
        if isinstance(projection, exp.Column):
            if projection.table.lower() != self.alias:
                return
        elif not self.first:
            return
        left_out = {
            e.alias_or_name.lower() for key in ("except_", "replace") for e in star.args.get(key) or []
        }
        yield from ((name, grain) for name, grain in self.times.items() if name not in left_out)

    def grain(self, value: exp.Expr) -> int | None:
        """How coarsely an expression tells the followed time; None when it does not."""
        match value:
            case exp.Paren():
                return self.grain(value.this)
            case exp.Column() if value.table.lower() in ("", self.alias) and not value.args.get("db"):
                return self._usable(self.times.get(value.name.lower()))
            case exp.Cast() if value.to.is_type("date"):
                return self._usable(self._coarser(value.this, DAY))
            case exp.TimestampTrunc() | exp.DateTrunc():
                return self._usable(self._coarser(value.this, UNITS.get(value.text("unit").upper())))
            case _:
                return None

    def _coarser(self, value: exp.Expr, grain: int | None) -> int | None:
        inner = self.grain(value)
        return None if inner is None or grain is None else max(inner, grain)

    def _usable(self, grain: int | None) -> int | None:
        return None if grain is None or grain > self.coarsest else grain

    def by_time(self, window: exp.Window) -> bool:
        """Whether a window stays within one time: it is partitioned by it."""
        return any(self.grain(key) is not None for key in window.args.get("partition_by") or [])


def _windows(select: exp.Select) -> Iterator[exp.Window]:
    """The windows of a SELECT itself, not those of queries within it."""
    for key in ("expressions", "qualify", "order", "having", "where"):
        parts = select.args.get(key) or []
        for part in parts if isinstance(parts, list) else [parts]:
            for node in part.walk(prune=lambda n: isinstance(n, exp.Query)):
                if isinstance(node, exp.Window):
                    yield node


def _holds_only(node: exp.Expr, *known: str) -> bool:
    return all(key in known for key, value in node.args.items() if value)


def _renames(node: exp.Expr) -> bool:
    """Whether an alias gives columns new names, as in `from t as q(a, b)`."""
    alias = node.args.get("alias")
    return isinstance(alias, exp.TableAlias) and bool(alias.args.get("columns"))


def _plain_groups(group: exp.Expr | None) -> bool:
    """Whether rows are grouped by keys alone: rollups and the like leave keys empty."""
    if group is None:
        return True
    grouped = not group.find(exp.Rollup, exp.Cube, exp.GroupingSets)
    return grouped and _holds_only(group, "expressions", "all")


def _plain_join(join: exp.Join) -> bool:
    return not join.method and join.kind in ("", "INNER", "OUTER", "CROSS", "SEMI", "ANTI")


def _multiplies(join: exp.Join) -> bool:
    """Whether a join only pairs rows of both sides."""
    return not join.side and join.kind in ("", "INNER", "CROSS")
