"""The dashboards in the tree: each is computed when it is asked for, and named by what it is made from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.policy.decision import Caller
from engine.usecases.page_reader import PageReader
from engine.usecases.site.values import SitePage
from engine.usecases.site.visit import Visit

if TYPE_CHECKING:
    from engine.core.pages.release import PageModel
    from engine.usecases.page_releases import Releases


def dashboard_pages(visit: Visit, pages: Iterable[Address]) -> dict[Address, SitePage]:
    """Each page for the tree's reader, by address.

    In a tree for several people a page is there only when it is the same for every one of them.
    """
    from engine.usecases.page_releases import Releases

    views = [Releases(visit.bench, visit.published, who) for who in _readers(visit)]
    if visit.sight.people:
        # Entered before anybody holds them: what is drawn later takes it as known.
        views[0].audit()
        views[0].record("")
    made = ((page, _same([_page(visit, page, view) for view in views])) for page in pages)
    return {address: page for address, page in made if page is not None}


def _readers(visit: Visit) -> list[PageReader | None]:
    """Whom the tree is for; policy has answered each of them about every page."""
    seen, now = visit.sight, visit.now
    if seen.reader is None:
        return [None]
    return [PageReader(Caller(who, seen.ip, now), visit.engine, seen.pages_of(who)) for who in seen.people]


def _page(visit: Visit, address: Address, releases: Releases) -> SitePage:
    from engine.usecases.page_doors import dashboard_of
    from engine.usecases.page_key import page_key
    from engine.usecases.page_notes import PageNotes, notes_of
    from engine.usecases.pages import page_model

    key = page_key(releases, dashboard_of(visit.space, address), visit.now)
    bench, kept_as = visit.bench, f"page-notes-{key}"

    @cache
    def make() -> PageModel:
        made = page_model(releases, address, visit.now)
        if key:
            bench.cache.put(kept_as, notes_of(made).as_bytes())
        return made

    def notes() -> PageNotes:
        kept = bench.cache.get(kept_as) if key else None
        return notes_of(make()) if kept is None else PageNotes.from_bytes(kept)

    return SitePage(address, key, make, notes)


def _same(pages: list[SitePage]) -> SitePage | None:
    """The page that all of several readers see, if there is one."""
    first, *others = pages
    if first.key and all(page.key == first.key for page in others):
        return first
    return first if all(page.make() == first.make() for page in others) else None
