"""The portal in a real Chromium: accessible, quiet, narrow, without a mouse and without scripts."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import Cli, lacking
from tests.portal.conftest import drawn, written

pytestmark = pytest.mark.browser

Tree = Callable[[str | None], Path]
PAGES = (
    "index.html",
    "catalog/index.html",
    "catalog/medecins_accredites_has.html",
    "projects/index.html",
    "projects/open-data/index.html",
    "projects/open-data/datasets/medecins_accredites_has.html",
    "projects/studio-romain/dataflows/get_started.html",
    "runs/index.html",
    "runs/prod-00001.html",
    "search/index.html",
    "access/index.html",
    "admin/index.html",
    "docs/index.html",
    "docs/dashboard.html",
)
"""One page of each sort."""
FRENCH = (
    "fr/index.html",
    "fr/catalog/index.html",
    "fr/catalog/medecins_accredites_has.html",
    "fr/access/index.html",
    "fr/projects/open-data/dashboards/accreditation.html",
)
"""The same templates with longer words."""


@pytest.fixture(scope="module")
def bilingual(bilingual_folder: Path) -> Path:
    """The operator's tree in English and French, with earlier runs."""
    return written(drawn(bilingual_folder, None), bilingual_folder / "tree")


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page, and everything its console says: errors, refusals of its policy, exceptions."""
    context = browser.new_context(**options)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda failure: said.append(str(failure)))
    try:
        yield page, said
    finally:
        context.close()


def axe_script() -> str:
    """The text of axe-core; it is evaluated, since the page's policy refuses a script of ours."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        lacking("axe-playwright-python")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, bilingual: Path, scheme: str) -> None:
    script = axe_script()
    with opened(browser, color_scheme=scheme) as (page, _):
        for path in (*PAGES, *FRENCH):
            page.goto((bilingual / path).as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            page.evaluate(script)
            found = page.evaluate("axe.run()")["violations"]
            told = [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in found]
            assert told == [], path


def test_nothing_is_said_on_the_console_from_a_file_or_over_http(
    browser: Browser, bilingual: Path, serve: Callable[[Path], str]
) -> None:
    with opened(browser) as (page, said):
        for base in (bilingual.as_uri(), serve(bilingual)):
            for path in (*PAGES, *FRENCH):
                page.goto(f"{base}/{path}")
                assert said == [], (base, path)


def test_320_pixels_need_no_sideways_scroll(browser: Browser, tree: Tree, bilingual: Path) -> None:
    with opened(browser, viewport={"width": 320, "height": 640}) as (page, _):
        for root, paths in (
            (bilingual, (*PAGES, *(f"fr/{path}" for path in PAGES), FRENCH[-1])),
            (tree("romain"), PAGES[:3]),
        ):
            for path in paths:
                page.goto((root / path).as_uri())
                page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
                assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_without_scripts_everything_is_there_and_nothing_dead_is(browser: Browser, tree: Tree) -> None:
    with opened(browser, java_script_enabled=False) as (page, _):
        page.goto((tree(None) / "catalog/index.html").as_uri())
        assert page.get_by_role("link", name="Médecins accrédités HAS").is_visible()
        assert page.locator("form").is_hidden()
        page.goto((tree(None) / "catalog/medecins_accredites_has.html").as_uri())
        assert page.locator("button:visible").count() == 0
        assert page.get_by_text("num_rpps").first.is_visible()


def test_search_folds_accents_and_lives_in_the_address(browser: Browser, tree: Tree) -> None:
    with opened(browser) as (page, _):
        page.goto((tree(None) / "catalog/index.html").as_uri())
        entry = page.get_by_role("link", name="Médecins accrédités HAS")
        page.get_by_role("searchbox", name="Search").fill("medecins ACCREDITES")
        assert entry.is_visible()
        page.get_by_role("searchbox", name="Search").fill("nothing like it")
        assert entry.is_hidden()
        assert page.get_by_text("Nothing matches").is_visible()
        assert page.get_by_role("status").inner_text() == "0 of 1 shown"
        page.get_by_role("button", name="Reset").click()
        page.wait_for_function("document.querySelector('[role=status]').textContent === '1 shown'")
        page.goto((tree(None) / "catalog/index.html").as_uri() + "?q=nothing")
        assert entry.is_hidden()


def test_everything_is_found_from_one_page_in_either_language(browser: Browser, bilingual: Path) -> None:
    with opened(browser) as (page, said):
        page.goto((bilingual / "fr/index.html").as_uri())
        page.get_by_role("link", name="Rechercher").click()
        page.get_by_role("searchbox", name="Rechercher").fill("medecins ACCREDITES")
        shown = page.locator("#everything li:visible").all_inner_texts()
        assert any("Médecins accrédités HAS" in line for line in shown)
        page.get_by_label("Type").select_option("dataset")
        assert page.get_by_role("status").inner_text().endswith("affichés")
        page.locator("#everything a:visible", has_text="Médecins accrédités HAS").click()
        assert page.url.endswith("fr/projects/open-data/datasets/medecins_accredites_has.html")
        page.get_by_role("link", name="EN", exact=True).click()
        assert page.get_by_role("heading", name="Lineage").is_visible()
        assert said == []


def test_the_matrix_is_narrowed_to_what_one_person_may_do(browser: Browser, tree: Tree) -> None:
    with opened(browser) as (page, said):
        page.goto((tree(None) / "access/index.html").as_uri())
        page.get_by_label("View as").select_option("leo")
        assert page.locator(".matrix tbody tr:visible th").all_inner_texts() == [
            "Accreditation of doctors\nDashboard · open-data"
        ]
        page.get_by_role("button", name="Reset").click()
        page.get_by_label("Action").select_option("share")
        page.wait_for_function("document.querySelectorAll('.matrix tbody tr:not([hidden])').length === 1")
        assert said == []


LEVELS = ("public", "internal", "restricted")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator's tree of a space with a dozen projects, each offering a dataset."""
    folder = tmp_path_factory.mktemp("many")
    files = {"specs/space.yaml": "kind: Space\nname: many\n"}
    for i in range(12):
        files[f"data/t{i}.csv"] = "a\n1\n"
        files[f"specs/projects/p{i}/project.yaml"] = (
            f"kind: Project\nname: p{i}\ntitle: Projet n° {i} à voir\n"
        )
        files[f"specs/projects/p{i}/datasets/d{i}.yaml"] = (
            f"kind: Dataset\nname: d{i}\nsensitivity: {LEVELS[i % 3]}\n"
            f"from: {{file: ../../../../data/t{i}.csv}}\n"
        )
        files[f"specs/catalog/e{i}.yaml"] = (
            f"kind: CatalogEntry\nname: e{i}\ndataset: p{i}/d{i}\nthemes: [T{i % 2}, ALL]\n"
            f"keywords: [naïve{i}]\nlicense: l{i % 4}\naccess: {'open' if i % 2 else 'on-request'}\n"
        )
    written({name: text.encode() for name, text in files.items()}, folder)
    Cli(folder).ok("apply", "--yes", "--now", "2026-11-24")
    return written(drawn(folder, None), folder / "tree")


def test_facets_and_search_narrow_together(browser: Browser, many: Path) -> None:
    with opened(browser) as (page, said):
        page.goto((many / "catalog/index.html").as_uri())
        status = page.get_by_role("status")
        assert status.inner_text() == "12 shown"
        page.get_by_label("Theme").select_option("T1")
        assert status.inner_text() == "6 of 12 shown"
        page.get_by_label("Sensitivity").select_option("internal")
        assert status.inner_text() == "2 of 12 shown"
        page.get_by_role("searchbox", name="Search").fill("NAIVE7")
        assert [link.inner_text() for link in page.locator("#entries h3:visible").all()] == ["e7"]
        page.reload()
        assert status.inner_text() == "1 of 12 shown"
        assert said == []


def test_projects_are_found_by_name(browser: Browser, many: Path) -> None:
    with opened(browser) as (page, said):
        page.goto((many / "projects/index.html").as_uri())
        page.get_by_role("searchbox", name="Search").fill("a voir 11")
        assert [link.inner_text() for link in page.locator("#projects h3:visible").all()] == [
            "Projet n° 11 à voir"
        ]
        assert said == []


def test_a_table_sorts_by_value_both_ways_from_the_keyboard(browser: Browser, tree: Tree) -> None:
    with opened(browser) as (page, _):
        page.goto((tree(None) / "projects/open-data/index.html").as_uri())
        rows = page.locator("#dataset-rows tbody tr td:nth-of-type(3)")
        head = page.get_by_role("columnheader", name="Rows").first
        head.get_by_role("button").focus()
        page.keyboard.press("Enter")
        ascending = [int(text.replace(",", "")) for text in rows.all_inner_texts()]
        assert ascending == sorted(ascending)
        assert head.get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Enter")
        descending = [int(text.replace(",", "")) for text in rows.all_inner_texts()]
        assert descending == sorted(ascending, reverse=True)


def test_the_keyboard_skips_to_the_content_and_reaches_every_link_and_control(
    browser: Browser, tree: Tree
) -> None:
    with opened(browser) as (page, _):
        page.goto((tree(None) / "catalog/index.html").as_uri())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.goto((tree(None) / "catalog/medecins_accredites_has.html").as_uri())
        every = "[...document.querySelectorAll('a[href], button, summary')]"
        wanted = page.evaluate(f"{every}.filter(e => e.checkVisibility()).length")
        reached = set()
        for _ in range(wanted + 20):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(f"{every}.indexOf(document.activeElement)"))
        assert len(reached - {-1}) == wanted


def test_it_prints_in_light_tokens_without_navigation(browser: Browser, tree: Tree) -> None:
    with opened(browser, color_scheme="dark") as (page, _):
        page.goto((tree(None) / "index.html").as_uri())
        page.emulate_media(media="print")
        assert page.get_by_role("navigation", name="Main").count() == 0
        color = page.evaluate("getComputedStyle(document.body).color")
        assert color == "rgb(29, 29, 31)"
