"""The whole static site: paths and bytes, in the layout of SPECS.md."""

from __future__ import annotations

from collections.abc import Iterable

from engine.ports import Cache
from engine.usecases.site import SiteModel
from engine.usecases.site.values import Matrix
from engine.usecases.site.values_basic import Link
from renderers.html.boards import board_files
from renderers.html.layout import SECTIONS, Layout, asset, path_of, run_path, script
from renderers.html.portal import CATALOG, DOCS, HOME, PROJECTS, Portal
from renderers.html.portal_docs import KIND_PAGES, kind_path, kind_reference, words_of
from renderers.html.portal_search import findable
from renderers.html.tokens import tokens_css

SAMPLE_FLOW = """\
kind: Dataflow
name: first
inputs: {beds: catalog/hospital_beds}
steps:
  - output: beds_by_region
    from: beds
    lowcode:
      - aggregate: {by: [region], metrics: {beds: "sum(beds)"}}
      - order_by: [-beds]
"""
SAMPLE_PAGE = """\
kind: Dashboard
name: beds
title: Hospital beds by region
datasets: {by_region: beds_by_region}
rows:
  - - {kpi: "sum(beds)", from: by_region, title: Beds}
  - - {chart: bar, from: by_region, x: beds, y: region, sort: -beds, title: Beds by region}
"""


def site_files(model: SiteModel, cache: Cache | None = None) -> dict[str, bytes]:
    """Every file of the site for this model: the same model gives the same bytes.

    `cache` remembers drawn charts.
    """
    from renderers.html.dashboard import shared_files

    layout = _layout(model)
    files = {
        "assets/site.css": asset("site.css"),
        "assets/site.js": script("site.js"),
        "assets/tokens.css": tokens_css(model.theme),
    }
    if model.pages:
        files |= shared_files() | board_files(model.pages, layout, cache)
    for one in (model, *model.translations):
        portal = Portal(one, layout)
        files |= {portal.prefix + path: content for path, content in _pages(portal).items()}
    return dict(sorted(files.items()))


def _pages(portal: Portal) -> dict[str, bytes]:
    """The pages of the portal in one language, by their paths in the first one."""
    return (
        _start(portal) | _catalog(portal) | _projects(portal) | _runs(portal)
        | _access(portal) | _admin(portal) | _search(portal) | _docs(portal)
    )  # fmt: skip


def _layout(model: SiteModel) -> Layout:
    empty = {"admin": not model.admin, "catalog": not model.entries, "projects": not model.projects}
    hidden = {"admin"} if model.reader is None else set(empty)
    sections = tuple(key for key, _, _ in SECTIONS if not (key in hidden and empty[key]))
    return Layout(
        title=model.title,
        run=model.run,
        at=model.at,
        policy=model.policy,
        data=model.data,
        reader=model.reader,
        sections=sections,
        files=frozenset(_paths(model, sections)),
        languages=(model.lang, *(other.lang for other in model.translations)),
        titles={other.lang: other.title for other in model.translations},
    )


def _paths(model: SiteModel, sections: tuple[str, ...]) -> Iterable[str]:
    """The site path of every page there will be."""
    yield from (file for key, _, file in SECTIONS if key in sections)
    yield "runs/index.html"
    groups = (model.projects, model.entries, model.datasets, model.flows, model.dashboards)
    links: Iterable[Link] = (facts.link for group in groups for facts in group)
    yield from (path for link in links if (path := path_of(link.address)))
    yield from (run_path(run.run) for run in model.runs)
    yield from (kind_path(kind) for kind in KIND_PAGES)


def _start(portal: Portal) -> dict[str, bytes]:
    model = portal.model
    mine = [p for p in model.projects if p.mine]
    page = portal.draw(
        "index.html",
        "home",
        model.title,
        section="home",
        mine=mine or model.projects,
        are_mine=bool(mine),
        studio=next((p for p in mine if p.personal), None),
    )
    return {"index.html": page}


