"""The database between processes: one lock, dead holders, crashes, damage."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from engine.adapters.state_db import SqliteState
from engine.core.state import Applied
from engine.diagnostics import LockHeld, StalePlan, WorldFailure
from tests.state.test_contract import APPLIED, RUN, VERSION

HOLD = """
import sys, time
from pathlib import Path
from engine.adapters.state_db import SqliteState
with SqliteState(Path(sys.argv[1])).lock("prod", sys.argv[2]):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""
RACE = """
import sys
from pathlib import Path
from engine.adapters.state_db import SqliteState
from engine.diagnostics import LockHeld
import time
state = SqliteState(Path(sys.argv[1]))
state.environments()
print("ready", flush=True)
sys.stdin.readline()
try:
    with state.lock("prod", sys.argv[2]):
        print("won", flush=True)
        sys.stdin.readline()
except LockHeld as held:
    print("lost", held.message, flush=True)
"""
PUBLISH = """
import sys
from dataclasses import replace
from pathlib import Path
from engine.addresses import Address
from engine.adapters.state_db import SqliteState
from engine.core.state import Applied
state = SqliteState(Path(sys.argv[1]))
serial = state.applied("prod").serial
print("ready", flush=True)
while True:
    serial += 1
    digests = {Address("user", "", f"u{i}"): str(serial) for i in range(300)}
    applied = Applied("prod", serial, snapshot=str(serial), digests=digests)
    state.publish(applied, {str(serial): "x"}, serial - 1)
"""


def start(code: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def test_another_process_is_told_who_holds_the_lock_and_since_when(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    holder = start(HOLD, str(path), "romain@laptop (process 1)", "60")
    try:
        assert said(holder) == "held"
        with pytest.raises(LockHeld) as held, SqliteState(path).lock("prod", "sophie"):
            pass
        assert "romain@laptop (process 1) since 20" in held.value.message
        with SqliteState(path).lock("pr-42", "sophie"):
            pass
    finally:
        end(holder)


def test_of_many_at_once_exactly_one_gets_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    racers = [start(RACE, str(path), f"racer-{i}") for i in range(6)]
    try:
        assert [said(racer) for racer in racers] == ["ready"] * 6
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        results = [said(racer) for racer in racers]
        assert sorted(result.split()[0] for result in results) == ["lost"] * 5 + ["won"]
        winner = results.index("won")
        assert all(f"racer-{winner} since" in result for result in results if result != "won")
    finally:
        for racer in racers:
            end(racer)


def test_a_killed_holders_lock_is_taken_over_and_its_run_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    SqliteState(path).start_run(RUN)
    holder = start(HOLD, str(path), "romain", "60")
    assert said(holder) == "held"
    os.kill(holder.pid, signal.SIGKILL)
    # Not waited for yet: a process that has ended counts as gone even while its parent has not noticed.
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with SqliteState(path).lock("prod", "sophie"):
                break
        except LockHeld:
            time.sleep(0.05)
    else:
        pytest.fail("the lock was not taken over")
    assert SqliteState(path).runs("prod")[0].status == "interrupted"
    end(holder)


def test_a_process_number_that_is_used_again_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with SqliteState(path).lock("prod", "romain"), sqlite3.connect(path) as database:
        (pid,) = database.execute("select pid from locks").fetchone()
        assert pid == os.getpid()
        database.execute("update locks set process_started = 'another boot/1'")
        database.commit()
        with SqliteState(path).lock("prod", "sophie"):
            pass
    database.close()


def test_a_lock_from_another_machine_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with SqliteState(path).lock("prod", "romain"), sqlite3.connect(path) as database:
        database.execute("update locks set host = 'elsewhere', pid = 999999999")
        database.commit()
        with pytest.raises(LockHeld) as held, SqliteState(path).lock("prod", "sophie"):
            pass
        assert "elsewhere" in held.value.hint
    database.close()


def test_readers_see_whole_states_while_another_process_publishes_and_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    state = SqliteState(path)
    for _ in range(5):
        writer = start(PUBLISH, str(path))
        assert said(writer) == "ready"
        until = time.monotonic() + 0.4
        while time.monotonic() < until:
            check_whole(state)
        end(writer)
        check_whole(state)


def check_whole(state: SqliteState) -> None:
    applied = state.applied("prod")
    assert set(applied.digests.values()) <= {str(applied.serial)}
    assert applied.serial == 0 or (len(applied.digests) == 300 and state.document(applied.snapshot) == "x")


def test_threads_may_share_the_store(tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db")

    def work(number: int) -> bool:
        for i in range(20):
            state.add_version(replace(VERSION, fingerprint=f"{number}-{i}"))
        return all(state.version(f"{number}-{i}") is not None for i in range(20))

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(work, range(4))) == [True] * 4


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_database_is_a_failure_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(WorldFailure) as failure:
        SqliteState(path).applied("prod")
    assert str(path) in failure.value.message
    assert "\n" not in failure.value.message


def test_a_database_damaged_in_the_middle_is_a_failure_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    state = SqliteState(path)
    state.publish(APPLIED, {str(i): "x" * 5000 for i in range(50)}, 0)
    del state
    with sqlite3.connect(path) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(WorldFailure):
        SqliteState(path).applied("prod")


def test_a_store_that_is_not_there_is_a_failure_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(WorldFailure):
        SqliteState(tmp_path / "nowhere" / "state.db").environments()


def test_a_database_of_a_newer_engine_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    SqliteState(path).environments()
    with sqlite3.connect(path) as database:
        database.execute("update meta set value = '99'")
    database.close()
    with pytest.raises(WorldFailure, match="another version"):
        SqliteState(path).applied("prod")


def test_a_stale_publisher_loses_to_another_process(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first, second = SqliteState(path), SqliteState(path)
    serial = first.applied("prod").serial
    second.publish(Applied("prod", serial + 1, snapshot="second"), {}, serial)
    with pytest.raises(StalePlan):
        first.publish(Applied("prod", serial + 1, snapshot="first"), {}, serial)
    assert first.applied("prod").snapshot == "second"
