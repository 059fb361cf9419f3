"""What a page does not show is told to its author: by plan before it is published, by apply, by show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.pages.test_earlier_releases import BODIES, NOW, people, write

FEW = people(("A", "75", 30), ("B", "75", 3), ("C", "75", 9), ("D", "92", 40))
TWO = "{chart: column, from: doctors, x: dep, y: count(*), title: Places}, {kpi: count(*), from: doctors}"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A space with one page that withholds something, applied."""
    made = write(tmp_path, FEW, bodies=BODIES)
    made.ok("apply", "--yes", "--now", NOW)
    return made


def test_apply_says_how_much_of_which_tile_is_withheld(tmp_path: Path) -> None:
    told = write(tmp_path, FEW, bodies=BODIES)("apply", "--yes", "--now", NOW).stderr
    assert "bodies.yaml" in told
    assert "warning[withheld]" in told
    assert "1 of 3 (33%)" in told


def test_show_tells_it_of_what_is_applied(cli: Cli) -> None:
    shown = json.loads(cli.ok("show", "dashboard/p/bodies", "--format", "json"))
    assert [(tile["withheld"], tile["of"]) for tile in shown["withheld"]] == [(1, 3)]


def test_a_plan_says_what_a_new_page_will_not_show(cli: Cli, tmp_path: Path) -> None:
    quiet = cli.ok("plan", "--now", NOW)
    assert "withheld" not in quiet
    write(tmp_path, FEW, bodies=BODIES, again=BODIES)
    told = cli("plan", "--now", NOW)
    assert "again.yaml" in told.stderr + told.stdout
    assert "warning[withheld]" in told.stderr + told.stdout


def test_plans_that_foresee_are_the_same_twice(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, FEW, bodies=BODIES, again=TWO)
    first = cli.ok("plan", "--now", NOW, "--format", "json")
    assert cli.ok("plan", "--now", NOW, "--format", "json") == first
