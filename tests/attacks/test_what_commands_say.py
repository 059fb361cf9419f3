"""Every command's own words, and what it writes for readers without a right to rows, tell of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks import canaries, reading
from tests.attacks.attempts import APPLY
from tests.attacks.spaces import NOW, PEOPLE, dataset, entry, flow, page, write
from tests.conftest import Cli

pytestmark = pytest.mark.slow
CHECKS = """
checks:
  - {sql: "select * from {self} where income > 900000", name: rich, severity: warn}
  - {unique: [sex], severity: warn}
  - {accepted_values: {column: town, values: [Aber, Brom, Carn]}, severity: warn}
"""
PAGE = page(
    "page",
    [
        "{kpi: count(*), from: people, title: All}",
        "{table: people, columns: [region, disease, count(*), avg(income)], title: Both}",
        "{chart: bar, from: people, x: sum(income), y: disease, title: Sums}",
        "{table: cells, title: Cells, download: csv}",
    ],
    datasets="{people: people, cells: cells}",
)
STEPS = flow("steps", {"cells": "select region, disease, count(*) as n from people group by region, disease"})
FILES = {**PAGE, **STEPS, **entry("cells"), "projects/p/datasets/people.yaml": dataset(more=CHECKS)}
COMMANDS = {
    "validate": "validate --format json",
    "plan": f"plan --format json --now {NOW}",
    "plan-in-markdown": f"plan --format markdown --now {NOW}",
    "log": "log --format json",
    "log-of-the-run": "log prod-00001 --format json",
    "log-in-words": "log prod-00001",
    "runs": "runs --format json",
    "list": "list --format json",
    "show-people": "show dataset/p/people --format json",
    "show-people-in-words": "show dataset/p/people",
    "show-cells": "show dataset/p/cells",
    "show-page": "show dashboard/p/page",
    "show-entry": "show catalog/people",
    "lineage": "lineage dataset/p/cells",
    "can": "can vera preview dataset/p/people",
    "who-can": "who-can preview dataset/p/people",
    "preview": "preview dataset/p/people --as vera",
    "preview-the-entry": "preview catalog/people --as cato",
    "preview-cells": "preview catalog/cells --as cato",
    "export": "export dataset/p/people --as vera --out people.csv",
    "export-the-entry": "export catalog/people --as cato --out people.csv",
    "why": "why dataset/p/people",
    "env": "env list",
    "gc": f"gc --dry-run --now {NOW}",
    "apply-again": " ".join(APPLY),
    "run": f"run dataset/p/people --now {NOW}",
}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cli, str]:
    """The space, applied, and what apply said."""
    cli = write(tmp_path_factory.mktemp("commands"), FILES)
    done = cli(*APPLY)
    assert done.returncode == 0, done.stderr[-800:]
    return cli, done.stdout + done.stderr


def test_apply_tells_nobody(applied: tuple[Cli, str]) -> None:
    cli, said = applied
    assert canaries.told({"apply": said, **canaries.published(cli.folder)}) == {}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_tells_nobody(applied: tuple[Cli, str], name: str) -> None:
    cli, _ = applied
    done = cli(*COMMANDS[name].split())
    assert "Traceback" not in done.stderr
    assert canaries.in_text(done.stdout + done.stderr) == []
    assert not (cli.folder / "people.csv").exists()


QUERIES = (
    "select * from p.people",
    "select * from catalog.people",
    "select max(income) from p.people",
    "select count(*) from p.people where disease = 'HIV' and region = 'R1'",
    "select * from read_csv('specs/people.csv')",
    "select * from p.cells",
    "select * from duckdb_tables()",
    "select * from glob('.dataspace/**')",
    "select content from read_text('specs/people.csv')",
    "from (describe p.people)",
)


@pytest.mark.parametrize("reader", ["vera", "cato"])
@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_of_a_reader_without_a_right_to_rows_tells_nobody(
    applied: tuple[Cli, str], sql: str, reader: str
) -> None:
    cli, _ = applied
    done = cli("query", sql, "--as", reader, "--format", "json")
    assert done.returncode != 0
    assert canaries.in_text(done.stdout + done.stderr) == []


@pytest.mark.parametrize("reader", ["vera", "cato"])
def test_what_is_written_for_a_reader_tells_nobody(applied: tuple[Cli, str], reader: str) -> None:
    cli, _ = applied
    out = f"drawn-{reader}"
    cli.ok("render", "--as", reader, "--out", out, "--now", NOW)
    texts = canaries.exported(cli, "page", reader)
    texts |= {str(path): path.read_text("utf-8", "replace") for path in files_of(cli.folder / out)}
    assert canaries.told(texts) == {}
    assert small_rows(texts) == []


def files_of(folder: Path) -> list[Path]:
    """What was drawn, without the runtime of charts."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "vega.js"]


def small_rows(texts: dict[str, str]) -> list[str]:
    """Lines of tables and exports that say a number of people with HIV in a region."""
    pages = [text for where, text in texts.items() if where.endswith(".html")]
    rows = [row for text in pages for tile in reading.tiles(text) for table in tile.tables for row in table]
    rows += [
        line.split(",")
        for where, text in texts.items()
        if where.endswith(".csv")
        for line in text.splitlines()
    ]
    mine = [row for row in rows if "HIV" in row and {"R1", "R3", "R4"} & set(row)]
    return [str(row) for row in mine if any(cell.isdigit() for cell in row)]


def test_the_number_of_people_is_told(applied: tuple[Cli, str]) -> None:
    """What may be told is: else nothing above would prove anything."""
    cli, _ = applied
    assert float(len(PEOPLE)) in reading.numbers(canaries.drawn(cli.folder, "page"))
