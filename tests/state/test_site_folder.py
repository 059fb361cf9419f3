"""Published pages: whole trees, switched in one step, never written to once published."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engine.adapters.site_folder import KEPT, SiteFolder
from engine.diagnostics import WorldFailure

PAGES = {"index.html": b"one", "projects/p/index.html": b"two", "assets/logo.svg": b""}


def published(store: Path, environment: str, pages: dict[str, bytes]) -> str:
    site = SiteFolder(store).publish(environment, pages)
    SiteFolder(store).switch(environment, site)
    return site


def test_nothing_is_published_at_first(tmp_path: Path) -> None:
    assert SiteFolder(tmp_path).current("prod") == ""


def test_a_tree_is_published_when_it_is_switched_to(tmp_path: Path) -> None:
    writer = SiteFolder(tmp_path)
    site = writer.publish("prod", PAGES)
    assert writer.current("prod") == ""
    assert not (tmp_path / "site" / "prod").exists()
    folder = writer.switch("prod", site)
    assert folder == tmp_path / "site" / "prod"
    assert writer.current("prod") == site
    assert {p: (folder / p).read_bytes() for p in PAGES} == PAGES


def test_the_hash_says_what_is_in_the_tree(tmp_path: Path) -> None:
    writer = SiteFolder(tmp_path)
    assert writer.publish("prod", PAGES) == writer.publish("pr-42", dict(reversed(PAGES.items())))
    assert writer.publish("prod", PAGES) != writer.publish("prod", {**PAGES, "index.html": b"other"})
    assert writer.publish("prod", {"a": b"b"}) != writer.publish("prod", {"ab": b""})


def test_it_is_known_which_code_drew_the_published_tree(tmp_path: Path) -> None:
    old, new = SiteFolder(tmp_path, "old"), SiteFolder(tmp_path, "new")
    assert not old.is_drawn_as_now("prod")
    site = old.publish("prod", PAGES)
    old.switch("prod", site)
    assert old.is_drawn_as_now("prod")
    assert not new.is_drawn_as_now("prod")
    assert new.publish("prod", PAGES) == site, "the same pages are no other tree"
    assert new.is_drawn_as_now("prod")
    assert new.current("prod") == site


def test_the_store_may_be_moved(tmp_path: Path) -> None:
    site = published(tmp_path / "here", "prod", PAGES)
    (tmp_path / "here").rename(tmp_path / "there")
    assert SiteFolder(tmp_path / "there").current("prod") == site
    assert (tmp_path / "there/site/prod/index.html").read_bytes() == b"one"


@pytest.mark.parametrize("damage", ["altered", "removed", "emptied"])
def test_a_damaged_page_is_noticed_and_drawn_again_beside_the_damaged_tree(
    tmp_path: Path, damage: str
) -> None:
    site = published(tmp_path, "prod", PAGES)
    page = tmp_path / "site/prod/projects/p/index.html"
    match damage:
        case "altered":
            page.write_bytes(b"owt")
        case "removed":
            page.unlink()
        case _:
            page.write_bytes(b"")
    assert SiteFolder(tmp_path).current("prod") == ""
    with pytest.raises(WorldFailure):
        SiteFolder(tmp_path).switch("prod", site)
    assert published(tmp_path, "prod", PAGES) == site
    assert SiteFolder(tmp_path).current("prod") == site
    assert page.read_bytes() == b"two"


def test_a_page_that_was_only_touched_is_whole(tmp_path: Path) -> None:
    site = published(tmp_path, "prod", PAGES)
    os.utime(tmp_path / "site/prod/index.html", (1, 1))
    assert SiteFolder(tmp_path).current("prod") == site


def test_readers_always_see_a_whole_tree(tmp_path: Path) -> None:
    trees = [{"a.html": str(i).encode(), "b.html": str(i).encode()} for i in range(2)]
    sites = [SiteFolder(tmp_path).publish("prod", tree) for tree in trees]
    SiteFolder(tmp_path).switch("prod", sites[0])
    done = threading.Event()
    seen: set[bool] = set()

    def read() -> None:
        while not done.is_set():
            folder = os.open(tmp_path / "site/prod", os.O_RDONLY)
            first, second = (os.open(name, os.O_RDONLY, dir_fd=folder) for name in ("a.html", "b.html"))
            seen.add(os.read(first, 9) == os.read(second, 9))
            for handle in (first, second, folder):
                os.close(handle)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(200):
        SiteFolder(tmp_path).switch("prod", sites[i % 2])
    done.set()
    reader.join()
    assert seen == {True}


def test_old_trees_go_but_the_latest_few_and_those_that_are_published(tmp_path: Path) -> None:
    first = published(tmp_path, "pr-42", {"index.html": b"kept"})
    for i in range(KEPT + 4):
        published(tmp_path, "prod", {"index.html": str(i).encode()})
    trees = [path for path in (tmp_path / "sites").iterdir() if path.is_dir()]
    assert len(trees) == KEPT + 2
    assert SiteFolder(tmp_path).current("pr-42") == first
    assert len(list((tmp_path / "sites").iterdir())) == 2 * len(trees)


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside the site"):
        SiteFolder(tmp_path).publish("prod", {"a.html": b"x", "b/../../../c.html": b"x"})
    assert list((tmp_path / "sites").iterdir()) == []
    assert not (tmp_path.parent / "c.html").exists()


@pytest.mark.parametrize("environment", ["../prod", "a/b", "", ".", "-x"])
def test_an_environments_name_cannot_lead_elsewhere(tmp_path: Path, environment: str) -> None:
    with pytest.raises(WorldFailure):
        SiteFolder(tmp_path).publish(environment, PAGES)
    with pytest.raises(WorldFailure):
        SiteFolder(tmp_path).switch(environment, "x")


def test_a_store_that_cannot_be_written_is_a_failure_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(WorldFailure, match="cannot write pages"):
        SiteFolder(tmp_path / "store").publish("prod", PAGES)
