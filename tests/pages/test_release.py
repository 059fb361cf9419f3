"""What a page shows is what SQL says, before and under filters, and nothing below the floor."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from engine.core.pages.release import Mark, PageModel, PageTile
from tests.pages.harness import model
from tests.pages.spaces import dashboard, doctors

HEAD = "title: Page\ndatasets: {by_oa: by_oa, by_both: by_both, doctors: doctors}\n"
FLOOR = "protect: {unit: id, min_cell: 5}\n"
FEW = "id,oa,dep,month,age,active\n" + "".join(
    f"d{i},{oa},75,2024-01-01,40,true\n"
    for i, oa in enumerate(["AFU"] * 20 + ["CFAR"] * 9 + ["ORL"] * 2 + ["SFC"] * 6)
)


def tiles(
    folder: Path, rows: str, head: str = HEAD, floor: str = "", data: str | None = None
) -> list[PageTile]:
    """The tiles of a page over the shared space."""
    return list(made(folder, rows, head, floor, data).sheets[0].tiles)


def made(folder: Path, rows: str, head: str = HEAD, floor: str = "", data: str | None = None) -> PageModel:
    """The values of a page over the shared space."""
    files = dashboard(head + rows, data=data)
    files["projects/p/datasets/doctors.yaml"] += floor
    return model(folder, files, "page")


def rows_of(tile: PageTile) -> list[tuple[object, ...]]:
    """What a tile shows at first."""
    return list(tile.answers["main"].grid.rows)


def written() -> list[dict[str, str]]:
    """The rows of the shared data file, read without the engine."""
    return list(csv.DictReader(io.StringIO(doctors())))


def test_a_tile_is_aggregated_at_what_it_shows(tmp_path: Path) -> None:
    number, chart, table = tiles(
        tmp_path,
        "rows: [[{kpi: count(distinct id), from: doctors}, {chart: bar, from: doctors, x: count(*), y: dep, "
        "sort: -x}, {table: by_both, columns: [dep, 'sum(years)'], sort: dep}]]",
    )
    assert rows_of(number) == [(len({r["id"] for r in written()}),)]
    counts = {dep: sum(r["dep"] == dep for r in written()) for dep in ("2A", "75", "92")}
    assert rows_of(chart) == sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    years = {dep: sum(int(r["age"]) for r in written() if r["dep"] == dep) for dep in counts}
    assert rows_of(table) == sorted(years.items())


def test_a_default_filter_holds_before_anyone_filters(tmp_path: Path) -> None:
    page = made(
        tmp_path,
        "filters: [{name: month, from: doctors, column: month, type: date_range, default: last_3_months}]\n"
        "as_of: doctors.month\nrows: [[{kpi: count(*), from: doctors}]]",
    )
    assert page.as_of == "2024-12-01"
    assert page.sheets[0].controls[0].default == ("2024-09-02", "2024-12-01")
    assert rows_of(page.sheets[0].tiles[0]) == [(sum(r["month"] >= "2024-09-02" for r in written()),)]


def test_each_gives_one_sheet_a_value_with_the_value_in_conditions_and_texts(tmp_path: Path) -> None:
    head = (
        "title: 'Doctors in {{ dep }}'\neach: {dep: [2A, '75']}\n"
        "datasets: {doctors: {dataset: doctors, where: \"dep = '{{ dep }}'\"}}\n"
    )
    page = made(tmp_path, "rows: [[{kpi: count(*), from: doctors}]]", head)
    counted = [rows_of(sheet.tiles[0])[0][0] for sheet in page.sheets]
    assert counted == [sum(r["dep"] == dep for r in written()) for dep in ("2A", "75")]
    assert [sheet.parameters for sheet in page.sheets] == [{"dep": "2A"}, {"dep": "75"}]


def test_a_small_cell_is_withheld_with_another_that_hides_it(tmp_path: Path) -> None:
    chart, number = tiles(
        tmp_path,
        "rows: [[{chart: bar, from: by_oa, x: doctors, y: oa}, {kpi: sum(doctors), from: by_oa}]]",
        floor=FLOOR, data=FEW,
    )  # fmt: skip
    assert rows_of(chart) == [("AFU", 20), ("CFAR", 9), ("SFC", Mark.SUPPRESSED)], "ORL are two"
    assert rows_of(number) == [(Mark.UNAVAILABLE,)]


def test_every_number_of_a_withheld_row_is_and_its_names_are_if_it_is_small(tmp_path: Path) -> None:
    (table,) = tiles(tmp_path, "rows: [[{table: by_oa, sort: oa}]]", floor=FLOOR, data=FEW)
    small = {row[0]: row[1:] for row in rows_of(table)}
    assert "ORL" not in small
    assert small["SFC"] == (Mark.SUPPRESSED,) * 3
    assert small["AFU"] == (20, 20, 40.0)


def test_cells_of_a_dataset_that_holds_its_units_count_distinct_ones(tmp_path: Path) -> None:
    twice = FEW + "".join(line + "\n" for line in FEW.splitlines() if ",ORL," in line) * 3
    chart, mean = tiles(
        tmp_path,
        "rows: [[{chart: bar, from: doctors, x: count(*), y: oa}, {chart: bar, from: doctors, x: avg(age), "
        "y: oa}]]",
        floor=FLOOR, data=twice,
    )  # fmt: skip
    for tile in (chart, mean):
        assert dict(rows_of(tile)).keys() == {"AFU", "CFAR", "SFC"}, "the two have eight rows"
        assert dict(rows_of(tile))["SFC"] is Mark.SUPPRESSED


def test_a_filtered_cell_below_the_floor_is_not_in_the_page(tmp_path: Path) -> None:
    number = tiles(
        tmp_path,
        "filters: [{name: oa, from: by_oa, column: oa, type: multiselect}]\n"
        "rows: [[{kpi: sum(doctors), from: by_oa}]]",
        floor=FLOOR, data=FEW,
    )[0]  # fmt: skip
    cube = number.answers["main"].cube
    assert cube is not None
    assert [p[0] for p in cube.points] == ["AFU", "CFAR", Mark.SUPPRESSED, "SFC"]
    assert cube.leaves[0].values == (20, 9, Mark.SUPPRESSED, Mark.SUPPRESSED)
    assert "ORL" not in repr(number)


def test_the_same_space_gives_the_same_values(tmp_path: Path) -> None:
    rows = "rows: [[{chart: line, from: doctors, x: month, y: median(age), series: oa}]]"
    assert made(tmp_path / "a", rows).sheets == made(tmp_path / "b", rows).sheets


def test_a_title_follows_what_the_chart_shows(tmp_path: Path) -> None:
    (chart,) = tiles(
        tmp_path,
        "rows: [[{chart: line, from: by_oa, x: oa, y: doctors, title: Plain, title_if: ["
        "{when: last(doctors) < 0, title: Never}, {when: 'max(doctors) > 3 and delta(doctors) < 99', title: "
        "Yes}]}]]",
    )
    assert chart.headline == 1
