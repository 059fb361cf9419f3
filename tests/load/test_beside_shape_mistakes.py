"""A mistake of shape in one step does not hide what is wrong in those before it, or elsewhere."""

from __future__ import annotations

from pathlib import Path

from tests.pages.harness import messages
from tests.pages.spaces import dashboard

FLOW = """
kind: Dataflow
name: more
inputs: {d: doctors}
steps:
  - {output: first, sql: "select nope from d"}
  - {output: second, python: "missing.py:f"}
  - {output: third, from: d, lowcode: [{limit: -1}], titel: Third}
  - {output: fourth, sql: "select nothing from third"}
---
kind: Dataflow
name: after
inputs: {d: fourth, e: unheard_of}
steps: [{output: fifth, sql: "select a from d"}]
"""
PAGE = "datasets: {d: by_oa}\nrows: [[{kpi: sum(doctors), from: d}]]\n"


def test_steps_before_a_wrong_one_are_bound_and_what_follows_it_is_not_blamed(tmp_path: Path) -> None:
    found = messages(tmp_path, dashboard(PAGE) | {"projects/p/dataflows/more.yaml": FLOW})
    told = [line.split("more.yaml:")[1] for line in found]
    assert [(line.split(":")[0], line.split("error[")[1].split("]")[0]) for line in told] == [
        ("6", "sql"),
        ("7", "missing-file"),
        ("8", "wrong-value"),
        ("8", "unknown-key"),
        ("13", "unknown-dataset"),
    ]


def test_a_first_step_that_is_wrong_leaves_the_inputs_checked(tmp_path: Path) -> None:
    flow = (
        "kind: Dataflow\nname: x\ninputs: {d: docters}\n"
        "steps: [{output: a, from: d, lowcode: [{limit: -1}]}]\n"
    )
    found = messages(tmp_path, dashboard(PAGE) | {"projects/p/dataflows/x.yaml": flow})
    assert [line.split("error[")[1].split("]")[0] for line in found] == ["unknown-dataset", "wrong-value"]


RIGHTS = """
kind: Grant
name: late
dataset: catalog/nope
to: user:nix
actions: [prevew]
requested_by: nobody
from: 2026-05-01
until: 2026-01-01
status: approved
---
kind: User
name: kim
rol: viewer
clearance: top
---
kind: User
name: lou
role: viewr
clearance: top
emai: lou@example.org
---
kind: Network
name: office
cidr: [10.0.0.0/8]
applies_to: group:absent
"""


def test_a_mistake_of_shape_hides_no_other_of_its_grant_user_or_network(tmp_path: Path) -> None:
    found = messages(tmp_path, dashboard(PAGE) | {"policies/rights.yaml": RIGHTS})
    told = [line.split("rights.yaml:")[1] for line in found]
    assert [(line.split(":")[0], line.split("error[")[1].split("]")[0]) for line in told] == [
        ("2", "missing-key"),
        ("4", "unknown-dataset"),
        ("5", "unknown-user"),
        ("6", "wrong-value"),
        ("7", "unknown-user"),
        ("9", "grant"),
        ("10", "grant"),
        ("14", "unknown-key"),
        ("15", "unknown-level"),
        ("19", "unknown-role"),
        ("20", "unknown-level"),
        ("21", "unknown-key"),
        ("25", "unknown-key"),
        ("26", "unknown-group"),
    ]
    assert told[5].startswith("9:8: error[grant]: The grant ends on 2026-01-01, before it begins")
