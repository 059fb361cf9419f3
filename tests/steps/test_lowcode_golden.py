"""Each verb: YAML in, SQL, columns and rows out. `UPDATE_GOLDEN=1 pytest ...` writes what comes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot

from engine.core.binding import Binder
from engine.model.lowcode import VERBS
from tests.steps.chains import Rows, columns_of, query, run

GOLDEN = Path(__file__).parent / "golden"
TABLES = {
    "t": Rows(
        {"oa": "string", "n": "integer", "d": "string", "l": "list<integer>", "x": "float"},
        [
            ("AFU", 3, "01/02/2024", [1, 2], 1.5),
            ("AFU", None, "x", [], 2.5),
            ("CFAR", 1, None, None, None),
            ("B", 3, "03/02/2024", [7], 0.5),
        ],
    ),
    "u": Rows(
        {"oa": "string", "n": "integer", "label": "string"},
        [("AFU", 9, "Urology"), ("Z", 8, "Zed"), (None, 1, "None")],
    ),
    "w": Rows({"n": "integer", "oa": "string"}, [(3, "AFU"), (3, "AFU")]),
}


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as binder:
        yield binder


def test_there_is_a_golden_file_for_every_verb() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_gives_the_sql_and_the_rows_it_promises(binder: Binder, verb: str) -> None:
    path = GOLDEN / f"{verb}.txt"
    cases = path.read_text(encoding="utf-8").split("\n====\n")
    came = [outcome(case.split("\n----\n")[0].strip("\n"), binder) for case in cases]
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text("\n====\n".join(came), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "\n====\n".join(came)


def outcome(verbs: str, binder: Binder) -> str:
    """The verbs, their columns, their SQL set out for people, and their rows, sorted when in no order."""
    sql = query(verbs, TABLES, binder)
    rows = [" | ".join(map(str, row)) for row in run(sql, TABLES)]
    ordered = sqlglot.parse_one(sql, dialect="duckdb").args.get("order") is not None
    laid_out = sqlglot.transpile(sql, read="duckdb", write="duckdb", pretty=True)[0]
    kept = "\n".join(rows if ordered else sorted(rows))
    return f"{verbs}\n----\n{columns_of(verbs, TABLES, binder)}\n----\n{laid_out}\n----\n{kept}\n"
