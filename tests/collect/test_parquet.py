"""Parquet files."""

from __future__ import annotations

import datetime
from pathlib import Path

import duckdb
import pytest

from tests.collect.making import Space


def _parquet(space: Space, select: str) -> Path:
    path = space.data("f.parquet", b"")
    duckdb.connect().execute(f"copy ({select}) to '{path}' (format parquet)")
    return path


def test_a_parquet_file_keeps_its_types(space: Space) -> None:
    _parquet(
        space,
        "select 1::integer as a, '01' as b, 1.50::decimal(4,2) as c, date '2024-02-29' as d, "
        "1.5::float as e, [1, 2] as f, {'x': 1} as g, 170141183460469231731687303715884105727 as h",
    )
    found = space.read("f.parquet", [{"name": name} for name in "abcdefg"])
    assert found.words == {
        "a": "integer",
        "b": "string",
        "c": "decimal(4,2)",
        "d": "date",
        "e": "float",
        "f": "list<integer>",
        "g": "struct<x: integer>",
    }
    assert found.types[0] == ("a", "BIGINT")
    assert found.rows[0][3] == datetime.date(2024, 2, 29)


def test_a_declared_type_takes_values_only_unchanged(space: Space) -> None:
    _parquet(
        space,
        "select * from (values (1.0::double, '2024-02-29', 5::ubigint), (2.0, '2024-03-01', 6)) t(a, d, u)",
    )
    columns = [
        {"name": "a", "type": "integer"},
        {"name": "d", "type": "date"},
        {"name": "u", "type": "integer"},
    ]
    assert space.read("f.parquet", columns).rows == (
        (1, datetime.date(2024, 2, 29), 5),
        (2, datetime.date(2024, 3, 1), 6),
    )


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("1.5::double", "integer"),
        ("18446744073709551615::ubigint", "integer"),
        ("1.255::decimal(5,3)", "decimal(4,2)"),
        ("timestamp '2024-02-29 10:00'", "date"),
        ("'x'", "integer"),
        ("2", "boolean"),
    ],
)
def test_a_value_that_would_change_is_refused_with_its_record(value: str, word: str, space: Space) -> None:
    _parquet(space, f"select null as v union all select {value} union all select null")
    refusal = space.refused("f.parquet", [{"name": "v", "type": word}])
    assert (refusal.code, refusal.place) == ("bad-value", ("f.parquet", 2, 1))


def test_missing_columns_and_broken_files_are_refused(space: Space) -> None:
    path = _parquet(space, "select 1 as name")
    refusal = space.refused("f.parquet", [{"name": "nam"}])
    assert (refusal.code, refusal.first.detail) == ("missing-column", 'Did you mean "name"?')
    path.write_bytes(path.read_bytes()[:-10])
    assert space.refused("f.parquet").code == "bad-parquet"


def test_a_file_that_is_broken_further_on_is_refused(space: Space) -> None:
    path = _parquet(space, "select range as a, md5(range::varchar) as b from range(200_000)")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = b"\xff" * 20_000
    path.write_bytes(content)
    assert space.refused("f.parquet").code == "bad-parquet"


def test_types_without_a_word_are_kept_as_the_nearest_or_refused(space: Space) -> None:
    _parquet(
        space,
        "select map {'a': 1} as m, 5::hugeint as h, {'x': 5::utinyint} as s, 1 as file_row_number, 2 as line",
    )
    found = space.read("f.parquet")
    assert list(found.words.values()) == ["json", "float", "struct<x: integer>", "integer", "integer"]
    assert found.rows == (('{"a":1}', 5.0, {"x": 5}, 1, 2),)
