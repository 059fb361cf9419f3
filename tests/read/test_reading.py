"""Preview and export give what policy leaves, and one refusal for the forbidden and the unknown."""

from __future__ import annotations

import csv
import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engine.adapters.child_confine import landlock_version
from engine.addresses import catalog_address
from engine.core.state import CheckResult
from engine.policy.decision import Obligations, Request
from engine.usecases.export import export
from engine.usecases.preview import ColumnProfile, preview
from engine.usecases.published import Published
from engine.usecases.reading import Refused, read_as
from tests.read.making import address
from tests.read.space import DOCTORS, NOW, ROMAIN, SALARIES, SITES, CheckedState, desk

Opened = tuple[Any, Published]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return desk(tmp_path_factory.mktemp("reading"))


def profile(opened: Opened, actor: str, column: str) -> ColumnProfile:
    bench, published = opened
    seen = preview(bench, published, DOCTORS, actor, "127.0.0.1", NOW)
    return next(c for c in seen.columns if c.name == column)


def test_reading_opens_the_slice_of_a_dataset_and_of_its_catalogue_entry(opened: Opened) -> None:
    bench, published = opened
    door = read_as(bench, published, Request("romain", "use", DOCTORS, "127.0.0.1", NOW))
    entry = read_as(bench, published, Request("romain", "use", catalog_address("doctors"), "127.0.0.1", NOW))
    assert door.path == entry.path
    assert door.address == entry.address == DOCTORS
    assert ("nom", "redact") in door.columns
    assert "note" not in dict(door.columns)


def test_what_is_unknown_is_refused_as_what_is_forbidden(opened: Opened) -> None:
    bench, published = opened
    said = []
    for target in (SALARIES, address("hr/nothing")):
        with pytest.raises(Refused) as raised:
            read_as(bench, published, Request("romain", "use", target, "127.0.0.1", NOW))
        assert not raised.value.decision.allow
        said.append((raised.value.message + raised.value.hint).replace(str(target), "X"))
    assert said[0] == said[1]


def test_an_allowed_address_without_data_is_refused(opened: Opened) -> None:
    bench, published = opened
    ghost = address("hr/ghost")
    bench.allowed[("romain", "use", ghost)] = Obligations({"a": "clear"})
    with pytest.raises(Refused):
        read_as(bench, published, Request("romain", "use", ghost, "127.0.0.1", NOW))


def test_a_preview_shows_first_rows_and_counts_on_the_slice(opened: Opened) -> None:
    bench, published = opened
    seen = preview(bench, published, DOCTORS, "romain", "127.0.0.1", NOW, rows=3)
    assert seen.rows == 40
    assert len(seen.first.rows) == 3
    assert "CANARY" not in repr(seen)
    assert profile(opened, "romain", "oa") == ColumnProfile("oa", "string", "clear", 0, 4, "OA0", "OA3")
    assert profile(opened, "romain", "site") == ColumnProfile("site", "string", "clear", 8, 3, "S0", "S2")
    assert profile(opened, "romain", "pay") == ColumnProfile("pay", "integer", "null", 40, 0, None, None)


def test_extremes_are_hidden_of_masked_columns_and_below_a_floor(opened: Opened) -> None:
    masked = profile(opened, "romain", "born")
    assert (masked.mask, masked.minimum, masked.maximum) == ("year", None, None)
    clear = profile(opened, "romain", "share")
    assert (clear.minimum, clear.maximum) == (0.0, 39 / 8)
    bench, _ = opened
    bench.allowed[("sophie", "preview", DOCTORS)] = bench.allowed[("sophie", "use", DOCTORS)]
    floored = profile(opened, "sophie", "share")
    assert (floored.minimum, floored.maximum, floored.distinct) == (None, None, 50)


def test_a_preview_tells_how_the_checks_went(opened: Opened) -> None:
    bench, published = opened
    version = published.applied.versions[SITES].fingerprint
    bench.state = CheckedState((CheckResult(SITES, "unique(code)", "warned", "warn", 2, version),))
    seen = preview(bench, published, SITES, "romain", "127.0.0.1", NOW)
    assert [(c.name, c.status, c.failures) for c in seen.checks] == [("unique(code)", "warned", 2)]


def test_an_export_holds_what_policy_leaves(opened: Opened, tmp_path: Path) -> None:
    bench, published = opened
    export(bench, published, DOCTORS, "romain", "127.0.0.1", NOW, tmp_path / "d.csv", "csv")
    export(bench, published, DOCTORS, "romain", "127.0.0.1", NOW, tmp_path / "d.parquet", "parquet")
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert list(rows[0]) == list(ROMAIN.columns)
    assert b"CANARY" not in (tmp_path / "d.csv").read_bytes() + (tmp_path / "d.parquet").read_bytes()
    slice_ = read_as(bench, published, Request("romain", "export", DOCTORS, "127.0.0.1", NOW)).path
    assert (tmp_path / "d.parquet").read_bytes() == slice_.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"d.csv", "d.parquet"}


def test_a_refused_export_leaves_the_file_as_it_was(opened: Opened, tmp_path: Path) -> None:
    bench, published = opened
    out = tmp_path / "d.csv"
    out.write_text("before")
    with pytest.raises(Refused):
        export(bench, published, SALARIES, "romain", "127.0.0.1", NOW, out, "csv")
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_decisions_are_made_for_the_day_and_address_given(opened: Opened) -> None:
    bench, published = opened
    asked: list[Request] = []

    class Watching:
        def decide_many(self, requests: list[Request]) -> Any:
            asked.extend(requests)
            return bench.policy({}).decide_many(requests)

    class Bench:
        slices, warehouse, state = bench.slices, bench.warehouse, bench.state

        def policy(self, data: Any) -> Any:
            return Watching()

    day = datetime.date(2026, 5, 6)
    preview(Bench(), published, SITES, "romain", "203.0.113.9", day)  # type: ignore[arg-type]
    assert asked == [Request("romain", "preview", SITES, "203.0.113.9", day)]


@pytest.mark.skipif(landlock_version() < 1, reason="this kernel has no Landlock")
def test_the_kernel_lets_a_query_open_nothing_but_its_slices(opened: Opened) -> None:
    bench, published = opened
    version = published.applied.versions[DOCTORS]
    mine, base = bench.slices.slice(version, ROMAIN), bench.store / version.path
    code = (
        "import sys, duckdb\n"
        "from engine.adapters.child_confine import confine\n"
        "database = duckdb.connect()\n"
        "assert 'landlock' in confine(False, [sys.argv[1]])\n"
        "print(database.execute(f\"select count(*) from '{sys.argv[1]}'\").fetchone()[0])\n"
        "try:\n"
        "    database.execute(f\"select count(*) from '{sys.argv[2]}'\")\n"
        "except duckdb.Error as failure:\n"
        "    print(type(failure).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(mine), str(base)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["40", "IOException"]
    with duckdb.connect() as database:
        assert database.execute(f"select count(*) from '{base}'").fetchone() == (50,)
