"""A data diff tells schema and counts: nothing below the smallest cell, and to each only what is theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.inside import Inside, copied
from tests.e2e.small_space import FILES, change

VISITS = "visit,patient,site,minutes\n" + "".join(
    f"{n},p{n % 12},{'North' if n % 2 else 'South'},{n}\n" for n in range(1, 41)
)
MORE = {
    "specs/data/visits.csv": VISITS,
    "specs/projects/p/datasets/visits.yaml": """\
kind: Dataset
name: visits
sensitivity: internal
from: {file: ../../../data/visits.csv}
format: {type: csv, encoding: utf-8}
columns:
  - {name: visit, type: integer}
  - {name: patient, type: string}
  - {name: site, type: string}
  - {name: minutes, type: integer}
checks: [{unique: [visit]}]
protect: {unit: patient, min_cell: 5}
""",
    "specs/policies/more.yaml": """\
kind: User
name: bob
role: worker
---
kind: DataPolicy
name: ana-sees-the-north
datasets: [p/visits]
to: ana
rows: "true"
columns: {site: redact}
---
kind: Project
name: other
members: [bob]
""",
}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small space with visits of patients, applied. Read only."""
    folder = tmp_path_factory.mktemp("diff") / "space"
    for name, text in {**FILES, "specs/space.yaml": "kind: Space\nname: test\n", **MORE}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    Inside(folder).ok("apply", "--yes")
    return folder


@pytest.fixture
def cli(applied: Path, tmp_path: Path) -> Inside:
    """The command line in a private copy of that space."""
    return copied(applied, tmp_path / "space")


def preview(cli: Inside, file: str, rows: str) -> None:
    """Apply other rows to an environment of a pull request."""
    (cli.folder / file).write_text(rows, encoding="utf-8")
    cli.ok("--env", "pr-1", "apply", "--yes")


def diff(cli: Inside, dataset: str, *more: str) -> dict[str, Any]:
    words = ("diff", f"dataset/p/{dataset}", "--env", "pr-1", "--format", "json", *more)
    return dict(json.loads(cli.ok(*words)))


def test_rows_are_matched_by_key_and_each_column_has_its_rate(cli: Inside) -> None:
    rows = (
        FILES["specs/data/users.csv"]
        .replace("2,b@x.org", "2,new@x.org")
        .replace("3,c@x.org,cid\n", "4,d,e\n")
    )
    preview(cli, "specs/data/users.csv", rows)
    found = diff(cli, "users")
    assert (found["rows"], found["key"]) == ({"here": 3, "there": 3}, ["id"])
    assert (found["added"], found["removed"], found["changed"]) == (1, 1, 1)
    assert found["column_changes"] == {"email": 1, "username": 0}
    assert found["column_rates"] == {"email": 0.5, "username": 0.0}
    text = cli.ok("diff", "dataset/p/users", "--env", "pr-1")
    assert "email: 1 value changed (50% of the matched rows)" in text
    assert "new@x.org" not in text + json.dumps(found)


def test_columns_that_came_went_or_changed_type_are_named(cli: Inside) -> None:
    spec = "specs/projects/p/datasets/users.yaml"
    change(cli, spec, "  - {name: username, type: string}", "  - {name: login, from: username, type: string}")
    change(cli, spec, "{name: id, type: integer}", "{name: id, type: string}")
    change(cli, "specs/projects/p/dataflows/flow.yaml", "id + 1", "1")
    cli.ok("--env", "pr-1", "apply", "--yes")
    assert diff(cli, "users", "--key", "email")["columns"] == {
        "added": ["login"],
        "removed": ["username"],
        "retyped": ["id"],
    }


def test_without_a_key_whole_rows_are_compared(cli: Inside) -> None:
    change(cli, "specs/projects/p/dataflows/flow.yaml", "id + 1", "id + 2")
    cli.ok("--env", "pr-1", "apply", "--yes")
    found = diff(cli, "c")
    assert (found["key"], found["added"], found["removed"], found["changed"]) == ([], 1, 1, 0)


def test_counts_of_fewer_units_than_the_smallest_cell_are_withheld_however_many_rows(cli: Inside) -> None:
    lines = VISITS.splitlines()
    ten_visits_of_one = [f"{n},p1,North,{n}" for n in range(50, 60)]
    changed = [line.replace("South", "West") if line.split(",")[1] == "p2" else line for line in lines]
    preview(cli, "specs/data/visits.csv", "\n".join([*changed, *ten_visits_of_one]) + "\n")
    found = diff(cli, "visits")
    assert (found["added"], found["removed"]) == (None, 0)
    assert found["rows"] == {"here": None, "there": 40}
    assert (found["changed"], found["column_changes"]["site"]) == (None, None)
    assert found["column_rates"] == {"patient": 0.0, "site": None, "minutes": 0.0}
    text = cli.ok("diff", "dataset/p/visits", "--env", "pr-1")
    assert "added withheld" in text
    assert "fewer than 5 are withheld" in text


def test_counts_of_enough_units_are_shown(cli: Inside) -> None:
    preview(cli, "specs/data/visits.csv", VISITS.replace("North", "East"))
    found = diff(cli, "visits")
    assert (found["changed"], found["column_changes"]["site"], found["column_rates"]["site"]) == (20, 20, 0.5)


def test_rows_that_changed_are_withheld_with_a_column_that_is(cli: Inside) -> None:
    rows = VISITS.replace("North", "East").replace("2,p2,South,2\n", "2,p2,South,3\n")
    preview(cli, "specs/data/visits.csv", rows)
    found = diff(cli, "visits")
    assert found["column_changes"] == {"patient": 0, "site": 20, "minutes": None}
    assert found["changed"] is None


def test_a_reader_compares_what_they_may_use_and_others_are_refused(cli: Inside) -> None:
    preview(cli, "specs/data/visits.csv", VISITS.replace("North", "East"))
    mine = diff(cli, "visits", "--as", "ana")
    assert mine["column_changes"]["site"] == 0
    refused = cli("diff", "dataset/p/visits", "--env", "pr-1", "--as", "bob")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "bob may not use dataset/p/visits" in refused.stderr


def test_a_key_that_does_not_tell_rows_apart_is_refused(cli: Inside) -> None:
    preview(cli, "specs/data/visits.csv", VISITS.replace("North", "East"))
    refused = cli("diff", "dataset/p/visits", "--env", "pr-1", "--key", "site")
    assert "rows cannot be matched by site: several have the same" in refused.stderr
