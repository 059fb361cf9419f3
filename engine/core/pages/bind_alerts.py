"""Mistakes in the alerts of a dashboard."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.document import Path
from engine.core.pages.alerts import asked
from engine.core.pages.bind_tiles import hole_diagnostics, text_diagnostics
from engine.core.pages.context import PageContext
from engine.core.pages.expressions import NotAnExpression
from engine.core.pages.texts import holes
from engine.diagnostics import Diagnostic
from engine.model.dashboard import Alert


def alert_diagnostics(page: PageContext, alert: Alert, path: Path) -> Iterator[Diagnostic]:
    """The condition compares aggregates of the page's datasets; the message computes nothing."""
    try:
        parts = asked(alert.when)
    except NotAnExpression as mistake:
        yield page.not_understood((*path, "when"), mistake)
    else:
        for part in parts:
            yield from hole_diagnostics(page, part, (*path, "when"))
    parameters = page.resource.spec.each or {}
    computed = [inside for inside in holes(alert.message) if inside.expression not in parameters]
    if computed:
        yield page.error(
            "number-in-alert", (*path, "message"),
            f'A message holds no numbers, and "{computed[0].expression}" is computed.',
            "Say what is the matter; who may see the number opens the page.",
        )  # fmt: skip
    else:
        yield from text_diagnostics(page, alert.message, (*path, "message"))
