"""Aggregate expressions taken apart: leaves that can be added up, and the formula that joins them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import sqlglot
from sqlglot import exp

LeafKind = Literal["sum", "count", "min", "max", "distinct", "values", "whole"]

Formula = tuple[Any, ...]
"""`("leaf", i)`, `("number", x)` or `(operator, operands...)`: plain values that a page can compute with."""


QUANTILE_FLOORS = 10
"""How many times the smallest cell a group needs for a quantile: it is near one person's value."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One aggregate: its argument in SQL (`*` for count(*)), under a condition.

    `whole` is an aggregate that cannot be put together from parts.
    """

    kind: LeafKind
    argument: str
    where: str = ""
    quantile: float | None = None
    sql: str = ""
    """The aggregate itself."""

    @property
    def counts(self) -> bool:
        """Whether it is a number of rows or of distinct values."""
        return self.kind in ("count", "distinct")

    @property
    def there(self) -> str:
        """In SQL, which rows say something to it: those that add nothing are not what it is about.

        Empty for all rows.
        """
        if self.argument in ("", "*"):
            return ""
        present = f"({self.argument}) IS NOT NULL"
        return f"{present} AND ({self.argument}) <> 0" if self.kind == "sum" else present

    @property
    def floors(self) -> int:
        """How many times the smallest cell it needs: a quantile is near one unit's value, others mix all."""
        return QUANTILE_FLOORS if self.kind == "values" else 1

    @property
    def sql_text(self) -> str:
        """The aggregate as SQL."""
        match self.kind:
            case "whole":
                return self.sql
            case "values":
                called = f"quantile_cont({self.argument}, {self.quantile})"
            case "distinct":
                called = f"count(DISTINCT {self.argument})"
            case kind:
                called = f"{kind}({self.argument})"
        return f"{called} FILTER (WHERE {self.where})" if self.where else called


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate expression: as SQL, and as a formula over its leaves."""

    sql: str
    formula: Formula
    leaves: tuple[Leaf, ...]

    @property
    def adds_up(self) -> bool:
        """Whether it can be computed exactly from the cells of any selection."""
        return all(leaf.kind != "whole" for leaf in self.leaves)

    def sql_with(self, leaf_sql: Callable[[Leaf], str]) -> str:
        """The measure as SQL, each of its aggregates written by `leaf_sql`."""
        return _formula_sql(self.formula, [leaf_sql(leaf) for leaf in self.leaves])


def _formula_sql(formula: Formula, leaves: Sequence[str]) -> str:
    match formula:
        case ("leaf", int(i)):
            return leaves[i]
        case ("number", number):
            return repr(number)
        case ("neg", operand):
            return f"(- {_formula_sql(operand, leaves)})"
        case (("+" | "-" | "*" | "/") as operator, left, right):
            return f"({_formula_sql(left, leaves)} {operator} {_formula_sql(right, leaves)})"
        case (str(name), *operands):
            return f"{name}({', '.join(_formula_sql(operand, leaves) for operand in operands)})"
        case _:
            raise AssertionError("a formula is a leaf, a number or an operation")


class NotAnExpression(ValueError):
    """The text is no SQL expression."""


def parse(text: str) -> exp.Expr:
    """The tree of one SQL expression. Raises NotAnExpression."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError as mistake:
        raise NotAnExpression(f'"{text}" is not understood{_near(text, mistake)}') from None
    if isinstance(tree, exp.Query | exp.Command | exp.DDL | exp.DML):
        raise NotAnExpression(f'"{text}" is a statement, not an expression')
    if isinstance(tree, exp.Alias):
        raise NotAnExpression(f'"{text}" is not understood near "{tree.alias}"')
    return tree.transform(_one_name, copy=False)


