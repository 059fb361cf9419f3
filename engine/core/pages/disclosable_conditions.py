"""Rows that are single people: their columns, and the conditions that may choose among them.

Everything that is not known here is refused: a form that nobody thought of tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import ErrorLevel, exp

from engine.core.pages.queries import is_number

FLAGS = {"big_int", "typed", "safe", "negate", "is_null", "is_nvl"}
"""What sqlglot notes beside the parts of an expression without a part of its own."""
COMPARED = (
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
TEXT_TESTS = (exp.Like, exp.ILike, exp.StartsWith, exp.Contains)
DATE_PARTS = (exp.Year, exp.Quarter, exp.Month, exp.Week, exp.Day, exp.DayOfWeek)
UNITS_OF_TIME = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOW", "ISODOW", "HOUR"}
NUMBERS = {exp.DType.INT, exp.DType.BIGINT, exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL}
SMALL = {exp.DType.INT, exp.DType.FLOAT, exp.DType.DECIMAL}
"""Numbers that not every number fits."""
TEXTS = {exp.DType.TEXT, exp.DType.VARCHAR}
TIMES = {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ}


class NotDisclosable(ValueError):
    """Something that could tell of single people; in words of the author, with the form to use."""

    def __init__(self, summary: str, advice: str) -> None:
        super().__init__(summary)
        self.summary = summary
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Units:
    """The columns of a dataset whose rows are single people; names in lower case, as SQL compares them."""

    types: Mapping[str, str]
    unit: str | None
    naming: frozenset[str]
    """Those that say who somebody is: the unit, and personal ones."""

    @property
    def counted(self) -> str:
        """How its people are counted."""
        return "count(*)" if self.unit is None else f"count(distinct {self.unit})"

    @property
    def forms(self) -> str:
        """What may be written."""
        return (
            f"Write {' or '.join(dict.fromkeys(('count(*)', self.counted)))}, or sum, avg, median or "
            "quantile_cont of a column, each perhaps with `filter (where ...)`; or a share of two of these."
        )

    def column(self, node: exp.Expr) -> str:
        """The type of a plain column that names nobody. Raises NotDisclosable."""
        node = bare(node)
        if type(node) is not exp.Column or not isinstance(node.this, exp.Identifier) or node.table:
            raise NotDisclosable(f"{said(node)} is no plain column of single people's data.", self.forms)
        name = node.name.lower()
        if name in self.naming:
            summary = f"{said(node)} names single people: nothing is counted, chosen or computed by it."
            raise NotDisclosable(summary, self.forms)
        if name not in self.types:
            raise NotDisclosable(f"{said(node)} is no column here.", self.forms)
        return self.types[name]

    def numeric(self, node: exp.Expr) -> None:
        """Make sure that it is a plain column of numbers. Raises NotDisclosable."""
        if not is_number(word := self.column(node)):
            advice = "Write count(*) filter (where ...)." if word == "boolean" else self.forms
            raise NotDisclosable(f"{said(bare(node))} is {word}, which is not computed with.", advice)


def check_condition(node: exp.Expr, units: Units) -> None:
    """Make sure that a condition chooses people by columns and constants. Raises NotDisclosable."""
    node = bare(node)
    match node:
        case exp.Not() if only(node, "this"):
            check_condition(node.this, units)
        case exp.And() | exp.Or() if only(node, "this", "expression"):
            check_condition(node.this, units)
            check_condition(node.expression, units)
        case exp.Column() if units.column(node) == "boolean":
            pass
        case exp.Boolean():
            pass
        case exp.Is() if only(node, "this", "expression") and _constant(node.expression):
            _operand(node.this, units)
        case exp.Between() if only(node, "this", "low", "high"):
            _compared(node, node.this, (node.args["low"], node.args["high"]), units)
        case exp.In() if only(node, "this", "expressions") and node.expressions:
            _compared(node, node.this, node.expressions, units)
        case _ if type(node) in TEXT_TESTS and only(node, "this", "expression"):
            _compared(node, node.this, (node.expression,), units)
        case _ if type(node) in COMPARED and only(node, "this", "expression"):
            turned = _constant(node.this)
            column, value = (node.expression, node.this) if turned else (node.this, node.expression)
            _compared(node, column, (value,), units)
        case _:
            raise _no_condition(node)


def _compared(node: exp.Expr, column: exp.Expr, values: Iterable[exp.Expr], units: Units) -> None:
    listed = tuple(values)
    if not all(map(_constant, listed)):
        raise _no_condition(node)
    word = "string" if _constant(column) else _operand(column, units)
    if word == "string" and any(number_of(value) is not None for value in listed):
        # DuckDB would read every text as a number, and say aloud the first that is none.
        raise NotDisclosable(f"{said(node)} compares text with a number.", "Write the number in quotes.")


def _no_condition(node: exp.Expr) -> NotDisclosable:
    advice = "Compare columns with constants: =, <, between, in (...), is null, like, and/or/not."
    return NotDisclosable(f"{said(node)} is no plain condition on people.", advice)


def _operand(node: exp.Expr, units: Units) -> str:
    """The type of what is compared: a column, a part of a date or of a text. Raises NotDisclosable."""
    node = bare(node)
    match node:
        case exp.Lower() | exp.Upper() if only(node, "this"):
            return _operand(node.this, units)
        case exp.Left() if only(node, "this", "expression") and number_of(node.expression) is not None:
            return _operand(node.this, units)
        case exp.Anonymous() if node.name.lower() == "strip_accents" and len(node.expressions) == 1:
            return _operand(node.expressions[0], units)
        case _ if type(node) in DATE_PARTS and only(node, "this"):
            return "integer" if _operand(node.this, units) else ""
        case exp.Extract() if only(node, "this", "expression") and node.name.upper() in UNITS_OF_TIME:
            return "integer" if _operand(node.expression, units) else ""
        case exp.TimestampTrunc() | exp.DateTrunc() if only(node, "this", "unit"):
            if str(node.args["unit"].name).upper() in UNITS_OF_TIME:
                return _operand(node.this, units)
        case exp.Cast() if only(node, "this", "to") and cast_to(node) in NUMBERS | TEXTS | TIMES:
            return _cast(node, _operand(node.this, units))
        case exp.Column():
            return units.column(node)
        case _:
            pass
    raise _no_condition(node)


def _cast(node: exp.Cast, word: str) -> str:
    fails = cast_to(node) not in TEXTS if word == "string" else cast_to(node) in SMALL
    if type(node) is not exp.TryCast and fails:
        # An error of DuckDB's says the text that is no number, or the number that does not fit.
        raise NotDisclosable(f"{said(node)} fails on some values, and says them.", "Write try_cast.")
    return "string" if cast_to(node) in TEXTS else "integer" if cast_to(node) in NUMBERS else "timestamp"


def cast_to(node: exp.Expr) -> object:
    """The type that a cast is to; None for one with a size, which a person's value may exceed aloud."""
    to = node.args["to"]
    return None if to.expressions or to.args.get("nested") else to.this


