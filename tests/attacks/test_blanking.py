"""A release is planned: a new page does not take from other pages what they already show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.attacks import canaries, reading
from tests.attacks.attempts import APPLY, alerts
from tests.attacks.spaces import NOW, dataset, page, write
from tests.conftest import Cli

pytestmark = pytest.mark.slow

BARS = "{chart: bar, from: people, x: count(*), y: region, title: Regions}"
SHOWN = {
    "all": "{kpi: count(*), from: people, title: All}",
    "regions": BARS,
    "sexes": "{table: people, columns: [sex, count(*), avg(income)], title: Sexes}",
    "diseases": "{table: people, columns: [disease, sum(income)], title: Diseases}",
}
GREEDY = {
    "slider-on-income": "filters: [{name: f, from: people, column: income, type: slider}]\n",
    "slider-on-birth": "filters: [{name: f, from: people, column: birth, type: date_range}]\n",
    "select-of-towns": "filters: [{name: f, from: people, column: town, type: select}]\n",
    "days": "filters: [{name: f, from: people, column: visited, type: date_range}]\n",
    "all-of-them": "filters: [{name: f, from: people, column: town, type: select}, "
    "{name: g, from: people, column: region, type: select}, {name: h, from: people, column: sex, type: "
    "select}, "
    "{name: i, from: people, column: disease, type: select}]\n",
}
WITHHELD = re.compile("suppressed|withheld|not available")
TILES = [BARS, "{table: people, columns: [region, disease, count(*)], title: Both}"]


def shown(folder: Path) -> dict[str, list[list[str]]]:
    """What the first pages show: the tables, or the text of those without."""
    found = {}
    for name in SHOWN:
        tiles = reading.tiles(canaries.drawn(folder, f"p-{name}"))
        tables = [row for tile in tiles for table in tile.tables for row in table]
        found[name] = tables or [[tile.text] for tile in tiles]
    return found


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The space as it is before somebody adds a page."""
    folder = tmp_path_factory.mktemp("before")
    files: dict[str, str] = {}
    for name, tile in SHOWN.items():
        files |= page(f"p-{name}", [tile])
    done = write(folder, files)(*APPLY)
    assert done.returncode == 0, done.stderr[-800:]
    assert not any(WITHHELD.search(str(rows)) for rows in shown(folder).values())
    return folder


def copied(before: Path, folder: Path) -> Cli:
    """A private copy of the space."""
    shutil.copytree(before, folder, symlinks=True)
    return Cli(folder)


@pytest.mark.parametrize("name", list(GREEDY))
def test_a_new_page_takes_nothing_from_those_that_are_shown(before: Path, tmp_path: Path, name: str) -> None:
    cli = copied(before, tmp_path / "copy")
    expected = shown(cli.folder)
    write(cli.folder, page("greedy", TILES, more=GREEDY[name]))
    planned, done = cli("plan", "--now", NOW), cli(*APPLY)
    if done.returncode == 0:
        assert shown(cli.folder) == expected
        if any(WITHHELD.search(tile.text) for tile in reading.tiles(canaries.drawn(cli.folder, "greedy"))):
            said = planned.stderr + planned.stdout + done.stderr
            assert re.search(r"dashboards/greedy\.yaml:\d+:\d+: warning\[(?!share-above)", said), (
                "nobody said what it will not show"
            )
    else:
        assert re.search(r"dashboards/greedy\.yaml:\d+:\d+: error", done.stderr + done.stdout), done.stderr[
            -500:
        ]
        (cli.folder / "specs/projects/p/dashboards/greedy.yaml").unlink()
    (cli.folder / "specs/projects/p/dashboards/greedy.yaml").unlink(missing_ok=True)
    assert cli(*APPLY).returncode == 0
    assert shown(cli.folder) == expected, "after it is gone"


def test_an_environment_takes_nothing_from_prod(before: Path, tmp_path: Path) -> None:
    cli = copied(before, tmp_path / "copy")
    expected = shown(cli.folder)
    write(cli.folder, page("greedy", TILES, more=GREEDY["slider-on-income"]))
    cli("--env", "pr-42", *APPLY)
    (cli.folder / "specs/projects/p/dashboards/greedy.yaml").unlink()
    title = (
        (cli.folder / "specs/projects/p/dashboards/p-all.yaml")
        .read_text()
        .replace("title: Page", "title: New")
    )
    (cli.folder / "specs/projects/p/dashboards/p-all.yaml").write_text(title)
    assert cli(*APPLY).returncode == 0
    assert {**shown(cli.folder), "all": []} == {**expected, "all": []}
    assert "58" in shown(cli.folder)["all"][-1][0]


NOBODY = {"counts": "count(people) > 3", "sums": "sum(people.income) > 3", "least": "min(people.income) < 3"}


@pytest.mark.parametrize("name", list(NOBODY))
def test_an_alert_over_no_rows_without_protection_has_no_data(tmp_path: Path, name: str) -> None:
    alert = f"alerts: [{{name: low, when: '{NOBODY[name]}', message: Low}}]\n"
    files = page("empty", ["{kpi: count(*), from: people, title: All}"], more=alert)
    cli = write(tmp_path, {**files, "projects/p/datasets/people.yaml": dataset(protect=None)}, people=())
    assert cli(*APPLY).returncode == 0
    expected = {"quiet", "no-data"} if name == "counts" else {"no-data"}
    assert alerts(cli)["dashboard/p/empty"] in expected
