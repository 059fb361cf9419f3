"""Rounding, dominance, zeros and order: what else keeps single people out of numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.pages.release import Cell, Mark, PageModel
from tests.pages.harness import messages, model
from tests.pages.spaces import dashboard

STEPS = """
kind: Dataflow
name: more
inputs: {doctors: doctors}
steps:
  - output: ages
    sql: select oa, count(*) as doctors, sum(age) as years from doctors group by oa
  - output: ranked
    sql: select oa, count(*) as doctors from doctors group by oa order by doctors desc
  - output: joined
    sql: select a.oa, sum(a.age) as years from doctors a join doctors b using (id) group by 1
  - output: nameless
    sql: select oa, age from doctors
  - output: crossed
    sql: select a.oa, sum(b.age) as years from doctors a join doctors b on a.dep = b.dep group by 1
"""
S = Mark.SUPPRESSED


def people(*groups: tuple[str, int, int], dep: str = "75") -> str:
    """One row for each person of (body, how many, age)."""
    rows = [(oa, age) for oa, n, age in groups for _ in range(n)]
    lines = "".join(f"d{i},{oa},{dep},2024-01-01,{age},true\n" for i, (oa, age) in enumerate(rows))
    return "id,oa,dep,month,age,active\n" + lines


NAMES = ("by_oa", "by_both", "doctors", "ages", "ranked", "joined", "nameless")


def files(
    rows: str, protect: str, data: str | None, head: str = "", names: tuple[str, ...] = NAMES
) -> dict[str, str]:
    """A space with one page over the shared datasets and the steps above."""
    named = ", ".join(f"{name}: {name}" for name in names)
    made = dashboard(f"title: T\ndatasets: {{{named}}}\n{head}rows: [[{rows}]]", data=data)
    made["projects/p/datasets/doctors.yaml"] += f"protect: {{unit: id, min_cell: 5, {protect}}}\n"
    made["projects/p/dataflows/more.yaml"] = STEPS
    return made


def page(folder: Path, rows: str, protect: str = "", data: str | None = None, head: str = "") -> PageModel:
    """The values of that page."""
    return model(folder, files(rows, protect, data, head), "page")


def shown(page: PageModel, tile: int = 0, answer: str = "main") -> list[tuple[Cell, ...]]:
    """The rows of a tile."""
    return list(page.sheets[0].tiles[tile].answers[answer].grid.rows)


ODD = people(("A", 23, 40), ("B", 12, 40), ("C", 31, 40))
"""Rounded to fives they are 25, 10 and 30, and all of them (66) are 65."""


def test_counts_of_people_are_rounded_wherever_they_are_shown(tmp_path: Path) -> None:
    made = page(
        tmp_path,
        "{chart: bar, from: doctors, x: count(*), y: oa}, "
        "{chart: bar, from: doctors, x: count(distinct id), y: oa}, "
        "{chart: bar, from: by_oa, x: doctors, y: oa}, {kpi: count(*), from: doctors}, "
        "{table: by_oa, columns: [oa, doctors, rows]}",
        "round: 5", ODD,
    )  # fmt: skip
    rounded = [("A", 25), ("B", 10), ("C", 30)]
    assert shown(made, 0) == shown(made, 1) == shown(made, 2) == rounded
    assert shown(made, 3) == [(65,)]
    assert shown(made, 4) == [(oa, n, n) for oa, n in rounded]


def test_filters_add_the_rounded_cells(tmp_path: Path) -> None:
    head = "filters: [{name: oa, from: doctors, column: oa, type: multiselect}]\n"
    made = page(tmp_path, "{kpi: count(*), from: doctors}", "round: 5", ODD, head)
    cube = made.sheets[0].tiles[0].answers["main"].cube
    assert cube is not None
    assert cube.leaves[0].values == (25, 10, 30)


def test_means_and_shares_are_made_of_rounded_counts(tmp_path: Path) -> None:
    made = page(
        tmp_path,
        "{kpi: avg(age), from: doctors}, "
        "{kpi: \"count(*) filter (where oa = 'A') / count(*)\", from: doctors}",
        "round: 5", ODD,
    )  # fmt: skip
    assert shown(made, 0) == [(66 * 40 / 65,)]
    assert shown(made, 1) == [(25 / 65,)]


def test_a_sum_that_one_person_dominates_is_withheld(tmp_path: Path) -> None:
    data = people(("A", 9, 10), ("A", 1, 900), ("B", 10, 40), ("C", 12, 40), ("D", 40, 40))
    tile = (
        "{table: doctors, columns: [oa, 'sum(age)', 'avg(age)']}, {table: ages}, {table: joined}, "
        "{table: nameless, columns: [oa, 'sum(age)', 'avg(age)']}"
    )
    free = page(tmp_path / "free", tile, data=data)
    assert shown(free)[0] == ("A", 990, 99.0)
    held = page(tmp_path / "held", tile, "dominance: 0.8", data)
    for k, of_d in enumerate(((1600, 40.0), (40, 1600), (1600,), (1600, 40.0))):
        marks = {row[0]: row[1:] for row in shown(held, k)}
        assert set(marks["A"]) == {S}
        assert marks["D"] == of_d


def test_several_people_may_dominate_together(tmp_path: Path) -> None:
    data = people(("A", 9, 10), ("A", 2, 300), ("B", 10, 40), ("C", 12, 40), ("D", 40, 40))
    tile = "{table: doctors, columns: [oa, 'sum(age)']}"
    one = page(tmp_path / "one", tile, "dominance: {n: 1, k: 0.8}", data)
    assert shown(one)[0] == ("A", 690)
    two = page(tmp_path / "two", tile, "dominance: {n: 2, k: 0.8}", data)
    assert shown(two)[0] == ("A", S)


def test_where_contributors_cannot_be_followed_nothing_is_shown(tmp_path: Path) -> None:
    told = messages(
        tmp_path, files("{table: crossed}", "dominance: 0.8", None, names=("crossed", "nameless", "joined"))
    )
    assert [line.split(": ", 1)[1].split(",")[0] for line in told if "error[" in line] == [
        "error[not-followed]: dataset/p/crossed is made of people's data"
    ]
    assert not [line for line in told if "nameless" in line or "joined" in line], "dominance is applied there"


def test_empty_cells_look_like_small_ones_where_zeros_are_withheld(tmp_path: Path) -> None:
    data = people(("A", 20, 40), ("B", 30, 40), ("C", 30, 40), ("D", 2, 40))
    data += people(("A", 40, 40), ("C", 3, 40), dep="92").split("\n", 1)[1].replace("d", "e")
    pivot = "{table: doctors, pivot: {rows: [oa], columns: [dep], values: ['count(*)']}}"
    head = "filters: [{name: dep, from: doctors, column: dep, type: select}]\n"
    open_ = page(tmp_path / "open", pivot, "zeros: show", data, head)
    assert ("B", "92") not in {row[:2] for row in shown(open_)}
    held = page(tmp_path / "held", pivot, "zeros: suppress", data, head)
    cells = {row[:2]: row[2] for row in shown(held)}
    assert cells["B", "92"] is cells["C", "92"] is S
    assert cells.keys() == {(oa, dep) for oa in "ABC" for dep in ("75", "92")}, "of D nobody is told"
    cube = held.sheets[0].tiles[0].answers["main"].cube
    assert cube is not None
    assert len(cube.leaves[0]) == len(cube.groups) * len(cube.points)
    assert {group[0] for group in cube.groups} == set("ABC")


@pytest.mark.parametrize(
    ("protect", "told"),
    [
        ("unit: id, min_cell: 5, round: 1", ':41: error[wrong-value]: "round" must be at least 2'),
        ("unit: id, min_cell: 5, dominance: 80", ':45: error[wrong-value]: "dominance" must be less than 1'),
        ("unit: id, min_cell: 5, dominance: {k: 1.5}", ':49: error[wrong-value]: "k" must be less than 1'),
        ("unit: id, min_cell: 5, zeros: hide", ':41: error[wrong-value]: "zeros" must be show or suppress'),
        (
            "unit: id, round: 5",
            ":28: error[protect-floor]: `round` protects nothing without a smallest cell.",
        ),
        ("min_cell: 5, dominance: 0.8", ":35: error[protect-unit]: Nobody is known to contribute to a sum."),
    ],
)
def test_senseless_protection_is_told_with_its_place(tmp_path: Path, protect: str, told: str) -> None:
    made = files("{kpi: count(*), from: doctors}", "", None)
    text = made["projects/p/datasets/doctors.yaml"]
    made["projects/p/datasets/doctors.yaml"] = text[: text.index("protect:")] + f"protect: {{{protect}}}\n"
    (found,) = [line for line in messages(tmp_path, made) if "doctors.yaml" in line]
    assert f"doctors.yaml:13{told}" in found


MANY = people(("A", 50, 40), ("B", 20, 40), ("C", 12, 40), ("D", 9, 40), ("E", 3, 40), ("F", 30, 40))


@pytest.mark.parametrize(
    "tile",
    [
        "{chart: bar, from: doctors, x: count(*), y: oa, sort: -x}",
        "{chart: bar, from: ranked, x: doctors, y: oa, sort: -x}",
        "{table: ranked}",
        "{table: ranked, sort: doctors}",
    ],
)
def test_a_withheld_number_is_not_at_the_place_that_its_size_gives(tmp_path: Path, tile: str) -> None:
    head = "filters: [{name: oa, from: doctors, column: oa, type: select}]\n"
    made = page(tmp_path, tile, data=MANY, head=head)
    rows = shown(made)
    assert sorted(row[0] for row in rows) == ["A", "B", "C", "D", "F"], "E is of three"
    gone = [row[0] for row in rows if row[1] is S]
    assert gone == sorted(gone) != []
    assert [row[0] for row in rows][-len(gone) :] == gone
    cube = made.sheets[0].tiles[0].answers["main"].cube
    assert cube is not None
    assert "E" not in {group[0] for group in cube.groups}
    if cube.rows:
        assert [group[0] for group in cube.groups][-len(gone) :] == gone


@pytest.mark.parametrize(
    ("tile", "head"),
    [
        ("{table: by_oa}", "filters: [{name: n, from: by_oa, column: doctors, type: slider}]\n"),
        ("{table: by_oa, columns: [doctors, count(*)]}", ""),
        ("{chart: histogram, from: by_oa, x: doctors}", ""),
        ('{kpi: "count(*) filter (where doctors < 5)", from: by_oa}', ""),
    ],
)
def test_a_withheld_number_may_not_choose_or_name(tmp_path: Path, tile: str, head: str) -> None:
    told = messages(tmp_path, files(tile, "", None, head))
    assert any("choice-of-counts" in line and "page.yaml" in line for line in told), told


def test_a_condition_on_a_number_that_may_be_withheld_is_refused(tmp_path: Path) -> None:
    made = files("{table: by_oa}", "", None)
    text = made["projects/p/dashboards/page.yaml"]
    made["projects/p/dashboards/page.yaml"] = text.replace(
        "{by_oa: by_oa", '{by_oa: {dataset: by_oa, where: "doctors > 10"}'
    )
    told = messages(tmp_path, made)
    assert any("choice-of-counts" in line and "a condition on it would tell it" in line for line in told)


@pytest.mark.parametrize(
    ("aggregate", "dataset", "code"),
    [
        ("min(age)", "doctors", "not-disclosable"),
        ("max(age)", "doctors", "not-disclosable"),
        ("max(age) - avg(age)", "doctors", "not-disclosable"),
        ("min(doctors)", "by_oa", "extreme-of-few"),
        ("max(doctors)", "by_oa", "extreme-of-few"),
        ("median(doctors)", "by_oa", "extreme-of-few"),
    ],
)
def test_lowest_and_highest_are_refused_under_a_floor(
    tmp_path: Path, aggregate: str, dataset: str, code: str
) -> None:
    told = messages(tmp_path, files(f"{{kpi: {aggregate}, from: {dataset}}}", "", None))
    assert any(code in line and "page.yaml" in line for line in told), told


def test_a_median_is_of_ten_times_the_floor_and_lists_nobody(tmp_path: Path) -> None:
    data = people(("A", 30, 40), ("A", 31, 42), ("B", 40, 50), ("C", 70, 61))
    head = "filters: [{name: oa, from: doctors, column: oa, type: select}]\n"
    made = page(
        tmp_path, "{table: doctors, columns: [oa, median(age)]}, {kpi: median(age), from: doctors}",
        data=data, head=head,
    )  # fmt: skip
    assert {row[0]: row[1] for row in shown(made) if row[0] != "B"} == {"A": 42, "C": 61}
    assert 50 not in {row[1] for row in shown(made)}
    assert shown(made, 1) == [(50,)]
    cube = made.sheets[0].tiles[1].answers["main"].cube
    assert cube is not None
    assert [(leaf.kind, leaf.values, leaf.counts) for leaf in cube.leaves] == [("lone", (42, S, 61), ())]


def test_a_percentage_a_mean_and_a_difference_of_a_withheld_cell_are_not_there(tmp_path: Path) -> None:
    data = people(("A", 30, 40), ("B", 3, 40), ("C", 9, 40), ("D", 50, 40))
    made = page(
        tmp_path,
        "{table: doctors, columns: [oa, 'avg(age)', 'count(*) / 100.0', 'sum(age) - count(*)']}, "
        "{kpi: sum(doctors), from: by_oa, compare: {to: 'sum(rows)'}}, {kpi: sum(doctors) / 2, from: by_oa}",
        data=data,
    )  # fmt: skip
    marks = {row[0]: row[1:] for row in shown(made)}
    assert "B" not in marks
    assert marks["C"] == (S, S, S)
    assert marks["A"] == (40.0, 0.3, 30 * 40 - 30)
    for tile, answer in ((1, "main"), (1, "compare"), (2, "main")):
        assert shown(made, tile, answer) == [(Mark.UNAVAILABLE,)]
