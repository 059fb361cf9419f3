"""The pages: a dashboard's values for one reader, and the tests its author wrote."""

from __future__ import annotations

import datetime
import itertools
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.pages.expectations import expectation_sql
from engine.core.pages.headlines import holds
from engine.core.pages.queries import tile_queries
from engine.core.pages.release import Answer, Control, PageModel, PageTab, PageTile, Sheet, Value
from engine.core.pages.selection import first_choice, previous
from engine.core.pages.sql import combinations_sql, options_sql, range_sql
from engine.core.pages.texts import filled, hole_query, holes
from engine.core.pages.walk import (
    Placed,
    acts_on,
    dashboard_reference,
    datasets_of,
    page_dataset,
    tabs,
    tiles,
)
from engine.core.space import Resource, Space
from engine.diagnostics import DataMistake, Diagnostic, WorldFailure, error
from engine.model.base import Text
from engine.model.dashboard import Dashboard, PageFilter
from engine.model.project import Project
from engine.model.tiles import Chart, Image, Kpi, Link, Map
from engine.policy.decision import Decision, Obligations, Request
from engine.ports import Workbench
from engine.usecases.page_data import Desk, Door
from engine.usecases.published import Published


class PageRefused(WorldFailure):
    """The reader may not read the page; an unknown page is refused alike."""

    def __init__(self, reader: str, page: Address, decision: Decision) -> None:
        super().__init__(f"{reader} may not read {page}.", "; ".join(decision.reasons))
        self.decision = decision


def page_model(
    bench: Workbench,
    published: Published,
    page: Address,
    reader: str | None,
    now: datetime.date,
    ip: str = "127.0.0.1",
) -> PageModel:
    """Everything that the page may show to `reader` (to the operator: None), computed and guarded.

    Raises PageRefused when the reader may not read it, DataMistake when it carries too many rows.
    """
    decision = _decided(bench, published, page, reader, now, ip)
    resource = _dashboard(published.space, page)
    spec = resource.spec
    doors = _doors(bench, published, page, spec, decision)
    as_of = _as_of(bench, published, spec, doors)
    made = PageModel(
        address=page,
        spec=spec,
        project_title=_project_title(published.space, page.project),
        as_of=as_of,
        stale=_stale(spec, as_of, now),
        languages=_languages(published.space),
        min_cell=max((door.floor for door in doors.values()), default=0),
        sheets=tuple(
            _sheet(bench, published, resource, doors, parameters, as_of, first=k == 0)
            for k, parameters in enumerate(_each(spec))
        ),
        dashboards=_linked(spec, page.project),
    )
    _within_limits(resource, made)
    return made


MOST_ROWS = 50_000
"""Rows of data that one page may carry; beyond it opens slowly everywhere."""


def _within_limits(page: Resource[Dashboard], made: PageModel) -> None:
    size = max(sheet.size for sheet in made.sheets)
    if size > MOST_ROWS:
        raise DataMistake(
            (
                error(
                    "page-too-large",
                    page.span(),
                    f"{page.address} would carry {size:,} rows of data; a page may carry {MOST_ROWS:,}.",
                    "Aggregate its datasets in a dataflow, filter by fewer or coarser columns, "
                    "or name with `applies_to` what each filter acts on.",
                ),
            )
        )


def _dashboard(space: Space, page: Address) -> Resource[Dashboard]:
    found = next((r for r in space.of(Dashboard) if r.address == page), None)
    if found is None:
        raise WorldFailure(f"there is no {page}.")
    return found


def _decided(
    bench: Workbench, published: Published, page: Address, reader: str | None, now: datetime.date, ip: str
) -> Decision | None:
    if reader is None:
        return None
    request = Request(reader, "read", page, ip=ip, now=now)
    decision = bench.policy(published.policy_data).decide(request)
    if not decision.allow:
        raise PageRefused(reader, page, decision)
    return decision


def _doors(
    bench: Workbench, published: Published, page: Address, spec: Dashboard, decision: Decision | None
) -> dict[str, Door]:
    """The file of every dataset of the page, narrowed to what the reader's obligations leave."""
    doors = {}
    for name, dataset in datasets_of(published.space, page, spec, published.compiled).items():
        version = published.applied.versions[dataset.address]
        duties = _duties(decision, dataset)
        node = published.space.datasets[dataset.address]
        doors[name] = Door(
            dataset=dataset,
            path=bench.slices.slice(version, duties),
            floor=max(dataset.min_cell, spec.min_cell or 0, duties.min_cell),
            labels=_labels(published, dataset),
            complementary=node.protect is None or node.protect.complementary,
        )
    return doors


