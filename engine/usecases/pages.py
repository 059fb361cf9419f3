"""The pages: a dashboard's values for one reader."""

from __future__ import annotations

import datetime

from engine.addresses import Address
from engine.core.pages.release import PageModel
from engine.core.pages.walk import (
    dashboard_reference,
    tiles,
)
from engine.core.space import Resource, Space
from engine.diagnostics import DataMistake, error
from engine.model.base import Text
from engine.model.dashboard import Dashboard
from engine.model.project import Project
from engine.model.tiles import Link
from engine.policy.decision import Caller
from engine.ports import Workbench
from engine.usecases.page_doors import dashboard_of
from engine.usecases.page_notes import LIGHTER, MOST_ROWS, size_of
from engine.usecases.page_reader import PageReader
from engine.usecases.page_releases import Releases
from engine.usecases.page_sheets import sheet_of
from engine.usecases.page_views import each
from engine.usecases.published import Published


def page_as(bench: Workbench, published: Published, page: Address, caller: Caller) -> PageModel:
    """The page as the caller may see it: decided, computed and entered in the ledger of what is out.

    Raises Refused, WorldFailure, and DataMistake when it carries too many rows.
    """
    reader = PageReader(caller, bench.policy(published.policy_data))
    reader.opens(page)  # before it is looked up: what is not there is refused in the same words
    releases = Releases(bench, published, reader)
    made = page_model(releases, page, caller.now)
    # Entered before anybody holds it: what is drawn later takes it as known.
    releases.record("")
    return made


def page_model(releases: Releases, page: Address, now: datetime.date) -> PageModel:
    """Everything that the page may show to the reader of `releases` on day `now`, computed and guarded.

    Raises Refused when the reader may not read it, DataMistake when it carries too many rows.
    """
    published = releases.published
    resource = dashboard_of(published.space, page)
    spec = resource.spec
    doors, as_of = releases.doors(resource), releases.as_of(resource)
    made = PageModel(
        address=page,
        spec=spec,
        project_title=project_title(published.space, page.project),
        as_of=as_of,
        stale=is_stale(spec, as_of, now),
        languages=languages_of(published.space),
        min_cell=max((door.floor for door in doors.values()), default=0),
        sheets=tuple(
            sheet_of(releases, resource, parameters, first=k == 0) for k, parameters in enumerate(each(spec))
        ),
        dashboards=_linked(spec, page.project),
    )
    _within_limits(resource, made)
    return made


def _within_limits(page: Resource[Dashboard], made: PageModel) -> None:
    size = size_of(made)
    if size > MOST_ROWS:
        raise DataMistake(
            (
                error(
                    "page-too-large",
                    page.span(),
                    f"{page.address} would carry {size:,} rows of data; a page may carry {MOST_ROWS:,}.",
                    LIGHTER,
                ),
            )
        )


SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def is_stale(spec: Dashboard, as_of: str, now: datetime.date) -> bool:
    """Whether a page's data is older at the start of day `now` than the page allows."""
    if spec.stale_after is None or not as_of:
        return False
    age = int(spec.stale_after[:-1]) * SECONDS[spec.stale_after[-1]]
    made = datetime.datetime.fromisoformat(as_of.replace("Z", "")).replace(tzinfo=None)
    return made + datetime.timedelta(seconds=age) < datetime.datetime.combine(now, datetime.time())


def project_title(space: Space, name: str) -> Text:
    """What people call a project."""
    project = space.resources.get(Address("project", "", name))
    title = project.spec.title if project is not None and isinstance(project.spec, Project) else None
    return title or name


def languages_of(space: Space) -> tuple[str, ...]:
    """The languages that pages are drawn in, the first at the root."""
    return space.settings.spec.languages


def _linked(spec: Dashboard, project: str) -> dict[str, Address]:
    links = (placed.tile.link for placed in tiles(spec))
    return {
        link.dashboard: dashboard_reference(link.dashboard, project)
        for link in links
        if isinstance(link, Link)
    }
