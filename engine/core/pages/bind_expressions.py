"""Mistakes in what a tile shows: a column of its dataset, or an aggregate over it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.binding import BindError
from engine.core.document import Path
from engine.core.pages.bind_protection import expression_diagnostics, query_diagnostics
from engine.core.pages.context import PageContext
from engine.core.pages.expressions import NotAnExpression, is_aggregate, parse
from engine.core.pages.queries import Query
from engine.diagnostics import Diagnostic

FRAME = "select\n{}\nas v from self"


def shown(page: PageContext, path: Path, text: str | None, name: str) -> Iterator[Diagnostic]:
    """What is wrong with a column or an aggregate over a dataset, in words of the author."""
    if text is None or name not in page.datasets or text in page.types(name):
        return
    if is_aggregate(text):
        yield from aggregate(page, path, text, name)
    else:
        yield from list(_misspelt(page, path, text, name)) or [
            page.error(
                "no-aggregate", path, f'"{text}" is neither a column nor an aggregate.',
                "Make it a column of the dataset, or write an aggregate of it.",
            )
        ]  # fmt: skip


def each_shown(
    page: PageContext, path: Path, value: str | tuple[str, ...] | None, name: str
) -> Iterator[Diagnostic]:
    """The same of one column or aggregate, or of each in a list."""
    if isinstance(value, tuple):
        for k, text in enumerate(value):
            yield from shown(page, (*path, k), text, name)
    else:
        yield from shown(page, path, value, name)


def number(page: PageContext, path: Path, text: str, name: str) -> Iterator[Diagnostic]:
    """What is wrong with the one number of a tile, which is an aggregate."""
    if is_aggregate(text):
        yield from aggregate(page, path, text, name)
        return
    known = text in page.types(name)
    yield from (() if known else list(_misspelt(page, path, text, name))) or [
        page.error(
            "no-aggregate", path, f'A number is an aggregate, but "{text}" is none.',
            f"Write sum({text}), or another aggregate.",
        )
    ]  # fmt: skip


def aggregate(page: PageContext, path: Path, text: str, name: str) -> Iterator[Diagnostic]:
    """What is wrong with an aggregate over a dataset, or told by it of single people."""
    try:
        parse(text)
        kind_of(page, text, name)
        yield from expression_diagnostics(page, path, text, name)
    except NotAnExpression as mistake:
        yield page.not_understood(path, mistake)
    except BindError as mistake:
        yield page.bind_error(path, BindError(mistake.message, max(1, mistake.line - 1), mistake.column))


def measures(page: PageContext, query: Query, path: Path) -> Iterator[Diagnostic]:
    """What is wrong with what a query computes and groups by, or told by it of single people."""
    yield from query_diagnostics(page, query, path)
    for computed in query.measures:
        if not computed.adds_up and page.filters(query.dataset) and "ANY_VALUE" not in computed.sql:
            yield page.error(
                "not-filterable", path, f"{computed.sql} cannot be kept exact under the page's filters.",
                "Use sum, count, count(distinct), avg, median, quantile_cont, min or max, or name the "
                "datasets that each filter acts on with `applies_to`.",
            )  # fmt: skip


def kind_of(page: PageContext, text: str, name: str) -> str:
    """The type of a column or aggregate over a dataset. Raises BindError."""
    known = page.types(name).get(text)
    if known is not None:
        return known
    return page.binder.columns(FRAME.format(text), {"self": page.columns(name)})[0].type


def _misspelt(page: PageContext, path: Path, text: str, name: str) -> Iterator[Diagnostic]:
    """Of what is no column and no aggregate: the name, the brackets or the function that does not exist."""
    if "(" not in text:
        yield page.unknown_column(path, text, name)
        return
    try:
        parse(text)
        page.binder.expression(text, page.columns(name))
    except NotAnExpression as mistake:
        yield page.not_understood(path, mistake)
    except BindError as mistake:
        yield page.bind_error(path, mistake)
