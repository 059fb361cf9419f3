"""Every mistake in a dashboard, found before anything is built: names, expressions, filters, links, tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.addresses import Address
from engine.core.binding import Binder, BindError
from engine.core.compiled import CompiledDataset
from engine.core.document import Path
from engine.core.pages.bind_alerts import alert_diagnostics
from engine.core.pages.bind_defaults import default_diagnostics
from engine.core.pages.bind_followed import followed_diagnostics
from engine.core.pages.bind_level import level_diagnostics
from engine.core.pages.bind_protection import expectation_diagnostics, protection_diagnostics
from engine.core.pages.bind_tiles import text_diagnostics, tile_diagnostics
from engine.core.pages.context import PageContext
from engine.core.pages.disclosable import CODE, over_units
from engine.core.pages.expectations import expectation_sql
from engine.core.pages.expressions import NotAnExpression
from engine.core.pages.texts import filled
from engine.core.pages.walk import acts_on, page_dataset, tabs, tiles
from engine.core.space import Resource, Space
from engine.diagnostics import Diagnostic, did_you_mean, in_order
from engine.model.dashboard import Dashboard, PageDataset, PageFilter, PageTest


def page_diagnostics(
    space: Space, page: Resource[Dashboard], compiled: Mapping[Address, CompiledDataset], binder: Binder
) -> tuple[Diagnostic, ...]:
    """All mistakes in one dashboard of the space, each at its place in the author's file.

    They depend on the page itself, the pages it links to, the names of all pages, and on whatever else
    there is in the space. Datasets that do not exist are not complained of here: resolving the space does.
    """
    return in_order(_page(PageContext.of(space, page, compiled, binder)))


def _page(page: PageContext) -> Iterator[Diagnostic]:
    spec = page.resource.spec
    yield from _datasets(page)
    yield from _floor(page)
    yield from level_diagnostics(page)
    yield from followed_diagnostics(page)
    yield from protection_diagnostics(page)
    yield from _twice(page, [("filters", i, "name") for i in range(len(spec.filters))], "filter")
    yield from _twice(page, [("tabs", i, "slug") for i in range(len(spec.tabs))], "tab")
    for i, control in enumerate(spec.filters):
        yield from _filter(page, control, ("filters", i))
    for path, text in (
        (("title",), spec.title),
        (("summary",), spec.summary),
        (("description",), spec.description),
    ):
        yield from text_diagnostics(page, text, path)
    for k, tab in enumerate(tabs(spec)):
        yield from text_diagnostics(page, tab.title, ("tabs", k, "title"))
    for placed in tiles(spec):
        yield from tile_diagnostics(page, placed)
    yield from _as_of(page)
    for i, test in enumerate(spec.tests):
        yield from _test(page, test, ("tests", i))
    yield from _twice(page, [("alerts", i, "name") for i in range(len(spec.alerts))], "alert")
    for i, alert in enumerate(spec.alerts):
        yield from alert_diagnostics(page, alert, ("alerts", i))


def _datasets(page: PageContext) -> Iterator[Diagnostic]:
    """The conditions on datasets are boolean expressions over their columns."""
    first = {name: values[0] for name, values in (page.resource.spec.each or {}).items() if values}
    for name, written in page.resource.spec.datasets.items():
        condition = page_dataset(written).where
        if condition is None or name not in page.datasets:
            continue
        path = ("datasets", name, "where") if isinstance(written, PageDataset) else ("datasets", name)
        try:
            kind = page.binder.expression(filled(condition, first), page.columns(name))
        except KeyError as unknown:
            yield page.error(
                "unknown-name", path, f"There is no parameter {unknown}.", "Declare it in `each`."
            )
        except BindError as mistake:
            yield page.bind_error(path, mistake)
        else:
            if kind != "boolean":
                yield page.error("not-boolean", path, f"A condition is true or false, but this is {kind}.")


def _floor(page: PageContext) -> Iterator[Diagnostic]:
    written = page.resource.spec.min_cell
    highest = max((d.min_cell for d in page.datasets.values()), default=0)
    if written is not None and written < highest:
        yield page.error(
            "floor-lowered", ("min_cell",),
            f"A page may only raise its datasets' floor, which is {highest}.",
            f"Write {highest} or more, or leave `min_cell` out.",
        )  # fmt: skip


def _twice(page: PageContext, paths: list[tuple[str, int, str]], what: str) -> Iterator[Diagnostic]:
    names = {path: _named(page.resource, path) for path in paths}
    seen: Counter[str] = Counter()
    for path, name in names.items():
        seen[name] += 1
        if seen[name] > 1:
            yield page.error("duplicate-name", path, f'There is another {what} called "{name}" on this page.')


def _named(resource: Resource[Dashboard], path: tuple[str, int, str]) -> str:
    items: tuple[object, ...] = getattr(resource.spec, path[0])
    return str(getattr(items[path[1]], path[2]))


ACT_ON = {
    "date_range": ("date", "timestamp", "timestamptz"),
    "slider": ("integer", "float", "decimal"),
    "toggle": ("boolean",),
}
"""The types of column that a filter can act on; any where nothing is said."""


def _filter(page: PageContext, control: PageFilter, path: Path) -> Iterator[Diagnostic]:
    if not page.knows(control.from_):
        yield page.unknown_dataset((*path, "from"), control.from_)
        return
    if control.from_ in page.datasets:
        kind = page.types(control.from_).get(control.column)
        if kind is None:
            yield page.unknown_column((*path, "column"), control.column, control.from_)
        elif not kind.startswith(ACT_ON.get(control.type, kind)):
            yield page.error(
                "filter-type", (*path, "type"), f"A {control.type} cannot act on a column of type {kind}."
            )
        else:
            yield from default_diagnostics(page, control, kind, path)
    yield from _depends(page, control, path)
    for k, name in enumerate(control.applies_to or ()):
        if not page.knows(name):
            yield page.unknown_dataset((*path, "applies_to", k), name)
        elif name in page.datasets and control.column not in page.types(name):
            yield page.error(
                "filter-column", (*path, "applies_to", k),
                f'Dataset "{name}" has no column "{control.column}" to filter by.',
                did_you_mean(control.column, page.types(name)),
            )  # fmt: skip
    if control.applies_to is None and not acts_on(control, page.datasets) and page.complete:
        yield page.error("filter-column", path, f'No dataset of the page has a column "{control.column}".')


def _depends(page: PageContext, control: PageFilter, path: Path) -> Iterator[Diagnostic]:
    others = {f.name: f for f in page.resource.spec.filters}
    parents = control.depends_on or ()
    for name in (parents,) if isinstance(parents, str) else parents:
        if name not in others or name == control.name:
            known = set(others) - {control.name}
            detail = did_you_mean(name, known)
            yield page.error("unknown-filter", (*path, "depends_on"), f'There is no filter "{name}".', detail)
        elif control.from_ in page.datasets and others[name].column not in page.types(control.from_):
            yield page.error(
                "filter-column", (*path, "depends_on"),
                f'Dataset "{control.from_}" has no column "{others[name].column}", which "{name}" filters.',
            )  # fmt: skip


def _as_of(page: PageContext) -> Iterator[Diagnostic]:
    text = page.resource.spec.as_of
    if text is None:
        return
    name, dot, column = text.partition(".")
    if not dot or not page.knows(name):
        yield page.error("unknown-column", ("as_of",), f'"{text}" is no column.', "Write dataset.column.")
    elif name in page.datasets and column not in page.types(name):
        yield page.unknown_column(("as_of",), column, name)
    elif over_units(page, name):
        yield page.error(
            CODE, ("as_of",), f'The newest "{column}" of "{name}" is one person\'s.',
            "Name a dataset without people's rows, or leave `as_of` out.",
        )  # fmt: skip


def _test(page: PageContext, test: PageTest, path: Path) -> Iterator[Diagnostic]:
    if (test.expect is None) == (test.as_ is None):
        yield page.error("test-form", path, "A test is `expect`, or `as` with `sees` and `not`, exactly one.")
    columns = {name for alias in page.datasets for name in page.types(alias)}
    for key, names in (("sees", test.sees), ("not", test.not_)):
        for k, name in enumerate(names):
            if name not in columns and page.complete:
                yield page.error(
                    "unknown-column", (*path, key, k), f'No dataset of the page has a column "{name}".',
                    did_you_mean(name, columns),
                )  # fmt: skip
    if test.expect is not None:
        yield from _expectation(page, test.expect, (*path, "expect"))


def _expectation(page: PageContext, text: str, path: Path) -> Iterator[Diagnostic]:
    try:
        sql = expectation_sql(text, page.names)
        columns = page.binder.columns(sql, {name: page.columns(name) for name in page.datasets})
    except NotAnExpression as mistake:
        yield page.not_understood(path, mistake)
    except BindError as mistake:
        if page.complete:
            yield page.error("bad-expression", path, mistake.message)
    else:
        if columns[0].type != "boolean":
            yield page.error("not-boolean", path, f"A test is true or false, but this is {columns[0].type}.")
        yield from expectation_diagnostics(page, text, path)
