"""Random worlds, published in several environments and releases: an integer programme finds no few people."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.attacks.figures import Reader, number_of_rows
from tests.attacks.oracle import Cut, Figure, exposed
from tests.attacks.random_spaces import World, world
from tests.conftest import Cli

NIGHTLY = os.environ.get("ENGINE_NIGHTLY") == "1"
TOGETHER = 10
"""Worlds in one space: they have nobody in common."""
BATCHES = range(25 if NIGHTLY else 1)
NOW = "2026-11-24"
SPACE = {
    "space.yaml": "kind: Space\nname: worlds\ntitle: Worlds\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: A project\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
}


def worlds(batch: int) -> list[World]:
    """The worlds of a batch."""
    return [world(f"w{seed}", seed) for seed in range(batch * TOGETHER, (batch + 1) * TOGETHER)]


def written(folder: Path, several: list[World], release: int) -> Cli:
    """A release of all worlds; what the one before had and this one has not is gone."""
    specs = folder / "specs"
    for path in specs.rglob("*.yaml"):
        path.unlink()
    files = dict(SPACE)
    for each in several:
        files[f"{each.name}.csv"] = each.csv()
        files |= {f"projects/p/{name}": text for name, text in each.documents(release).items()}
    for name, text in files.items():
        path = specs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Cli(folder)


def release_figures(site: Path, each: World, release: int) -> list[Figure]:
    """What the site tells of a world."""
    folder = site / "projects/p"
    found: list[Figure] = []
    for i in each.releases[release][1]:
        page = each.pages[i]
        text = (folder / f"dashboards/{page.name}.html").read_text(encoding="utf-8")
        found += Reader(each.population, page, text).figures()
        if page.step:
            found += _rows_told(folder, each, f"{page.name}_some", page.where)
    return [*found, *_rows_told(folder, each, each.name, Cut())]


def _rows_told(folder: Path, each: World, name: str, cut: Cut) -> list[Figure]:
    text = (folder / f"datasets/{name}.html").read_text(encoding="utf-8")
    return list(number_of_rows(each.population, cut, text, name))


def published(folder: Path, several: list[World]) -> dict[str, list[Figure]]:
    """Everything that all releases tell of each world."""
    found: dict[str, list[Figure]] = {each.name: [] for each in several}
    for release, (env, _) in enumerate(several[0].releases):
        written(folder, several, release).ok("--env", env, "apply", "--yes", "--now", NOW)
        site = (folder / ".dataspace/site" / env).resolve()
        for each in several:
            found[each.name] += release_figures(site, each, release)
    return found


Told = dict[str, list[Figure]]
Both = tuple[list[World], Told]


@pytest.fixture(scope="module", params=BATCHES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """The worlds of a batch, and all that is told of them."""
    several = worlds(request.param)
    return several, published(tmp_path_factory.mktemp("worlds"), several)


@pytest.mark.slow
def test_few_people_are_exposed_by_nothing_that_random_spaces_publish(told: Both) -> None:
    several, figures = told
    found = {each.name: exposed(each.population, figures[each.name], each.floor) for each in several}
    assert {name: lines[:5] for name, lines in found.items() if lines} == {}


@pytest.mark.slow
def test_the_pages_of_random_spaces_still_show_something(told: Both) -> None:
    """A release that withholds all would be safe, and useless."""
    every = [figure for figures in told[1].values() for figure in figures]
    shown = sum(figure.shown for figure in every)
    # Batches of ten spaces differ: over all 250 it is 45 %, of the poorest batch 31.
    assert shown > len(every) / 4, f"{shown} of {len(every)} figures are shown"