def _labels(published: Published, dataset: CompiledDataset) -> dict[str, Text]:
    """Titles of a dataset's columns: its own, else those of the columns they pass on."""
    declared = {c.name: c.title for c in published.space.datasets[dataset.address].columns}
    found: dict[str, Text] = {}
    for column in dataset.columns:
        title = declared.get(column.name)
        if title is None and column.kind == "identity" and len(column.sources) == 1:
            source = column.sources[0]
            if source.dataset in published.compiled and source.dataset != dataset.address:
                title = _labels(published, published.compiled[source.dataset]).get(source.column)
        if title is not None:
            found[column.name] = title
    return found


def _duties(decision: Decision | None, dataset: CompiledDataset) -> Obligations:
    if decision is None:
        return Obligations({column.name: "clear" for column in dataset.columns})
    duties = decision.datasets.get(dataset.address)
    if duties is None:
        raise WorldFailure(f"policy says nothing about {dataset.address} on a page, so it is not shown.")
    return duties


def _as_of(bench: Workbench, published: Published, spec: Dashboard, doors: Mapping[str, Door]) -> str:
    """How old the page's data is: as the author says, or the latest time its versions were collected."""
    if spec.as_of is not None:
        name, _, column = spec.as_of.partition(".")
        desk = Desk(bench.warehouse, bench.cache, published.compiled, doors, {}, {})
        _, high = desk.values(name, range_sql(column, ()))[0]
        if high is not None:
            return str(high)
    times = (published.applied.versions[door.dataset.address].data_time for door in doors.values())
    return max(times, default="")


SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _stale(spec: Dashboard, as_of: str, now: datetime.date) -> bool:
    if spec.stale_after is None or not as_of:
        return False
    age = int(spec.stale_after[:-1]) * SECONDS[spec.stale_after[-1]]
    made = datetime.datetime.fromisoformat(as_of.replace("Z", "")).replace(tzinfo=None)
    return made + datetime.timedelta(seconds=age) < datetime.datetime.combine(now, datetime.time())


def _project_title(space: Space, name: str) -> str:
    project = space.resources.get(Address("project", "", name))
    title = project.spec.title if project is not None and isinstance(project.spec, Project) else None
    return title if isinstance(title, str) else name


def _languages(space: Space) -> tuple[str, ...]:
    return space.settings.spec.languages


def _each(spec: Dashboard) -> Iterator[dict[str, Value]]:
    """The parameters of each sheet: every combination of the values of `each`."""
    names = list(spec.each or {})
    for values in itertools.product(*(spec.each or {}).values()):
        yield dict(zip(names, values, strict=True))


def _linked(spec: Dashboard, project: str) -> dict[str, Address]:
    links = (placed.tile.link for placed in tiles(spec))
    return {
        link.dashboard: dashboard_reference(link.dashboard, project)
        for link in links
        if isinstance(link, Link)
    }


def _sheet(
    bench: Workbench,
    published: Published,
    page: Resource[Dashboard],
    doors: Mapping[str, Door],
    parameters: Mapping[str, Value],
    as_of: str,
    first: bool,
) -> Sheet:
    spec = page.spec
    datasets = {name: door.dataset for name, door in doors.items()}
    day = datetime.date.fromisoformat(as_of[:10]) if as_of else datetime.date(1970, 1, 1)
    desk = Desk(
        bench.warehouse,
        bench.cache,
        published.compiled,
        doors,
        {
            name: filled(where, parameters)
            for name, written in spec.datasets.items()
            if (where := page_dataset(written).where) is not None
        },
        {name: {f.name: f for f in spec.filters if name in acts_on(f, datasets)} for name in doors},
        {f.name: first_choice(f, day) for f in spec.filters},
    )
    return Sheet(
        slug="" if first else "-".join(str(v) for v in parameters.values()),
        parameters={name: str(value) for name, value in parameters.items()},
        controls=tuple(_control(desk, f, spec) for f in spec.filters),
        tabs=tuple(
            PageTab(
                tab.slug,
                tab.title,
                tuple(
                    tuple(_tile(bench, desk, page, placed, parameters) for placed in row) for row in tab.rows
                ),
            )
            for tab in tabs(spec)
        ),
    )


def _control(desk: Desk, spec: PageFilter, page: Dashboard) -> Control:
    where = (desk.conditions.get(spec.from_, ""),)
    chosen = desk.chosen[spec.name]
    parents = (spec.depends_on,) if isinstance(spec.depends_on, str) else spec.depends_on or ()
    options: tuple[Value, ...] = ()
    if spec.type in ("select", "multiselect"):
        options = tuple(row[0] for row in desk.values(spec.from_, options_sql(spec.column, where)))
    elif spec.type in ("date_range", "slider"):
        options = desk.values(spec.from_, range_sql(spec.column, where))[0]
    combinations: tuple[tuple[Value, ...], ...] = ()
    if parents:
        columns = {f.name: f.column for f in page.filters}
        sql = combinations_sql([*(columns[p] for p in parents), spec.column], where)
        combinations = desk.values(spec.from_, sql)
    return Control(spec, options, chosen, parents, combinations)