def _one_name(node: exp.Expr) -> exp.Expr:
    """`mean` is another name of `avg`."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "mean" and len(node.expressions) == 1:
        return exp.Avg(this=node.expressions[0])
    return node


def _near(text: str, mistake: sqlglot.errors.SqlglotError) -> str:
    """Where a text stops being understood, as far as the parser tells."""
    if text.count("(") != text.count(")"):
        return "; a bracket is missing, or one too many"
    first = (getattr(mistake, "errors", None) or [{}])[0]
    near = str(first.get("highlight") or "").strip()
    return f' near "{near}"' if near else "; is a part or a bracket missing?"


@lru_cache(maxsize=4096)
def is_aggregate(text: str) -> bool:
    """Whether the text is an expression with an aggregate in it; false for what is no expression."""
    try:
        return any(_is_aggregate(node) for node in parse(text).walk())
    except NotAnExpression:
        return False


@lru_cache(maxsize=4096)
def measure(text: str) -> Measure:
    """The measure an aggregate expression is. Raises NotAnExpression."""
    leaves: list[Leaf] = []
    tree = parse(text)
    formula = _formula(tree, leaves)
    if formula is None:
        leaves = [Leaf("whole", "", sql=_sql(tree))]
        formula = ("leaf", 0)
    return Measure(_sql(tree), formula, tuple(leaves))


_OPERATORS: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.Add, "+"), (exp.Sub, "-"), (exp.Mul, "*"), (exp.Div, "/"),
)  # fmt: skip
_FUNCTIONS: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.Nullif, "nullif"), (exp.Coalesce, "coalesce"), (exp.Round, "round"), (exp.Abs, "abs"),
)  # fmt: skip
_SIMPLE: tuple[tuple[type[exp.Expr], LeafKind], ...] = (
    (exp.Sum, "sum"), (exp.Min, "min"), (exp.Max, "max"),
)  # fmt: skip


def _formula(node: exp.Expr, leaves: list[Leaf]) -> Formula | None:
    """The formula of a tree, its leaves added to `leaves`; None when the page could not compute it."""
    if isinstance(node, exp.Paren):
        return _formula(node.this, leaves)
    if isinstance(node, exp.Literal) and not node.is_string:
        return (
            "number",
            float(node.name) if "." in node.name or "e" in node.name.lower() else int(node.name),
        )
    if isinstance(node, exp.Neg):
        return _operation("neg", [node.this], leaves)
    for kind, operator in _OPERATORS:
        if type(node) is kind:
            return _operation(operator, [node.this, node.expression], leaves)
    for kind, name in _FUNCTIONS:
        if type(node) is kind:
            rest = [*node.expressions] if name != "round" else [node.args.get("decimals")]
            operands = [node.this, node.args.get("expression") if name == "nullif" else None, *rest]
            return _operation(name, [o for o in operands if o is not None], leaves)
    return _leaf_formula(node, leaves)


def _operation(name: str, operands: list[exp.Expr], leaves: list[Leaf]) -> Formula | None:
    parts = [_formula(operand, leaves) for operand in operands]
    return None if any(part is None for part in parts) else (name, *parts)


def _leaf_formula(node: exp.Expr, leaves: list[Leaf]) -> Formula | None:
    where = ""
    aggregate = node
    if isinstance(node, exp.Filter):
        aggregate, where = node.this, _sql(node.expression.this)
    if isinstance(aggregate, exp.Avg) and not isinstance(aggregate.this, exp.Distinct):
        total = Leaf("sum", _sql(aggregate.this), where)
        number = Leaf("count", _sql(aggregate.this), where)
        return ("/", _placed(total, leaves), _placed(number, leaves))
    leaf = _leaf(aggregate, where)
    return None if leaf is None else _placed(leaf, leaves)


def _leaf(node: exp.Expr, where: str) -> Leaf | None:
    for kind, name in _SIMPLE:
        if type(node) is kind and not isinstance(node.this, exp.Distinct):
            return Leaf(name, _sql(node.this), where)
    if isinstance(node, exp.CountIf):
        # The same cells as count(*) filter (where ...), so the two are never audited apart.
        condition = _sql(node.this)
        return Leaf("count", "*", f"({where}) AND ({condition})" if where else condition)
    if isinstance(node, exp.Count):
        if isinstance(node.this, exp.Distinct):
            columns = node.this.expressions
            return Leaf("distinct", _sql(columns[0]), where) if len(columns) == 1 else None
        return Leaf("count", "*" if node.this is None else _sql(node.this), where)
    if isinstance(node, exp.Median):
        return Leaf("values", _sql(node.this), where, 0.5)
    if isinstance(node, exp.PercentileCont):
        return _quantile(node, where)
    return None


def _quantile(node: exp.PercentileCont, where: str) -> Leaf | None:
    share = node.args.get("expression")
    if isinstance(share, exp.Literal) and not share.is_string:
        return Leaf("values", _sql(node.this), where, float(share.name))
    return None


def _placed(leaf: Leaf, leaves: list[Leaf]) -> Formula:
    if leaf not in leaves:
        leaves.append(leaf)
    return ("leaf", leaves.index(leaf))


def _is_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.AggFunc) or (
        isinstance(node, exp.Anonymous) and node.name.lower() in ("quantile_cont", "quantile_disc", "mad")
    )


def _sql(node: exp.Expr) -> str:
    return node.sql(dialect="duckdb", comments=False)


def quoted(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A plain value as a SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def columns_in(tree: exp.Expr) -> tuple[str, ...]:
    """Names of the columns an expression reads, each once, in order."""
    return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))
