"""What was published earlier stays known: later pages withhold more, so that both together tell nothing."""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.core.pages.release import Mark
from engine.usecases.apply import Drawn, Occasion, apply
from engine.usecases.plan import make_plan
from engine.usecases.published import load_published
from engine.wiring import Workspace
from renderers.terminal.progress import TerminalProgress
from tests.conftest import Cli
from tests.pages.harness import PEOPLE, PROJECT, drawn
from tests.pages.spaces import DATASET, FLOW
from tests.pages.test_releases import PLACES, people

NOW = "2026-11-24"
TODAY = datetime.date.fromisoformat(NOW)
FLOOR = "protect: {unit: id, min_cell: 5}\n"
BODIES = "{chart: bar, from: by_oa, x: doctors, y: oa}"
TOTAL = "{kpi: sum(doctors), from: total}"
FIRST = (("Alpha", "75", 30), ("Beta", "75", 3), ("Gamma", "75", 9), ("Delta", "75", 50))


def write(folder: Path, data: str, *, floor: str = FLOOR, **pages: str) -> Cli:
    """A space over these people with these dashboards, each one tile."""
    texts = {
        "specs/space.yaml": "kind: Space\nname: test\ntitle: Test\n",
        "specs/people.yaml": PEOPLE.replace('0.0.0.0/0, "::/0"', "127.0.0.0/8"),
        "specs/projects/p/project.yaml": PROJECT,
        "specs/doctors.csv": data,
        "specs/projects/p/datasets/doctors.yaml": DATASET + floor,
        "specs/projects/p/dataflows/counts.yaml": FLOW + PLACES,
    }
    for name, tile in pages.items():
        source = re.findall(r"(?:from|table): (\w+)", tile)[0]
        head = f"kind: Dashboard\nname: {name}\ntitle: {name}\ndatasets: {{{source}: {source}}}\n"
        texts[f"specs/projects/p/dashboards/{name}.yaml"] = f"{head}rows: [[{tile}]]\n"
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Cli(folder)


def applied(folder: Path, data: str, *, floor: str = FLOOR, **pages: str) -> dict[str, dict[Any, Any]]:
    """The space applied; each page's tile as first column to last."""
    write(folder, data, floor=floor, **pages)
    bench = Workspace(folder / "specs")
    planned = make_plan(bench, TODAY)
    assert planned.plan is not None, planned.diagnostics
    assert planned.desired is not None
    occasion = Occasion("ana", TODAY, lambda: datetime.datetime(2026, 11, 24, 6, tzinfo=datetime.UTC))
    outcome = apply(
        bench,
        planned.plan,
        planned.desired,
        occasion,
        lambda *_: Drawn({"index.html": b""}),
        TerminalProgress(),
    )
    assert outcome.record.status == "succeeded", outcome.diagnostics
    return {name: tile(folder, name) for name in pages}


def tile(folder: Path, page: str, reader: str | None = None) -> dict[Any, Any]:
    """What a page's tile shows as published."""
    bench = Workspace(folder / "specs")
    published = load_published(bench.state, "prod")
    made = drawn(bench, published, page, reader)
    return {row[0]: row[-1] for row in made.sheets[0].tiles[0].answers["main"].grid.rows}


def withheld(cells: dict[Any, Any]) -> list[Any]:
    """The names of withheld cells."""
    return [name for name, n in cells.items() if isinstance(n, Mark)]


PEOPLE_BEFORE = people(("A", "75", 30), ("B", "75", 3), ("C", "75", 9), ("C", "92", 40), ("D", "92", 50))
PLACES_TOO = "{table: by_both, columns: [oa, dep, doctors]}"


EVERYBODY = "{kpi: count(*), from: doctors}"
PARIS = "{kpi: \"count(*) filter (where dep = '75')\", from: doctors}"


def test_a_page_of_a_later_release_keeps_what_an_earlier_one_withheld(tmp_path: Path) -> None:
    first = applied(tmp_path, PEOPLE_BEFORE, bodies=BODIES)["bodies"]
    assert withheld(first) == ["A"]
    assert "B" not in first
    later = applied(tmp_path, PEOPLE_BEFORE, bodies=BODIES, places=PLACES_TOO)
    assert later["bodies"] == first
    assert "A" in withheld(later["places"]), "A has one place only"


@pytest.mark.parametrize(("first", "second"), [("every", "paris"), ("paris", "every")])
def test_of_two_numbers_that_differ_by_a_few_the_earlier_one_stays(
    tmp_path: Path, first: str, second: str
) -> None:
    """In one release either could be the one that is withheld."""
    tiles = {"every": EVERYBODY, "paris": PARIS}
    data = people(("A", "75", 30), ("A", "92", 2))
    shown = applied(tmp_path, data, **{first: tiles[first]})[first]
    assert withheld(shown) == []
    later = applied(tmp_path, data, **tiles)
    assert later[first] == shown
    assert withheld(later[second]) == [Mark.SUPPRESSED]


def test_what_was_shown_counts_also_when_its_page_is_gone(tmp_path: Path) -> None:
    """Paris is gone, but known, as is the number of all: B without Paris, three people, is not shown now.

    Neither is A: without it B would be what is left of all.
    """
    data = people(("A", "75", 30), ("A", "92", 40), ("B", "75", 20), ("B", "92", 3))
    paris = "{chart: bar, from: paris, x: doctors, y: oa}"
    alone = applied(tmp_path / "alone", data, bodies=BODIES)["bodies"]
    assert alone == {"A": 70, "B": 23}
    before = applied(tmp_path / "two", data, paris=paris)["paris"]
    assert before == {"A": 30, "B": 20}
    (tmp_path / "two/specs/projects/p/dashboards/paris.yaml").unlink()
    assert withheld(applied(tmp_path / "two", data, bodies=BODIES)["bodies"]) == ["A", "B"]


