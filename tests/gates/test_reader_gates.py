"""`limits.new_readers`: how many people one plan may give their first access without an approval."""

from __future__ import annotations

import pytest

from engine.diagnostics import Diagnostic
from tests.gates.conftest import DATASET, Space

PAGE = "projects/p/dashboards/page.yaml"
ONE = "kind: Space\nname: test\nlimits: {new_readers: 1}\n"
SHARED = "access: edit}\n  - {to: marie}\n  - {to: leo}"


def too_many(space: Space, actor: str | None = None, limit: str = ONE) -> list[Diagnostic]:
    space.write("space.yaml", limit)
    errors = [d for d in space.told(actor) if d.severity == "error" and d.code != "not-allowed"]
    assert {d.code for d in errors} <= {"too-many-new-readers"}, errors
    return errors


def places(found: list[Diagnostic]) -> list[tuple[str, int]]:
    return [(d.span.file.rpartition("/specs/")[2], d.span.line) for d in found]


def test_shares_with_more_people_than_the_limit_are_each_told_at_their_line(space: Space) -> None:
    space.change(PAGE, "access: edit}", SHARED)
    found = too_many(space)
    assert places(found) == [(PAGE, 7), (PAGE, 8)]
    assert [d.summary.rpartition(" ")[2] for d in found] == ["marie.", "leo."]
    assert "2 new readers" in found[0].detail
    assert "approved_by" in found[0].detail


def test_as_many_people_as_the_limit_says_pass(space: Space) -> None:
    space.change(PAGE, "access: edit}", SHARED)
    assert too_many(space, limit=ONE.replace("1}", "2}")) == []
    assert too_many(space, limit="kind: Space\nname: test\n") == []


def test_a_share_that_somebody_else_agreed_to_is_not_counted(space: Space) -> None:
    space.change(PAGE, "access: edit}", SHARED.replace("leo}", "leo, approved_by: mona}"))
    assert too_many(space) == []
    space.change(PAGE, "marie}", "marie, approved_by: mona}")
    assert too_many(space, limit=ONE.replace("1}", "0}")) == []


def test_nobody_agrees_to_what_they_open_themselves(space: Space) -> None:
    space.change(
        PAGE,
        "access: edit}",
        "access: edit}" + "".join(f"\n  - {{to: {name}, approved_by: romain}}" for name in ("marie", "leo")),
    )
    assert places(too_many(space, "romain")) == [(PAGE, 7), (PAGE, 8)]
    assert too_many(space, "sophie") == []


def test_an_earlier_approval_of_another_share_opens_nothing(space: Space) -> None:
    space.change(PAGE, "{to: olga, access: edit}", "{to: olga, access: edit, approved_by: sophie}")
    space.cli.ok("apply", "--yes", "--now", "2026-11-24")
    space.change(PAGE, "approved_by: sophie}", "approved_by: sophie}\n  - {to: marie}\n  - {to: leo}")
    assert places(too_many(space)) == [(PAGE, 7), (PAGE, 8)]


OPENINGS = {
    "a group that grows": (
        "policies/groups.yaml",
        "[marie]",
        "[marie, leo]",
        "policies/groups.yaml",
    ),
    "more members": (
        "projects/q/project.yaml",
        "[olga]",
        "[olga, mona]",
        "projects/q/project.yaml",
    ),
    "an entry that opens": ("catalog/inner.yaml", "on-request", "open", "catalog/inner.yaml"),
    "a higher clearance": (
        "policies/people.yaml",
        "marie, role: business-analyst",
        "marie, role: business-analyst, clearance: internal",
        "policies/people.yaml",
    ),
}


@pytest.mark.parametrize(("path", "before", "after", "told"), OPENINGS.values(), ids=OPENINGS.keys())
def test_what_opens_data_is_where_the_approval_is_missing(
    path: str, before: str, after: str, told: str, space: Space
) -> None:
    space.write(
        "catalog/inner.yaml", "kind: CatalogEntry\nname: inner\ndataset: p/inner\naccess: on-request\n"
    )
    space.write("catalog/inner2.yaml", "kind: CatalogEntry\nname: inner2\ndataset: q/more\naccess: open\n")
    space.write("projects/q/datasets/more.yaml", DATASET.format(name="more", level="internal", owner=""))
    space.change(PAGE, "access: edit}", "access: edit}\n  - {to: group:readers}")
    space.cli.ok("apply", "--yes", "--now", "2026-11-24")
    space.change(path, before, after)
    found = too_many(space, limit=ONE.replace("1}", "0}"))
    assert {d.span.file.rpartition("/specs/")[2] for d in found} == {told}
    text = (space.folder / "specs" / path).read_text(encoding="utf-8")
    if path == "policies/people.yaml":
        space.change(path, "clearance: internal}", "clearance: internal, approved_by: sophie}")
    else:
        space.write(path, text + "approved_by: sophie\n")
    assert too_many(space) == []


def test_what_a_project_newly_makes_is_no_news_to_its_members(space: Space) -> None:
    space.write("projects/p/datasets/new.yaml", DATASET.format(name="new", level="internal", owner=""))
    assert too_many(space, limit=ONE.replace("1}", "0}")) == []


def test_a_dataset_whose_level_falls_is_told_itself(space: Space) -> None:
    space.write(
        "projects/q/datasets/shut.yaml", DATASET.format(name="shut", level="restricted", owner="")
    ).write("catalog/shut.yaml", "kind: CatalogEntry\nname: shut\ndataset: q/shut\naccess: open\n")
    space.cli.ok("apply", "--yes", "--now", "2026-11-24")
    space.change("projects/q/datasets/shut.yaml", "restricted", "internal")
    assert places(too_many(space)) == [("projects/q/datasets/shut.yaml", 1)]
