"""`declassify`: who may approve that a level, a tag or a data policy is lowered."""

from __future__ import annotations

import pytest

from engine.diagnostics import Diagnostic
from tests.gates.conftest import NOW, Space

FLOW = "projects/q/dataflows/lowered.yaml"
LOWERED = """\
kind: Dataflow
name: lowered
owner: romain
inputs: {{t: q/deep, o: q/open}}
steps:
  - output: middle
    sql: select a from t
  - output: lowered
    sql: {sql}
    sensitivity: internal
    declassify: {{reason: {reason}, approved_by: {approver}}}
"""


def flow(approver: str, sql: str = "select m.a from middle m, o", reason: str = "Agreed") -> str:
    return LOWERED.format(approver=approver, sql=sql, reason=reason)


def told(space: Space, actor: str | None = None) -> list[Diagnostic]:
    found = space.told(actor)
    assert {d.code for d in found if d.severity == "error"} <= {"declassify-approver", "not-allowed"}, found
    return [d for d in found if d.code.startswith("declassify")]


@pytest.mark.parametrize("approver", ["olga", "pia", "sophie"])
def test_the_owner_of_the_origin_and_whoever_approves_applications_approve(
    approver: str, space: Space
) -> None:
    space.write(FLOW, flow(approver))
    assert told(space) == []
    assert told(space, "mona") == []


@pytest.mark.parametrize("approver", ["romain", "mona", "marie"])
def test_nobody_else_approves_not_even_the_owner_of_the_dataflow(approver: str, space: Space) -> None:
    space.write(FLOW, flow(approver))
    (found,) = told(space)
    assert (found.severity, found.code, found.span.line) == ("error", "declassify-approver", 11)
    assert f"{approver} may not approve the declassification of dataset/q/lowered." in found.summary
    assert "by the owner of dataset/q/deep, or" in found.detail


def test_whoever_makes_the_change_does_not_approve_it(space: Space) -> None:
    space.write(FLOW, flow("olga"))
    (found,) = told(space, "olga")
    assert "olga declassifies dataset/q/lowered and cannot approve it as well." in found.summary
    space.write(FLOW, flow("pia"))
    assert space.refused("olga") == set()


def test_becoming_the_owner_or_a_manager_in_the_same_plan_does_not_help(space: Space) -> None:
    space.write(FLOW, flow("mona"))
    space.change("projects/q/datasets/deep.yaml", "owner: olga", "owner: mona")
    space.change("policies/people.yaml", "mona, role: data-worker", "mona, role: platform-manager")
    assert [d.code for d in told(space)] == ["declassify-approver"]


def test_an_old_declassification_is_told_when_its_approver_or_its_logic_is_another(space: Space) -> None:
    space.write(FLOW, flow("olga"))
    space.cli.ok("apply", "--yes", "--now", NOW.isoformat())
    assert told(space, "olga") == []
    space.write(FLOW, flow("olga", "select m.a || m.a as a from middle m"))
    (found,) = told(space)
    assert (found.severity, found.code, found.span.line) == ("warning", "declassify-earlier", 11)
    space.write(FLOW, flow("olga", "select m.a || m.a as a from middle m", "Agreed again"))
    assert told(space) == []
    space.write(FLOW, flow("olga"))
    space.change("projects/q/datasets/deep.yaml", "owner: olga", "owner: pia")
    (found,) = told(space)
    assert (found.severity, found.code) == ("warning", "declassify-approver")
    assert "any more" in found.summary
