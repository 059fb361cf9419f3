"""A space of four datasets that applies in under two seconds, for tests that change things."""

from __future__ import annotations

from tests.conftest import Cli, WriteSpace
from tests.e2e.inside import Inside

USERS = "id,email,username\n1,a@x.org,ann\n2,b@x.org,bob\n3,c@x.org,cid\n"

FILES = {
    "specs/policies/people.yaml": """\
kind: Role
name: worker
clearance: internal
allow:
  - {on: dataset, actions: [see, preview, export, use, create, update, delete], when: member}
  - {on: dataflow, actions: [see, create, update, delete, run], when: member}
---
kind: User
name: ana
role: worker
---
kind: Network
name: here
cidrs: [127.0.0.0/8]
""",
    "specs/data/users.csv": USERS,
    "specs/projects/p/project.yaml": "kind: Project\nname: p\nmembers: [ana]\n",
    "specs/projects/p/datasets/users.yaml": """\
kind: Dataset
name: users
sensitivity: internal
from: {file: ../../../data/users.csv}
format: {type: csv, encoding: utf-8}
columns:
  - {name: id, type: integer}
  - {name: email, type: string}
  - {name: username, type: string}
checks:
  - not_null: [id]
  - unique: [id]
""",
    "specs/projects/p/dataflows/flow.yaml": """\
kind: Dataflow
name: flow
inputs: {users: users}
steps:
  - output: a
    sql: select id, lower(email) as email from users
  - output: b
    sql: select id from users
  - output: c
    sql: select id + 1 as id from a
""",
}


def small_space(write_space: WriteSpace, **more: str) -> Cli:
    """Write the space; `more` are further files."""
    return write_space({**FILES, **more})


def small_space_inside(write_space: WriteSpace, **more: str) -> Inside:
    """The same, for tests with many commands."""
    return Inside(small_space(write_space, **more).folder)


def change(cli: Cli, path: str, before: str, after: str) -> None:
    """Replace a text in a file that must hold it."""
    file = cli.folder / path
    text = file.read_text(encoding="utf-8")
    assert before in text, f"{path} does not say {before!r}"
    file.write_text(text.replace(before, after), encoding="utf-8")
