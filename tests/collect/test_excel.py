"""Excel workbooks."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from tests.collect.making import Space

ROWS: list[list[Any]] = [
    ["Code", "Nom", "Jour", "Moment", "Prix", "Nombre", "Actif"],
    ["01", "Hélène", datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 8, 5), 12.5, 3, True],
    ["2A", None, datetime.date(2024, 3, 1), datetime.datetime(2024, 3, 1), 7, -1, False],
]


def _workbook(rows: Sequence[Sequence[Any]], **sheets: Sequence[Sequence[Any]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, more in sheets.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    return book


def _bytes(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_sheet_keeps_the_types_of_its_cells(space: Space) -> None:
    space.data("f.xlsx", _bytes(_workbook(ROWS)))
    found = space.read("f.xlsx")
    assert found.words == {
        "Code": "string",
        "Nom": "string",
        "Jour": "date",
        "Moment": "timestamp",
        "Prix": "decimal(18,1)",
        "Nombre": "integer",
        "Actif": "boolean",
    }
    assert found.rows == (
        ("01", "Hélène", *ROWS[1][2:4], Decimal("12.5"), 3, True),
        ("2A", None, *ROWS[2][2:4], Decimal("7.0"), -1, False),
    )


def test_declared_types_hold_for_cells_of_text_and_of_dates(space: Space) -> None:
    space.data(
        "f.xlsx", _bytes(_workbook([["d", "n"], [datetime.date(2024, 2, 29), 75], ["01/03/2024", "2A"]]))
    )
    columns = [{"name": "d", "type": "date", "parse": "%d/%m/%Y"}, {"name": "n", "type": "string"}]
    assert space.read("f.xlsx", columns).rows == (
        (datetime.date(2024, 2, 29), "75"),
        (datetime.date(2024, 3, 1), "2A"),
    )


def test_the_sheet_is_declared_when_there_are_several(space: Space) -> None:
    space.data("f.xlsx", _bytes(_workbook([["a"], [1]], Second=[["a"], [2]])))
    assert space.refused("f.xlsx").code == "which-sheet"
    assert space.read("f.xlsx", sheet="Second").rows == ((2,),)
    refusal = space.refused("f.xlsx", sheet="Secnd")
    assert (refusal.code, refusal.first.detail) == ("bad-format", 'Did you mean "Second"?')


def test_rows_above_the_header_are_skipped_merged_or_not_and_empty_ones_are_none(space: Space) -> None:
    book = _workbook([["A title", None], [], ["a", "b"], [1, "x"], [], [2, "y"], [None, None]])
    book.active.merge_cells("A1:B1")
    space.data("f.xlsx", _bytes(book))
    assert space.read("f.xlsx", skip=1).rows == ((1, "x"), (2, "y"))


def test_a_wrong_cell_is_placed_by_row_and_column(space: Space) -> None:
    space.data("f.xlsx", _bytes(_workbook([["a", "b"], [1, 2], [], [1, "secret"]])))
    refusal = space.refused("f.xlsx", [{"name": "b", "type": "integer"}])
    assert (refusal.code, refusal.place) == ("bad-value", ("f.xlsx", 4, 2))
    assert "secret" not in str(refusal.diagnostics)


def test_merged_cells_among_the_records_are_refused(space: Space) -> None:
    book = _workbook([["a", "b"], [1, "x"], [None, "y"]])
    book.active.merge_cells("A2:A3")
    space.data("f.xlsx", _bytes(book))
    refusal = space.refused("f.xlsx")
    assert (refusal.code, refusal.place) == ("merged-cells", ("f.xlsx", 2, 1))


def test_a_formula_without_a_saved_value_is_refused_and_with_one_is_read(space: Space) -> None:
    content = _bytes(_workbook([["a", "b"], [1, "=A2+1"]]))
    space.data("f.xlsx", content)
    refusal = space.refused("f.xlsx")
    assert (refusal.code, refusal.place) == ("uncomputed-formula", ("f.xlsx", 2, 1))
    space.data("f.xlsx", _replaced(content, b"<v />", b"<v>2</v>", b"<v></v>"))
    assert space.read("f.xlsx").rows == ((1, 2),)


def _replaced(content: bytes, old: bytes, new: bytes, other: bytes) -> bytes:
    """The workbook with a part of its first sheet replaced, as a spreadsheet program would save it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for item in before.infolist():
            data = before.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                assert old in data or other in data
                data = data.replace(old, new).replace(other, new)
            after.writestr(item, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("rows", "code", "place"),
    [
        ([["a", "b"], [1, 2, 3]], "ragged-row", (2, 3)),
        ([["a", None, "b"], [1, 2, 3]], "unnamed-column", (1, 1)),
        ([["a", "a"], [1, 2]], "duplicate-header", (1, 1)),
        ([], "empty-file", (1, 1)),
    ],
)
def test_a_sheet_that_is_no_table_is_refused(
    rows: list[list[Any]], code: str, place: tuple[int, int], space: Space
) -> None:
    space.data("f.xlsx", _bytes(_workbook(rows)))
    refusal = space.refused("f.xlsx")
    assert (refusal.code, refusal.place) == (code, ("f.xlsx", *place))


def test_what_is_no_workbook_is_refused(space: Space) -> None:
    for content in (b"", b"PK\x03\x04 no", b"a,b\n1,2\n"):
        space.data("f.xlsx", content)
        assert space.refused("f.xlsx").code == "bad-excel"


def test_a_workbook_that_unpacks_to_a_bomb_is_refused(space: Space) -> None:
    out = io.BytesIO(_bytes(_workbook([["a"], [1]])))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"0" * (64 << 20))
    space.data("f.xlsx", out.getvalue())
    assert space.refused("f.xlsx").code == "too-big"


def test_a_formula_that_went_wrong_is_refused_where_its_column_is_taken(space: Space) -> None:
    space.data("f.xlsx", _bytes(_workbook([["a", "b"], ["x", 1], ["#DIV/0!", 2]])))
    refusal = space.refused("f.xlsx")
    assert (refusal.code, refusal.place) == ("formula-error", ("f.xlsx", 3, 1))
    assert space.read("f.xlsx", [{"name": "b"}]).rows == ((1,), (2,))
