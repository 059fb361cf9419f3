"""Real files give the numbers that others computed from them."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.collect.making import Space

EHPAD = "ehpad/cnsa-export-prix-ehpad-2018-brute.csv"


def _numbers(path: Path, column: str, summed: bool) -> tuple[int, int, Decimal | None]:
    total = f'sum("{column}")' if summed else "null"
    with duckdb.connect() as con:
        row = con.execute(
            f'select count("{column}"), count(distinct "{column}"), {total} from read_parquet(\'{path}\')'
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


@pytest.mark.parametrize("declared", [False, True], ids=["detected", "declared"])
def test_care_home_prices_have_the_reference_numbers(declared: bool, shared_data: Path, space: Space) -> None:
    space.data("ehpad.csv", (shared_data / EHPAD).read_bytes())
    with (shared_data / "ehpad/reference.csv").open(encoding="utf-8") as file:
        reference = list(csv.DictReader(file))
    columns, form = [], {}
    if declared:
        types = {r["column"]: "decimal(12,2)" if r["sum"] else "string" for r in reference}
        columns = [{"name": name, "type": word} for name, word in types.items()]
        form = {"type": "csv", "delimiter": ";", "encoding": "cp1252", "decimal": ",", "nulls": [r"\N"]}
    found = space.read("ehpad.csv", columns, **form)
    assert found.staged.rows == 6723
    for expected in reference:
        not_null, distinct, total = _numbers(found.staged.path, expected["column"], bool(expected["sum"]))
        assert (not_null, distinct) == (int(expected["not_null"]), int(expected["distinct"])), expected
        assert not expected["sum"] or total == Decimal(expected["sum"]), expected


def test_what_is_detected_of_care_home_prices(shared_data: Path, space: Space) -> None:
    space.data("ehpad.csv", (shared_data / EHPAD).read_bytes())
    found = space.read("ehpad.csv")
    assert found.words["finessEt"] == "string"
    assert found.words["TARIF_GIR_12"] == "decimal(18,2)"
    assert found.words["DATE_MAJ"] == "timestamp"
    assert found.rows[0][20] == "prise en charge du blanchissage des sous-vêtements des résidants"


def test_accredited_doctors_have_the_reference_numbers(shared_data: Path, space: Space) -> None:
    space.data("has.csv", (shared_data / "has/medecins-accredites-has.csv").read_bytes())
    found = space.read(
        "has.csv",
        [
            {"name": "num_rpps", "from": "N° RPPS", "type": "string"},
            {"name": "specialite", "from": "Spécialité", "type": "string"},
            {"name": "date_accreditation", "from": "Date accréditation", "type": "date", "parse": "%d/%m/%Y"},
            {"name": "oa", "from": "OA", "type": "string"},
            {"name": "departement", "from": "Département", "type": "string"},
        ],
    )
    assert found.staged.rows == 9658
    with (shared_data / "has/reference_doctors_by_oa.csv").open(encoding="utf-8") as file:
        reference = {r["OA"]: (int(r["rows"]), int(r["distinct_doctors"])) for r in csv.DictReader(file)}
    counted = {
        oa: (len(rows), len({row[0] for row in rows}))
        for oa in {row[3] for row in found.rows}
        if (rows := [row for row in found.rows if row[3] == oa])
    }
    assert len(reference) == 15
    assert counted == reference
    assert any("\u00a0" in row[1] for row in found.rows), "no-break spaces are kept"
    assert {"2A", "2B"} <= {row[4] for row in found.rows}


def test_all_patient_tables_load_as_csv_reads_them(shared_data: Path, space: Space) -> None:
    for path in sorted((shared_data / "synthea").glob("*.csv")):
        space.data(path.name, path.read_bytes())
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        columns = [{"name": name, "type": "string"} for name in header]
        found = space.read(path.name, columns)
        assert list(found.rows) == [tuple(cell or None for cell in row) for row in rows], path.name


def test_patient_tables_get_sensible_types(shared_data: Path, space: Space) -> None:
    for name in ("encounters", "patients", "immunizations"):
        space.data(f"{name}.csv", (shared_data / f"synthea/{name}.csv").read_bytes())
    encounters = space.read("encounters.csv")
    assert encounters.words["START"] == "timestamptz"
    assert encounters.words["TOTAL_CLAIM_COST"] == "decimal(18,2)"
    assert encounters.rows[0][1] == "2021-08-23 03:26:50+00"
    assert space.read("patients.csv").words["BIRTHDATE"] == "date"
    assert space.read("immunizations.csv").words["CODE"] == "string", "codes keep their leading zeros"
