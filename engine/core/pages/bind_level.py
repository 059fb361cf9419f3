"""A dashboard that declares a level shows nothing above it: what does is told with the path it came along."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.compiled import ColumnRef, CompiledDataset
from engine.core.pages.context import PageContext
from engine.diagnostics import Diagnostic


def level_diagnostics(page: PageContext) -> Iterator[Diagnostic]:
    """An error for each dataset of the page that is above the page's declared `sensitivity`."""
    declared, order = page.resource.spec.sensitivity, page.space.settings.spec.sensitivity
    if declared not in order:
        return  # none is declared; or it is reported where levels are resolved
    for dataset in dict.fromkeys(page.datasets[name].address for name in sorted(page.datasets)):
        shown = page.compiled[dataset]
        if order.index(shown.sensitivity) > order.index(declared):
            yield page.error(
                "level-exceeded",
                ("sensitivity",),
                f"{page.resource.address} is declared {declared} but shows {dataset}, which is "
                f"{shown.sensitivity}.",
                f"It comes along {_path(page, shown)}. Raise it, or show a dataset that was lowered by a "
                "`declassify` of its own.",
            )


def _path(page: PageContext, dataset: CompiledDataset) -> str:
    """The path of columns along which the dataset's level came, from its origin to the page."""
    found = [str(page.resource.address)]
    column = next((c for c in dataset.columns if dataset.levels[c.name] == dataset.sensitivity), None)
    if column is None:
        return " -> ".join((str(dataset.address), *found))
    at: ColumnRef | None = ColumnRef(dataset.address, column.name)
    while at is not None:
        found.append(str(at))
        at = _source(page, at)
    return " -> ".join(reversed(found))


def _source(page: PageContext, at: ColumnRef) -> ColumnRef | None:
    """The column that brought its level: one it is computed from, or one that decides its rows."""
    order, dataset = page.space.settings.spec.sensitivity, page.compiled[at.dataset]
    level, column = order.index(dataset.levels[at.column]), dataset.column(at.column)
    candidates = (*(column.sources if column else ()), *dataset.row_sources)
    return next(
        (ref for ref in candidates if order.index(page.compiled[ref.dataset].levels[ref.column]) >= level),
        None,
    )
