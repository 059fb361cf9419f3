"""The tree of pages: every link leads somewhere, the layout is SPECS.md's, the same twice."""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from renderers.html.layout import POLICY
from tests.portal.conftest import drawn

Files = dict[str, bytes]
READERS = (None, "romain", "sophie", "marie", "leo", "group:shift-hub")


class Page(HTMLParser):
    """What a page refers to, the ids it has, and what a strict policy would refuse."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.refused: list[str] = []
        self.meta: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        found = {name: value or "" for name, value in attrs}
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        if tag == "meta" and "http-equiv" in found:
            self.meta[found["http-equiv"]] = found["content"]
        data_block = found.get("type") == "application/json"
        inline = tag == "style" or (tag == "script" and "src" not in found and not data_block)
        self.refused += [tag] if inline else []
        self.refused += [name for name in found if name == "style" or name.startswith("on")]


def pages(files: Files) -> Iterator[tuple[str, Page]]:
    for path, content in files.items():
        if path.endswith(".html"):
            yield path, Page(content.decode())


@pytest.mark.parametrize("reader", READERS)
def test_every_link_is_relative_and_leads_to_a_file_and_place_that_are_there(
    files: Callable[[str | None], Files], reader: str | None
) -> None:
    tree = files(reader)
    ids = {path: set(page.ids) for path, page in pages(tree)}
    checked = 0
    for path, page in pages(tree):
        for link in page.links:
            if link.startswith(("data:", "mailto:", "https://")):
                continue
            file, _, fragment = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            assert target in tree, f"{path} links to {link}"
            assert not fragment or fragment in ids[target], f"{path} links to {link}"
            checked += 1
    assert checked > 100


@pytest.mark.parametrize("reader", READERS)
def test_no_page_needs_more_than_its_strict_policy_allows(
    files: Callable[[str | None], Files], reader: str | None
) -> None:
    for path, page in pages(files(reader)):
        assert page.refused == [], path
        assert page.meta["Content-Security-Policy"] == POLICY, path
        assert len(page.ids) == len(set(page.ids)), path


def test_the_operators_tree_has_the_layout_of_the_specs(files: Callable[[str | None], Files]) -> None:
    assert {
        "index.html",
        "catalog/index.html",
        "catalog/medecins_accredites_has.html",
        "projects/open-data/index.html",
        "projects/open-data/datasets/medecins_accredites_has.html",
        "projects/studio-romain/dataflows/get_started.html",
        "projects/studio-romain/dashboards/doctors.html",
        "projects/open-data/dashboards/accreditation.html",
        "runs/prod-00001.html",
        "access/index.html",
        "admin/index.html",
        "docs/index.html",
        "docs/dataset.html",
    } <= files(None).keys()


def test_drawing_twice_gives_the_same_bytes(
    applied_demo_folder: Path, files: Callable[[str | None], Files]
) -> None:
    assert drawn(applied_demo_folder, None) == files(None)


def test_the_day_it_is_drawn_on_is_on_no_page(
    applied_demo_folder: Path, files: Callable[[str | None], Files]
) -> None:
    later = drawn(applied_demo_folder, "leo", datetime.date(2026, 11, 25))
    portal = {path for path in later if "/dashboards/" not in path}
    assert {p: later[p] for p in portal} == {p: files("leo")[p] for p in portal}
