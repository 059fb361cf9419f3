"""The names in one SELECT: which source a column is of, and what an expression depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from engine.core.compiling.functions import aggregates_here, is_aggregate
from engine.core.provenance.relations import Known, Out, Relation, Unknown, column, pointed


@dataclass(frozen=True)
class Source:
    """A table of a FROM clause."""

    alias: str
    """In lower case."""
    relation: Relation


@dataclass
class Scope:
    """What may be named in one SELECT."""

    tables: Mapping[str, Known]
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, Out] = field(default_factory=dict)
    """Columns that several sources were joined by with USING, by name."""
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    windows: dict[str, exp.Expr] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether a source has columns that nobody knows."""
        return any(s.relation.outs is None for s in self.sources)

    def found(self, node: exp.Column) -> list[Out]:
        """What a column may be: several outputs when more than one source has it."""
        return [out for _, out in self._places(node)]

    def _places(self, node: exp.Column) -> list[tuple[str, Out]]:
        parts = [p.name.lower() for p in node.parts]
        by_alias = [s for s in self.sources if s.alias == parts[0]] if len(parts) > 1 else []
        name = parts[1] if by_alias else parts[0]
        if not by_alias and name in self.merged:
            return [("", self.merged[name])]
        among = by_alias or self.sources
        return [(s.alias, o) for s in among for o in s.relation.outs or () if name in (o.name, o.at)]

    def settled(self, node: exp.Expr) -> exp.Expr:
        """The expression with every column under its source's name, and names of the SELECT written out.

        Queries inside it only get the names that tables now have. Raises Unknown for a name that cannot be
        told.
        """
        if isinstance(node, exp.Query | exp.Subquery):
            self._refuse_outer_aggregates(node)
            return pointed(node, self.tables)
        if isinstance(node, exp.Column):
            return self._settled_column(node)
        if isinstance(node, exp.Columns) or (isinstance(node, exp.Star) and not _counts_all(node)):
            raise Unknown("`*` inside an expression")
        made = node.copy()
        for key, value in node.args.items():
            if isinstance(value, exp.Expr):
                made.set(key, self.settled(value))
            elif isinstance(value, list):
                made.set(key, [self.settled(v) if isinstance(v, exp.Expr) else v for v in value])
        return made

    def _refuse_outer_aggregates(self, query: exp.Expr) -> None:
        """An aggregate in a query inside an expression may be one of the query around it.

        It is when all that it is over is of the tables around; what has the name of a column inside is not.
        """
        tables = list(query.find_all(exp.Table, exp.Subquery))
        aliases = {t.alias_or_name.lower() for t in tables}
        known = [self.tables.get(t.name.lower()) for t in tables if isinstance(t, exp.Table)]
        names = {o.name for k in known if k is not None for o in k.relation.outs or ()}
        for node in query.walk():
            columns = list(node.find_all(exp.Column)) if is_aggregate(node) else []
            own = [c for c in columns if (c.parts[0].name.lower() in (aliases if c.table else names))]
            if columns and not own and any(map(self.found, columns)):
                raise Unknown("an aggregate in a query inside an expression, over the tables around it")

    def _settled_column(self, node: exp.Column) -> exp.Expr:
        if isinstance(node.this, exp.Star):
            raise Unknown("`*` inside an expression")
        places = self._places(node)
        if len(places) > 1:
            raise Unknown(f"the name `{node.name}`, which several tables have")
        if places:
            alias, out = places[0]
            deeper = len(node.parts) > 1 + any(s.alias == node.parts[0].name.lower() for s in self.sources)
            return node.copy() if deeper else column(out.at, alias)
        name = node.name.lower()
        if not node.table and any(s.alias == name for s in self.sources):
            raise Unknown(f"the row `{name}` as a value")
        if not node.table and name in self.aliases:
            if self.open:
                raise Unknown(f"the name `{name}`, which may be of a table")
            return exp.Paren(this=self.aliases[name].copy())
        if self.open:
            return node.copy()
        raise Unknown(f"the name `{node.name}`")

    def reaches(self, node: exp.Expr) -> Iterator[Out]:
        """Every output of the sources that a settled expression may depend on, queries in it included."""
        for part in node.find_all(exp.Column):
            if isinstance(part.this, exp.Star):
                yield from (o for s in self.sources for o in s.relation.outs or ())
            else:
                yield from self.found(part)

    def plain(self, node: exp.Expr) -> Out | None:
        """The output that a settled expression hands on as it is, if it does no more than that."""
        while isinstance(node, exp.Paren | exp.Alias):
            node = node.this
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            return None
        if len(node.parts) > 1 + any(s.alias == node.parts[0].name.lower() for s in self.sources):
            return None
        outs = self.found(node)
        return outs[0] if len(outs) == 1 else None

    def is_unit(self, node: exp.Expr) -> bool:
        """Whether a settled expression is the row's unit as it was."""
        out = self.plain(node)
        return out is not None and out.unit

    def reads_units(self, node: exp.Expr) -> bool:
        """Whether a query inside the expression reads units, or what is protected."""
        pointed_to = {known.table: known for known in self.tables.values()}
        return any(
            known.relation.kind != "free" or known.relation.guarded
            for table in node.find_all(exp.Table)
            if (known := pointed_to.get(table.name) or self.tables.get(table.name.lower())) is not None
        )

    def strange_windows(self, node: exp.Expr) -> bool:
        """Whether it has a window that goes beyond one unit's rows."""
        return any(not any(map(self.is_unit, self._partition(w))) for w in node.find_all(exp.Window))

    def _partition(self, window: exp.Window) -> list[exp.Expr]:
        own = window.args.get("partition_by") or []
        base = self.windows.get(str(window.alias).lower()) if window.alias else None
        return [*own, *(base.args.get("partition_by") or [] if base is not None else [])]

    def depends_on_others(self, node: exp.Expr) -> bool:
        """Whether a settled value may depend on rows of other units."""
        return (
            any(o.mixed or o.figure is not None for o in self.reaches(node))
            or self.reads_units(node)
            or self.strange_windows(node)
        )

    def has_figures(self, node: exp.Expr) -> bool:
        """Whether a settled expression may depend on a figure of cells."""
        return any(o.figure is not None for o in self.reaches(node))


def _counts_all(node: exp.Star) -> bool:
    return isinstance(node.parent, exp.Count) and not any(node.args.values())


def aggregates(node: exp.Expr) -> bool:
    """Whether an expression aggregates rows of its own query."""
    return aggregates_here(node)


def conjuncts(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """All that a condition requires."""
    while isinstance(node, exp.Paren | exp.Where):
        node = node.this
    if isinstance(node, exp.And):
        yield from conjuncts(node.this)
        yield from conjuncts(node.expression)
    elif node is not None:
        yield node
