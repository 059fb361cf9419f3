"""What a page may not do with a protected dataset: tell of single people, or of withheld numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from engine.core.document import Path
from engine.core.pages.context import PageContext
from engine.core.pages.disclosable import (
    CODE,
    check_elsewhere,
    check_expression,
    check_test,
    over_units,
    units_of,
)
from engine.core.pages.disclosable_conditions import NotDisclosable, check_condition, said
from engine.core.pages.expectations import AGGREGATES, asked_of
from engine.core.pages.expressions import NotAnExpression, columns_in, parse
from engine.core.pages.protection import computed_columns, held_of
from engine.core.pages.queries import Query
from engine.core.pages.texts import filled
from engine.core.pages.walk import page_dataset
from engine.core.provenance import Provenance, provenance_of
from engine.diagnostics import Diagnostic, warning
from engine.model.base import Scalar
from engine.model.dashboard import PageDataset, PageFilter
from engine.model.tiles import Chart

WHOLE = "Write conditions without comments, and `{{ name }}` for a whole constant."
ADVICE = "Choose by what groups share, or make classes of it in a dataflow."
AGGREGATE = "Show aggregates of it, like count(*), or aggregate it in a dataflow and show its output."
HOLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def protected_numbers(page: PageContext, name: str) -> frozenset[str]:
    """Columns of a dataset of cells that may be withheld; none where rows are units, or without a floor."""
    dataset = page.datasets[name]
    if not page.floor(name) or over_units(page, name):
        return frozenset()
    return computed_columns(dataset, page.compiled, provenance_of(dataset, page.compiled))


def protection_diagnostics(page: PageContext) -> Iterator[Diagnostic]:
    """Filters and conditions that would choose people or tell withheld numbers, and what cannot be done."""
    for i, control in enumerate(page.resource.spec.filters):
        yield from _filter(page, control, ("filters", i, "column"))
    for name, written in page.resource.spec.datasets.items():
        where = page_dataset(written).where
        if where is not None and name in page.datasets and page.floor(name):
            place = ("datasets", name, "where") if isinstance(written, PageDataset) else ("datasets", name)
            yield from _where(page, name, where, place)
    for name in page.datasets:
        yield from _dominance(page, name)


def _filter(page: PageContext, control: PageFilter, path: Path) -> Iterator[Diagnostic]:
    """A filter chooses no people in any dataset that it acts on, nor by numbers that may be withheld."""
    acted = [n for n in page.datasets if n == control.from_ or control in page.filters(n)]
    if any(page.naming(name, (control.column,)) for name in acted):
        summary = f'"{control.column}" names single people, who must not be chosen.'
        yield page.error("rows-of-units", path, summary)
    told = (n for n in acted if control in page.filters(n) and control.column in protected_numbers(page, n))
    for name in list(told)[:1]:
        yield page.error(
            "choice-of-counts", path,
            f'"{control.column}" of "{name}" may be withheld, and a filter would tell it.', ADVICE,
        )  # fmt: skip


def expression_diagnostics(page: PageContext, path: Path, text: str, name: str) -> Iterator[Diagnostic]:
    """What an aggregate over a dataset could tell of single people; nothing where there is no floor.

    Over units only the closed set is allowed; over cells nothing that looks at other rows or tables.
    """
    if not page.floor(name):
        return
    try:
        if over_units(page, name):
            check_expression(parse(text), units_of(page, name))
        else:
            check_elsewhere(parse(text))
    except NotDisclosable as refused:
        yield page.error(CODE, path, refused.summary, refused.advice)


def query_diagnostics(page: PageContext, query: Query, path: Path) -> Iterator[Diagnostic]:
    """What a tile's query would tell of single people, or of numbers that may be withheld."""
    floor = page.floor(query.dataset)
    if not floor:
        return
    units = over_units(page, query.dataset)
    if units and query.listing:
        yield page.error(
            CODE, path, f'Single rows of "{query.dataset}" would be below the floor of {floor}.', AGGREGATE
        )
        return
    yield from _dimensions(page, query, path)
    for measure in query.measures:
        yield from expression_diagnostics(page, path, measure.sql, query.dataset)
        if not units and any(leaf.kind in ("min", "max", "values") for leaf in measure.leaves):
            yield page.error(
                "extreme-of-few", path, f"{measure.sql} shows one unit's value, below the floor of {floor}.",
                "Show a mean, a count or a sum.",
            )  # fmt: skip
        for leaf in measure.leaves:
            yield from _choice(page, query.dataset, leaf.where, path)


def box_diagnostics(page: PageContext, tile: Chart, path: Path) -> Iterator[Diagnostic]:
    """A box over single people is drawn from the lowest and the highest of them."""
    if tile.chart == "box" and over_units(page, tile.from_):
        yield page.error(
            CODE, (*path, "chart"), "A box shows the lowest and the highest value, each one person's.",
            "Write a range chart with y: quantile_cont(column, 0.1) and y2: quantile_cont(column, 0.9).",
        )  # fmt: skip