def test_a_few_who_come_do_not_bring_a_withheld_cell_out(tmp_path: Path) -> None:
    applied(tmp_path, PEOPLE_BEFORE, bodies=BODIES)
    more = PEOPLE_BEFORE + "".join(f"x{i},B,75,2024-01-01,40,true\n" for i in range(3))
    assert withheld(applied(tmp_path, more, bodies=BODIES)["bodies"]) == ["A", "B"]
    enough = PEOPLE_BEFORE + "".join(f"x{i},{oa},75,2024-01-01,40,true\n" for oa in "AB" for i in range(5))
    many = enough.replace("x", "A", 5).replace("x", "B")
    assert withheld(applied(tmp_path, many, bodies=BODIES)["bodies"]) == []


def test_a_floor_that_is_raised_holds_also_of_what_was_shown_and_at_every_apply_after(tmp_path: Path) -> None:
    data = people(("A", "75", 30), ("B", "75", 7), ("C", "75", 40))
    assert applied(tmp_path, data, bodies=BODIES)["bodies"] == {"A": 30, "B": 7, "C": 40}
    raised = FLOOR.replace("min_cell: 5", "min_cell: 10")
    for title in ("once", "twice"):
        page = f"{BODIES[:-1]}, title: {title}}}"
        told = applied(tmp_path, data, floor=raised, bodies=page)["bodies"]
        assert "B" not in told, title


def test_drawing_again_and_going_back_show_what_was_shown(tmp_path: Path) -> None:
    first = applied(tmp_path, PEOPLE_BEFORE, bodies=BODIES)["bodies"]
    cli = Cli(tmp_path)
    for out in ("one", "two"):
        cli.ok("render", "--out", out)
    page = "projects/p/dashboards/bodies.html"
    assert (tmp_path / "one" / page).read_bytes() == (tmp_path / "two" / page).read_bytes()
    assert "No changes" in cli.ok("plan", "--now", NOW)
    applied(tmp_path, people(("A", "75", 30), ("B", "75", 40)), bodies=BODIES)
    cli.ok("rollback", "--yes")
    assert tile(tmp_path, "bodies") == first


def test_the_ledger_is_in_the_state_without_a_name_or_a_number_of_the_data(tmp_path: Path) -> None:
    data = people(("Alpha", "75", 1234), ("Beta", "75", 3), ("Gamma", "75", 4321))
    applied(tmp_path, data, bodies=BODIES)
    store = tmp_path / ".dataspace"
    with sqlite3.connect(store / "state.db") as connection:
        rows = connection.execute("select dataset, audience, run, cells from releases").fetchall()
        dump = "\n".join(connection.iterdump())
    assert [row[:3] for row in rows] == [("dataset/p/doctors", "", "prod-00001")]
    assert not re.search(r"Alpha|Beta|\b1234\b|\b4321\b", dump)
    text = (store / "releases" / f"{rows[0][3]}.json").read_text()
    kept = json.loads(text)
    of_bodies = [t for t in kept["tables"] if t["dataset"] == "dataset/p/by_oa" and t["figure"] == "rows"]
    (bodies,) = (t for t in of_bodies if not t["where"])
    assert (bodies["where"], bodies["keys"]) == ([], ['"oa"'])
    assert [key for key, _ in bodies["shown"]] == [["Gamma"]]
    hidden = [row[:3] for row in bodies["withheld"]]
    assert hidden == [[["Alpha"], 1234, True], [["Beta"], 3, False]], "of Beta nobody is told"
    told = [unit for _, parts in bodies["shown"] for part in parts for unit in kept["parts"][part]]
    assert len(set(told)) == 4321
    assert not re.search(r'"d\d{1,4}"', text), "people are named by a hash"


def test_pages_are_not_drawn_when_nobody_knows_what_was_shown(tmp_path: Path) -> None:
    applied(tmp_path, PEOPLE_BEFORE, bodies=BODIES)
    (kept,) = (tmp_path / ".dataspace/releases").iterdir()
    kept.write_text("[]")
    told = write(tmp_path, PEOPLE_BEFORE, bodies=BODIES, total=TOTAL)("apply", "--yes", "--now", NOW)
    assert told.returncode == 1
    assert "which figures were shown earlier" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("reader", ["ana", None])
def test_what_is_drawn_for_a_person_is_in_the_ledger_too(tmp_path: Path, reader: str | None) -> None:
    policy = "kind: DataPolicy\nname: paris\ndatasets: [p/doctors]\nto: ana\nrows: \"dep = '75'\"\n"
    cli = write(tmp_path, PEOPLE_BEFORE, tile="{chart: bar, from: doctors, x: count(*), y: oa}")
    (tmp_path / "specs/policy.yaml").write_text(policy)
    cli.ok("apply", "--yes", "--now", NOW)
    cli.ok("render", "--out", "out", "--now", NOW, *(["--as", reader] if reader else []))
    with sqlite3.connect(tmp_path / ".dataspace/state.db") as connection:
        audiences = [row[0] for row in connection.execute("select audience from releases order by number")]
    assert audiences[0] == ""
    assert [bool(audience) for audience in audiences[1:]] == ([True] if reader else [])
