"""A crawl of the demo's filter lattice: each number is what SQL says of the published cells."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engine.addresses import Address
from engine.usecases.published import load_published
from engine.wiring import Workspace
from tests.conftest import Cli
from tests.pages.test_browser import opened

pytestmark = pytest.mark.browser

WITHHELD = "withheld: fewer than 5"
SUM = (
    "CASE WHEN count(*) > 1 AND count(doctors) < count(*) THEN 'not available' "
    f"WHEN count(doctors) < count(*) THEN '{WITHHELD}' "
    "ELSE format('{:,}', sum(doctors)::bigint) END"
)
"""A sum of published cells: one withheld is the mark itself, and a sum with one in it is not there."""
SUMS = """
kind: Dashboard
name: sums
title: Sums
datasets: {by_status: doctors_by_status}
filters: [{name: oa, label: Accredited body, from: by_status, column: oa, type: multiselect}]
rows:
  - - {chart: bar, from: by_status, x: "sum(doctors)", y: statut, title: Doctors by status}
  - - {table: by_status, columns: [oa, statut, doctors], title: Doctors by body and status, page_size: 20}
"""
Choice = tuple[str, ...]
Texts = list[tuple[str, ...]]


def lattice(bodies: tuple[str, ...]) -> Iterator[Choice]:
    """No choice, every single one, and samples of the pairs and of all but one."""
    yield ()
    yield from ((body,) for body in bodies)
    yield from itertools.islice(itertools.combinations(bodies, 2), 0, None, 3)
    yield from itertools.islice(itertools.combinations(bodies, len(bodies) - 1), 0, None, 4)


def rows(tab: Any, title: str) -> Texts:
    """The rows of a tile's table, those on other pages too."""
    read = "nodes => nodes.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    region = tab.get_by_role("region", name=title, exact=True)
    found = [tuple(row) for row in region.locator("tbody tr").evaluate_all(read)]
    more = region.get_by_role("button", name="Next")
    while more.count() and more.is_visible() and more.is_enabled():
        more.click()
        found += [tuple(row) for row in region.locator("tbody tr").evaluate_all(read)]
    return sorted(set(found))


def number(tab: Any, title: str) -> str:
    """The number of a tile."""
    return str(tab.get_by_role("region", name=title, exact=True).locator(".db-value").inner_text())


def choose(tab: Any, bodies: Choice) -> None:
    """Choose these, and wait until the address says so."""
    tab.get_by_label("Accredited body", exact=True).select_option(list(bodies))
    tab.wait_for_function(
        "n => new URLSearchParams(location.search).getAll('oa').length === n", arg=len(bodies)
    )


def slice_of(folder: Path, dataset: Address) -> Path:
    """The stored version that the pages are made from."""
    published = load_published(Workspace(folder / "specs").state, "prod")
    return folder / ".dataspace" / published.applied.versions[dataset].path


def published_cells(
    database: duckdb.DuckDBPyConnection, shown: Texts, width: int, version: Path
) -> Mapping[str, int]:
    """Table `cells`: what the page shows without a filter, withheld numbers empty; checked against the data.

    Every number shown is that of the version, and every withheld one has a row there.
    """
    names = ["oa", "statut"][:width]
    database.execute(f"CREATE TABLE cells ({', '.join(f'{n} text' for n in names)}, doctors bigint)")
    for row in shown:
        told = None if row[width] == WITHHELD else int(row[width].replace(",", ""))
        database.execute(f"INSERT INTO cells VALUES ({', '.join('?' * (width + 1))})", [*row[:width], told])
    wrong = database.execute(
        f"SELECT count(*) FILTER (v.doctors IS DISTINCT FROM c.doctors AND c.doctors IS NOT NULL), "
        f"count(*) FILTER (c.oa IS NULL OR v.oa IS NULL), count(*) FILTER (c.doctors IS NULL) "
        f"FROM cells c FULL JOIN '{version}' v USING ({', '.join(names)})"
    ).fetchone()
    assert wrong is not None
    assert wrong[:2] == (0, 0)
    return {"withheld": wrong[2]}


def shared_cells(database: duckdb.DuckDBPyConnection, tab: Any, folder: Path) -> Choice:
    """Table `cells` of doctors by body and status; answers the bodies."""
    version = slice_of(folder, Address("dataset", "open-data", "doctors_by_status"))
    known = published_cells(database, rows(tab, "Doctors by body and status"), 2, version)
    assert known["withheld"] > 0, "the crawl would prove little"
    return tuple(r[0] for r in database.execute("SELECT DISTINCT oa FROM cells ORDER BY 1").fetchall())


