"""One sheet of a page: its filters with what they offer, and its tiles with their answers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from engine.core.pages.headlines import holds
from engine.core.pages.queries import tile_queries
from engine.core.pages.questions import period_before, text_queries, texts
from engine.core.pages.release import Answer, Control, PageTab, PageTile, Sheet, Value
from engine.core.pages.selection import first_choice
from engine.core.pages.texts import filled
from engine.core.pages.walk import Placed, acts_on, page_dataset, tabs
from engine.core.space import Resource
from engine.model.base import Text
from engine.model.dashboard import Dashboard, PageFilter
from engine.model.tiles import Chart, Image, Kpi, Map
from engine.usecases.page_bins import steps_of
from engine.usecases.page_data import Desk
from engine.usecases.page_releases import Releases
from engine.usecases.page_views import day_of


def sheet_of(
    releases: Releases, page: Resource[Dashboard], parameters: Mapping[str, Value], first: bool
) -> Sheet:
    """One sheet of a page: every tile and filter, for these parameters of `each`."""
    spec = page.spec
    desk = _desk(releases, page, parameters)

    def tile(placed: Placed) -> PageTile:
        return _tile(releases.published.space.files, desk, page, placed, parameters)

    return Sheet(
        slug="" if first else "-".join(str(v) for v in parameters.values()),
        parameters={name: str(value) for name, value in parameters.items()},
        controls=tuple(_control(desk, f, spec) for f in spec.filters),
        tabs=tuple(
            PageTab(tab.slug, tab.title, tuple(tuple(map(tile, row)) for row in tab.rows))
            for tab in tabs(spec)
        ),
        numbers=_numbers(desk, (spec.title, spec.summary, spec.description), parameters),
    )


def _desk(releases: Releases, page: Resource[Dashboard], parameters: Mapping[str, Value]) -> Desk:
    """Where the sheet's questions are asked: under its conditions, and the filters' first choices."""
    spec, doors = page.spec, releases.doors(page)
    datasets = {name: door.dataset for name, door in doors.items()}
    day = day_of(releases.as_of(page))
    conditions = {name: page_dataset(written).where for name, written in spec.datasets.items()}
    return Desk(
        releases,
        releases.published.compiled,
        doors,
        {name: filled(where, parameters) for name, where in conditions.items() if where is not None},
        {name: {f.name: f for f in spec.filters if name in acts_on(f, datasets)} for name in doors},
        {f.name: first_choice(f, day) for f in spec.filters},
        steps_of(releases, spec, doors),
    )


def _control(desk: Desk, spec: PageFilter, page: Dashboard) -> Control:
    chosen = desk.chosen[spec.name]
    parents = (spec.depends_on,) if isinstance(spec.depends_on, str) else spec.depends_on or ()
    values = [row[0] for row in desk.combinations(spec.from_, [spec.column]) if row[0] is not None]
    options: tuple[Value, ...] = ()
    if spec.type in ("select", "multiselect"):
        options = tuple(values)
    elif spec.type in ("date_range", "slider"):
        options = (values[0], values[-1]) if values else (None, None)
    combinations: tuple[tuple[Value, ...], ...] = ()
    if parents:
        columns = {f.name: f.column for f in page.filters}
        combinations = desk.combinations(spec.from_, [*(columns[p] for p in parents), spec.column])
    return Control(spec, options, chosen, parents, combinations)


def _tile(
    files: Mapping[str, bytes],
    desk: Desk,
    page: Resource[Dashboard],
    placed: Placed,
    parameters: Mapping[str, Value],
) -> PageTile:
    tile = placed.tile
    queries = tile_queries(tile, desk.types(), desk.steps)
    answers = {purpose: desk.answer(query) for purpose, query in queries.items()}
    before = period_before(tile, desk.filters, desk.chosen) if isinstance(tile, Kpi) else None
    if before is not None:
        answers["compare"] = Answer(desk.grid(queries["main"], before))
    headline = None
    if isinstance(tile, Chart) and tile.title_if:
        query, grid = queries["main"], answers["main"].grid
        headline = next((k for k, c in enumerate(tile.title_if) if holds(c.when, query, grid)), None)
    return PageTile(
        id=placed.id,
        spec=tile,
        answers=answers,
        numbers=_numbers(desk, texts(placed), parameters),
        headline=headline,
        picture=_picture(files, page, placed),
    )


def _numbers(desk: Desk, words: Iterable[Text | None], parameters: Mapping[str, Value]) -> dict[str, Answer]:
    return {text: desk.answer(query) for text, query in text_queries(words, parameters).items()}


def _picture(files: Mapping[str, bytes], page: Resource[Dashboard], placed: Placed) -> bytes:
    """The file an image or map names, relative to the page's own, as it was applied."""
    tile = placed.tile
    path = tile.image if isinstance(tile, Image) else tile.geometry if isinstance(tile, Map) else None
    if path is None:
        return b""
    folder = posixpath.dirname(page.document.file)
    return files.get(posixpath.normpath(posixpath.join(folder, path)), b"")
