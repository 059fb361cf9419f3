"""Checks over stored versions: how many rows fail, never which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.adapters.parquet_store import ParquetWarehouse
from engine.addresses import catalog_address
from engine.core.state import CheckResult, Version
from engine.diagnostics import DataMistake
from tests.read.making import address, node, stored

DOCTORS = address("open-data/doctors")
SITES = address("open-data/sites")
COLUMNS = {
    "id": "string",
    "site": "string",
    'the "day"': "date",
    "rank": "integer",
    "when": "timestamptz",
    "ok": "boolean",
}
ROWS = """
    select * from (values
      ('1', 'a', date '2025-12-30', 1, timestamptz '2025-12-31 23:00:00+00', true),
      ('1', 'a', date '2025-12-01', 2, null, false),
      ('2', 'z', null, 3, null, null),
      (null, 'b', null, null, null, null),
      (null, null, null, 3, null, true)
    ) v(id, site, "the ""day\""", rank, "when", ok)
"""
EMPTY = f"select * from ({ROWS}) where false"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """A function that runs checks over the rows of a query."""
    warehouse = ParquetWarehouse(tmp_path / "store", None)
    sites = stored(
        warehouse,
        tmp_path,
        SITES,
        {"code": "string", "n": "integer"},
        "select * from (values ('a', 1), ('b', 2)) v(code, n)",
    )

    def go(
        checks: list[dict[str, Any]], select: str = ROWS, today: str = "2026-01-01"
    ) -> tuple[CheckResult, ...]:
        version = stored(warehouse, tmp_path, DOCTORS, COLUMNS, select, f"fp{len(select)}")
        others: dict[Any, Version] = {DOCTORS: version, SITES: sites, catalog_address("sites"): sites}
        return warehouse.check(node(DOCTORS, checks), version, others, today)

    return go


CASES: list[tuple[dict[str, Any], str, int, int]] = [
    ({"not_null": ["id"]}, "not_null(id)", 2, 0),
    ({"not_null": ["id", "site"]}, "not_null(id, site)", 2, 0),
    ({"not_null": ['the "day"', "id"]}, 'not_null(the "day", id)', 3, 0),
    ({"unique": ["id"]}, "unique(id)", 1, 0),
    ({"unique": ["id", "rank"]}, "unique(id, rank)", 0, 0),
    ({"unique": ["id", "site"]}, "unique(id, site)", 1, 0),
    ({"accepted_values": {"column": "site", "values": ["a", "b"]}}, "accepted_values(site)", 1, 0),
    (
        {"accepted_values": {"column": "rank", "values": [1, "2", "not a number", None]}},
        "accepted_values(rank)",
        2,
        0,
    ),
    ({"accepted_values": {"column": "ok", "values": [True]}}, "accepted_values(ok)", 1, 0),
    (
        {"accepted_values": {"column": 'the "day"', "values": ["2025-12-30"]}},
        'accepted_values(the "day")',
        1,
        0,
    ),
    ({"row_count": {"min": 5, "max": 5}}, "row_count(min 5, max 5)", 0, 5),
    ({"row_count": {"min": 7}}, "row_count(min 7)", 2, 7),
    ({"row_count": {"max": 3}}, "row_count(max 3)", 2, 0),
    ({"freshness": {"column": 'the "day"', "max_age": "2d"}}, 'freshness(the "day")', 0, 1),
    ({"freshness": {"column": 'the "day"', "max_age": "47h"}}, 'freshness(the "day")', 1, 1),
    ({"freshness": {"column": "when", "max_age": "1h"}}, "freshness(when)", 0, 1),
    (
        {"references": {"column": "site", "to": "open-data/sites", "key": "code"}},
        "references(site to open-data/sites.code)",
        1,
        0,
    ),
    (
        {"references": {"column": "site", "to": "sites", "key": "code"}},
        "references(site to sites.code)",
        1,
        0,
    ),
    (
        {"references": {"column": "site", "to": "catalog/sites", "key": "code"}},
        "references(site to catalog/sites.code)",
        1,
        0,
    ),
    ({"references": {"column": "id", "to": "sites", "key": "n"}}, "references(id to sites.n)", 0, 0),
    ({"sql": "select * from {self} where rank > 2"}, "sql", 2, 0),
    (
        {"sql": 'select * from {self} where "the ""day""" > current_date', "name": "no-future"},
        "no-future",
        0,
        0,
    ),
    ({"sql": 'select * from {self} where "the ""day""" > today() - 5'}, "sql", 1, 0),
    (
        {"sql": 'with s as (select code from "open-data".sites) from {self} where site not in (from s)'},
        "sql",
        1,
        0,
    ),
    ({"sql": "select d.id from {self} d join catalog.sites on sites.code = d.site"}, "sql", 3, 0),
    ({"sql": "select * from {self}, sites where sites.code = 'a'"}, "sql", 5, 0),
]


