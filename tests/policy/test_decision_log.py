"""What was decided is written down before it is told."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from engine.adapters.decision_log import DecisionLog, LoggedEngine
from engine.adapters.embedded_rego import EmbeddedRego
from engine.diagnostics import WorldFailure
from engine.policy.compile import policy_data
from tests.policy.generated import random_requests, random_space

NOON = datetime.datetime(2026, 9, 28, 12, tzinfo=datetime.UTC)


def logged(folder: Path, most_bytes: int = 1 << 20, most_files: int = 3) -> LoggedEngine:
    data = policy_data(*random_space(1))
    log = DecisionLog(folder, lambda: NOON, most_bytes, most_files)
    return LoggedEngine(EmbeddedRego(data), log, data["revision"])


def test_every_decision_is_one_event_in_the_shape_of_opa(tmp_path: Path) -> None:
    engine, asked = logged(tmp_path), random_requests(1, random_space(1)[0], 30)
    decisions = engine.decide_many(asked)
    events = [json.loads(line) for line in (tmp_path / "decisions.ndjson").read_text("utf-8").splitlines()]
    assert [e["result"]["allow"] for e in events] == [d.allow for d in decisions]
    assert [e["input"]["resource"] for e in events] == [str(r.resource) for r in asked]
    assert len({e["decision_id"] for e in events}) == 30
    for event in events:
        assert {"decision_id", "labels", "bundles", "path", "input", "result", "timestamp"} <= event.keys()
        assert event["timestamp"] == "2026-09-28T12:00:00Z"
        assert isinstance(event["result"]["obligations"]["rows"], int)


def test_files_rotate_and_the_oldest_is_dropped(tmp_path: Path) -> None:
    engine, asked = logged(tmp_path, most_bytes=4000), random_requests(1, random_space(1)[0], 60)
    for request in asked:
        engine.decide(request)
    files = sorted(p.name for p in tmp_path.glob("decisions.ndjson*"))
    assert files == ["decisions.ndjson", "decisions.ndjson.1", "decisions.ndjson.2"]
    assert all(p.stat().st_size <= 4000 for p in tmp_path.glob("decisions.ndjson*"))


def test_what_cannot_be_logged_is_not_decided(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be", encoding="utf-8")
    engine = logged(tmp_path / "taken")
    with pytest.raises(WorldFailure, match="cannot be written"):
        engine.decide_many(random_requests(1, random_space(1)[0], 1))
