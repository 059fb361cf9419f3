"""Random expressions out of DuckDB's whole function list, and what one that is accepted tells of people."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import duckdb
import numpy as np
import sqlglot
from sqlglot import exp

from tests.attacks.oracle import Cut, Figure, Population, Vector

LEFT_OUT = re.compile(
    r"random|uuid|setseed|now$|today|current|getenv|sleep|nextval|currval|write_log|^query|^pg_|version|error"
    r"|txid|get_current|in_search_path|^add_parquet|^__|localtime|transaction|^like_escape|parse_duckdb|getvariable"
)
"""What differs from call to call, asks the machine, or is about the database."""
AGGREGATES = ("count(*)", "count(distinct pid)", "sum(income)", "avg(income)")
OPERATORS = ("+", "-", "*", "/", "||", "<", "=", "%", "//")


@cache
def functions(*kinds: str) -> tuple[str, ...]:
    """The names of all functions of some kinds."""
    with duckdb.connect() as connection:
        rows = connection.sql(
            "select distinct function_name from duckdb_functions()"
            f" where list_contains({list(kinds)}, function_type) order by 1"
        ).fetchall()
    return tuple(name for (name,) in rows if re.fullmatch(r"\w+", name) and not LEFT_OUT.search(name))


@dataclass(frozen=True)
class People:
    """The people in a database of their own, to ask for the truth."""

    population: Population

    @cached_property
    def database(self) -> duckdb.DuckDBPyConnection:
        """A table `people` of rows, and `classes` of all combinations of values."""
        connection = duckdb.connect(config={"enable_external_access": "false"})
        names = ", ".join(f"{name} varchar" for name in self.population.names)
        connection.execute(f"create table people (pid varchar, {names}, income integer)")
        connection.execute(f"create table classes (number integer, {names})")
        for i, unit in enumerate(self.population.units):
            for each, value in unit.rows:
                marks = ", ".join("?" * (len(each) + 2))
                connection.execute(f"insert into people values ({marks})", [f"ep{i}", *each, value])
        for i, each in enumerate(self.population.classes):
            marks = ", ".join("?" * (len(each) + 1))
            connection.execute(f"insert into classes values ({marks})", [i, *each])
        return connection

    def answer(self, sql: str) -> Any:
        """The one value of a query; None where it has none, or is a mistake."""
        try:
            row = self.database.execute(sql).fetchone()
        except (duckdb.Error, RuntimeError, UnicodeDecodeError):
            return None
        return row[0] if row else None

    def by_class(self, sql: str) -> list[float] | None:
        """A value for each class; None where it is about more than the class."""
        try:
            rows = self.database.execute(f"select ({sql})::double from classes order by number").fetchall()
        except duckdb.Error:
            return None
        return [float(value or 0) for (value,) in rows]


def expressions(people: People, seed: int, number: int) -> list[str]:
    """Random aggregate expressions that DuckDB understands and that come to something."""
    rng = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < number:
        text = _wrapped(rng, _aggregate(rng, people.population))
        if people.answer(f"select {text} from people") is not None:
            found.setdefault(text)
    return list(found)


def _aggregate(rng: random.Random, population: Population) -> str:
    if rng.random() < 0.3:
        called = rng.choice(AGGREGATES)
    else:
        arguments = [_argument(rng, population) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
        called = f"{rng.choice(functions('aggregate'))}({', '.join(arguments)})"
    return called + (f" filter (where {_condition(rng, population)})" if rng.random() < 0.6 else "")


def _argument(rng: random.Random, population: Population) -> str:
    column = rng.choice(population.names)
    return rng.choice(
        ("income", "income", "pid", column, f"({_condition(rng, population)})", f"strpos({column}, '0')",
         f"income * ({_condition(rng, population)})::int", "0.5", "1", "1.0", "3", "people", "[income]")
    )  # fmt: skip


def _condition(rng: random.Random, population: Population) -> str:
    parts = []
    for name in rng.sample(population.names, rng.randint(1, len(population.names))):
        domain = population.domains[population.names.index(name)]
        parts.append(f"{name} {rng.choice(('=', '=', '<>'))} '{rng.choice(domain)}'")
    more = (f"pid = 'ep{rng.randrange(20)}'", f"income > {rng.choice((5000, 50000, 95000))}", "true", "true")
    return " and ".join([*parts, rng.choice(more)])


def _wrapped(rng: random.Random, text: str) -> str:
    """The aggregate as it is, or within functions and operators."""
    for _ in range(rng.choice((0, 1, 1, 2))):
        other = rng.choice(("1", "0", "100", "2.5", "'x'", "count(*)", "sum(income)", "'%d'"))
        form = rng.random()
        if form < 0.25:
            text = f"({text}) {rng.choice(OPERATORS)} {other}"
        elif form < 0.35:
            text = f"cast({text} as {rng.choice(('integer', 'varchar', 'double', 'bigint', 'boolean'))})"
        elif form < 0.45:
            text = f"case when {rng.choice(('true', 'count(*) > 0'))} then {text} end"
        else:
            name = rng.choice(functions("scalar", "macro"))
            text = f"{name}({rng.choice((text, f'{text}, {other}', f'{other}, {text}'))})"
    return text


class Unknown(ValueError):
    """An expression that is of none of the forms that are allowed over people."""


class Loose(ValueError):
    """An expression whose figures are of known forms, but that is no quotient of linear ones."""


@dataclass(frozen=True)
class Value:
    """A linear form of what is unknown, and how many units at least are behind any part of it."""

    vector: Vector
    constant: float = 0.0


@dataclass(frozen=True)
class Meaning:
    """What an accepted expression tells, by the closed set of forms."""

    people: People
    floor: int

    def figures(self, text: str, shown: float, step: float, where: Cut) -> Iterator[Figure]:
        """A shown value as constraints; a rounded one counts as exact. Raises Unknown."""
        tree = sqlglot.parse_one(text, dialect="duckdb")
        try:
            above, below = self._quotient(tree, where)
        except Loose:
            yield from self._leaves(tree, where)
            return
        if tree.find(exp.Round, exp.Abs, exp.Cast):
            yield from self._leaves(tree, where)
            return
        for bound, low, high in ((shown - step, 0.0, np.inf), (shown + step, -np.inf, 0.0)):
            vector = above.vector - bound * below.vector
            rest = above.constant - bound * below.constant
            if vector.any():
                yield Figure(text, vector, low - rest, high - rest, "expression")

    def _leaves(self, tree: exp.Expr, where: Cut) -> Iterator[Figure]:
        """Each figure of an expression as if it were told by itself. Raises Unknown."""
        for node in tree.find_all(exp.AggFunc):
            leaf = node.parent if isinstance(node.parent, exp.Filter) else node
            try:
                parts = self._leaf(leaf, where)
            except Loose:
                continue
            for part in parts:
                number = float(part.vector @ self.people.population.truth)
                if part.vector.any():
                    yield Figure(leaf.sql(dialect="duckdb"), part.vector, number, number, "expression")

    def _quotient(self, node: exp.Expr, where: Cut) -> tuple[Value, Value]:
        """An expression as one linear form divided by another."""
        one = Value(np.zeros_like(self.people.population.truth), 1.0)
        match node:
            case exp.Paren() | exp.Round() | exp.Abs() | exp.Coalesce() | exp.Nullif():
                return self._quotient(node.this, where)
            case exp.Cast() if node.to.is_type(*exp.DataType.NUMERIC_TYPES):
                return self._quotient(node.this, where)
            case exp.Literal() if not node.is_string:
                return Value(one.vector, float(node.name)), one
            case exp.Neg():
                above, below = self._quotient(node.this, where)
                return _scaled(above, -1), below
            case exp.Add() | exp.Sub():
                sign = 1 if isinstance(node, exp.Add) else -1
                return _sum(self._quotient(node.this, where), self._quotient(node.expression, where), sign)
            case exp.Mul():
                return _product(self._quotient(node.this, where), self._quotient(node.expression, where))
            case exp.Div():
                above, below = self._quotient(node.expression, where)
                return _product(self._quotient(node.this, where), (below, above))
            case _:
                return self._leaf(node, where)

    def _leaf(self, node: exp.Expr, where: Cut) -> tuple[Value, Value]:
        condition = "true"
        if isinstance(node, exp.Filter):
            node, condition = node.this, node.expression.this.sql(dialect="duckdb")
        inside = self._inside(condition, where)
        population = self.people.population
        one = Value(np.zeros_like(population.truth), 1.0)
        match node:
            case exp.Count(this=exp.Distinct(expressions=[exp.Column(this=exp.Identifier(this="pid"))])):
                return Value(population.by_pattern(lambda p: any(inside[c] for c in p))), one
            case exp.Count(this=exp.Star() | None | exp.Column() | exp.Literal()):
                return self._rows(inside), one
            case exp.Sum():
                return self._sum(node.this, inside), one
            case exp.Avg():
                return self._sum(node.this, inside), self._rows(inside)
            case _:
                raise Unknown(f"{node.sql(dialect='duckdb')} is of no form that is allowed over people")

    def _rows(self, inside: dict[tuple[str, ...], float]) -> Value:
        return Value(self.people.population.by_pattern(lambda p: sum(inside[c] for c in p)))

    def _sum(self, argument: exp.Expr, inside: dict[tuple[str, ...], float]) -> Value:
        population = self.people.population
        text = argument.sql(dialect="duckdb")
        if text == "income":
            sums = [inside[c] for c in population.classes]
            return Value(np.array([0.0] * len(population.patterns) + sums))
        weights = self.people.by_class(text)
        if weights is None:
            self._many(f"({text}) <> 0", Cut())
            if argument.find(exp.Func, exp.Predicate, exp.Cast):
                raise Unknown(f"a sum of {text} is about single people")
            raise Loose
        weight = dict(zip(population.classes, weights, strict=True))
        return Value(population.by_pattern(lambda p: sum(inside[c] * weight[c] for c in p)))

    def _inside(self, condition: str, where: Cut) -> dict[tuple[str, ...], float]:
        """Which classes a condition takes."""
        population = self.people.population
        found = self.people.by_class(condition)
        if found is None:
            self._many(condition, where)
            raise Loose
        return {
            c: float(v and population.holds(where, c)) for c, v in zip(population.classes, found, strict=True)
        }

    def _many(self, condition: str, where: Cut) -> None:
        """A condition that is not about classes. Raises Unknown where it names people, or takes few."""
        if re.search(r"\bpid\b", condition):
            raise Unknown(f"the condition {condition} names people")
        parts = [f"{n} in ({', '.join(map(repr, sorted(v)))})" for n, v in where.values]
        inside = " and ".join([f"({condition})", *parts])
        number = self.people.answer(f"select count(distinct pid) from people where {inside}")
        if 0 < number < self.floor:
            raise Unknown(f"the condition {condition} takes {number} people")


Quotient = tuple[Value, Value]


def _scaled(value: Value, by: float) -> Value:
    return Value(value.vector * by, value.constant * by)


def _sum(one: Quotient, other: Quotient, sign: int) -> Quotient:
    """Two quotients added, where at most one of them has a denominator that is no constant."""
    (above, below), (more, under) = one, other
    if under.vector.any() and below.vector.any():
        raise Loose
    first, second = _times(above, under), _times(_scaled(more, sign), below)
    return Value(first.vector + second.vector, first.constant + second.constant), _times(below, under)


def _product(one: Quotient, other: Quotient) -> Quotient:
    return _times(one[0], other[0]), _times(one[1], other[1])


def _times(one: Value, other: Value) -> Value:
    """Two linear forms multiplied, of which one is a constant."""
    if not one.vector.any():
        return _scaled(other, one.constant)
    if not other.vector.any():
        return _scaled(one, other.constant)
    raise Loose
