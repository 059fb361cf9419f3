"""What is known of a query on the way to its units, and what ends the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeVar

from sqlglot import exp

from engine.addresses import Address
from engine.core.provenance.values import ROW, UNIT, Figure, Refusal

N = TypeVar("N", bound=exp.Expr)

CELL = "__cell"
"""A hidden column of cells that a look-up may have multiplied: tells their rows apart."""


FILE = "__file:"
"""Before the address of a dataset whose file is read, as the name of a table."""
QUERY = "__query:"
"""Before the address of a dataset that is read with its units, as the name of a table."""


class Unknown(Exception):
    """A form that is not read. A dataset that holds its unit still may be taken as it is."""


class Never(Exception):
    """Rows that belong to no unit, or to several: nothing of this may be followed."""


@dataclass(frozen=True, slots=True)
class Out:
    """An output column."""

    name: str
    """In lower case; empty when no query can name it."""
    at: str
    """Its name in the rewritten query, in lower case."""
    unit: bool = False
    """Whether it is the row's unit as it was."""
    mixed: bool = False
    """Whether its value depends on other units' rows."""
    numeric: bool = False
    """Whether it is surely a number."""
    names: bool = False
    """Whether it is computed of who the unit is."""
    key: bool = False
    """Of cells: whether it is needed to tell them apart."""
    figure: Figure | None = None
    """Of cells: how it is computed of units; such a column is not in the rewritten query."""
    constant: str = ""
    """Of cells: the literal that it is in all rows."""


@dataclass(frozen=True, slots=True)
class Text:
    """A query as SQL, the tables in it that stand for datasets, and all names that it uses, in lower case."""

    sql: str
    tables: tuple[str, ...]
    names: frozenset[str]


Kind = Literal["free", "rows", "cells", "closed"]


@dataclass(frozen=True)
class Relation:
    """A query: `free` reads no units, `rows` are rows of units, `cells` are groups of them.

    The rewritten query has the outputs that are no figures, then the hidden columns. A free query is as it
    was written. What is `closed` may not be read: `lost` says why.
    """

    query: exp.Query
    outs: tuple[Out, ...] | None
    """None when the names of a free query are not known."""
    kind: Kind = "free"
    guarded: bool = False
    """Of what is free: whether it is protected in another way, so that it must not be used to tell rows."""
    whole: bool = True
    lost: str = ""
    """Why `query` is not to be used, though what is said of the outputs holds."""
    rows_of: Address | None = None
    arguments: tuple[str, ...] = ()
    units: frozenset[Address] = frozenset()
    """The datasets in which the units were declared."""
    multiplied: bool = False
    """Of cells: whether one may be in several rows, as a look-up had several rows for it."""
    refusals: tuple[Refusal, ...] = field(default=(), compare=False)

    @cached_property
    def text(self) -> Text:
        """The rewritten query as a text."""
        return text_of(self.query)

    @property
    def seen(self) -> tuple[Out, ...]:
        """The outputs that the rewritten query has."""
        return tuple(o for o in self.outs or () if o.figure is None)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The columns after them."""
        more = (CELL,) if self.multiplied else ()
        return () if self.kind == "free" else (UNIT, ROW, *more, *self.arguments)


def text_of(query: exp.Query) -> Text:
    """A query as a text."""
    tables = (t.name for t in query.find_all(exp.Table) if t.name.startswith((FILE, QUERY)))
    names = frozenset(i.name.lower() for i in query.find_all(exp.Identifier))
    return Text(query.sql(dialect="duckdb", comments=False), tuple(dict.fromkeys(tables)), names)


@dataclass(frozen=True)
class Known:
    """A table that a query may read, and the name it now has."""

    relation: Relation
    table: str


def ident(name: str) -> exp.Identifier:
    """A quoted name."""
    return exp.to_identifier(name, quoted=True)


def column(name: str, table: str = "") -> exp.Column:
    """A quoted column."""
    return exp.Column(this=ident(name), table=ident(table) if table else None)


def named(value: exp.Expr, name: str) -> exp.Alias:
    """A value under a quoted name."""
    return exp.Alias(this=value, alias=ident(name))


def no_number() -> exp.Expr:
    """A row's number that is not known."""
    return exp.cast(exp.null(), "BIGINT", dialect="duckdb")


def table_node(name: str, alias: str) -> exp.Table:
    """A table under another name."""
    return exp.Table(this=ident(name), alias=exp.TableAlias(this=ident(alias)))


def inside(query: exp.Query, alias: str) -> exp.Subquery:
    """A query as a source."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=ident(alias)))


def selection(items: Sequence[exp.Expr], source: exp.Expr) -> exp.Select:
    """A plain SELECT of items from one source."""
    return exp.Select(expressions=list(items), from_=exp.From(this=source))


def renamed(relation: Relation, names: Sequence[str]) -> Relation:
    """The relation with other names for its first outputs."""
    if not names or relation.outs is None:
        return relation
    if len(names) > len(relation.outs):
        raise Unknown("names of columns that are not there")
    given = [replace(o, name=n.lower()) for o, n in zip(relation.outs, names, strict=False)]
    return replaced(relation, (*given, *relation.outs[len(names) :]))


def replaced(relation: Relation, outs: Sequence[Out]) -> Relation:
    """The relation with outputs otherwise named, in place; each is then at its name, if it has one."""
    taken = [o.name for o in outs]
    placed = tuple(
        replace(o, at=o.name if o.name and o.name not in taken[:i] else f"__c{i}") for i, o in enumerate(outs)
    )
    placed = tuple(replace(o, name=o.name if o.at == o.name else "") for o in placed)
    before = [o.at for o in relation.outs or ()]
    pairs = [(b, o) for b, o in zip(before, placed, strict=True) if o.figure is None]
    if all(b == o.at for b, o in pairs):
        return replace(relation, outs=placed)
    items = [named(column(b, "q"), o.at) for b, o in pairs]
    items += [named(column(h, "q"), h) for h in relation.hidden]
    return replace(relation, outs=placed, query=selection(items, inside(relation.query, "q")))


def pointed(node: N, tables: Mapping[str, Known]) -> N:
    """The same with the names that the tables now have, under aliases as before.

    Raises Unknown when a part inside has a table's name: it would take more to tell which is meant.
    """
    made = node.copy()
    for cte in made.find_all(exp.CTE):
        if cte.alias.lower() in tables:
            raise Unknown(f"a part named {cte.alias}, as another table is")
    for table in list(made.find_all(exp.Table)):
        known = tables.get(table.name.lower()) if isinstance(table.this, exp.Identifier) else None
        if known is None or known.table == table.name:
            continue
        if table.args.get("alias") is None:
            table.set("alias", exp.TableAlias(this=ident(table.name)))
        elif not table.args["alias"].this:
            table.args["alias"].set("this", ident(table.name))
        table.set("this", ident(known.table))
    return made


def only(node: exp.Expr, known: Iterable[str]) -> None:
    """Raises Unknown when the node says anything but the known parts."""
    parts = frozenset(known)
    for key, value in node.args.items():
        if key not in parts and value not in (None, False, []):
            raise Unknown(f"`{key.strip('_')}` of {type(node).__name__}")
