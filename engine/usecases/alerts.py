"""Alerts: whether they hold of what is published, and telling people when that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from engine.core.pages.alerts import asked, holds
from engine.core.pages.release import Cell, Mark, Value
from engine.core.pages.texts import HOLE, filled, hole_query, in_language
from engine.core.pages.walk import page_dataset
from engine.core.space import Resource
from engine.core.state import AlertOutcome, RunRecord
from engine.model.dashboard import Alert, Dashboard
from engine.ports import Notice, Workbench
from engine.usecases.page_data import Desk
from engine.usecases.page_releases import Releases
from engine.usecases.page_views import each
from engine.usecases.published import Published


def alert_outcomes(bench: Workbench, published: Published) -> tuple[AlertOutcome, ...]:
    """Every alert of every dashboard, by page and in the order written: does it hold of what is published?

    Asked of the same guarded numbers that pages show, unfiltered: what a page withholds fires nothing.
    """
    releases = Releases(bench, published)
    pages = (page for page in published.space.of(Dashboard) if page.spec.alerts)
    return tuple(outcome for page in pages for outcome in _of_page(releases, page))


def _of_page(releases: Releases, page: Resource[Dashboard]) -> Iterator[AlertOutcome]:
    for parameters in each(page.spec):
        desk = _desk(releases, page, parameters)
        part = " · ".join(map(str, parameters.values()))
        for alert in page.spec.alerts:
            values: dict[str, Cell] = {
                inside.text: desk.answer(hole_query(inside)).single for inside in asked(alert.when)
            }
            yield AlertOutcome(page.address, alert.name, part, _status(holds(alert.when, values), values))


def _status(
    holding: bool | None, values: Mapping[str, Cell]
) -> Literal["firing", "quiet", "withheld", "no-data"]:
    if holding is None:
        return "withheld" if any(isinstance(value, Mark) for value in values.values()) else "no-data"
    return "firing" if holding else "quiet"


def _desk(releases: Releases, page: Resource[Dashboard], parameters: Mapping[str, Value]) -> Desk:
    conditions = {name: page_dataset(written).where for name, written in page.spec.datasets.items()}
    doors = releases.doors(page)
    return Desk(
        releases,
        releases.published.compiled,
        doors,
        {name: filled(where, parameters) for name, where in conditions.items() if where is not None},
        {name: {} for name in doors},
    )


def notices(published: Published, run: RunRecord, before: RunRecord | None) -> tuple[Notice, ...]:
    """What to tell people: alerts that began to hold since the run before, and those that ceased to.

    An outcome without a number is neither: it says nothing until there is one again.
    """
    was = {(a.address, a.name, a.part): a.status for a in before.alerts} if before else {}
    found = []
    for alert in run.alerts:
        earlier = was.get((alert.address, alert.name, alert.part))
        if alert.status == "firing" and earlier != "firing":
            found.append(_notice(published, run, alert, "firing"))
        elif alert.status == "quiet" and earlier == "firing":
            found.append(_notice(published, run, alert, "resolved"))
    return tuple(found)


def _notice(
    published: Published, run: RunRecord, outcome: AlertOutcome, status: Literal["firing", "resolved"]
) -> Notice:
    page = next(p for p in published.space.of(Dashboard) if p.address == outcome.address)
    alert = next(a for a in page.spec.alerts if a.name == outcome.name)
    language = published.space.settings.spec.languages[0]
    title = in_language(page.spec.title, language) or page.address.name
    return Notice(
        dashboard=outcome.address,
        title=title,
        name=outcome.name,
        part=outcome.part,
        status=status,
        message=_said(alert, page.spec, outcome.part, language) or title,
        when=alert.when,
        run=run.run,
    )


def _said(alert: Alert, page: Dashboard, part: str, language: str) -> str:
    """The message with the values of `each` in it."""
    values = dict(zip(page.each or {}, part.split(" · "), strict=False))
    return HOLE.sub(lambda found: values.get(found.group(1), ""), in_language(alert.message, language))