@pytest.mark.parametrize(
    ("check", "name", "failures", "on_empty"), CASES, ids=[str(i) for i in range(len(CASES))]
)
def test_a_check_counts_the_rows_that_fail(
    run: Any, check: dict[str, Any], name: str, failures: int, on_empty: int
) -> None:
    (result,) = run([check])
    assert (result.name, result.failures, result.status) == (
        name,
        failures,
        "failed" if failures else "passed",
    )
    (empty,) = run([check], EMPTY)
    assert empty.failures == on_empty


def test_a_warning_does_not_block(run: Any) -> None:
    (warned, failed) = run([{"not_null": ["id"], "severity": "warn"}, {"not_null": ["id"]}])
    assert (warned.status, warned.severity) == ("warned", "warn")
    assert (failed.status, failed.severity) == ("failed", "error")


def test_all_checks_of_a_dataset_answer_in_the_order_written(run: Any) -> None:
    results = run([check for check, *_ in CASES])
    assert [(r.name, r.failures) for r in results] == [(name, failures) for _, name, failures, _ in CASES]


def test_the_day_of_the_run_decides_freshness_and_current_date(run: Any) -> None:
    checks: list[dict[str, Any]] = [
        {"freshness": {"column": 'the "day"', "max_age": "2d"}},
        {"sql": 'select * from {self} where "the ""day""" >= current_date'},
    ]
    assert [r.failures for r in run(checks, today="2025-12-30")] == [0, 1]
    assert [r.failures for r in run(checks, today="2026-01-05")] == [1, 0]


CLOCKS = (
    "now()", "current_timestamp", "get_current_timestamp()", "localtimestamp", "current_localtimestamp()",
    "transaction_timestamp()", "today()", "current_date", "ago(interval 0 day)",
)  # fmt: skip


@pytest.mark.parametrize("clock", CLOCKS)
def test_no_clock_in_a_check_but_the_day_of_the_run(run: Any, clock: str) -> None:
    exact = {"sql": f"select * from {{self}} where rank = 1 and {clock} <> timestamp '2001-02-03'"}
    assert [r.failures for r in run([exact], today="2001-02-03")] == [0]
    assert [r.failures for r in run([exact], today="2001-02-04")] == [1]


def test_an_age_is_counted_from_the_day_of_the_run(run: Any) -> None:
    check = {"sql": 'select * from {self} where age("the ""day""") > interval 20 day'}
    assert [r.failures for r in run([check], today="2025-12-30")] == [1]
    assert [r.failures for r in run([check], today="2025-12-02")] == [0]


def test_a_check_that_fails_to_run_is_the_authors_mistake_at_its_line_without_the_value(run: Any) -> None:
    with pytest.raises(DataMistake) as raised:
        run([{"not_null": ["rank"]}, {"sql": "select * from {self} where cast(site as integer) > 1"}])
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "check-failed"
    assert str(diagnostic.span) == "specs/d.yaml:11:5"
    assert "'a'" not in str(diagnostic)


def test_a_check_on_a_dataset_without_data_says_so(run: Any) -> None:
    with pytest.raises(DataMistake, match="reads dataset/open-data/gone, which has no data"):
        run([{"references": {"column": "site", "to": "gone", "key": "code"}}])
