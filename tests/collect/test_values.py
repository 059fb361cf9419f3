"""What each declared type takes and refuses."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest

from tests.collect.making import Space

DATE, TIME, MOMENT = datetime.date, datetime.time, datetime.datetime


@pytest.mark.parametrize(
    ("word", "cell", "value"),
    [
        ("string", " x ", " x "),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("integer", "-0", 0),
        ("integer", " 12 ", 12),
        ("integer", "007", 7),
        ("decimal(38,0)", "9" * 38, Decimal("9" * 38)),
        ("decimal(10,2)", "0.10", Decimal("0.10")),
        ("decimal(10,2)", "1.5000", Decimal("1.50")),
        ("decimal(10,2)", ".5", Decimal("0.50")),
        ("float", "1e-3", 0.001),
        ("float", "0.1", 0.1),
        ("boolean", "TRUE", True),
        ("boolean", "non", False),
        ("boolean", "0", False),
        ("date", "2024-02-29", DATE(2024, 2, 29)),
        ("time", "23:59:59.5", TIME(23, 59, 59, 500_000)),
        ("timestamp", "2024-02-29", MOMENT(2024, 2, 29)),
        ("timestamp", "2024-02-29T12:00:00.123456", MOMENT(2024, 2, 29, 12, 0, 0, 123_456)),
        ("timestamp", "2024-02-29T12:00:00Z", MOMENT(2024, 2, 29, 12)),
        ("timestamptz", "2024-02-29T12:00:00Z", "2024-02-29 12:00:00+00"),
        ("timestamptz", "2024-02-29 12:00+02:00", "2024-02-29 10:00:00+00"),
        ("uuid", "4F1A1EEE-31c0-887b-e1ea-df6a5c502538", uuid.UUID("4f1a1eee-31c0-887b-e1ea-df6a5c502538")),
        ("json", "{}", "{}"),
        ("binary", "AAE=", b"\x00\x01"),
        ("list<integer>", "[1;2]", [1, 2]),
        ("struct<a: integer>", "{'a': 1}", {"a": 1}),
    ],
)
def test_a_type_takes_its_values_exactly(word: str, cell: str, value: Any, space: Space) -> None:
    text = cell.replace(";", ",").replace("'", '""')
    space.data("f.csv", f'v,w\n"{text}",1\n,1\n')
    found = space.read("f.csv", [{"name": "v", "type": word}])
    assert found.rows == ((value,), (None,))
    assert found.words == {"v": word}


@pytest.mark.parametrize(
    ("word", "cell"),
    [
        ("integer", "9223372036854775808"),
        ("integer", "1.0"),
        ("integer", "1.5"),
        ("integer", "0x10"),
        ("integer", "1_000"),
        ("integer", "1e3"),
        ("integer", "٣"),
        ("integer", "true"),
        ("decimal(10,2)", "0.125"),
        ("decimal(10,2)", "123456789.00"),
        ("decimal(10,2)", "1e2"),
        ("decimal(10,2)", "12 %"),
        ("decimal(10,2)", "."),
        ("float", "1e999"),
        ("float", "Infinity"),
        ("float", "0x1p3"),
        ("boolean", "2"),
        ("boolean", "maybe"),
        ("date", "29/12/2021"),
        ("date", "2024-02-30"),
        ("date", "2024-02-29T00:00:00"),
        ("date", "44559"),
        ("time", "25:00"),
        ("time", "24:00:00"),
        ("timestamp", "2024-02-29T12:00:00+02:00"),
        ("timestamp", "2024-02-29 12:00:00.1234567"),
        ("timestamptz", "2024-02-29T12:00:00"),
        ("timestamptz", "2021-12-29T23:59:60Z"),
        ("uuid", "4f1a1eee31c0887be1eadf6a5c502538"),
        ("json", "{"),
        ("json", "Infinity"),
        ("json", "[1;]"),
        ("json", "{'a':1;'a':2}"),
        ("binary", "%%%"),
        ("list<integer>", "[1;'x']"),
        ("list<integer>", "[1.5]"),
        ("list<integer>", "5"),
        ("struct<a: integer>", "{'a': 1.5}"),
        ("struct<a: list<date>>", "{'a': ['2024-02-30']}"),
    ],
)
def test_a_type_refuses_what_it_cannot_hold(word: str, cell: str, space: Space) -> None:
    text = cell.replace(";", ",").replace("'", '""')
    space.data("f.csv", f'v,w\n,1\n"{text}",1\n')
    refusal = space.refused("f.csv", [{"name": "v", "type": word}])
    assert (refusal.code, refusal.place) == ("bad-value", ("f.csv", 3, 1))


@pytest.mark.parametrize(
    ("word", "form", "cell", "value"),
    [
        ("date", "%d/%m/%Y", "29/12/2021", DATE(2021, 12, 29)),
        ("date", "%d/%m/%Y", "1/4/2021", DATE(2021, 4, 1)),
        ("date", "%Y%m%d", "20211229", DATE(2021, 12, 29)),
        ("date", "%d %b %Y", "29 Dec 2021", DATE(2021, 12, 29)),
        ("timestamp", "%d/%m/%Y %H:%M", "29/12/2021 08:05", MOMENT(2021, 12, 29, 8, 5)),
        ("timestamptz", "%d/%m/%Y %H:%M %z", "29/12/2021 08:05 +0200", "2021-12-29 06:05:00+00"),
        ("time", "%Hh%M", "08h05", TIME(8, 5)),
    ],
)
def test_dates_and_times_are_read_by_their_format(
    word: str, form: str, cell: str, value: Any, space: Space
) -> None:
    space.data("f.csv", f"v,w\n{cell},1\n")
    assert space.read("f.csv", [{"name": "v", "type": word, "parse": form}]).rows == ((value,),)


@pytest.mark.parametrize(
    "cell", ["01/02/03", "30/02/2024", "2021-12-29", "29/12/2021 ou 2022", "1/2/2021 10:00"]
)
def test_a_format_refuses_dates_that_are_written_otherwise(cell: str, space: Space) -> None:
    space.data("f.csv", f"v,w\n{cell},1\n")
    assert space.refused("f.csv", [{"name": "v", "type": "date", "parse": "%d/%m/%Y"}]).code == "bad-value"


def test_a_format_gives_the_type_when_that_is_left_out(space: Space) -> None:
    space.data("f.csv", "d,t\n29/12/2021,29/12/2021 10:30\n")
    columns = [{"name": "d", "parse": "%d/%m/%Y"}, {"name": "t", "parse": "%d/%m/%Y %H:%M"}]
    assert space.read("f.csv", columns).words == {"d": "date", "t": "timestamp"}


@pytest.mark.parametrize("column", [{"type": "date", "parse": "%d/%q"}, {"type": "integer", "parse": "%d"}])
def test_a_format_that_cannot_be_read_is_a_mistake_in_the_spec(column: dict[str, str], space: Space) -> None:
    space.data("f.csv", "v\n1\n")
    refusal = space.refused("f.csv", [{"name": "v", **column}])
    assert (refusal.code, refusal.first.span.file[-6:], refusal.first.span.line) == (
        "bad-format",
        "d.yaml",
        8,
    )


@pytest.mark.parametrize(
    ("thousands", "decimal", "cell", "value"),
    [
        (" ", ",", "1 234,56", "1234.56"),
        (" ", ",", "1\u202f234\u00a0567,8", "1234567.80"),
        (".", ",", "1.234,56", "1234.56"),
        (",", ".", "1,234.56", "1234.56"),
        ("'", ".", "1’234.56", "1234.56"),
        (",", ".", "1234.56", "1234.56"),
    ],
)
def test_thousands_are_read_as_declared(
    thousands: str, decimal: str, cell: str, value: str, space: Space
) -> None:
    space.data("f.csv", f'v;w\n"{cell}";1\n')
    column = [{"name": "v", "type": "decimal(12,2)"}]
    assert space.read("f.csv", column, thousands=thousands, decimal=decimal).rows == ((Decimal(value),),)


@pytest.mark.parametrize("cell", ["12 34,5", "1234 567", "1 2345", " ", "1 234.5"])
def test_thousands_in_the_wrong_place_are_refused(cell: str, space: Space) -> None:
    space.data("f.csv", f'v;w\n"{cell}";1\n')
    column = [{"name": "v", "type": "decimal(12,2)"}]
    assert space.refused("f.csv", column, thousands=" ", decimal=",").code == "bad-value"


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        (["1", "", "-20"], "integer"),
        (["1", "9223372036854775808"], "string"),
        (["01", "2"], "string"),
        (["1.5", "2"], "decimal(18,1)"),
        (["1.12345", "2"], "float"),
        (["true", "FALSE"], "boolean"),
        (["yes", "no"], "string"),
        (["0", "1"], "integer"),
        (["2024-01-31", "2024-02-29"], "date"),
        (["2024-01-31", "2024-02-30"], "string"),
        (["2024-01-31", "2024-02-29 10:00"], "timestamp"),
        (["2024-02-29T10:00:00Z", "2024-02-29T10:00:00+01:00"], "timestamptz"),
        (["2024-02-29T10:00:00Z", "2024-02-29T10:00:00"], "string"),
        (["4f1a1eee-31c0-887b-e1ea-df6a5c502538"], "string"),
        (["", ""], "string"),
        (["+33612345678"], "string"),
    ],
)
def test_a_type_is_inferred_from_all_cells(cells: list[str], word: str, space: Space) -> None:
    space.data("f.csv", "v,w\n" + "".join(f"{cell},x\n" for cell in cells))
    assert space.read("f.csv").words["v"] == word