def expectation_diagnostics(page: PageContext, text: str, path: Path) -> Iterator[Diagnostic]:
    """What a test of a page could tell of single people by passing or failing. It is known to bind."""
    floors = {name for name in page.datasets if page.floor(name)}
    tree = parse(text)
    named = {c.table or c.name for c in tree.find_all(exp.Column)} | {
        t.name for t in tree.find_all(exp.Table)
    }
    if not {name.lower() for name in floors} & {name.lower() for name in named}:
        return
    try:
        check_elsewhere(tree)
        asked = {name for name in floors if name.lower() in {n.lower() for n in named}}
        if any(over_units(page, name) for name in asked):
            check_test(tree, lambda aggregate: _tested(page, aggregate))
    except (NotDisclosable, NotAnExpression) as refused:
        advice = refused.advice if isinstance(refused, NotDisclosable) else ""
        yield page.error(CODE, path, str(refused), advice)


def _tested(page: PageContext, aggregate: exp.Expr) -> None:
    """Make sure that an aggregate of a test may be shown. Raises NotDisclosable, NotAnExpression."""
    name, alone = asked_of(aggregate, page.names)
    if over_units(page, name):
        check_expression(alone, units_of(page, name))
    elif not isinstance(aggregate, AGGREGATES):
        raise NotDisclosable(f"{said(aggregate)} is no aggregate.", AGGREGATE)


def _dimensions(page: PageContext, query: Query, path: Path) -> Iterator[Diagnostic]:
    """What a query groups by are columns that groups share: none names people or may be withheld."""
    name, floor = query.dataset, page.floor(query.dataset)
    columns = [shown.name for shown in query.dimensions]
    for column in page.naming(name, columns):
        yield page.error(
            "rows-of-units", path, f'"{column}" names single people, and the floor is {floor}.',
            "Leave it out, or aggregate by what groups share.",
        )  # fmt: skip
    for column in columns:
        if column not in page.types(name):
            summary = f'"{column}" is no column of "{name}", and only columns make groups.'
            yield page.error(CODE, path, summary, AGGREGATE)
        elif not query.listing and column in protected_numbers(page, name):
            yield page.error(
                "choice-of-counts", path,
                f'"{column}" of "{name}" may be withheld, and groups by it would tell it.', ADVICE,
            )  # fmt: skip


def _where(page: PageContext, name: str, where: str, path: Path) -> Iterator[Diagnostic]:
    """What a page's condition on a dataset would tell. What is wrong with its SQL is told elsewhere."""
    given = page.resource.spec.each or {}
    try:
        parse(filled(where, {parameter: values[0] for parameter, values in given.items() if values}))
    except (NotAnExpression, KeyError):
        return
    try:
        tree = _whatever_each(where, given)
        if over_units(page, name):
            check_condition(tree, units_of(page, name))
        else:
            check_elsewhere(tree)
    except NotDisclosable as refused:
        yield page.error(CODE, path, refused.summary, refused.advice)
    else:
        yield from _choice(page, name, tree.sql("duckdb"), path)


def _whatever_each(where: str, given: Mapping[str, Sequence[Scalar]]) -> exp.Expr:
    """A condition as it reads whatever the values of `each` are. Raises NotDisclosable.

    It is run as it is written, so what two readers of SQL may read differently has no place in it.
    """
    number = all(isinstance(v, int | float) and not isinstance(v, bool) for vs in given.values() for v in vs)
    marks = {name: 123450000 + k if number else f"each {k} of all" for k, name in enumerate(given)}
    try:
        tree = parse(filled(where, marks))
    except NotAnExpression:
        raise NotDisclosable(f'"{where}" reads otherwise with another value of `each`.', WHOLE) from None
    found = [node.name for node in tree.find_all(exp.Literal)]
    asked = [str(marks[name]) for name in HOLE.findall(where)]
    if any(mark in where for mark in ("--", "/*", "$", "\\")) or Counter(asked) - Counter(found):
        raise NotDisclosable(f'"{where}" is no plain condition.', WHOLE)
    return tree


def _choice(page: PageContext, name: str, condition: str, path: Path) -> Iterator[Diagnostic]:
    """A condition on numbers that may be withheld would tell them."""
    numbers = {number.lower() for number in protected_numbers(page, name)} if condition else set()
    for column in columns_in(parse(condition)) if numbers else ():
        if column.lower() in numbers:
            yield page.error(
                "choice-of-counts", path,
                f'"{column}" of "{name}" may be withheld, and a condition on it would tell it.', ADVICE,
            )  # fmt: skip


def _dominance(page: PageContext, name: str) -> Iterator[Diagnostic]:
    """A share of contributors is known only where the rows of a dataset are followed to its units."""
    dataset = page.datasets[name]
    if held_of(dataset, page.space, page.compiled).dominance is None or dataset.unit is not None:
        return
    origin = provenance_of(dataset, page.compiled)
    if not isinstance(origin, Provenance):
        yield warning(
            "not-applied", page.resource.span("datasets", name),
            f"Who contributes to sums of {dataset.address} cannot be told, so `dominance` is not applied.",
            "Group the units in one step, without joins or windows, or show sums of the units themselves.",
        )  # fmt: skip
