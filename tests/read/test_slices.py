"""Policy slices: exactly what obligations leave of a version, and nothing that tells the rest."""

from __future__ import annotations

import datetime
import os
import stat
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engine.adapters.parquet_store import ParquetWarehouse
from engine.adapters.slices import SliceFolder
from engine.core.state import Version
from engine.diagnostics import PolicyUnavailable, WorldFailure
from engine.policy.decision import Obligations
from tests.read.making import address, stored

COLUMNS = {
    "id": "string",
    "name": "string",
    "born": "date",
    "pay": "integer",
    "rate": "float",
    "cost": "decimal(8,2)",
    "site": "string",
    "seen": "timestamptz",
}
ROWS = """
    select * from (values
      ('1001', 'Ada', date '1985-03-07', 1234, 1.26::double, 12.55, '75',
       timestamptz '2024-05-06 07:08:09+00'),
      ('1002', 'Bob', date '1990-12-31', -1250, 2.5, 99.95, '92', null),
      ('1003', 'Éva', null, null, null, null, null, null),
      ('1004', 'Dan', date '1970-01-01', 9223372036854775807, 0.0, 0.01, '13', null)
    ) v(id, name, born, pay, rate, cost, site, seen)
"""
CLEAR = dict.fromkeys(COLUMNS, "clear")


@pytest.fixture
def version(tmp_path: Path) -> Version:
    return stored(ParquetWarehouse(tmp_path, None), tmp_path, address("p/people"), COLUMNS, ROWS)


def read(path: Path, what: str = "*") -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute(f"select {what} from '{path}'").fetchall()


def of(folder: Path, version: Version, rows: tuple[str, ...] = (), **masks: str) -> Path:
    return SliceFolder(folder).slice(version, Obligations({**CLEAR, **masks}, rows))


def test_without_obligations_the_version_itself_is_read(tmp_path: Path, version: Version) -> None:
    assert SliceFolder(tmp_path).slice(version, Obligations(CLEAR, (), 5)) == tmp_path / version.path


def test_a_column_that_is_not_in_the_allow_list_is_not_there(tmp_path: Path, version: Version) -> None:
    path = SliceFolder(tmp_path).slice(version, Obligations({"site": "clear", "name": "clear"}))
    with duckdb.connect() as database:
        described = database.execute(f"describe from '{path}'").fetchall()
    assert [name for name, *_ in described] == ["name", "site"]
    assert b"1001" not in path.read_bytes()


@pytest.mark.parametrize(
    ("column", "mask", "kind", "values"),
    [
        ("name", "redact", "VARCHAR", {"•••"}),
        ("born", "redact", "DATE", {None}),
        ("pay", "null", "BIGINT", {None}),
        ("born", "year", "DATE", {"1985-01-01", "1990-01-01", "1970-01-01", None}),
        ("name", "prefix:2", "VARCHAR", {"Ad", "Bo", "Év", "Da"}),
        ("id", "prefix:0", "VARCHAR", {""}),
        ("pay", "round:100", "BIGINT", {1200, -1300, 9223372036854775800, None}),
        ("pay", "round:5", "BIGINT", {1235, -1250, 9223372036854775805, None}),
        ("pay", "round:1000", "BIGINT", {1000, -1000, None}),
        ("rate", "round:1", "DOUBLE", {1.0, 3.0, 0.0, None}),
        ("cost", "round:10", "DECIMAL(8,2)", {"10.00", "100.00", "0.00", None}),
    ],
)
def test_a_mask_hides_the_value_and_keeps_the_type(
    tmp_path: Path, version: Version, column: str, mask: str, kind: str, values: set[Any]
) -> None:
    path = of(tmp_path, version, **{column: mask})
    shown = f'"{column}"' if kind in ("VARCHAR", "BIGINT", "DOUBLE") else f'"{column}"::varchar'
    assert {row[0] for row in read(path, shown)} == values
    assert {row[0] for row in read(path, f'typeof("{column}")')} == {kind}


def test_the_year_of_an_instant_keeps_its_type(tmp_path: Path, version: Version) -> None:
    path = of(tmp_path, version, seen="year")
    with duckdb.connect() as database:
        database.execute("set TimeZone='UTC'")
        assert database.execute(
            f"select max(seen)::varchar, any_value(typeof(seen)) from '{path}'"
        ).fetchone() == (
            "2024-01-01 00:00:00+00",
            "TIMESTAMP WITH TIME ZONE",
        )


def test_a_hash_is_stable_in_a_store_and_cannot_be_looked_up(tmp_path: Path, version: Version) -> None:
    import hashlib

    hashes = {row[0] for row in read(of(tmp_path, version, id="hash"), "id")}
    assert len(hashes) == 4
    assert all(len(h) == 16 for h in hashes)
    assert hashes.isdisjoint(hashlib.sha256(v).hexdigest()[:16] for v in (b"1001", b"1002", b"1003", b"1004"))
    again = {row[0] for row in read(of(tmp_path, version, ("site = '75'",), id="hash"), "id")}
    assert again < hashes
    salt = tmp_path / "slices/.salt"
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600
    other = tmp_path / "other"
    elsewhere = stored(ParquetWarehouse(other, None), tmp_path, address("p/people"), COLUMNS, ROWS)
    assert hashes.isdisjoint(row[0] for row in read(of(other, elsewhere, id="hash"), "id"))


