"""Mistakes in the conditions of a chart's titles."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.document import Path
from engine.core.pages.context import PageContext
from engine.core.pages.expressions import NotAnExpression
from engine.core.pages.headlines import check_condition
from engine.core.pages.queries import Query
from engine.diagnostics import Diagnostic
from engine.model.tiles import Chart


def headline_diagnostics(page: PageContext, tile: Chart, query: Query, path: Path) -> Iterator[Diagnostic]:
    """Every condition asks for something that the chart measures, as it is written there."""
    for k, conditional in enumerate(tile.title_if):
        try:
            check_condition(conditional.when, query)
        except NotAnExpression as mistake:
            yield page.not_understood((*path, "title_if", k, "when"), mistake)
