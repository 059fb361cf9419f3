"""Mistakes in the conditions of a chart's titles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.core.document import Path
from engine.core.pages.context import PageContext
from engine.core.pages.expressions import NotAnExpression
from engine.core.pages.headlines import check_condition
from engine.diagnostics import Diagnostic
from engine.model.tiles import Chart


def headline_diagnostics(
    page: PageContext, tile: Chart, shown: Sequence[str], path: Path
) -> Iterator[Diagnostic]:
    """Every condition asks for something that the chart shows: columns and measures, as they are written."""
    for k, conditional in enumerate(tile.title_if):
        try:
            check_condition(conditional.when, shown)
        except NotAnExpression as mistake:
            yield page.not_understood((*path, "title_if", k, "when"), mistake)
