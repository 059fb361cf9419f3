"""What a page may say of single people: a closed set of aggregates, and of conditions that choose among them.

Everything that is not known here is refused: a form that nobody thought of tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from engine.core.pages.context import PageContext
from engine.core.pages.disclosable_conditions import (
    COMPARED,
    NotDisclosable,
    Units,
    bare,
    cast_to,
    check_condition,
    number_of,
    only,
    said,
)
from engine.core.pages.expressions import measure
from engine.core.provenance import Provenance, provenance_of

CODE = "not-disclosable"
AS_IT_IS = "Write the aggregate itself, and `format:` for how it is shown."
BEFORE = "Compute it in a dataflow, and show its output."
LOWEST, HIGHEST = 0.1, 0.9
"""The quantiles that are not one person's value, over enough people."""
MOST = 1e6
"""Numbers in an aggregate stay within this, and above its inverse: none makes one person overflow."""
ELSEWHERE = (exp.Query, exp.Table, exp.Window)
"""What looks at other rows than those of the group."""


def over_units(page: PageContext, name: str) -> bool:
    """Whether the rows of a dataset of the page are single people, or theirs, under a floor."""
    if not page.floor(name):
        return False
    dataset = page.datasets[name]
    if dataset.unit is not None:
        return True
    origin = provenance_of(dataset, page.compiled)
    return isinstance(origin, Provenance) and not origin.grouped


def units_of(page: PageContext, name: str) -> Units:
    """The columns of a dataset of the page whose rows are single people."""
    types, unit = page.types(name), page.datasets[name].unit
    # A boolean that was made of personal columns makes two groups, and names nobody.
    naming = {c for c in page.naming(name, types) if c == unit or types[c] != "boolean"}
    return Units(
        {column.lower(): word for column, word in types.items()},
        None if unit is None else unit.lower(),
        frozenset(c.lower() for c in naming | mixed(page, name)),
    )


def mixed(page: PageContext, name: str) -> frozenset[str]:
    """Columns of a dataset of single people that tell who somebody is, or of others than the row's own."""
    origin = provenance_of(page.datasets[name], page.compiled)
    return origin.mixed | origin.naming if isinstance(origin, Provenance) else frozenset()


def check_expression(tree: exp.Expr, units: Units) -> None:
    """Make sure that an expression over single people is of the closed set. Raises NotDisclosable."""
    check_elsewhere(tree)
    check_formula(tree, lambda node: check_aggregate(node, units))
    if not measure(tree.sql("duckdb")).adds_up:
        raise NotDisclosable(f"{said(tree)} is not made of known parts.", units.forms)


def check_elsewhere(tree: exp.Expr) -> None:
    """Make sure that an expression looks at nothing but the rows of its group. Raises NotDisclosable."""
    if tree.find(*ELSEWHERE) is not None:
        raise NotDisclosable(f"{said(tree)} looks at other rows than those it is about.", BEFORE)


def check_formula(node: exp.Expr, aggregate: Callable[[exp.Expr], None]) -> bool:
    """Whether a formula of aggregates and numbers has an aggregate in it. Raises NotDisclosable."""
    node = bare(node)
    if number_of(node) is not None:
        return False
    if type(node) is exp.Neg and only(node, "this"):
        return check_formula(node.this, aggregate)
    if type(node) in (exp.Add, exp.Sub, exp.Mul, exp.Div) and only(node, "this", "expression"):
        found = [check_formula(part, aggregate) for part in (node.this, node.expression)]
        if type(node) is exp.Mul and all(found):
            raise NotDisclosable(f"{said(node)} multiplies two aggregates.", "Show them beside each other.")
        return any(found)
    if type(node) in (exp.Round, exp.Abs, exp.Nullif, exp.Coalesce):
        if not only(node, "this", "decimals", "expression", "expressions"):
            raise NotDisclosable(f"{said(node)} is of no known form.", AS_IT_IS)
        rest = [node.args.get("decimals"), node.args.get("expression"), *(node.args.get("expressions") or ())]
        if any(number_of(part) is None for part in rest if part is not None):
            raise NotDisclosable(f"In {said(node)} what comes second is no number.", AS_IT_IS)
        return check_formula(node.this, aggregate)
    aggregate(node)
    return True


def check_test(node: exp.Expr, aggregate: Callable[[exp.Expr], None]) -> None:
    """Make sure that a test compares formulas of aggregates and constants. Raises NotDisclosable."""
    node = bare(node)
    match node:
        case exp.And() | exp.Or() if only(node, "this", "expression"):
            check_test(node.this, aggregate)
            check_test(node.expression, aggregate)
        case exp.Not() if only(node, "this"):
            check_test(node.this, aggregate)
        case exp.Is() if only(node, "this", "expression") and isinstance(node.expression, exp.Null):
            check_formula(node.this, aggregate)
        case exp.Between() if only(node, "this", "low", "high"):
            for part in (node.this, node.args["low"], node.args["high"]):
                check_formula(part, aggregate)
        case exp.In() if only(node, "this", "expressions") and None not in map(number_of, node.expressions):
            check_formula(node.this, aggregate)
        case _ if type(node) in COMPARED and only(node, "this", "expression"):
            check_formula(node.this, aggregate)
            check_formula(node.expression, aggregate)
        case _:
            raise NotDisclosable(
                f"{said(node)} compares no aggregates.", "Write count(people) > 100, or alike."
            )


