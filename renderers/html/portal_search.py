"""What the search page lists: everything on the site that has a page, with the words it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.usecases.site import SiteModel
from engine.usecases.site.values import DatasetFacts
from engine.usecases.site.values_basic import Link
from renderers.html.layout import path_of
from renderers.html.portal_docs import KIND_PAGES, kind_path
from renderers.html.portal_words import Words


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the search page."""

    kind: str
    title: str
    path: str
    about: str = ""
    place: str = ""
    """Where it belongs: a project's title."""
    words: str = ""
    """More that it is found by."""


def findable(model: SiteModel, words: Words) -> Iterator[Found]:
    """Everything with a page, by kind; runs are on a page of their own."""
    for card in model.dashboards:
        yield _found(card.link, card.summary, card.project)
    for entry in model.entries:
        yield _found(
            entry.link,
            entry.description,
            entry.dataset.project,
            (*entry.keywords, *entry.themes, *_columns(entry.dataset)),
        )
    for facts in model.datasets:
        yield _found(facts.link, facts.description, facts.project, _columns(facts))
    for flow in model.flows:
        yield _found(flow.link, flow.description, flow.project, (step.output.title for step in flow.steps))
    for project in model.projects:
        yield _found(project.link, project.description, None)
    for kind, meaning in KIND_PAGES.items():
        yield Found("documentation", f"kind: {kind}", kind_path(kind), words.told(meaning))


def _columns(facts: DatasetFacts) -> Iterator[str]:
    for column in facts.columns:
        yield column.name
        yield column.description


def _found(link: Link, about: str, project: Link | None, more: Iterable[str] = ()) -> Found:
    address = link.address
    return Found(
        kind=address.kind,
        title=link.title,
        path=path_of(address) or "",
        about=about,
        place=project.title if project else "",
        words=" ".join(filter(None, (str(address), *more))),
    )
