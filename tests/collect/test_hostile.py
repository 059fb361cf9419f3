"""Every hostile file is read right or refused with a clear error that names the line; never half-read."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest

from engine.diagnostics import DataMistake
from tests.collect.making import Row, Space

REFUSED = {
    "bom_only.csv": ("empty-file", 1),
    "bomb_200MB_of_zeros.csv.gz": ("too-big", 1),
    "deep_nested_5000.json": ("too-deep", 1),
    "dup_headers.csv": ("duplicate-header", 1),
    "empty.csv": ("empty-file", 1),
    "mixed_encoding.csv": ("mixed-encoding", 3),
    "mixed_eol.csv": ("ragged-row", 3),
    "nested_structs.ndjson": ("bad-json", 6),
    "nul_bytes.csv": ("nul-byte", 2),
    "only_newlines.csv": ("empty-file", 1),
    "ragged.csv": ("ragged-row", 2),
    "unclosed_quote.csv": ("unclosed-quote", 2),
    "wide_20000_cols.csv": ("too-wide", 1),
}
"""File to the code and line of its refusal, when nothing about it is declared."""

READ = {
    "dates_mixed.csv": "utf-8",
    "decimal_comma_thousands.csv": "utf-8",
    "double_encoded_utf8.csv": "utf-8",
    "formula_and_markup_injection.csv": "utf-8",
    "header_only.csv": "utf-8",
    "hostile_headers.csv": "utf-8",
    "ints_beyond.csv": "utf-8",
    "leading_zero_codes.csv": "utf-8",
    "sep_directive_excel.csv": "utf-8",
    "type_drift_after_30000.csv": "utf-8",
    "utf16le_bom_semicolon.csv": "utf-16",
}
"""File to its encoding: these are read whole, cell by cell as Python's csv reads them."""


def _cells(path: Path, encoding: str) -> tuple[list[str], list[Row]]:
    """The file as Python's csv module reads it; a lone carriage return is put back where it cannot."""
    text = path.read_bytes().decode(encoding)
    directive = text.startswith("sep=")
    if directive:
        text = text.partition("\n")[2]
    delimiter = ";" if ";" in text.partition("\n")[0] and '"' not in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text.replace("\r=", "\x1a="), newline=""), delimiter=delimiter)
    header, *rows = [[cell.replace("\x1a", "\r") for cell in row] for row in reader if row]
    return header, [tuple(cell or None for cell in row) for row in rows]


@pytest.fixture(scope="module")
def handmade(shared_data: Path) -> Path:
    return shared_data / "hostile" / "handmade"


def test_every_hostile_file_has_its_verdict_here(handmade: Path) -> None:
    assert {path.name for path in handmade.iterdir()} == REFUSED.keys() | READ.keys()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_hostile_file_is_refused_with_the_line_and_without_its_values(
    name: str, handmade: Path, space: Space
) -> None:
    space.data(name, (handmade / name).read_bytes())
    began = time.monotonic()
    refusal = space.refused(name)
    assert (refusal.code, refusal.first.span.line) == REFUSED[name]
    assert refusal.first.span.file.endswith(f"data/{name}")
    assert refusal.first.summary.endswith(".")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", sorted(READ))
def test_a_hostile_file_is_read_cell_by_cell_as_csv_reads_it(name: str, handmade: Path, space: Space) -> None:
    space.data(name, (handmade / name).read_bytes())
    header, rows = _cells(handmade / name, READ[name])
    columns = [{"name": f"column_{n}", "from": column, "type": "string"} for n, column in enumerate(header)]
    assert list(space.read(name, columns).rows) == rows


@pytest.mark.parametrize("name", sorted(READ))
def test_inferring_reads_the_same_rows_under_the_files_own_names(
    name: str, handmade: Path, space: Space
) -> None:
    space.data(name, (handmade / name).read_bytes())
    header, rows = _cells(handmade / name, READ[name])
    found = space.read(name)
    assert [column.name for column in found.columns] == header
    assert len(found.rows) == len(rows)
    textual = [n for n, column in enumerate(found.columns) if column.type == "string"]
    assert [[row[n] for n in textual] for row in found.rows] == [[row[n] for n in textual] for row in rows]


@pytest.mark.parametrize("name", sorted(REFUSED | READ))
def test_inspecting_and_collecting_judge_alike(name: str, handmade: Path, space: Space) -> None:
    space.data(name, (handmade / name).read_bytes())
    node = space.node(name)
    if name in READ:
        assert space.collector.inspect(node).columns == space.collect(node).columns
        return
    with pytest.raises(DataMistake) as mistake:
        space.collector.inspect(node)
    assert mistake.value.diagnostics == space.refusal(node).diagnostics


def test_declared_columns_are_taken_from_a_file_of_20000(handmade: Path, space: Space) -> None:
    space.data("wide.csv", (handmade / "wide_20000_cols.csv").read_bytes())
    columns = [{"name": "last", "from": "c19999", "type": "integer"}, {"name": "c0", "type": "string"}]
    assert space.read("wide.csv", columns).rows == ((1, "1"),)


def test_a_column_of_a_file_with_duplicate_headers_is_read_unless_it_is_the_duplicate(
    handmade: Path, space: Space
) -> None:
    space.data("dup.csv", (handmade / "dup_headers.csv").read_bytes())
    assert space.read("dup.csv", [{"name": "id", "type": "integer"}]).rows == ((1,), (2,))
    assert space.read("dup.csv", [{"name": "n", "from": "Name", "type": "string"}]).rows == (("c",), ("h",))
    refusal = space.refused("dup.csv", [{"name": "name", "type": "string"}])
    assert (refusal.code, refusal.place) == ("duplicate-header", ("d.yaml", 6, 9))


@pytest.mark.parametrize(
    ("name", "column", "word", "line"),
    [
        ("type_drift_after_30000.csv", "v", "integer", 30002),
        ("ints_beyond.csv", "v", "integer", 3),
        ("ints_beyond.csv", "v", "decimal(38,0)", 4),
        ("dates_mixed.csv", "d", "date", 2),
        ("decimal_comma_thousands.csv", "montant", "decimal(12,2)", 2),
        ("decimal_comma_thousands.csv", "libelle", "float", 2),
    ],
)
def test_the_first_cell_that_is_not_of_the_declared_type_is_named(
    name: str, column: str, word: str, line: int, handmade: Path, space: Space
) -> None:
    space.data(name, (handmade / name).read_bytes())
    refusal = space.refused(name, [{"name": column, "type": word}])
    assert refusal.code == "bad-value"
    assert refusal.place[:2] == (name, line)
    assert f'column "{column}"' in refusal.first.summary
    assert word in refusal.first.summary


def test_a_date_format_names_the_first_date_that_is_written_otherwise(handmade: Path, space: Space) -> None:
    space.data("dates.csv", (handmade / "dates_mixed.csv").read_bytes())
    refusal = space.refused("dates.csv", [{"name": "d", "type": "date", "parse": "%d/%m/%Y"}])
    assert refusal.place == ("dates.csv", 3, 1)


def test_french_thousands_are_read_up_to_the_first_number_of_another_kind(
    handmade: Path, space: Space
) -> None:
    name = "decimal_comma_thousands.csv"
    lines = (handmade / name).read_bytes().splitlines(keepends=True)
    columns = [{"name": "montant", "type": "decimal(12,2)"}]
    space.data(name, b"".join(lines[:4]))
    found = space.read(name, columns, thousands=" ").rows
    assert [str(row[0]) for row in found] == ["1234.56"] * 3
    space.data(name, b"".join(lines))
    assert space.refused(name, columns, thousands=" ").place == (name, 5, 3)