def check_aggregate(node: exp.Expr, units: Units) -> None:
    """Make sure that it is one aggregate over single people of a known form. Raises NotDisclosable."""
    inner = node
    if type(node) is exp.Filter and only(node, "this", "expression"):
        inner = node.this
    match inner:
        case exp.Count() if only(inner, "this") and not inner.expressions:
            _counted(inner.this, units)
        case exp.CountIf() if only(inner, "this"):
            check_condition(inner.this, units)
        case exp.Sum() | exp.Avg() if only(inner, "this"):
            _arithmetic(inner.this, units)
        case exp.Median() if only(inner, "this"):
            _quantile(inner, 0.5, units)
        case exp.PercentileCont() if only(inner, "this", "expression"):
            _quantile(inner, number_of(inner.args.get("expression")), units)
        case _:
            raise _refused(inner, units)
    if inner is not node:
        check_condition(node.expression.this, units)


def _refused(node: exp.Expr, units: Units) -> NotDisclosable:
    """Why an expression is refused, with the form to use in its place."""
    if isinstance(node, exp.Min | exp.Max | exp.PercentileDisc | exp.ApproxQuantile):
        share = LOWEST if isinstance(node, exp.Min) else HIGHEST
        known = units.unit is not None and isinstance(node.this, exp.Column)
        use = f"Use quantile_cont({node.this.name}, {share})." if known else units.forms
        return NotDisclosable(f"{said(node)} is one person's value.", use)
    if type(node) is exp.AnyValue:
        return NotDisclosable(f"{said(node)} is one person's value.", "Group by it, or write count(*).")
    if isinstance(node, exp.AggFunc) or node.find(exp.AggFunc) is None:
        return NotDisclosable(f"{said(node)} could tell of single people.", units.forms)
    return NotDisclosable(f"{said(node)} could tell of single people.", AS_IT_IS)


def _counted(what: exp.Expr | None, units: Units) -> None:
    if what is None or (type(what) is exp.Star and only(what)):
        return
    if type(what) is not exp.Distinct:
        units.column(what)
        return
    one = bare(what.expressions[0]) if len(what.expressions) == 1 and only(what, "expressions") else what
    if type(one) is not exp.Column or one.table or one.name.lower() != units.unit:
        raise NotDisclosable(f"{said(what)} counts something else than people.", f"Use {units.counted}.")


def _quantile(node: exp.Expr, share: float | None, units: Units) -> None:
    units.numeric(node.this)
    if share is None or not LOWEST <= share <= HIGHEST:
        raise NotDisclosable(
            f"{said(node)} is close to one person's value.",
            f"A quantile is a number from {LOWEST} to {HIGHEST}: quantile_cont(column, {HIGHEST}).",
        )
    if units.unit is None:
        # Quantiles need many people, and here nobody can tell how many the rows are of.
        raise NotDisclosable(
            f"{said(node)} is over rows that do not say whose they are.",
            "Keep the unit's column in the dataset, or show a mean.",
        )


def _arithmetic(node: exp.Expr, units: Units) -> None:
    """Make sure that it is a product of columns and a few numbers, which is 0 or null where one of them is.

    Nothing is added inside: 1 of everybody beside a rare value would hide that few people have it, and a
    large number or a cast to whole ones makes steps of values by rounding. Raises NotDisclosable.
    """
    parts = list(_factors(node))
    columns = [part.name.lower() for part in parts if number_of(part) is None]
    numbers = [number for part in parts if (number := number_of(part)) is not None]
    if not columns or len(set(columns)) < len(columns) or len(numbers) > 2:
        # A high power of a column is as good as its largest value, a long product as good as a bound.
        raise NotDisclosable(f"{said(node)} is no plain product of columns.", "Write sum(column).")
    if not all(1 / MOST <= abs(number) <= MOST for number in numbers):
        raise NotDisclosable(f"{said(node)} is out of proportion.", "Use `format:` for units.")
    for part in parts:
        if number_of(part) is None:
            units.numeric(part)


def _factors(node: exp.Expr) -> Iterator[exp.Expr]:
    """What is multiplied, and the numbers that it is divided by. Raises NotDisclosable."""
    node = bare(node)
    if number_of(node) is not None or type(node) is exp.Column:
        yield node
    elif type(node) is exp.Neg:
        yield from _factors(node.this)
    elif type(node) is exp.Cast and only(node, "this", "to") and cast_to(node) is exp.DType.DOUBLE:
        if type(bare(node.this)) is not exp.Column:
            raise NotDisclosable(f"{said(node)} casts a formula.", "Cast its columns.")
        yield bare(node.this)
    elif type(node) in (exp.Mul, exp.Div) and only(node, "this", "expression"):
        if type(node) is exp.Div and number_of(node.expression) is None:
            raise NotDisclosable(f"{said(node)} divides by a column.", "Divide sums: sum(a) / sum(b).")
        yield from _factors(node.this)
        yield from _factors(node.expression)
    elif type(node) in (exp.Add, exp.Sub):
        raise NotDisclosable(f"{said(node)} adds inside.", "Add the sums: sum(a) + sum(b).")
    else:
        advice = "Write a column, or columns and numbers with * /; count(*) filter (where ...) counts."
        raise NotDisclosable(f"{said(node)} is no product of columns.", advice)
