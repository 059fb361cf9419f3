"""The data of the dashboards in the tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.usecases.site.visit import Visit

if TYPE_CHECKING:
    from engine.core.pages.release import PageModel


def dashboard_pages(visit: Visit, pages: Iterable[Address]) -> dict[Address, PageModel]:
    """The model of each page for the tree's reader, by address.

    In a tree for several people a page is there only when it is the same for every one of them.
    """
    from engine.usecases.page_releases import Releases
    from engine.usecases.pages import page_model

    found = {}
    people: tuple[str | None, ...] = visit.sight.people or (None,)
    releases = {who: Releases(visit.bench, visit.published, who, visit.now) for who in people}
    for page in pages:
        models = [
            page_model(visit.bench, visit.published, page, who, visit.now, releases=releases[who])
            for who in people
        ]
        if all(model == models[0] for model in models):
            found[page] = models[0]
    return found
