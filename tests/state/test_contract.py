"""The contract of StateStore: the database and the fake in memory keep the same promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.adapters.state_db import SqliteState
from engine.addresses import Address
from engine.core.state import (
    Applied,
    CheckResult,
    Partition,
    Released,
    RunRecord,
    StepRecord,
    Version,
    VersionColumn,
)
from engine.diagnostics import LockHeld, StalePlan, WorldFailure
from engine.ports import StateStore
from tests.state.memory import MemoryState

A, B = Address("dataset", "p", "a"), Address("dataset", "studio-r", "b")
VERSION = Version(
    fingerprint="f1", address=A, path="versions/p/a/f1.parquet", rows=3, bytes=100, content="c1",
    columns=(VersionColumn("N° é", "decimal(10,2)"),), logic="l1", algorithm=1, inputs={B: "f0"},
    data_time="2026-01-01T00:00:00Z",
)  # fmt: skip
JANUARY = Partition("2025-01", "i1", "versions/p/a/2025-01-c1.parquet", 2, 60, "c1")
UNTIMED = Partition("none", "i2", "versions/p/a/none-c2.parquet", 1, 40, "c2")
APPLIED = Applied(
    environment="prod", serial=1, snapshot="s", policy="p", compiled="c", run="prod-00001", site="x",
    digests={A: "metadata:1", Address("user", "", "romain"): ""}, versions={A: VERSION},
    columns={A: {"N° é": "h"}}, logics={A: "l"}, stamps={A: "stamp"},
)  # fmt: skip
CHECK = CheckResult(A, "not_null id", "passed", "error", 0, "f1")
RUN = RunRecord(
    run="prod-00001", environment="prod", kind="apply", status="running", actor="romain",
    started="2026-01-01T00:00:00Z", finished="", plan="abc", commit="def",
)  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], StateStore]:
    """Opens the store; the database again and again, as other commands would."""
    if request.param == "sqlite":
        return lambda: SqliteState(tmp_path / "state.db")
    memory = MemoryState()
    return lambda: memory


def test_nothing_is_applied_at_first(make: Callable[[], StateStore]) -> None:
    assert make().applied("prod") == Applied("prod", 0)
    assert make().environments() == ()


def test_what_is_published_is_what_is_applied(make: Callable[[], StateStore]) -> None:
    make().publish(APPLIED, {"s": "text é", "p": "{}"}, 0)
    assert make().applied("prod") == APPLIED
    assert make().document("s") == "text é"
    assert make().environments() == ("prod",)


def test_publishing_replaces_every_pointer(make: Callable[[], StateStore]) -> None:
    make().publish(APPLIED, {}, 0)
    after = replace(APPLIED, serial=2, digests={B: "x"}, versions={}, columns={}, logics={}, stamps={})
    make().publish(after, {}, 1)
    assert make().applied("prod") == after


def test_publishing_over_a_state_that_moved_changes_nothing(make: Callable[[], StateStore]) -> None:
    make().publish(APPLIED, {}, 0)
    with pytest.raises(StalePlan):
        make().publish(replace(APPLIED, serial=2, snapshot="other"), {"new": "text"}, 0)
    assert make().applied("prod") == APPLIED
    with pytest.raises(WorldFailure):
        make().document("new")


def test_environments_are_apart(make: Callable[[], StateStore]) -> None:
    other = replace(APPLIED, environment="pr-42", serial=7)
    make().publish(APPLIED, {}, 0)
    make().publish(replace(other, serial=1), {}, 0)
    assert make().applied("prod") == APPLIED
    assert make().environments() == ("pr-42", "prod")


def test_a_published_text_may_be_published_again(make: Callable[[], StateStore]) -> None:
    make().publish(APPLIED, {"s": "text"}, 0)
    make().publish(replace(APPLIED, serial=2), {"s": "text"}, 1)
    assert make().document("s") == "text"


def test_every_published_state_is_kept_latest_first(make: Callable[[], StateStore]) -> None:
    second = replace(APPLIED, serial=2, run="prod-00002", digests={B: "x"}, versions={}, stamps={})
    make().publish(APPLIED, {}, 0)
    make().publish(second, {}, 1)
    make().publish(replace(APPLIED, environment="pr-42"), {}, 0)
    assert make().history("prod") == (second, APPLIED)
    assert make().history("prod", limit=1) == (second,)
    assert make().history("prod", run="prod-00001") == (APPLIED,)
    assert make().history("nowhere") == ()


def test_a_dropped_environment_starts_anew_and_others_stay(make: Callable[[], StateStore]) -> None:
    make().add_version(VERSION)
    make().publish(APPLIED, {"s": "text"}, 0)
    make().publish(replace(APPLIED, environment="pr-42"), {}, 0)
    make().drop("pr-42")
    make().drop("nowhere")
    assert make().environments() == ("prod",)
    assert make().applied("pr-42") == Applied("pr-42", 0)
    assert make().history("pr-42") == ()
    assert make().history("prod") == (APPLIED,)
    assert make().version("f1") == VERSION
    assert make().document("s") == "text"


def test_versions_are_listed_and_forgotten(make: Callable[[], StateStore]) -> None:
    other = replace(VERSION, fingerprint="a0")
    make().add_version(VERSION)
    make().add_version(other)
    assert make().versions() == (other, VERSION)
    make().forget("f1")
    make().forget("nowhere")
    assert make().versions() == (other,)


def test_a_version_of_partitions_is_remembered_with_all_of_them(make: Callable[[], StateStore]) -> None:
    cut = replace(VERSION, path="versions/p/a/f1.json", cut="month of day", partitions=(JANUARY, UNTIMED))
    make().add_version(cut)
    make().publish(replace(APPLIED, versions={A: cut}), {}, 0)
    assert make().version("f1") == cut
    assert make().applied("prod").versions[A] == cut
    assert make().history("prod")[0].versions[A] == cut


def test_the_ledger_knows_a_datasets_partitions_and_who_computed_them_last(
    make: Callable[[], StateStore],
) -> None:
    make().add_partition(A, JANUARY, "prod-00001")
    make().add_partition(A, UNTIMED, "prod-00001")
    make().add_partition(A, JANUARY, "prod-00002")
    assert make().partition(A, "i1") == JANUARY
    assert make().partition(B, "i1") is None
    assert make().partition_runs(A) == {"i1": "prod-00002", "i2": "prod-00001"}
    assert make().partition_files() == {JANUARY.path, UNTIMED.path}


def test_partitions_whose_files_are_gone_are_forgotten(make: Callable[[], StateStore]) -> None:
    make().add_partition(A, JANUARY, "prod-00001")
    make().add_partition(A, UNTIMED, "prod-00001")
    make().forget_partitions(frozenset({JANUARY.path, "versions/p/a/nowhere.parquet"}))
    assert make().partition(A, "i1") is None
    assert make().partition(A, "i2") == UNTIMED


def test_the_release_ledger_tells_what_was_shown_latest_first(make: Callable[[], StateStore]) -> None:
    first = Released("prod", A, "", "f1.parquet", "prod-00001", "c1")
    later = replace(first, version="f2.parquet", run="prod-00002", cells="c2")
    for released in (first, replace(first, audience="few"), replace(first, dataset=B), later):
        make().add_release(released)
    assert make().releases("") == (later, replace(first, dataset=B), first)
    assert make().releases("few") == (replace(first, audience="few"),)
    assert make().releases("nobody") == ()


def test_what_a_dropped_environment_showed_stays_known(make: Callable[[], StateStore]) -> None:
    released = Released("pr-1", A, "", "f1.parquet", "pr-1-00001", "c1")
    make().add_release(released)
    make().drop("pr-1")
    assert make().releases("") == (released,)


def test_a_version_is_remembered_before_it_is_published(make: Callable[[], StateStore]) -> None:
    assert make().version("f1") is None
    make().add_version(VERSION)
    make().add_version(VERSION)
    assert make().version("f1") == VERSION


def test_runs_are_remembered_latest_first(make: Callable[[], StateStore]) -> None:
    step = StepRecord(A, "create", "done", 3, 0.25, "")
    ended = replace(RUN, status="succeeded", finished="2026-01-01T00:01:00Z", steps=(step,), checks=(CHECK,))
    make().start_run(RUN)
    assert make().runs("prod") == (RUN,)
    make().finish_run(ended)
    second = replace(RUN, run="prod-00002")
    make().start_run(second)
    assert make().runs("prod") == (second, ended)
    assert make().runs("prod", limit=1) == (second,)
    assert make().runs("pr-42") == ()


def test_the_latest_outcomes_of_a_version_are_told(make: Callable[[], StateStore]) -> None:
    failed = replace(CHECK, status="failed", failures=4)
    for run, check in (("prod-00001", CHECK), ("prod-00002", failed), ("prod-00003", None)):
        make().start_run(replace(RUN, run=run))
        make().finish_run(replace(RUN, run=run, checks=(check,) if check else ()))
    assert make().checks("f1") == (failed,)
    assert make().checks("f2") == ()


def test_the_lock_is_held_by_one_and_given_back(make: Callable[[], StateStore]) -> None:
    with make().lock("prod", "romain@here"):
        with pytest.raises(LockHeld, match="romain@here since"), make().lock("prod", "sophie"):
            pass
        with make().lock("pr-42", "sophie"):
            pass
    with make().lock("prod", "sophie"):
        pass


def test_the_lock_is_given_back_when_work_fails(make: Callable[[], StateStore]) -> None:
    with pytest.raises(ValueError, match="oops"), make().lock("prod", "romain"):
        raise ValueError("oops")
    with make().lock("prod", "sophie"):
        pass


def test_a_run_that_nobody_finished_counts_as_interrupted(
    make: Callable[[], StateStore],
) -> None:
    make().start_run(RUN)
    with make().lock("prod", "sophie"):
        assert make().runs("prod")[0].status == "interrupted"


names = st.from_regex(r"[a-z][a-z0-9_-]{0,4}", fullmatch=True)
addresses = st.builds(Address, st.just("dataset"), names, names)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
versions = st.builds(
    Version, fingerprint=names, address=addresses, path=texts, rows=st.integers(0, 2**40),
    bytes=st.integers(0, 2**40), content=texts,
    columns=st.lists(st.builds(VersionColumn, texts, texts), max_size=2).map(tuple), logic=texts,
    algorithm=st.integers(0, 9), inputs=st.dictionaries(addresses, texts, max_size=2), data_time=texts,
)  # fmt: skip


@given(
    st.dictionaries(addresses, versions, max_size=4),
    st.dictionaries(addresses, texts, max_size=4),
    st.dictionaries(addresses, st.dictionaries(texts, texts, max_size=2), max_size=3),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_state_comes_back_as_it_was(
    make: Callable[[], StateStore],
    held: dict[Address, Version],
    told: dict[Address, str],
    columns: dict[Address, dict[str, str]],
) -> None:
    serial = make().applied("prod").serial
    applied = Applied(
        "prod", serial + 1, digests=told, versions=held, columns=columns, logics=told, stamps=told
    )  # fmt: skip
    make().publish(applied, {}, serial)
    assert make().applied("prod") == applied
