"""Whatever is given to somebody, and whatever is refused, leaves a record; without one nothing is given."""

from __future__ import annotations

import datetime
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.decision_log import DecisionLog
from engine.diagnostics import WorldFailure
from tests.gates.conftest import Space

NOW = ("--now", "2026-11-24")
COMMANDS = {
    "query": ["query", 'select * from p."inner"', "--as", "romain"],
    "preview": ["preview", "dataset/p/inner", "--as", "romain"],
    "export": ["export", "dataset/p/inner", "--as", "romain", "--out", "out.csv"],
    "can": ["can", "romain", "preview", "dataset/p/inner"],
    "render": ["render", "--as", "romain", "--out", "site"],
}


def clock() -> datetime.datetime:
    return datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)


def logged(space: Space) -> list[dict[str, Any]]:
    path = space.folder / ".dataspace/logs/decisions.ndjson"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_every_command_that_gives_data_or_answers_leaves_a_record(words: list[str], space: Space) -> None:
    space.cli.ok(*words, *NOW)
    events = [
        e for e in logged(space) if e["input"]["resource"] == "dataset/p/inner" and e["result"]["allow"]
    ]
    assert events
    event = events[0]
    assert event["path"] == "dataspace/decision"
    assert event["input"]["actor"] == "romain"
    assert event["input"]["now"] == "2026-11-24"
    assert event["requested_by"] == "127.0.0.1"
    assert event["labels"] == {"app": "dataspace-engine", "space": "test", "environment": "prod"}
    assert len(event["decision_id"]) == 36
    assert event["timestamp"].endswith("Z")
    assert event["bundles"]["dataspace"]["revision"]
    assert event["result"]["reasons"]


def test_a_refusal_is_recorded_with_its_reasons(space: Space) -> None:
    assert space.cli("preview", "catalog/deep", "--as", "marie", *NOW).returncode == 1
    (event,) = logged(space)
    assert event["result"]["allow"] is False
    assert "marie has no grant" in event["result"]["reasons"]


def test_a_table_that_does_not_exist_is_recorded_as_asked_for(space: Space) -> None:
    assert space.cli("query", "select * from p.nothing", "--as", "romain", *NOW).returncode == 1
    (event,) = logged(space)
    assert (event["input"]["resource"], event["result"]["allow"]) == ("dataset/p/nothing", False)


def test_who_can_is_recorded_for_everyone_it_asks_about(space: Space) -> None:
    space.cli.ok("who-can", "use", "catalog/deep", *NOW)
    asked = [event["input"]["actor"] for event in logged(space)]
    assert asked == sorted(set(asked))
    assert "romain" in asked


def test_a_run_as_somebody_is_recorded(space: Space) -> None:
    space.cli("run", "--actor", "romain", "--ip", "10.2.3.4", *NOW)
    found = [(e["input"]["actor"], e["input"]["action"], e["requested_by"]) for e in logged(space)]
    assert found
    assert set(found) == {("romain", "run", "10.2.3.4")}


def test_an_application_is_recorded(space: Space) -> None:
    space.cli(
        "request", "catalog/deep", "--to", "user:romain", "--as", "romain", "--purpose", "x", "--yes", *NOW
    )
    assert ("romain", "request") in {(e["input"]["actor"], e["input"]["action"]) for e in logged(space)}


@pytest.mark.parametrize("words", [["plan"], ["render", "--out", "site"]])
def test_what_gives_nobody_anything_leaves_no_record(words: list[str], space: Space) -> None:
    space.cli.ok(*words, *NOW)
    assert logged(space) == []


def test_no_value_of_the_data_is_in_the_log(space: Space) -> None:
    policy = "kind: DataPolicy\nname: rows\ndatasets: [p/inner]\nto: romain\nrows: a <> 'planted-7'\n"
    space.write("policies/rows.yaml", policy)
    space.write("data/inner.csv", "a\nplanted-8\n")
    space.cli.ok("apply", "--yes", *NOW)
    for words in COMMANDS.values():
        space.cli.ok(*words, *NOW)
    space.cli("query", "select * from p.\"inner\" where a = 'planted-9'", "--as", "romain", *NOW)
    text = (space.folder / ".dataspace/logs/decisions.ndjson").read_text(encoding="utf-8")
    assert "planted" not in text
    assert any(e["result"]["obligations"]["rows"] == 1 for e in logged(space))


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_without_a_record_nothing_is_given(words: list[str], space: Space) -> None:
    (space.folder / ".dataspace/logs").write_text("in the way", encoding="utf-8")
    done = space.cli(*words, *NOW)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "the decision log" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (space.folder / "out.csv").exists()


def test_a_log_that_grows_is_put_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path, clock, most_bytes=100, most_files=3)
    for number in range(20):
        log.add([{"n": number, "padding": "x" * 30}])
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == [".lock", "decisions.ndjson", "decisions.ndjson.1", "decisions.ndjson.2"]
    kept = [
        json.loads(line)["n"]
        for name in ("decisions.ndjson.2", "decisions.ndjson.1", "decisions.ndjson")
        for line in (tmp_path / name).read_text(encoding="utf-8").splitlines()
    ]
    assert kept == list(range(20))[-len(kept) :]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())


def test_threads_lose_no_line_and_break_none(tmp_path: Path) -> None:
    def work(worker: int) -> None:
        log = DecisionLog(tmp_path, clock, most_bytes=2000, most_files=200)
        for number in range(50):
            log.add([{"worker": worker, "n": number, "part": p} for p in range(2)])

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for path in tmp_path.glob("*.ndjson*") for line in path.read_text().splitlines()]
    found = {(e["worker"], e["n"], e["part"]) for e in map(json.loads, lines)}
    assert len(lines) == len(found) == 8 * 50 * 2


def test_only_its_owner_may_read_the_log_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    DecisionLog(folder, clock).add([{"n": 1}])
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "decisions.ndjson").stat().st_mode & 0o077 == 0
    elsewhere = tmp_path / "elsewhere"
    (folder / "decisions.ndjson").unlink()
    (folder / "decisions.ndjson").symlink_to(elsewhere)
    with pytest.raises(WorldFailure):
        DecisionLog(folder, clock).add([{"n": 2}])
    assert not elsewhere.exists()
