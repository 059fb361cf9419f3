"""A collected dataset keeps its level and tags, unless a reviewed `declassify` comes with the change."""

from __future__ import annotations

import pytest

from engine.diagnostics import Diagnostic
from tests.gates.conftest import Space

DEEP = "projects/q/datasets/deep.yaml"
COLUMNS = "columns: [{name: a, type: string}]"
REVIEW = "\ndeclassify: {reason: Only a key, approved_by: APPROVER}\n"


def errors(space: Space, actor: str | None = None) -> list[Diagnostic]:
    return [d for d in space.told(actor) if d.severity == "error"]


def lowered(space: Space, approver: str = "") -> Space:
    space.change(DEEP, "sensitivity: restricted", "sensitivity: internal")
    if approver:
        space.change(DEEP, COLUMNS, COLUMNS + REVIEW.replace("APPROVER", approver))
    return space


def test_a_lower_level_is_refused_at_its_place(space: Space) -> None:
    (found,) = errors(lowered(space))
    assert (found.code, found.span.line) == ("lowered", 3)
    assert found.summary == "dataset/q/deep was restricted and would be internal."


@pytest.mark.parametrize("approver", ["olga", "pia"])
def test_its_owner_or_a_platform_manager_answers_for_a_lower_level(space: Space, approver: str) -> None:
    assert errors(lowered(space, approver)) == []


def test_nobody_else_answers_for_it_nor_the_actor_alone(space: Space) -> None:
    assert [d.code for d in errors(lowered(space, "mona"))] == ["declassify-approver"]
    space.change(DEEP, "approved_by: mona", "approved_by: olga")
    assert [d.code for d in errors(space, "olga")] == ["declassify-approver"]


def test_a_higher_level_needs_no_review(space: Space) -> None:
    assert errors(space.change(DEEP, "sensitivity: restricted", "sensitivity: secret")) == []


@pytest.mark.parametrize(
    "written",
    [
        "columns: [{name: a, type: string}]",
        "columns: [{name: b, from: a, type: string}]",
        "columns: [{name: a, type: string, tags: [other]}]",
    ],
)
def test_a_tag_that_a_column_would_lose_is_told_whatever_the_column_is_called(
    space: Space, written: str
) -> None:
    space.change(DEEP, COLUMNS, "columns: [{name: a, type: string, tags: [personal]}]")
    space.cli.ok("apply", "--yes", "--now", "2026-11-24")
    space.change(DEEP, "columns: [{name: a, type: string, tags: [personal]}]", written)
    assert [d.summary for d in errors(space)] == [
        f"column dataset/q/deep.{'b' if 'from' in written else 'a'} would lose the tag personal."
    ]


def test_a_column_above_its_dataset_keeps_its_level(space: Space) -> None:
    space.change(DEEP, COLUMNS, "columns: [{name: a, type: string, sensitivity: secret}]")
    space.cli.ok("apply", "--yes", "--now", "2026-11-24")
    space.change(DEEP, ", sensitivity: secret", "")
    assert [d.code for d in errors(space)] == ["lowered"]


def test_a_new_name_hides_no_lower_level(space: Space) -> None:
    lowered(space)
    space.change(DEEP, "name: deep", "name: renamed\nmoved: {from: dataset/q/deep}")
    space.change("catalog/deep.yaml", "q/deep", "q/renamed")
    assert "lowered" in {d.code for d in errors(space)}


@pytest.mark.parametrize("old", ["dataset/q/never", "[dataset/q/never, dataset/q/before]"])
def test_a_rename_that_is_none_hides_no_lower_level(space: Space, old: str) -> None:
    lowered(space)
    space.change(DEEP, "name: deep", f"name: deep\nmoved: {{from: {old}}}")
    assert [d.code for d in errors(space)] == ["lowered"]
