"""Narrowing follows the origin column, whatever a dataset calls it, in whichever one it is collected."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import Cli

NAMES = ("Ysolde Quark", "Barnaby Flint", "Corisande Wick", "Dirk Marrow")
"""Whom eve may not see by name, nor at all where they are not of D75."""
PLACES, AGES = ("D75", "D75", "D92", "D69"), (41, 42, 43, 44)
LINES = [f"{name},{dep},{age}" for name, dep, age in zip(NAMES, PLACES, AGES, strict=True)]
CSV = "\n".join(["name,dep,age", *LINES]) + "\n"
FILES = {
    "space.yaml": "kind: Space\nname: s\ntitle: S\ncollect: {allow_hosts: [x.example.org]}\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "people.yaml": """
kind: Role
name: reader
clearance: restricted
allow:
  - {on: dataset, actions: [see, preview, export, use, create, update], when: member}
  - {on: catalog, actions: [see], when: any}
  - {on: catalog, actions: [preview, export, use], when: clearance}
---
{kind: User, name: eve, role: reader}
---
{kind: DataPolicy, name: narrow, datasets: [p/people], to: eve, rows: "dep = 'D75'", columns: {name: hash}}
---
{kind: Source, name: folder, type: file, path: ../data, allow_projects: [p, q]}
---
{kind: Source, name: base, type: sqlite, path: ../data/people.db, allow_projects: [p, q]}
""",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\nmembers: [eve]\n",
    "projects/q/project.yaml": "kind: Project\nname: q\ntitle: Q\nmembers: [eve]\n",
    "projects/p/people.yaml": """
kind: Dataset
name: people
title: People
from: {file: ../../../data/people.csv}
columns:
  - {name: name, type: string}
  - {name: dep, type: string}
  - {name: age, type: integer}