def _catalog(portal: Portal) -> dict[str, bytes]:
    model = portal.model
    if "catalog" not in portal.layout.sections:
        return {}
    files = {
        "catalog/index.html": portal.draw(
            "catalog/index.html", "catalog", portal.words.say("Catalogue"), section="catalog", crumbs=(HOME,)
        )
    }
    for entry in model.entries:
        path = path_of(entry.link.address) or ""
        files[path] = portal.draw(
            path,
            "entry",
            entry.link.title,
            section="catalog",
            crumbs=(HOME, CATALOG),
            entry=entry,
            facts=entry.dataset,
        )
    return files


def _projects(portal: Portal) -> dict[str, bytes]:
    model = portal.model
    home = PROJECTS[1]
    files = {}
    if "projects" in portal.layout.sections:
        files[home] = portal.draw(
            home, "projects", portal.words.say("Projects"), section="projects", crumbs=(HOME,)
        )
    for project in model.projects:
        path = path_of(project.link.address) or ""
        files[path] = portal.draw(
            path, "project", project.link.title, section="projects", crumbs=(HOME, PROJECTS), project=project
        )
    for dataset in model.datasets:
        path = path_of(dataset.link.address) or ""
        crumbs = portal.project_crumbs(dataset.project)
        files[path] = portal.draw(
            path, "dataset", dataset.link.title, section="projects", crumbs=crumbs, facts=dataset
        )
    for flow in model.flows:
        path = path_of(flow.link.address) or ""
        crumbs = portal.project_crumbs(flow.project)
        files[path] = portal.draw(path, "flow", flow.link.title, section="projects", crumbs=crumbs, flow=flow)
    return files


def _runs(portal: Portal) -> dict[str, bytes]:
    files = {
        "runs/index.html": portal.draw(
            "runs/index.html", "runs", portal.words.say("Runs"), section="home", crumbs=(HOME,)
        )
    }
    for run in portal.model.runs:
        path = run_path(run.run)
        crumbs = (HOME, ("Runs", "runs/index.html"))
        files[path] = portal.draw(
            path, "run", f"{portal.words.say('Run')} {run.run}", section="home", crumbs=crumbs, run=run
        )
    return files


def _access(portal: Portal) -> dict[str, bytes]:
    page = portal.draw(
        "access/index.html", "access", portal.words.say("Access"), section="access", crumbs=(HOME,),
        actions=_actions(portal.model.matrix),
    )  # fmt: skip
    return {"access/index.html": page}


def _actions(matrix: Matrix) -> list[str]:
    """Every action that somebody may do with something."""
    readers = (matrix.cells or {}).values()
    return list(dict.fromkeys(action for reader in readers for action, _ in reader.actions))


def _search(portal: Portal) -> dict[str, bytes]:
    page = portal.draw(
        "search/index.html", "search", portal.words.say("Search"), section="search", crumbs=(HOME,),
        found=tuple(findable(portal.model, portal.words)),
    )  # fmt: skip
    return {"search/index.html": page}


def _admin(portal: Portal) -> dict[str, bytes]:
    admin = portal.model.admin
    if admin is None:
        return {}
    page = portal.draw(
        "admin/index.html",
        "admin",
        portal.words.say("Administration"),
        section="admin",
        crumbs=(HOME,),
        admin=admin,
    )
    return {"admin/index.html": page}


def _docs(portal: Portal) -> dict[str, bytes]:
    files = {
        "docs/index.html": portal.draw(
            "docs/index.html",
            "docs",
            portal.words.say("Documentation"),
            section="docs",
            crumbs=(HOME,),
            kinds=KIND_PAGES,
            sample_flow=SAMPLE_FLOW,
            sample_page=SAMPLE_PAGE,
        )
    }
    for kind in KIND_PAGES:
        path = kind_path(kind)
        files[path] = portal.draw(
            path,
            "kind",
            f"kind: {kind}",
            section="docs",
            crumbs=(HOME, DOCS),
            reference=kind_reference(kind),
            words_of=words_of,
        )
    return files
