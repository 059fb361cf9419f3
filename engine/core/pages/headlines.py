"""Conditions of a chart's titles: `delta(doctors) < 0` over the rows that the chart shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.core.pages.conditions import Number, is_true, try_out
from engine.core.pages.expressions import NotAnExpression, parse
from engine.core.pages.queries import Query, Shown
from engine.core.pages.release import Cell, Grid, Mark
from engine.diagnostics import did_you_mean

SUMMARIES: Mapping[str, Callable[[list[Number]], Number]] = {
    "delta": lambda values: values[-1] - values[-2],
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "count": len,
}
"""What can be said of a measure's values, in the order of the chart's rows."""
ALONG = ("delta", "first", "last")
"""Summaries of the points along the chart's first axis, series and facets of a point taken together."""
TOGETHER = {"sum": "sum", "count": "sum", "min": "min", "max": "max"}
"""How the values of a measure become that of several rows together, by the only aggregate in it."""


def check_condition(condition: str, query: Query) -> None:
    """Make sure that a condition can be asked of what a chart's query shows. Raises NotAnExpression."""
    try_out(parse(condition), lambda node: _tried(node, query))


def holds(condition: str, query: Query, grid: Grid) -> bool:
    """Whether a condition holds of the rows shown; false where a value it needs is missing or withheld."""
    try:
        return is_true(parse(condition), lambda node: _summary(node, query, grid))
    except (LookupError, ZeroDivisionError):
        return False


def _tried(node: exp.Expr, query: Query) -> Number:
    _meant(node, query)
    return 1


def _meant(node: exp.Expr, query: Query) -> tuple[str, int]:
    """The summary that is asked for, and the position of what it is of. Raises NotAnExpression."""
    word, inside = _summary_of(node)
    at = _position(inside, query) if inside is not None else None
    if at is None and (whole := _position(node, query)) is not None:
        return _together(query.shown[whole]), whole
    if at is None and isinstance(inside, exp.Column):
        # As everywhere on a page, a bare column stands for its sum.
        at = _position(exp.Sum(this=inside.copy()), query)
    if at is not None:
        if word in ALONG and len(query.dimensions) > 1:
            _together(query.shown[at])
        return word, at
    if inside is not None:
        meant = did_you_mean(_text(inside), _measured(query))
        raise NotAnExpression(f'the chart measures no "{_text(inside)}". {meant}'.rstrip(" ."))
    known = ", ".join(sorted(SUMMARIES))
    raise NotAnExpression(f"write one of {known} of what the chart measures, like delta(doctors) < 0")


def _summary_of(node: exp.Expr) -> tuple[str, exp.Expr | None]:
    """A summary's name and what is between its brackets; nothing where it is no summary."""
    word = node.name.lower() if isinstance(node, exp.Anonymous) else node.key
    inside = node.expressions[0] if isinstance(node, exp.Anonymous) and node.expressions else node.this
    return word, inside if word in SUMMARIES and isinstance(inside, exp.Expr) else None


def _measured(query: Query) -> dict[str, int]:
    """What a chart measures, as it is written in a condition, and where it is."""
    found = {}
    for i, shown in enumerate(query.shown):
        if query.listing or shown.measure is not None:
            found[shown.name] = i
    return found


def _position(node: exp.Expr, query: Query) -> int | None:
    text = _text(node)
    return next((i for name, i in _measured(query).items() if text in (name, _normal(name))), None)


def _normal(name: str) -> str:
    try:
        return _text(parse(name))
    except NotAnExpression:
        return name  # of a column that is no identifier


def _text(node: exp.Expr) -> str:
    return node.name if isinstance(node, exp.Column) else node.sql("duckdb")


def _together(shown: Shown) -> str:
    """The summary that makes one number of the values of several rows. Raises NotAnExpression."""
    leaves = shown.measure.leaves if shown.measure is not None else ()
    alone = shown.measure is not None and shown.measure.formula == ("leaf", 0)
    if not alone or leaves[0].kind not in TOGETHER:
        example = f"max({shown.name}) > 0"
        raise NotAnExpression(f'the values of "{shown.name}" do not add up to one; write {example}')
    return TOGETHER[leaves[0].kind]


def _summary(node: exp.Expr, query: Query, grid: Grid) -> Number:
    word, at = _meant(node, query)
    if word in ALONG and len(query.dimensions) > 1:
        values = _points(_together(query.shown[at]), at, query, grid)
    else:
        values = _numbers([row[at] for row in grid.rows])
    if not values and word != "count":
        raise LookupError("the chart shows nothing")
    return SUMMARIES[word](values)


def _points(together: str, at: int, query: Query, grid: Grid) -> list[Number]:
    """One value for each point of the first axis, in the order of the chart's rows."""
    along = query.shown.index(query.dimensions[0])
    points: dict[Cell, list[Cell]] = {}
    for row in grid.rows:
        points.setdefault(row[along], []).append(row[at])
    found = [_numbers(cells) for cells in points.values()]
    return [SUMMARIES[together](values) for values in found if values]


def _numbers(cells: list[Cell]) -> list[Number]:
    if any(isinstance(cell, Mark) for cell in cells):
        raise LookupError("a withheld number is compared with nothing")
    return [cell for cell in cells if isinstance(cell, int | float)]
