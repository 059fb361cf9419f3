"""All pages over the same people are one release: what one shows never gives away what another withholds."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.pages.release import Cell, Mark, PageModel
from engine.diagnostics import DataMistake
from tests.pages.harness import drawn, publish
from tests.pages.spaces import FLOW, dashboard

FLOOR = "protect: {unit: id, min_cell: 5}\n"
PLACES = """
  - output: paris
    sql: select oa, count(*) as doctors from (select * from doctors where dep = '75') group by 1
  - output: total
    sql: select count(distinct id) as doctors from doctors
  - output: yearly
    sql: select year(month) as year, count(*) as doctors from doctors group by all
"""


def people(*groups: tuple[str, str, int]) -> str:
    """One row for each person: body, place, and how many there are of them."""
    rows = [f"{oa},{dep}" for oa, dep, n in groups for _ in range(n)]
    lines = "".join(f"d{i},{row},2024-01-01,40,true\n" for i, row in enumerate(rows))
    return "id,oa,dep,month,age,active\n" + lines


def models(folder: Path, pages: dict[str, str], data: str, floor: str = FLOOR) -> dict[str, PageModel]:
    """The operator's pages of a space with these dashboards over the shared datasets and some more."""
    files: dict[str, str] = {}
    for name, text in pages.items():
        files |= dashboard(text, name, data)
    files["projects/p/datasets/doctors.yaml"] += floor
    files["projects/p/dataflows/counts.yaml"] = FLOW + PLACES
    bench, published = publish(folder, files)
    return {name: drawn(bench, published, name) for name in pages}


def shown(model: PageModel, tile: int = 0) -> dict[Cell, Cell]:
    """The rows of a tile: its first column to its last."""
    rows = list(model.sheets[0].tiles)[tile].answers["main"].grid.rows
    return {row[0]: row[-1] for row in rows}


def page(*rows: str) -> str:
    """A page over every dataset, a tile a row."""
    names = "by_oa: by_oa, by_both: by_both, doctors: doctors, paris: paris, total: total, yearly: yearly"
    return f"title: T\ndatasets: {{{names}}}\nrows:\n" + "".join(f"  - [{row}]\n" for row in rows)


BY_OA = "{chart: bar, from: by_oa, x: doctors, y: oa}"
BY_BOTH = "{table: by_both, columns: [oa, dep, doctors]}"
FEW = people(("A", "75", 30), ("B", "75", 3), ("C", "75", 9), ("C", "92", 40), ("D", "92", 50))


def test_a_body_withheld_on_one_page_is_not_the_sum_of_places_shown_on_another(tmp_path: Path) -> None:
    """B has 3; whatever hides it among the bodies must not come back as a sum of places, nor by the total."""
    found = models(
        tmp_path, {"one": page(BY_OA, "{kpi: sum(doctors), from: total}"), "two": page(BY_BOTH)}, FEW
    )
    bodies = shown(found["one"])
    places = {row[:2]: row[2] for row in found["two"].sheets[0].tiles[0].answers["main"].grid.rows}
    assert "B" not in bodies
    assert ("B", "75") not in places
    for body in "ACD":
        parts = [n for (oa, _), n in places.items() if oa == body]
        known = all(isinstance(n, int) for n in parts)
        assert not (bodies[body] is Mark.SUPPRESSED and known), body
    assert (
        Mark.SUPPRESSED in bodies.values()
        or found["one"].sheets[0].tiles[1].answers["main"].single is Mark.UNAVAILABLE
    )


def test_a_cell_has_one_mark_on_every_page_it_is_on(tmp_path: Path) -> None:
    """The same doctors counted by a dataflow and by a tile itself."""
    found = models(
        tmp_path,
        {"one": page(BY_OA), "two": page("{chart: bar, from: doctors, x: count(distinct id), y: oa}")},
        FEW,
    )
    assert shown(found["one"]) == shown(found["two"])


def test_two_numbers_that_differ_by_a_few_people_are_not_both_shown(tmp_path: Path) -> None:
    data = people(("A", "75", 30), ("A", "92", 2))
    numbers = (
        "{kpi: count(*), from: doctors}",
        "{kpi: \"count(*) filter (where dep = '75')\", from: doctors}",
    )
    together = models(tmp_path / "both", {"one": page(*numbers)}, data)["one"]
    singles = [tile.answers["main"].single for tile in together.sheets[0].tiles]
    assert singles.count(Mark.SUPPRESSED) == 1
    for k, number in enumerate(numbers):
        alone = models(tmp_path / str(k), {"one": page(number)}, data)["one"]
        assert alone.sheets[0].tiles[0].answers["main"].single == (32, 30)[k]


def test_a_number_about_few_people_is_withheld_in_a_large_group(tmp_path: Path) -> None:
    data = people(("A", "75", 30), ("A", "92", 2), ("B", "92", 50), ("C", "92", 60))
    (found,) = models(
        tmp_path,
        {"one": page("{chart: bar, from: doctors, x: \"count(*) filter (where dep = '92')\", y: oa}")},
        data,
    ).values()
    assert shown(found) == {"A": Mark.SUPPRESSED, "B": Mark.SUPPRESSED, "C": 60}


def test_a_condition_and_a_group_of_a_dataflow_are_followed_to_the_people(tmp_path: Path) -> None:
    """Paris alone, all places, and their difference: 3 people of B elsewhere."""
    data = people(("A", "75", 30), ("A", "92", 40), ("B", "75", 20), ("B", "92", 3))
    tiles = (BY_OA, "{chart: bar, from: paris, x: doctors, y: oa}")
    found = models(tmp_path, {"one": page(*tiles)}, data)["one"]
    assert shown(found) == {"A": 70, "B": 23}
    assert shown(found, 1)["B"] is Mark.SUPPRESSED


def test_a_number_that_groups_rows_names_them(tmp_path: Path) -> None:
    """A year is a number, and still says which cell a row is: it is not withheld with the counts.

    The year of two is withheld with its name.
    """
    early = [f"e{y}-{i},A,75,{y}-01-01,40,true\n" for y, n in ((2018, 2), (2019, 9)) for i in range(n)]
    data = people(("A", "75", 30)) + "".join(early)
    (found,) = models(tmp_path, {"one": page("{table: yearly}")}, data).values()
    assert shown(found) == {2019: Mark.SUPPRESSED, 2024: 30}


def test_a_page_that_raises_the_floor_raises_it_for_the_same_people_everywhere(tmp_path: Path) -> None:
    data = people(("A", "75", 30), ("B", "75", 7), ("C", "75", 40))
    alone = models(tmp_path / "alone", {"one": page(BY_OA)}, data)
    assert shown(alone["one"])["B"] == 7
    found = models(tmp_path / "both", {"one": page(BY_OA), "two": page(BY_OA) + "min_cell: 10\n"}, data)
    assert "B" not in shown(found["one"])
    assert shown(found["one"]) == shown(found["two"])


def test_people_with_more_rows_than_are_audited_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.usecases.release_audit.MOST_ROWS", 100)
    with pytest.raises(DataMistake) as refused:
        models(tmp_path, {"one": page("{table: doctors, columns: [oa, dep, count(*)]}")}, FEW)
    told = str(refused.value.diagnostics[0])
    assert "cut-too-finely" in told
    assert "has over 100 rows of people's data, too many to audit" in told
