"""What disclosure control costs: processor seconds beside the same space without it, and what it withholds.

    python benchmarks/disclosure.py --case SCRIPT                    a space that the script makes
    python benchmarks/disclosure.py --large 100000                   so many people, 20 pages of 10 tiles
    python benchmarks/disclosure.py --optimum 20                    small tables beside the best there is

Prints seconds of whole commands in both spaces and their difference, and how many cells are withheld beyond
the fewest that would do.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy
from disclosure_large import make

from engine.core.disclosure.cells import Key, PublishedTable
from engine.core.disclosure.rules import Rules
from engine.core.disclosure.tables import given_away, withheld

ENGINE = str(Path(sys.executable).with_name("engine"))
RULES = Rules(5)
PAGES = 20
ADDED_MOST = 4
"""Complementary cells that the search for the best goes up to."""


def spent(folder: Path, *command: str) -> float:
    """Processor seconds, of user and system, of one engine command and its children."""
    before = os.times()
    subprocess.run([ENGINE, *command], cwd=folder, check=True, capture_output=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def without_protection(folder: Path) -> None:
    """The same space, protecting nothing."""
    for file in (folder / "specs").rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^ *protect: .*\n", "", text, flags=re.M), encoding="utf-8")


def retitle(folder: Path) -> None:
    """Other words on every dashboard."""
    for file in (folder / "specs").rglob("dashboards/*.yaml"):
        file.write_text(file.read_text(encoding="utf-8") + "description: Another\n", encoding="utf-8")


def steps(folder: Path, page: str, reader: str) -> Iterator[tuple[str, float]]:
    """The commands that people run, one after the other, and what each costs."""
    yield "apply", spent(folder, "apply", "--yes")
    yield "plan", spent(folder, "plan")
    retitle(folder)
    yield "apply, other words", spent(folder, "apply", "--yes")
    yield "apply, other environment", spent(folder, "--env", "pr-1", "apply", "--yes")
    yield "promote", spent(folder, "promote", "pr-1", "--yes")
    yield "rollback", spent(folder, "rollback", "--yes")
    yield "render", spent(folder, "render", "--out", "out")
    yield "export pdf", spent(folder, "export", page, "--as", reader, "--format", "pdf", "--out", "page.pdf")


def of_case(make: str, page: str, reader: str) -> None:
    """A space with and without protection, command by command."""
    with tempfile.TemporaryDirectory() as place:
        guarded, free = Path(place) / "guarded", Path(place) / "free"
        for folder in (guarded, free):
            subprocess.run(["sh", make, str(folder)], check=True)
        without_protection(free)
        costs = [dict(steps(folder, page, reader)) for folder in (guarded, free)]
    print(f"{'':28}{'protected':>10}{'without':>10}{'more':>8}   processor seconds")
    for name, cost in costs[0].items():
        print(f"{name:28}{cost:>10.2f}{costs[1][name]:>10.2f}{cost - costs[1][name]:>8.2f}")


def of_large(units: int) -> None:
    """The first apply of a large space, with and without protection, and what it shows."""
    with tempfile.TemporaryDirectory() as place:
        costs = []
        for name in ("guarded", "free"):
            make(Path(place) / name, units, PAGES)
            if name == "free":
                without_protection(Path(place) / name)
            costs.append(spent(Path(place) / name, "apply", "--yes"))
        told = [withheld_of(Path(place) / "guarded", f"dashboard/p/page{i}") for i in range(PAGES)]
    gone, every = (sum(counts) for counts in zip(*told, strict=True))
    print(f"{units:,} people, {PAGES} pages: {costs[0]:.1f} s, without protection {costs[1]:.1f} s")
    print(f"{every - gone:,} of {every:,} values shown ({100 * (every - gone) / every:.0f}%)")


def withheld_of(folder: Path, page: str) -> tuple[int, int]:
    """How many values of a page are withheld, of how many, with those under its filters."""
    command = [ENGINE, "show", page, "--format", "json"]
    shown = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)
    tiles = shown["withheld"]
    gone = sum(tile["withheld"] + tile["filtered"]["withheld"] for tile in tiles)
    return gone, sum(tile["of"] + tile["filtered"]["of"] for tile in tiles)


def small_tables(rng: random.Random) -> tuple[numpy.ndarray, list[PublishedTable]]:
    """People of two columns, counted by both, by each and in all."""
    names = list(itertools.product(range(2), range(3)))
    counts = [rng.choice([2, 3, rng.randrange(5, 40), rng.randrange(5, 40)]) for _ in names]
    owner = numpy.arange(sum(counts))
    tables = []
    for kept in ((0, 1), (0,), (1,), ()):
        found: dict[Key, int] = {}
        labels = [found.setdefault(tuple(name[i] for i in kept), len(found)) for name in names]
        tables.append(PublishedTable(tuple(found), numpy.repeat(numpy.asarray(labels), counts)))
    return owner, tables


def fewest(owner: numpy.ndarray, tables: Sequence[PublishedTable]) -> int | None:
    """The least number of cells to withhold, found by trying; None beyond ADDED_MOST more than small ones."""
    small = withheld([owner], tables, Rules(RULES.floor, complementary=False)).tables
    places = [(i, key) for i, table in enumerate(tables) for key in table.keys if key not in small[i]]
    for more in range(ADDED_MOST + 1):
        for added in itertools.combinations(places, more):
            hidden = [small[i] | {key for j, key in added if j == i} for i in range(len(tables))]
            if not given_away([owner], tables, hidden, RULES):
                return sum(map(len, hidden))
    return None


def of_small(cases: int) -> None:
    """How many cells are withheld beyond the fewest."""
    ours = best = tried = 0
    for seed in range(cases):
        owner, tables = small_tables(random.Random(seed))
        least = fewest(owner, tables)
        if least is not None:
            ours += sum(map(len, withheld([owner], tables, RULES).tables))
            best, tried = best + least, tried + 1
    share = 100 * (ours - best) / max(best, 1)
    print(
        f"{tried} tables of 2 x 3 with margins: {ours} cells withheld, {best} are enough: {share:.0f}% more"
    )


def main() -> None:
    """Print the figures that are asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--case", help="a script that makes a space in the folder it is given")
    asked.add_argument("--page", default="dashboard/clinical/activity")
    asked.add_argument("--reader", default="david")
    asked.add_argument("--optimum", type=int, default=0, help="how many small tables to compare")
    asked.add_argument("--large", type=int, default=0, help="how many people the large space has")
    given = asked.parse_args()
    if given.case:
        of_case(given.case, given.page, given.reader)
    if given.large:
        of_large(given.large)
    if given.optimum:
        of_small(given.optimum)


if __name__ == "__main__":
    main()