def test_a_hash_of_null_is_null(tmp_path: Path, version: Version) -> None:
    assert (None,) in read(of(tmp_path, version, site="hash"), "site")


def test_rows_are_chosen_by_clear_values_and_all_predicates(tmp_path: Path, version: Version) -> None:
    path = of(tmp_path, version, ("name <> 'Bob'", "site in ('75', '92')"), name="redact", site="null")
    assert read(path, "id, name, site") == [("1001", "•••", None)]


def test_a_predicate_that_is_null_shows_nothing(tmp_path: Path, version: Version) -> None:
    assert {row[0] for row in read(of(tmp_path, version, ("site <> '13'",)), "name")} == {"Ada", "Bob"}


def test_rows_of_a_masked_slice_are_not_in_the_order_of_hidden_values(
    tmp_path: Path, version: Version
) -> None:
    path = of(tmp_path, version, id="null", name="redact", born="null", pay="null", rate="null", cost="null")
    assert [row[0] for row in read(path, "site")] == ["13", "75", "92", None]


def test_equal_obligations_share_one_file_and_others_do_not(tmp_path: Path, version: Version) -> None:
    first = of(tmp_path, version, ("site = '75'", "pay > 0"), name="redact")
    assert of(tmp_path, version, ("pay > 0", "site = '75'"), name="redact") == first
    assert of(tmp_path, version, ("pay > 0",), name="redact") != first
    assert of(tmp_path, version, ("site = '75'", "pay > 0"), name="null") != first


def test_many_readers_at_once_get_one_whole_file(tmp_path: Path, version: Version) -> None:
    got: list[Path] = []
    threads = [
        threading.Thread(target=lambda: got.append(of(tmp_path, version, ("pay is not null",), id="hash")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == 1
    assert len(read(got[0], "id")) == 3
    assert sorted(p.name for p in (tmp_path / "slices").iterdir()) == sorted([".salt", got[0].name])


@pytest.mark.parametrize(
    "obligations",
    [
        Obligations(),
        Obligations({}, ("true",)),
        Obligations({**CLEAR, "secret": "clear"}),
        Obligations({**CLEAR, "id": "rot13"}),
        Obligations({**CLEAR, "id": ""}),
        Obligations({**CLEAR, "id": "prefix"}),
        Obligations({**CLEAR, "id": "prefix:-1"}),
        Obligations({**CLEAR, "id": "prefix:1) or (1"}),
        Obligations({**CLEAR, "id": "hash:4"}),
        Obligations({**CLEAR, "id": "year"}),
        Obligations({**CLEAR, "pay": "prefix:2"}),
        Obligations({**CLEAR, "id": "round:5"}),
        Obligations({**CLEAR, "pay": "round:0"}),
        Obligations(CLEAR, ("",)),
        Obligations(CLEAR, ("nothing = 1",)),
        Obligations(CLEAR, ("pay",)),
        Obligations(CLEAR, ("site",)),
        Obligations(CLEAR, ("true) or (true",)),
        Obligations(CLEAR, ("true) group by (1",)),
        Obligations(CLEAR, ("site in (select site from self)",)),
        Obligations(CLEAR, ("pay > (select 1)",)),
        Obligations(CLEAR, ("true; drop view self",)),
        Obligations(CLEAR, ("born < current_date",)),
        Obligations(CLEAR, ("random() < 0.5",)),
        Obligations(CLEAR, ("count(*) > 1",)),
        Obligations(CLEAR, ("row_number() over () = 1",)),
        Obligations(CLEAR, ("cast(name as integer) > 1",)),
        Obligations(CLEAR, ("error(name)",)),
        Obligations(CLEAR, ("pay * pay > 0",)),
    ],
    ids=str,
)
def test_an_obligation_that_cannot_be_carried_out_shows_nothing(
    tmp_path: Path, version: Version, obligations: Obligations
) -> None:
    with pytest.raises(PolicyUnavailable) as raised:
        SliceFolder(tmp_path).slice(version, obligations)
    assert not [p for p in (tmp_path / "slices").glob("*") if p.name != ".salt"]
    for value in ("Ada", "1001", "9223372036854775807"):
        assert value not in str(raised.value)


def test_a_comment_in_a_predicate_does_not_swallow_the_rest(tmp_path: Path, version: Version) -> None:
    path = of(tmp_path, version, ("site = '75' -- only here", "name = 'Ada' /* ) */"))
    assert read(path, "id") == [("1001",)]


def test_a_missing_version_is_the_worlds_failure(tmp_path: Path, version: Version) -> None:
    (tmp_path / version.path).unlink()
    with pytest.raises(WorldFailure, match="missing or damaged"):
        of(tmp_path, version)


def test_old_slices_are_cleared_and_written_again_on_need(tmp_path: Path) -> None:
    folder = tmp_path / "slices"
    folder.mkdir()
    for name, age in (("old.parquet", 2), ("new.parquet", 0), (".salt", 9)):
        (folder / name).write_bytes(b"12345")
        moment = time.time() - age * 86400
        os.utime(folder / name, (moment, moment))
    assert SliceFolder(tmp_path).clear(datetime.timedelta(days=1)) == 5
    assert sorted(p.name for p in folder.iterdir()) == [".salt", "new.parquet"]
