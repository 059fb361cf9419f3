"""What a page may not do with a protected dataset: name, choose or order by numbers that may be withheld."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.core.document import Path
from engine.core.pages.context import PageContext
from engine.core.pages.expressions import NotAnExpression, columns_in, parse
from engine.core.pages.origins import origin_of
from engine.core.pages.protection import computed_columns, held_of
from engine.core.pages.queries import Query
from engine.core.pages.walk import page_dataset
from engine.diagnostics import Diagnostic, warning
from engine.model.dashboard import PageDataset

PARAMETER = re.compile(r"'?\{\{[^}]*\}\}'?")
"""A value of `each` in a condition, in the author's quotes or not."""
ADVICE = "Choose by what groups share, or make classes of it in a dataflow."


def protected_numbers(page: PageContext, name: str) -> frozenset[str]:
    """Columns of a dataset of cells that may be withheld; none where it holds its units, or has no floor."""
    dataset = page.datasets[name]
    if not page.floor(name) or dataset.unit is not None:
        return frozenset()
    return computed_columns(dataset, page.compiled, origin_of(dataset, page.compiled))


def protection_diagnostics(page: PageContext) -> Iterator[Diagnostic]:
    """Filters and conditions that would tell withheld numbers, and protection that cannot be carried out."""
    for i, control in enumerate(page.resource.spec.filters):
        for name in page.datasets:
            if control in page.filters(name) and control.column in protected_numbers(page, name):
                yield page.error(
                    "choice-of-counts", ("filters", i, "column"),
                    f'"{control.column}" of "{name}" may be withheld, and a filter would tell it.', ADVICE,
                )  # fmt: skip
                break
    for name, written in page.resource.spec.datasets.items():
        where = page_dataset(written).where
        if where is not None and name in page.datasets:
            place = ("datasets", name, "where") if isinstance(written, PageDataset) else ("datasets", name)
            yield from _condition(page, name, PARAMETER.sub("NULL", where), place)
    for name in page.datasets:
        yield from _dominance(page, name)


def query_diagnostics(page: PageContext, query: Query, path: Path) -> Iterator[Diagnostic]:
    """Groups and conditions of a tile that would tell withheld numbers."""
    numbers = protected_numbers(page, query.dataset)
    if query.listing or not numbers:
        return
    for column in (shown.name for shown in query.dimensions if shown.name in numbers):
        yield page.error(
            "choice-of-counts", path,
            f'"{column}" of "{query.dataset}" may be withheld, and groups by it would tell it.', ADVICE,
        )  # fmt: skip
    for measure in query.measures:
        for leaf in measure.leaves:
            if leaf.where:
                yield from _condition(page, query.dataset, leaf.where, path)


def _condition(page: PageContext, name: str, condition: str, path: Path) -> Iterator[Diagnostic]:
    numbers = protected_numbers(page, name)
    try:
        columns = columns_in(parse(condition)) if numbers else ()
    except NotAnExpression:
        return
    for column in columns:
        if column in numbers:
            yield page.error(
                "choice-of-counts", path,
                f'"{column}" of "{name}" may be withheld, and a condition on it would tell it.', ADVICE,
            )  # fmt: skip


def _dominance(page: PageContext, name: str) -> Iterator[Diagnostic]:
    """A share of contributors is known only where the rows of a dataset are followed to its units."""
    dataset = page.datasets[name]
    if held_of(dataset, page.space, page.compiled).dominance is None or dataset.unit is not None:
        return
    origin = origin_of(dataset, page.compiled)
    if origin is None or not origin.grouped:
        yield warning(
            "not-applied", page.resource.span("datasets", name),
            f"Who contributes to sums of {dataset.address} cannot be told, so `dominance` is not applied.",
            "Group the units in one step, without joins or windows, or show sums of the units themselves.",
        )  # fmt: skip
