"""Versions in the Parquet store: immutable, whole or absent, and the same bytes every time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from engine.adapters.parquet_store import ParquetWarehouse
from engine.core.state import Version
from engine.diagnostics import DataMistake, WorldFailure
from engine.model.space import EngineSettings
from tests.read.making import SPAN, address, compiled, stored

DOCTORS = address("open-data/doctors")
COLUMNS = {"id": "integer", "name": "string", "score": "float", "tags": "list<string>"}
ROWS = """
    select (i * 7919) % 1000 as id, case when i % 5 = 0 then null else 'n' || (i % 13) end as name,
           case when i % 2 = 0 then 0.0 else -0.0 end + (i % 3) as score, ['a', 'b' || (i % 4)] as tags
    from range({n}) t(i)
"""


def warehouse(folder: Path, threads: int | None = None) -> ParquetWarehouse:
    return ParquetWarehouse(folder, EngineSettings(threads=threads, memory="1GB"))


def content(folder: Path, version: Version) -> str:
    return hashlib.sha256((folder / version.path).read_bytes()).hexdigest()


def rows(folder: Path, version: Version) -> list[tuple[object, ...]]:
    return duckdb.sql(f"from '{folder / version.path}'").fetchall()


def test_a_collected_dataset_is_stored_with_its_rows_in_order(tmp_path: Path) -> None:
    store = tmp_path / "store"
    version = stored(warehouse(store), tmp_path, DOCTORS, COLUMNS, ROWS.format(n=500))
    kept = rows(store, version)
    assert version.rows == 500 == len(kept)
    assert version.path == "versions/open-data/doctors/fp-open-data-doctors.parquet"
    assert [r[0] for r in kept] == sorted(r[0] for r in kept)
    assert version.content == content(store, version)
    assert version.bytes == (store / version.path).stat().st_size


def test_a_version_is_found_again_without_the_state_database(tmp_path: Path) -> None:
    version = stored(warehouse(tmp_path), tmp_path, DOCTORS, COLUMNS, ROWS.format(n=5))
    assert warehouse(tmp_path).find(version.fingerprint) == version
    assert warehouse(tmp_path).find("another") is None


def test_a_damaged_version_is_not_found_and_is_made_again(tmp_path: Path) -> None:
    store = warehouse(tmp_path)
    version = stored(store, tmp_path, DOCTORS, COLUMNS, ROWS.format(n=50))
    file = tmp_path / version.path
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])
    assert not store.holds(version)
    assert store.find(version.fingerprint) is None
    again = stored(store, tmp_path, DOCTORS, COLUMNS, ROWS.format(n=50))
    assert again == version
    assert file.read_bytes() == whole


def test_a_whole_version_is_never_overwritten(tmp_path: Path) -> None:
    store = warehouse(tmp_path)
    first = stored(store, tmp_path, DOCTORS, COLUMNS, ROWS.format(n=50))
    before = content(tmp_path, first)
    second = stored(store, tmp_path, DOCTORS, COLUMNS, ROWS.format(n=60))
    assert second == first
    assert content(tmp_path, first) == before


def test_nothing_is_left_beside_a_version(tmp_path: Path) -> None:
    store = tmp_path / "store"
    version = stored(warehouse(store), tmp_path, DOCTORS, COLUMNS, ROWS.format(n=50))
    stem = version.path.removesuffix(".parquet")
    kept = {str(p.relative_to(store)) for p in store.rglob("*") if p.is_file()}
    assert kept == {version.path, f"{stem}.json", "stamps.tsv"}


HARD_QUERIES = {
    "a float sum": (
        {"g": "integer", "s": "float"},
        "select id % 3 g, sum(score / 7 + id) s from d group by 1",
    ),
    "a limit through ties": ({"name": "string"}, "select name from d order by score limit 7"),
    "row numbers over equals": (
        {"id": "integer", "n": "integer"},
        "select id, row_number() over (partition by name) n from d",
    ),
    "a list of a group": (
        {"g": "integer", "l": "list<string>"},
        "select id % 3 g, list(name) l from d group by 1",
    ),
    "a join": ({"a": "integer", "b": "string"}, "select x.id a, y.name b from d x join d y on x.id = y.id"),
    "whole-number sums": ({"g": "string", "s": "integer"}, "select name g, sum(id) s from d group by 1"),
}


@pytest.mark.parametrize("name", HARD_QUERIES)
def test_bytes_do_not_depend_on_threads(tmp_path: Path, name: str) -> None:
    columns, query = HARD_QUERIES[name]
    hashes = set()
    for threads in (1, 4):
        store = tmp_path / str(threads)
        base = stored(
            warehouse(store, threads),
            tmp_path,
            DOCTORS,
            COLUMNS,
            ROWS.format(n=300_000 if name != "a join" else 3000),
        )
        dataset = compiled(address("p/x"), columns, query, {"d": DOCTORS})
        built = warehouse(store, threads).build(dataset, {"d": base}, "fp", SPAN)
        hashes.add((base.content, built.content, built.rows))
    assert len(hashes) == 1


def test_bytes_are_the_same_in_another_process(tmp_path: Path) -> None:
    mine = stored(warehouse(tmp_path / "a", 4), tmp_path, DOCTORS, COLUMNS, ROWS.format(n=20_000))
    code = (
        "import sys; from pathlib import Path; from tests.read.test_store import *;"
        "folder = Path(sys.argv[1]);"
        "print(stored(warehouse(folder / 'b', 1), folder, DOCTORS, COLUMNS, ROWS.format(n=20_000)).content)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == mine.content


def test_an_order_the_author_gives_is_kept(tmp_path: Path) -> None:
    store = warehouse(tmp_path)
    base = stored(store, tmp_path, DOCTORS, COLUMNS, ROWS.format(n=100))
    query = "select id from d order by id desc"
    dataset = compiled(address("p/x"), {"id": "integer"}, query, {"d": DOCTORS}, ordered=True)
    built = store.build(dataset, {"d": base}, "fp", SPAN)
    ids = [r[0] for r in rows(tmp_path, built)]
    assert ids == sorted(ids, reverse=True)
    assert built.inputs == {DOCTORS: base.fingerprint}
    assert built.data_time == base.data_time


def test_columns_of_every_type_are_ordered_and_stored_as_declared(tmp_path: Path) -> None:
    columns = {
        "j": "json",
        "s": "struct<a: integer, j: json>",
        "l": "list<struct<a: float>>",
        "b": "binary",
        "u": "uuid",
        "t": "time",
        "ts": "timestamp",
        "tz": "timestamptz",
        "d": "decimal(10,2)",
        "x y": "boolean",
    }
    select = """
        select '{"k": 1}'::json as j, {'a': 1, 'j': '[2]'::json} as s, [{'a': 1.5::double}] as l,
               'x'::blob as b, '00000000-0000-0000-0000-000000000001'::uuid as u, time '10:00' as t,
               timestamp '2024-01-01 10:00:00' as ts, timestamptz '2024-01-01 10:00:00+02' as tz,
               1.25::decimal(10, 2) as d, true as "x y" from range(3)
    """
    version = stored(warehouse(tmp_path), tmp_path, address("p/all"), columns, select)
    table = warehouse(tmp_path).fetch("from t", {"t": tmp_path / version.path})
    assert [(c.name, c.type) for c in table.columns if c.name != "tz"] == [
        pair for pair in columns.items() if pair[0] != "tz"
    ]
    (first, *_) = table.rows
    assert first[table.columns.index(next(c for c in table.columns if c.name == "tz"))].isoformat() == (
        "2024-01-01T08:00:00+00:00"
    )


def test_a_hugeint_sum_is_stored_as_integer_and_its_overflow_is_the_authors_mistake(tmp_path: Path) -> None:
    store = warehouse(tmp_path)
    base = stored(
        store, tmp_path, address("p/n"), {"n": "integer"}, "select 9223372036854775807 as n from range(2)"
    )
    good = compiled(address("p/x"), {"n": "integer"}, "select sum(n % 10) as n from d", {"d": address("p/n")})
    assert duckdb.sql(
        f"select typeof(n) from '{tmp_path / store.build(good, {'d': base}, 'a', SPAN).path}'"
    ).fetchone() == ("BIGINT",)
    bad = compiled(address("p/x"), {"n": "integer"}, "select sum(n) as n from d", {"d": address("p/n")})
    with pytest.raises(DataMistake) as raised:
        store.build(bad, {"d": base}, "b", SPAN)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.span == SPAN
    assert diagnostic.code == "value-overflow" or diagnostic.code == "value-conversion"
    assert 'Column "n" does not fit integer in 1 row.' in diagnostic.detail
    assert "1844" not in str(diagnostic)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select cast(name as integer) as n from d", "value-conversion"),
        ("select error('canary ' || name)::integer as n from d", "query-failed"),
        ("select id + 9223372036854775807 as n from d", "value-overflow"),
        ("select cast(strptime(name, '%d/%m/%Y') as date)::varchar::integer as n from d", "query-failed"),
    ],
)
def test_a_query_that_fails_on_data_is_told_without_the_value(tmp_path: Path, query: str, code: str) -> None:
    store = warehouse(tmp_path)
    base = stored(
        store, tmp_path, DOCTORS, {"id": "integer", "name": "string"}, "select 5 as id, 'canary' as name"
    )
    dataset = compiled(address("p/x"), {"n": "integer"}, query, {"d": DOCTORS})
    with pytest.raises(DataMistake) as raised:
        store.build(dataset, {"d": base}, "fp", SPAN)
    assert [d.code for d in raised.value.diagnostics] == [code]
    assert "canary" not in str(raised.value)
    assert not list(tmp_path.glob("versions/p/x/*"))


def test_a_query_reaches_no_file_but_its_inputs(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    dataset = compiled(
        address("p/x"), {"a": "integer"}, f"select a from read_csv('{tmp_path / 'other.csv'}')"
    )
    with pytest.raises(duckdb.PermissionException):
        warehouse(tmp_path).build(dataset, {}, "fp", SPAN)


def test_too_little_memory_is_the_worlds_failure(tmp_path: Path) -> None:
    store = ParquetWarehouse(tmp_path, EngineSettings(memory="20MB", threads=1))
    dataset = compiled(
        address("p/x"),
        {"l": "integer"},
        "select len(list(i::varchar || repeat('x', 100))) as l from range(3000000) t(i)",
    )
    with pytest.raises(WorldFailure, match="not enough memory"):
        store.build(dataset, {}, "fp", SPAN)


def test_a_missing_input_is_told_and_not_blamed_on_the_query(tmp_path: Path) -> None:
    store = warehouse(tmp_path)
    base = stored(store, tmp_path, DOCTORS, COLUMNS, ROWS.format(n=5))
    (tmp_path / base.path).unlink()
    with pytest.raises(WorldFailure, match="missing or damaged"):
        store.build(
            compiled(address("p/x"), {"id": "integer"}, "select id from d", {"d": DOCTORS}),
            {"d": base},
            "f",
            SPAN,
        )


def test_many_writers_of_one_version_leave_one_whole_file(tmp_path: Path) -> None:
    base = stored(warehouse(tmp_path), tmp_path, DOCTORS, COLUMNS, ROWS.format(n=2000))
    dataset = compiled(address("p/x"), {"id": "integer"}, "select id from d", {"d": DOCTORS})
    made: list[Version] = []
    threads = [
        threading.Thread(
            target=lambda: made.append(warehouse(tmp_path).build(dataset, {"d": base}, "fp", SPAN))
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len({v.content for v in made}) == 1
    assert made[0].content == content(tmp_path, made[0])
    assert sorted(p.name for p in (tmp_path / "versions/p/x").iterdir()) == ["fp.json", "fp.parquet"]


def test_csv_is_faithful(tmp_path: Path) -> None:
    import csv

    columns = {"a": "string", "n": "float", "t": "timestamptz", "l": "list<string>"}
    select = """
        select col0 a, col1 n, col2 t, col3 l from (values
          ('=1+1', 1.5::double, timestamptz '2024-01-01 00:00:00+00', ['x', 'y,z']),
          ('a "q", b' || chr(10) || 'c', null, null, null), ('', 0, null, []), (null, null, null, null)) v
    """
    store = warehouse(tmp_path)
    version = stored(store, tmp_path, address("p/c"), columns, select)
    store.export(tmp_path / version.path, tmp_path / "out.csv", "csv")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    got = list(csv.reader(text.splitlines(keepends=True)))
    assert got[0] == ["a", "n", "t", "l"]
    assert ["=1+1", "1.5", "2024-01-01T00:00:00.000000Z", '["x","y,z"]'] in got
    assert ['a "q", b\nc', "", "", ""] in got
    assert '"",0.0,,[]' in text
