"""SPECS.md's table of rights, cell by cell: in this process, in an OPA server, and the modules alone."""

from __future__ import annotations

import csv
import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.addresses import Address
from engine.policy.answers import request_as_input
from engine.policy.compile import policy_data
from engine.policy.decision import Caller, Decision, Request
from tests.policy.conftest import Engines
from tests.policy.generated import SHIPPED_ROLES
from tests.policy.spaces import space_of

TABLE = Path(__file__).parent / "table"
MODULES = Path(__file__).parents[2] / "engine" / "policy" / "rego"
TODAY = datetime.date(2026, 9, 28)

Cell = dict[str, str]


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return policy_data(
        *space_of(f"{SHIPPED_ROLES}\n---\n{(TABLE / 'space.yaml').read_text(encoding='utf-8')}")
    )


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    with (TABLE / "cells.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def asked(cell: Cell) -> Request:
    return Request(cell["actor"], cell["action"], Address.parse(cell["on"]), cell["ip"], TODAY, cell["part"])


def told(cell: Cell, allow: bool, reasons: list[str], via: list[str], until: str | None) -> Cell:
    return cell | {
        "expect": "allow" if allow else "refuse",
        "reasons": " | ".join(reasons),
        "via": " ".join(via),
        "valid_until": until or "",
    }


def as_cell(cell: Cell, d: Decision) -> Cell:
    return told(cell, d.allow, list(d.reasons), list(d.via), d.valid_until)


def test_the_table_is_large_and_decides_both_ways(cells: list[Cell]) -> None:
    assert len({tuple(cell.items()) for cell in cells}) == len(cells) >= 250
    expected = [cell["expect"] for cell in cells]
    assert min(expected.count("allow"), expected.count("refuse")) >= 100
    assert all(cell["reasons"] for cell in cells)


def test_every_cell_is_decided_as_written(engines: Engines, data: dict[str, Any], cells: list[Cell]) -> None:
    decisions = engines(data).decide_many([asked(cell) for cell in cells])
    assert [as_cell(c, d) for c, d in zip(cells, decisions, strict=True)] == cells


@pytest.mark.opa
def test_the_modules_alone_decide_the_same(
    opa: str, data: dict[str, Any], cells: list[Cell], tmp_path: Path
) -> None:
    (tmp_path / "data.json").write_text(json.dumps({"dataspace_facts": data}), encoding="utf-8")
    question = json.dumps({"requests": [request_as_input(asked(cell)) for cell in cells]})
    (tmp_path / "input.json").write_text(question, encoding="utf-8")
    run = subprocess.run(
        [opa, "eval", "--format", "raw", "--strict", "--data", str(MODULES), "--data",
         str(tmp_path / "data.json"), "--input", str(tmp_path / "input.json"), "data.dataspace.decisions"],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    answers = json.loads(run.stdout)
    given = [
        told(c, a["allow"], a["reasons"], a["via"], a["valid_until"])
        for c, a in zip(cells, answers, strict=True)
    ]
    assert given == cells


@pytest.mark.opa
def test_the_modules_pass_the_strictest_check_of_opa(opa: str) -> None:
    subprocess.run([opa, "check", "--strict", str(MODULES)], check=True, timeout=60)
    formatted = subprocess.run(
        [opa, "fmt", "--list", str(MODULES)], check=True, capture_output=True, timeout=60
    )
    assert formatted.stdout == b""


def test_what_is_forbidden_and_what_is_not_there_are_told_in_the_same_words(
    engines: Engines, data: dict[str, Any]
) -> None:
    engine = engines(data)
    for actor in ("viewer-stranger", "analyst-stranger", "worker-stranger"):
        caller = Caller(actor, "127.0.0.1", TODAY)
        for action in ("see", "preview", "use", "update"):
            there = engine.decide(caller.asks(action, Address.parse("dataset/alpha/cases")))
            not_there = engine.decide(caller.asks(action, Address.parse("dataset/alpha/casts")))
            assert [r.replace("cases", "casts") for r in there.reasons] == list(not_there.reasons)
            assert not there.allow
            assert there.via == not_there.via == ()
