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