def summed(database: duckdb.DuckDBPyConnection, choice: Choice) -> Texts:
    """What SQL says of each status when these bodies are chosen; none is all."""
    where = "oa = ANY(?)" if choice else "len(?) = 0"
    by_status = f"SELECT statut, {SUM} FROM cells WHERE {where} GROUP BY 1"
    return sorted(database.execute(by_status, [list(choice)]).fetchall())


def listed(database: duckdb.DuckDBPyConnection, choice: Choice) -> Texts:
    """The cells of these bodies as the page writes them; none is all."""
    where = "oa = ANY(?)" if choice else "len(?) = 0"
    said = f"coalesce(format('{{:,}}', doctors), '{WITHHELD}')"
    text = f"SELECT oa, statut, {said} FROM cells WHERE {where}"
    return sorted(database.execute(text, [list(choice)]).fetchall())


def test_every_number_of_the_shared_page_under_every_choice_is_what_sql_says(
    chromium: Any, applied_demo_folder: Path
) -> None:
    page = applied_demo_folder / ".dataspace/site/prod/projects/open-data/dashboards/accreditation.html"
    database = duckdb.connect()
    with opened(chromium, page.resolve().as_uri()) as tab:
        bodies = shared_cells(database, tab, applied_demo_folder)
        total = number(tab, "Accreditations since 2023")
        doctors = slice_of(applied_demo_folder, Address("dataset", "open-data", "medecins_accredites_has"))
        whole = f"SELECT statut, format('{{:,}}', count(DISTINCT num_rpps)) FROM '{doctors}' GROUP BY 1"
        everybody = sorted(database.execute(whole).fetchall())
        for choice in ((), *((body,) for body in bodies)):
            choose(tab, choice)
            expected = summed(database, choice) if choice else everybody
            assert rows(tab, "Most doctors practise in private") == expected, choice
            assert rows(tab, "Doctors by body and status") == listed(database, choice), choice
            assert number(tab, "Accreditations since 2023") == total, "no filter acts on it"


def test_sums_of_cells_under_several_choices_are_what_sql_says(chromium: Any, applied_copy: Cli) -> None:
    page = applied_copy.folder / "specs/projects/open-data/dashboards/sums.yaml"
    page.write_text(SUMS, encoding="utf-8")
    applied_copy.ok("apply", "--yes")
    database = duckdb.connect()
    site = applied_copy.folder / ".dataspace/site/prod/projects/open-data/dashboards/sums.html"
    with opened(chromium, site.resolve().as_uri()) as tab:
        bodies = shared_cells(database, tab, applied_copy.folder)
        seen = set()
        for choice in lattice(bodies):
            choose(tab, choice)
            expected = summed(database, choice)
            assert rows(tab, "Doctors by status") == expected, choice
            assert rows(tab, "Doctors by body and status") == listed(database, choice), choice
            seen |= {text for _, text in expected}
    assert "not available" in seen


def test_every_number_of_the_studios_page_under_every_choice_is_what_sql_says(
    chromium: Any, applied_demo_folder: Path
) -> None:
    page = applied_demo_folder / ".dataspace/site/prod/projects/studio-romain/dashboards/doctors.html"
    database = duckdb.connect()
    with opened(chromium, page.resolve().as_uri()) as tab:
        version = slice_of(applied_demo_folder, Address("dataset", "studio-romain", "doctors_by_oa"))
        published_cells(database, [r[:2] for r in rows(tab, "Every accredited body")], 1, version)
        bodies = tuple(r[0] for r in database.execute("SELECT DISTINCT oa FROM cells ORDER BY 1").fetchall())
        for choice in lattice(bodies):
            choose(tab, choice)
            where = "oa = ANY(?)" if choice else "len(?) = 0"
            (expected,) = database.execute(
                f"SELECT {SUM} FROM cells WHERE {where}", [list(choice)]
            ).fetchall()
            assert number(tab, "Doctors") == expected[0], choice
            by_body = f"SELECT oa, {SUM} FROM cells WHERE {where} GROUP BY 1"
            bars = sorted(database.execute(by_body, [list(choice)]).fetchall())
            assert rows(tab, "Doctors by OA") == bars, choice
            assert [r[:2] for r in rows(tab, "Every accredited body")] == bars, choice