def _constant(node: exp.Expr) -> bool:
    node = bare(node)
    if type(node) is exp.Cast and only(node, "this", "to"):
        return isinstance(node.this, exp.Literal) and cast_to(node) in NUMBERS | TEXTS | TIMES
    return isinstance(node, exp.Literal | exp.Null | exp.Boolean) or number_of(node) is not None


def number_of(node: object) -> float | None:
    """The number that stands there, perhaps with its sign; None where none does."""
    node = bare(node) if isinstance(node, exp.Expr) else node
    if type(node) is exp.Neg:
        return None if (found := number_of(node.this)) is None else -found
    return float(node.name) if isinstance(node, exp.Literal) and not node.is_string else None


def bare(node: exp.Expr) -> exp.Expr:
    """An expression without the brackets around it."""
    while type(node) is exp.Paren:
        node = node.this
    return node


def said(node: exp.Expr | None) -> str:
    """An expression as messages quote it."""
    if node is None:
        return "Nothing"
    return f'"{node.sql("duckdb", comments=False, unsupported_level=ErrorLevel.IGNORE)}"'


def only(node: exp.Expr, *parts: str) -> bool:
    """Whether an expression has no parts but these, apart from what sqlglot notes of it."""
    return {key for key, part in node.args.items() if part not in (None, False, [])} <= FLAGS | set(parts)