def _tile(
    bench: Workbench, desk: Desk, page: Resource[Dashboard], placed: Placed, parameters: Mapping[str, Value]
) -> PageTile:
    tile = placed.tile
    answers = {purpose: desk.answer(q) for purpose, q in tile_queries(tile, desk.types()).items()}
    if isinstance(tile, Kpi) and tile.compare is not None and tile.compare.to == "previous_period":
        before = _previous(desk, tile)
        if before is not None:
            answers["compare"] = before
    headline = None
    if isinstance(tile, Chart) and tile.title_if:
        headline = next((k for k, c in enumerate(tile.title_if) if holds(c.when, answers["main"].grid)), None)
    return PageTile(
        id=placed.id,
        spec=tile,
        answers=answers,
        numbers=_numbers(desk, placed, parameters),
        headline=headline,
        picture=_picture(bench, page, placed),
    )


def _previous(desk: Desk, tile: Kpi) -> Answer | None:
    """The same number over the period of equal length just before the one that is chosen at first."""
    for name, spec in desk.filters[tile.from_].items():
        ends = previous(desk.chosen.get(name, ())) if spec.type == "date_range" else None
        if ends is not None:
            query = tile_queries(tile, desk.types())["main"]
            return Answer(desk.grid(query, {**desk.chosen, name: ends}))
    return None


def _texts(placed: Placed) -> Iterator[Text | None]:
    tile = placed.tile
    yield from (tile.title, tile.subtitle, tile.alt, getattr(tile, "text", None))
    if isinstance(tile, Chart):
        yield from (conditional.title for conditional in tile.title_if)
        yield from (line.label for line in tile.lines)
        yield from (band.label for band in tile.bands)
        yield from (note.text for note in tile.notes)


def _numbers(desk: Desk, placed: Placed, parameters: Mapping[str, Value]) -> dict[str, Answer]:
    found = {}
    for text in _texts(placed):
        for inside in holes(text):
            if inside.expression != "as_of" and inside.expression not in parameters:
                found[inside.text] = desk.answer(hole_query(inside))
    return found


def _picture(bench: Workbench, page: Resource[Dashboard], placed: Placed) -> bytes:
    """The file an image or map names, relative to the page's own."""
    tile = placed.tile
    path = tile.image if isinstance(tile, Image) else tile.geometry if isinstance(tile, Map) else None
    if path is None:
        return b""
    folder = posixpath.dirname(page.document.file)
    return bench.specs.read_other(posixpath.normpath(posixpath.join(folder, path))) or b""


def page_tests(
    bench: Workbench, published: Published, now: datetime.date, ip: str = "127.0.0.1"
) -> tuple[Diagnostic, ...]:
    """The pages' own tests that do not hold of what is published (or about to be): they block."""
    found: list[Diagnostic] = []
    for page in published.space.of(Dashboard):
        for k, test in enumerate(page.spec.tests):
            if test.expect is not None:
                found += _expected(bench, published, page, test.expect, ("tests", k, "expect"))
            elif test.as_ is not None:
                found += _seen(bench, published, page, k, Request(test.as_, "read", page.address, ip, now))
    return tuple(found)


def _expected(
    bench: Workbench, published: Published, page: Resource[Dashboard], text: str, path: tuple[str | int, ...]
) -> Iterator[Diagnostic]:
    doors = _doors(bench, published, page.address, page.spec, None)
    paths: dict[str, Path] = {name: door.path for name, door in doors.items()}
    holding = bench.warehouse.fetch(expectation_sql(text, doors), paths).rows
    if holding != ((True,),):
        yield error("page-test", page.span(*path), f"{page.address} fails its test: {text}.")


def _seen(
    bench: Workbench, published: Published, page: Resource[Dashboard], k: int, request: Request
) -> Iterator[Diagnostic]:
    """`as` may read the page, sees the columns in `sees` as they are, and none of those in `not`."""
    test = page.spec.tests[k]
    decision = bench.policy(published.policy_data).decide(request)
    clear = {
        column
        for duties in decision.datasets.values()
        for column, mask in duties.columns.items()
        if decision.allow and mask == "clear"
    }
    for column in test.sees:
        if column not in clear:
            yield error(
                "page-test",
                page.span("tests", k),
                f'{request.actor} does not see "{column}" on {page.address}.',
            )
    for column in test.not_:
        if column in clear:
            yield error(
                "page-test", page.span("tests", k), f'{request.actor} sees "{column}" on {page.address}.'
            )
