"""Nothing that a user writes shows more than the user's slices hold: hostile queries over real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.diagnostics import QueryRefused
from engine.usecases.published import Published
from engine.usecases.query import query
from tests.read.space import DOCTORS, NOW, ROMAIN, desk

HOSTILE: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("hostile_queries.yaml").read_text("utf-8")
)
HIDDEN = ("CANARY", "7700000", "9000000", "versions/")
"""What romain must never see: hidden values, hidden numbers, places of files."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Published, dict[str, str]]:
    """The desk, what is applied, and paths that hostile queries name."""
    folder = tmp_path_factory.mktemp("hostile")
    bench, published = desk(folder)
    (folder / "secret.csv").write_text("a\nCANARY-FILE\n")
    paths = {
        "base": str(bench.store / published.applied.versions[DOCTORS].path),
        "csv": str(folder / "secret.csv"),
        "store": str(bench.store),
        "slice": str(bench.slices.slice(published.applied.versions[DOCTORS], ROMAIN)),
    }
    return bench, published, paths


def test_there_are_enough_hostile_queries() -> None:
    assert len({case["sql"] for case in HOSTILE}) == len(HOSTILE) >= 80


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["sql"][:60])
def test_a_hostile_query_shows_nothing(
    opened: tuple[Any, Published, dict[str, str]],
    case: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    bench, published, paths = opened
    monkeypatch.setenv("CANARY_ENV", "CANARY-ENV")
    sql = case["sql"]
    for name, path in paths.items():
        sql = sql.replace("{" + name + "}", path)
    before = sorted(p for p in bench.store.rglob("*") if "slices" not in p.parts)
    try:
        table = query(bench, published, sql, "romain", "127.0.0.1", NOW)
        outcome, said = "harmless", repr(table)
    except QueryRefused as refused:
        outcome, said = refused.code, f"{refused.message} {refused.hint}"
    printed = capfd.readouterr()
    wanted = case["code"] if isinstance(case["code"], list) else [case["code"]]
    assert outcome in wanted, said
    own_words = {word for word in HIDDEN if outcome != "harmless" and word in case["sql"]}
    leaked = [w for w in HIDDEN if w not in own_words and w in said + printed.out + printed.err]
    assert not leaked
    assert sorted(p for p in bench.store.rglob("*") if "slices" not in p.parts) == before


def test_unknown_and_forbidden_tables_answer_alike(opened: tuple[Any, Published, dict[str, str]]) -> None:
    bench, published, _ = opened
    said = []
    for table in ("hr.salaries", "hr.salariez"):
        with pytest.raises(QueryRefused) as raised:
            query(bench, published, f"select * from {table}", "romain", "127.0.0.1", NOW)
        said.append((raised.value.code, raised.value.message.replace(table, "T"), raised.value.hint))
    assert said[0] == said[1]
    assert said[0][0] == "unknown-table"
