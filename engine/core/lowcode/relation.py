"""What a verb works on: a table with typed columns, in an order or in none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.core.state import VersionColumn


@dataclass(frozen=True, slots=True)
class Key:
    """A column that rows are ordered by. Nulls come last either way."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """The rows at one point of a chain of verbs."""

    table: str
    """The step's input, or the common table expression of the verb before."""
    columns: tuple[VersionColumn, ...]
    order: tuple[Key, ...] = ()
    """The order that holds here; empty when none does."""
    hidden: tuple[VersionColumn, ...] = ()
    """Columns that no verb sees, kept because rows are ordered by them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(c.name for c in self.columns)

    @property
    def all_columns(self) -> tuple[VersionColumn, ...]:
        """Its columns, hidden ones last."""
        return self.columns + self.hidden

    def find(self, name: str) -> VersionColumn | None:
        """The column of that name; upper and lower case are one, as in SQL, but the exact name wins."""
        exact = [c for c in self.columns if c.name == name]
        return next(iter(exact + [c for c in self.columns if c.name.lower() == name.lower()]), None)


@dataclass(frozen=True, slots=True)
class Made:
    """What a verb makes of a relation."""

    query: exp.Query | None
    """One SELECT over the relation's table; None leaves the rows as they are."""
    order: tuple[Key, ...] = ()
    hidden: tuple[str, ...] = ()
    """Which of the query's columns are hidden ones."""
    same_columns: bool = False
    """Whether the columns are those there were: the verbs after it can be judged though it has mistakes."""


def unchanged(relation: Relation) -> Made:
    """The rows as they were, in the order they were."""
    return Made(None, relation.order, tuple(c.name for c in relation.hidden), same_columns=True)


def column(name: str, table: str | None = None) -> exp.Column:
    """A reference to a column, quoted: no name can be read as anything else."""
    return exp.column(quoted(name), table=quoted(table) if table else None)


def quoted(name: str) -> exp.Identifier:
    """A name in quotes."""
    return exp.to_identifier(name, quoted=True)


def source(relation: Relation) -> exp.Table:
    """The relation's table, to read from."""
    return exp.Table(this=quoted(relation.table))


def text(value: str) -> exp.Literal:
    """A text constant."""
    return exp.Literal.string(value)


def named(expression: exp.Expr, name: str) -> exp.Expr:
    """The expression under a name."""
    if isinstance(expression, exp.Column) and expression.name == name:
        return expression
    return exp.alias_(expression, quoted(name))


def ordered(keys: Iterable[Key]) -> list[exp.Expr]:
    """The keys as ORDER BY takes them, nulls last."""
    return [exp.Ordered(this=column(k.column), desc=k.descending, nulls_first=False) for k in keys]


def total_order(relation: Relation, keys: Sequence[Key] | None = None) -> tuple[Key, ...]:
    """The keys (the relation's order when left out), then every other column by name.

    Rows that are still equal are equal in everything, so what is chosen by this order is the same always.
    """
    first = tuple(relation.order if keys is None else keys)
    taken = {k.column for k in first}
    rest = sorted(c.name for c in relation.columns if c.name not in taken)
    return first + tuple(Key(name) for name in rest)


def everything(relation: Relation) -> exp.Select:
    """All columns of the relation, hidden ones too: the start of a verb that only chooses rows."""
    return exp.select(*(column(c.name) for c in relation.all_columns)).from_(source(relation))


def same_rows(relation: Relation, query: exp.Query) -> Made:
    """A choice of rows made with `everything`: order and hidden columns hold."""
    return Made(query, relation.order, tuple(c.name for c in relation.hidden), same_columns=True)


def projected(relation: Relation, items: Sequence[tuple[str, exp.Expr]]) -> Made:
    """The same rows with columns `items` (name, expression over the relation), in the order they were.

    A column that rows are ordered by and that is not among the items is kept as a hidden one.
    """
    new_names = {
        e.name: n
        for n, e in reversed(items)
        if isinstance(e, exp.Column) and relation.find(e.name) is not None
    }
    taken = {name.lower() for name, _ in items}
    kept: list[exp.Expr] = [named(expression.copy(), name) for name, expression in items]
    order: list[Key] = []
    hidden: list[str] = []
    for key in relation.order:
        name = new_names.get(key.column)
        if name is None:
            name = free_name(f"_order_{len(hidden) + 1}", taken)
            taken.add(name.lower())
            kept.append(named(column(key.column), name))
            hidden.append(name)
        order.append(Key(name, key.descending))
    return Made(exp.select(*kept).from_(source(relation)), tuple(order), tuple(hidden))


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The wanted name, with underscores until nothing else is called so."""
    used = {t.lower() for t in taken}
    while wanted.lower() in used:
        wanted += "_"
    return wanted