""",
}
PEOPLE = FILES["projects/p/people.yaml"]
OTHER = "kind: Dataset\nname: other\ntitle: Other\nfrom: {file: ../../../data/people.csv}\n"
CHANGES: dict[str, dict[str, str]] = {
    "the column again": {"projects/p/people.yaml": PEOPLE + "  - {name: name2, from: name, type: string}\n"},
    "the column thrice": {
        "projects/p/people.yaml": PEOPLE
        + "  - {name: n1, from: name, type: string}\n  - {name: n2, from: name, type: string}\n"
    },
    "the column again in capitals": {
        "projects/p/people.yaml": PEOPLE + "  - {name: NOM, from: name, type: string}\n"
    },
    "the column with spaces": {
        "projects/p/people.yaml": PEOPLE + "  - {name: name2, from: ' name ', type: string}\n"
    },
    "another dataset's column with spaces": {
        "projects/p/other.yaml": OTHER
        + "columns:\n  - {name: who, from: '  name', type: string}\n  - {name: dep, type: string}\n"
    },
    "another dataset": {"projects/p/other.yaml": OTHER},
    "another dataset of another project": {"projects/q/other.yaml": OTHER},
    "another name in another dataset": {
        "projects/q/other.yaml": OTHER
        + "columns:\n  - {name: who, from: name, type: string}\n  - {name: dep, type: string}\n"
    },
    "without the filter's column": {
        "projects/p/other.yaml": OTHER + "columns:\n  - {name: name, type: string}\n"
    },
    "the filter's column renamed": {
        "projects/p/other.yaml": OTHER
        + "columns:\n  - {name: name, type: string}\n  - {name: place, from: dep, type: string}\n"
    },
    "another column as the filter's": {
        "projects/p/other.yaml": OTHER
        + "columns:\n  - {name: name, type: string}\n  - {name: dep, from: age, type: string}\n"
    },
    "through a source": {
        "projects/p/other.yaml": "kind: Dataset\nname: other\nfrom: {source: folder, table: people.csv}\n"
    },
    "by another path": {
        "projects/p/other.yaml": OTHER.replace("../../../data/people.csv", "../../../data/../data/people.csv")
    },
    "without a header": {"projects/p/other.yaml": OTHER + "format: {header: false}\n"},
    "its first person as the header": {"projects/p/other.yaml": OTHER + "format: {skip: 1}\n"},
    "by another delimiter": {"projects/p/other.yaml": OTHER + "format: {delimiter: ';'}\n"},
    "as another type": {"projects/p/other.yaml": OTHER + "format: {type: tsv}\n"},
}
NIGHT = bool(os.environ.get("ENGINE_NIGHTLY"))
"""Every night (scripts/nightly-disclosure) with a row filter, too, and by `preview`."""
MASK_ONLY = "people.yaml", "rows: \"dep = 'D75'\", ", ""


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("origins")
    (folder / "data").mkdir()
    (folder / "data/people.csv").write_text(CSV, encoding="utf-8")
    with sqlite3.connect(folder / "data/people.db") as base:
        base.execute("create table people (name text, dep text, age integer)")
    base.close()
    for name, text in FILES.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Cli(folder).ok("apply", "--yes")
    return folder


@pytest.mark.parametrize("mask_only", [False, True] if NIGHT else [True])
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_hidden_stays_hidden_under_another_name(
    applied: Path, tmp_path: Path, name: str, mask_only: bool
) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    if mask_only:
        file, before, after = MASK_ONLY
        text = (folder / "specs" / file).read_text("utf-8")
        assert before in text
        (folder / "specs" / file).write_text(text.replace(before, after), encoding="utf-8")
    for path, text in CHANGES[name].items():
        (folder / "specs" / path).write_text(text, encoding="utf-8")
    cli = Cli(folder)
    done = cli("apply", "--yes")
    assert "Traceback" not in done.stderr
    refused = "format-differs" in done.stderr
    assert refused == ("format:" in "".join(CHANGES[name].values())), done.stderr
    assert done.returncode == int(refused), "what is not refused is there, and hidden"
    changed = {path.split("/")[1] + "." + Path(path).stem for path in CHANGES[name]}
    asked = [("query", f"select * from {dataset}") for dataset in sorted(changed)]
    seen = [("preview", dataset.replace(".", "/")) for dataset in sorted(changed)] if NIGHT else []
    answers = [cli(*words, "--as", "eve", "--format", "json") for words in (*asked, *seen)]
    assert not any("Traceback" in answer.stderr for answer in answers)
    told = "".join(answer.stdout for answer in answers)
    assert [person for person in NAMES if person in told] == [], done.stderr


def test_columns_that_are_no_secret_are_shown_as_before(applied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    (folder / "specs/projects/q/other.yaml").write_text(
        OTHER + "columns:\n  - {name: years, from: age, type: integer}\n  - {name: dep, type: string}\n"
    )
    cli = Cli(folder)
    cli.ok("apply", "--yes")
    said = cli.ok("query", "select years from q.other order by years", "--as", "eve", "--format", "csv")
    assert said.split() == ["years", "41", "42"]


def test_a_plan_tells_what_a_new_column_is_masked_by(applied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    (folder / "specs/projects/p/people.yaml").write_text(
        PEOPLE + "  - {name: name2, from: name, type: string}\n", encoding="utf-8"
    )
    assert "name2 masked (hash)" in Cli(folder).ok("plan")


TAGGED = PEOPLE.replace(
    "{name: name, type: string}", "{name: name, type: string, tags: [personal], sensitivity: restricted}"
)
LOWERED: dict[str, tuple[dict[str, str], str]] = {
    "a copy of the column, said to be internal": (
        {
            "projects/p/people.yaml": TAGGED
            + "  - {name: name2, from: name, type: string, sensitivity: internal}\n"
        },
        "declassify",
    ),
    "another dataset, said to be public": (
        {"projects/q/other.yaml": OTHER + "sensitivity: public\n"},
        "declassify",
    ),
    "another dataset's column, said to be public": (
        {
            "projects/q/other.yaml": OTHER
            + "sensitivity: restricted\ncolumns: [{name: x, from: name, type: string, sensitivity: public}]\n"
        },
        "declassify",
    ),
}


@pytest.mark.parametrize("name", LOWERED)
def test_a_level_is_not_lowered_by_another_name(applied: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    changes, code = LOWERED[name]
    for path, text in {"projects/p/people.yaml": TAGGED, **changes}.items():
        (folder / "specs" / path).write_text(text, encoding="utf-8")
    done = Cli(folder)("validate")
    assert done.returncode == 1
    assert f"error[{code}]" in done.stderr, done.stderr


def test_levels_and_tags_come_along_where_nothing_is_said(applied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    (folder / "specs/projects/p/people.yaml").write_text(
        TAGGED + "  - {name: name2, from: name, type: string}\n", encoding="utf-8"
    )
    (folder / "specs/projects/q/other.yaml").write_text(OTHER, encoding="utf-8")
    cli = Cli(folder)
    cli.ok("apply", "--yes")
    for address, column in (("dataset/p/people", "name2"), ("dataset/q/other", "name")):
        shown = json.loads(cli.ok("show", address, "--format", "json"))
        (found,) = (c for c in shown["columns"] if c["name"] == column)
        assert (found["sensitivity"], found["tags"]) == ("restricted", ["personal"])


MOVED: dict[str, tuple[str, str]] = {
    "the masked column": ("{name: name, type: string}", "{name: name, from: dep, type: string}"),
    "the filter's column": ("{name: dep, type: string}", "{name: dep, from: name, type: string}"),
    "both, swapped": (
        "{name: name, type: string}\n  - {name: dep, type: string}",
        "{name: name, from: dep, type: string}\n  - {name: dep, from: name, type: string}",
    ),
    "the format": ("columns:", "format: {encoding: utf-8}\ncolumns:"),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_a_policy_names_is_not_moved_unnoticed(applied: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    before, after = MOVED[name]
    assert before in PEOPLE
    (folder / "specs/projects/p/people.yaml").write_text(PEOPLE.replace(before, after), encoding="utf-8")
    told = Cli(folder)("plan")
    assert "warning[narrowing-moved]" in told.stderr
    assert "datapolicy/narrow narrows dataset/p/people" in told.stderr
    refused = Cli(folder)("plan", "--actor", "eve")
    assert refused.returncode == 1
    assert "eve may not update datapolicy/narrow" in refused.stderr


def test_another_column_may_move(applied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    text = PEOPLE.replace("{name: age, type: integer}", "{name: years, from: age, type: integer}")
    (folder / "specs/projects/p/people.yaml").write_text(text, encoding="utf-8")
    done = Cli(folder)("plan", "--actor", "eve")
    assert done.returncode == 0, done.stderr
    assert "narrowing-moved" not in done.stderr
