"""Draws the portal's pages: templates over the site's values, every link checked against the tree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.addresses import Address
from engine.usecases.site import SiteModel
from engine.usecases.site.values import Graph, Link
from renderers.html import portal_words as words
from renderers.html.layout import Crumb, Layout, environment, path_of, relative, run_path
from renderers.html.portal_graph import BOX_HEIGHT, BOX_WIDTH, Drawing, drawing

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
        """The page at `path` from `templates/portal/<template>.html.j2` over `values`."""
        body = (
            environment()
            .get_template(f"portal/{template}.html.j2")
            .render(
                site=self.model,
                words=words,
                level_mood=self.level_mood,
                here=Here(self.layout, path, self._anchors),
                title=title,
                **values,
            )
        )
        return self.layout.page(path, title, body, section=section, breadcrumbs=crumbs, lang=self.model.lang)

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
    anchors: frozenset[Address]

    def to(self, link: Link | None) -> str:
        """The link to a resource's page."""
        if link is None:
            return ""
        if link.address in self.anchors:
            return self.file(f"admin/index.html#{link.address.kind}-{link.address.name}")
        return self.file(path_of(link.address) or "")

    def file(self, path: str) -> str:
        """The link to a site path."""
        return relative(self.path, path) if self.layout.has(path) else ""

    def run(self, run: str) -> str:
        """The link to a run's page."""
        return self.file(run_path(run))

    def draw(self, graph: Graph) -> Drawing | None:
        """A graph with its boxes linked from here."""
        return drawing(graph, self.to)

    @property
    def box(self) -> tuple[int, int]:
        """The size of a graph's boxes."""
        return BOX_WIDTH, BOX_HEIGHT
