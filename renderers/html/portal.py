"""Draws the portal's pages: templates over the site's values, every link checked against the tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.addresses import Address
from engine.usecases.site import SiteModel
from engine.usecases.site.values import DatasetFacts, Graph, Matrix, Reader
from engine.usecases.site.values_basic import Link
from renderers.html.layout import Crumb, Layout, environment, path_of, relative, run_path
from renderers.html.portal_columns import column_drawing
from renderers.html.portal_graph import BOX_HEIGHT, BOX_WIDTH, Drawing, drawing
from renderers.html.portal_words import Words, words_in

HOME: Crumb = ("Home", "index.html")
CATALOG: Crumb = ("Catalogue", "catalog/index.html")
PROJECTS: Crumb = ("Projects", "projects/index.html")
DOCS: Crumb = ("Documentation", "docs/index.html")


@dataclass(frozen=True)
class Portal:
    """One site being drawn: its values and the frame."""

    model: SiteModel
    layout: Layout

    def draw(
        self,
        path: str,
        template: str,
        title: str,
        *,
        section: str,
        crumbs: tuple[Crumb, ...] = (),
        **values: Any,
    ) -> bytes:
        """The page at `path` from `templates/portal/<template>.html.j2` over `values`.

        `path` is the page's in the first language; its own folder is added where links are made.
        """
        full = self.prefix + path
        body = (
            environment()
            .get_template(f"portal/{template}.html.j2")
            .render(
                site=self.model,
                words=self.words,
                _=self.words.say,
                level_mood=self.level_mood,
                here=Here(self.layout, full, self.prefix, self._anchors, self.words),
                title=title,
                **values,
            )
        )
        return self.layout.page(
            full, title, body.encode(), section=section, breadcrumbs=crumbs, lang=self.model.lang
        )

    @property
    def words(self) -> Words:
        """The words of the site's language."""
        return words_in(self.model.lang)

    @property
    def prefix(self) -> str:
        """The folder of the site's language."""
        return self.layout.prefix(self.model.lang)

    @cached_property
    def _anchors(self) -> frozenset[Address]:
        """The people and settings that have a line of their own on the administration page."""
        admin = self.model.admin
        if admin is None:
            return frozenset()
        rows = (admin.groups, admin.roles, admin.networks, admin.sources, admin.policies)
        found = {row.link.address for part in rows for row in part}
        found |= {user.link.address for user in admin.users}
        return frozenset(found | {grant.link.address for grant in admin.grants})

    def level_mood(self, level: str) -> str:
        """How a level of sensitivity looks: the lowest calm, the highest alarming."""
        return self._moods.get(level, "plain")

    @cached_property
    def _moods(self) -> dict[str, str]:
        shades = ("good", "info", "warn", "bad")
        return {level: shades[min(i, len(shades) - 1)] for i, level in enumerate(self.model.levels)}

    def project_crumbs(self, project: Link | None) -> tuple[Crumb, ...]:
        """The way to a page inside a project."""
        if project is None:
            return (HOME, PROJECTS)
        return (HOME, PROJECTS, (project.title, path_of(project.address) or ""))


@dataclass(frozen=True)
class Here:
    """The page being drawn, and the links from it. A link that leads nowhere in this tree is empty."""

    layout: Layout
    path: str
    prefix: str
    anchors: frozenset[Address]
    words: Words

    def to(self, link: Link | None) -> str:
        """The link to a resource's page."""
        if link is None:
            return ""
        if link.address in self.anchors:
            return self.file(f"admin/index.html#{link.address.kind}-{link.address.name}")
        return self.file(path_of(link.address) or "")

    def file(self, path: str) -> str:
        """The link to a site path."""
        return relative(self.path, self.prefix + path) if self.layout.has(path) else ""

    def run(self, run: str) -> str:
        """The link to a run's page."""
        return self.file(run_path(run))

    def draw(self, graph: Graph) -> Drawing | None:
        """A graph with its boxes linked from here."""
        return drawing(graph, self.to, self.words.kind)

    def columns(self, facts: DatasetFacts) -> Drawing | None:
        """The lineage of a dataset's columns, linked from here."""
        return column_drawing(facts, self.to)

    def cells(self, matrix: Matrix, thing: Link) -> list[Reader]:
        """Everybody who may do something with a thing."""
        cells = matrix.cells or {}
        found = (cells.get((thing.address, person.address)) for person in matrix.people)
        return [reader for reader in found if reader]

    def actions(self, readers: Iterable[Reader]) -> list[str]:
        """All that some of them may do."""
        return list(dict.fromkeys(action for reader in readers for action, _ in reader.actions))

    def by_rule(self, reader: Reader) -> list[tuple[tuple[str, ...], list[str]]]:
        """What somebody may do, actions that the same rules allow together."""
        found: dict[tuple[str, ...], list[str]] = {}
        for action, rules in reader.actions:
            found.setdefault(rules, []).append(action)
        return list(found.items())

    @property
    def box(self) -> tuple[int, int]:
        """The size of a graph's boxes."""
        return BOX_WIDTH, BOX_HEIGHT
