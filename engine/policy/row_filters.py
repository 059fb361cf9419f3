"""Data policies bound at plan time: row filters are boolean expressions, masks fit their columns.

A filter that passes here is the text that later narrows a slice, so only what cannot fail on a value,
look elsewhere or answer differently tomorrow may stand in it: an allow-list over the parsed tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.origins import by_place
from engine.core.space import Resource, Space
from engine.core.state import VersionColumn
from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.model.policies import DataPolicy
from engine.policy.compile import datasets_governed
from engine.policy.followed import format_of
from engine.policy.masks import fits

if TYPE_CHECKING:
    from sqlglot import exp

    from engine.core.binding import Binder


def row_filter_diagnostics(
    space: Space, compiled: Mapping[Address, CompiledDataset], binder: Binder
) -> tuple[Diagnostic, ...]:
    """Every mistake in the rows and columns of data policies, each with its file, line and column."""
    found: list[Diagnostic] = []
    for policy in space.of(DataPolicy):
        for address in datasets_governed(space, policy.spec):
            dataset = compiled.get(address)
            if dataset is not None:
                found += _mask_mistakes(policy, dataset)
                found += _filter_mistakes(policy, dataset, binder)
    return (*found, *_misread(space))


def _misread(space: Space) -> Iterator[Diagnostic]:
    """An error at each dataset that reads what a data policy narrows as if it were written otherwise.

    By another header even names of columns are then values, which no mask would find.
    """
    places = by_place(space)
    for policy in space.of(DataPolicy):
        governed = datasets_governed(space, policy.spec)
        for address in governed:
            mine = next((n for n in places.get(address, ()) if n.address == address), None)
            for other in places.get(address, ()):
                if mine is not None and other.address not in governed and format_of(other) != format_of(mine):
                    yield error(
                        "format-differs",
                        other.span("format") if format_of(other) else other.span("from"),
                        f"{other.address} reads the data of {address}, which {policy.address} narrows, in "
                        "another format.",
                        f"Write the same `format` as there, or name it in `datasets` of {policy.address}.",
                    )


def _mask_mistakes(policy: Resource[DataPolicy], dataset: CompiledDataset) -> Iterator[Diagnostic]:
    for name, mask in policy.spec.columns.items():
        column = dataset.column(name)
        if column is None:
            yield error(
                "unknown-column",
                policy.document.key_span("columns", name),
                f'{dataset.address} has no column "{name}".',
                did_you_mean(name, (c.name for c in dataset.columns)),
            )
        elif not fits(mask, column.type):
            yield error(
                "mask-type",
                policy.span("columns", name),
                f'The mask {mask} does not fit column "{name}" of {dataset.address}, which is {column.type}.',
                "year is for dates and timestamps, round for numbers, prefix for strings; redact, hash and "
                "null fit every column.",
            )


def _filter_mistakes(
    policy: Resource[DataPolicy], dataset: CompiledDataset, binder: Binder
) -> Iterator[Diagnostic]:
    from engine.core.binding import BindError

    text = policy.spec.rows
    if text is None:
        return
    columns: Sequence[VersionColumn] = [VersionColumn(c.name, c.type) for c in dataset.columns]
    try:
        kind = binder.expression(text, columns)
    except BindError as mistake:
        span = policy.document.text_span(("rows",), mistake.line, mistake.column)
        yield error("row-filter", span, mistake.message, f"The filter is bound to {dataset.address}.")
        return
    if kind != "boolean":
        yield error(
            "row-filter",
            policy.span("rows"),
            f"A row filter is true or false for each row; this one is of type {kind}.",
            f"Write a condition over the columns of {dataset.address}.",
        )
        return
    forbidden = refused_part(text)
    if forbidden:
        yield error(
            "row-filter",
            policy.span("rows"),
            f"A row filter may not use {forbidden}.",
            "Compare columns with values: and, or, not, =, <, in, between, like, is null, lower, upper, "
            "trim, substring, length, coalesce, year, month, try_cast.",
        )


def refused_part(text: str) -> str:
    """The first part of a boolean expression that no row filter may hold, in words; empty for none."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError:
        return "what does not parse as one expression"
    allowed = _allowed()
    for node in tree.walk():
        if not isinstance(node, allowed):
            return _described(node)
        if type(node).__name__ == "Cast" and not _of_literal(node):
            return "cast of a column (a value it does not fit would fail; write try_cast)"
    return ""


def _allowed() -> tuple[type[exp.Expr], ...]:
    from sqlglot import exp

    return (
        exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In,
        exp.Between, exp.Like, exp.ILike, exp.Escape, exp.Is, exp.Null, exp.Boolean, exp.Literal, exp.Column,
        exp.Identifier, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.DPipe, exp.Cast, exp.TryCast, exp.DataType,
        exp.DataTypeParam, exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Length, exp.Coalesce, exp.Left,
        exp.Right, exp.StartsWith, exp.EndsWith, exp.Year, exp.Month, exp.Day, exp.Case, exp.If, exp.Tuple,
        exp.NullSafeEQ, exp.NullSafeNEQ, exp.Var,
    )  # fmt: skip


def _of_literal(node: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(node.this, exp.Literal | exp.Null)


def _described(node: exp.Expr) -> str:
    from sqlglot import exp

    match node:
        case exp.Query() | exp.Subquery():
            return "a subquery"
        case exp.Window():
            return "a window function"
        case exp.Anonymous():
            return f"the function {node.name}"
        case exp.Func():
            return f"the function {node.sql_name().lower()}"
        case _:
            return f"{type(node).__name__.lower()}"
