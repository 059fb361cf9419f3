"""`limits.new_readers`: how many people one plan may open something to without an approval, and whose."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.diagnostics import Diagnostic
from tests.gates.conftest import DATASET, NOW, Space

PAGE = "projects/p/dashboards/page.yaml"
ONE = "kind: Space\nname: test\nlimits: {new_readers: 1}\n"
NONE = ONE.replace("1}", "0}")
BESIDE = ("lowered", "not-allowed")
"""What other gates say of the same changes."""
SHARED = "access: edit}\n  - {to: marie}\n  - {to: leo}"


def too_many(space: Space, actor: str | None = None, limit: str = ONE) -> list[Diagnostic]:
    space.write("space.yaml", limit)
    errors = [d for d in space.told(actor) if d.severity == "error" and d.code not in BESIDE]
    assert {d.code for d in errors} <= {"too-many-new-readers"}, errors
    return errors


def places(found: list[Diagnostic]) -> list[tuple[str, int]]:
    return [(d.span.file.rpartition("/specs/")[2], d.span.line) for d in found]


def shares(approver: str) -> str:
    lines = (f"\n  - {{to: {name}, approved_by: {approver}}}" for name in ("marie", "leo"))
    return "access: edit}" + "".join(lines)


def test_shares_with_more_people_than_the_limit_are_each_told_at_their_line(space: Space) -> None:
    space.change(PAGE, "access: edit}", SHARED)
    found = too_many(space)
    assert places(found) == [(PAGE, 7), (PAGE, 8)]
    assert [d.summary.rpartition(" ")[2] for d in found] == ["marie.", "leo."]
    assert "2 new readers" in found[0].detail
    assert "Let someone agree to it with `approved_by` here." in found[0].detail


def test_as_many_people_as_the_limit_says_pass(space: Space) -> None:
    space.change(PAGE, "access: edit}", SHARED)
    assert too_many(space, limit=ONE.replace("1}", "2}")) == []
    assert too_many(space, limit="kind: Space\nname: test\n") == []


def test_a_share_that_somebody_else_agreed_to_is_not_counted(space: Space) -> None:
    space.change(PAGE, "access: edit}", SHARED.replace("leo}", "leo, approved_by: pia}"))
    assert too_many(space) == []
    space.change(PAGE, "marie}", "marie, approved_by: pia}")
    assert too_many(space, limit=NONE) == []


def test_nobody_agrees_to_what_they_open_themselves(space: Space) -> None:
    space.change(PAGE, "access: edit}", shares("sophie"))
    found = too_many(space, "sophie")
    assert places(found) == [(PAGE, 7), (PAGE, 8)]
    assert "sophie opens it and cannot agree to it as well." in found[0].detail
    assert too_many(space, "romain") == []


def test_only_those_agree_who_may_approve_applications_for_the_data(space: Space) -> None:
    space.change(PAGE, "access: edit}", shares("mona"))
    found = too_many(space)
    assert places(found) == [(PAGE, 7), (PAGE, 8)]
    assert "mona owns not all that it opens and approves no applications" in found[0].detail


def test_the_owner_of_all_that_a_page_shows_may_agree(space: Space) -> None:
    page = "kind: Dashboard\nname: deep\ndatasets: {{d: deep{more}}}\nrows: [[{{table: d}}]]\nshare:\n"
    path = "projects/q/dashboards/deep.yaml"
    space.write(path, page.format(more="") + shares("olga").partition("\n")[2] + "\n")
    assert too_many(space) == []
    space.write(path, page.format(more=", e: open") + shares("olga").partition("\n")[2] + "\n")
    assert places(too_many(space)) == [(path, 6), (path, 7)]


def test_who_comes_to_approve_in_a_plan_agrees_to_nothing_in_it(space: Space) -> None:
    space.change(PAGE, "access: edit}", shares("mona"))
    space.change("policies/people.yaml", "mona, role: data-worker", "mona, role: platform-manager")
    assert places(too_many(space)) == [(PAGE, 7), (PAGE, 8)]


def test_an_approval_of_another_share_answers_for_that_share_alone(space: Space) -> None:
    space.change(PAGE, "{to: olga, access: edit}", "{to: olga, access: edit, approved_by: sophie}")
    space.cli.ok("apply", "--yes", "--now", "2026-11-24")
    space.change(PAGE, "approved_by: sophie}", "approved_by: sophie}\n  - {to: marie}\n  - {to: leo}")
    assert places(too_many(space)) == [(PAGE, 7), (PAGE, 8)]


POLICY = "policies/hide.yaml"
HIDE = (
    "kind: DataPolicy\nname: hide\ndatasets: [p/inner]\nto: group:veiled\nrows: a = '1'\ncolumns: {a: hash}\n"
)


@pytest.fixture(scope="module")
def opening_folder(applied_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The applied space with something shut by each of the ways that a space has to shut it."""
    folder = tmp_path_factory.mktemp("opening") / "space"
    shutil.copytree(applied_folder, folder, symlinks=True)
    space = Space(folder)
    space.write(
        "catalog/inner.yaml", "kind: CatalogEntry\nname: inner\ndataset: p/inner\naccess: on-request\n"
    )
    space.write("catalog/more.yaml", "kind: CatalogEntry\nname: more\ndataset: q/more\naccess: open\n")
    space.write("projects/q/datasets/more.yaml", DATASET.format(name="more", level="internal", owner=""))
    space.write("projects/q/datasets/shut.yaml", DATASET.format(name="shut", level="restricted", owner=""))
    space.write("catalog/shut.yaml", "kind: CatalogEntry\nname: shut\ndataset: q/shut\naccess: open\n")
    space.change(PAGE, "access: edit}", "access: edit}\n  - {to: group:readers}\n  - {to: user:leo}")
    space.change("policies/groups.yaml", "[marie]", "[marie]\napproved_by: pia\n---\n"
                 "kind: Group\nname: veiled\nmembers: [romain]")  # fmt: skip
    known = ", ".join(f"user:{name}" for name in ("sophie", "pia", "mona", "romain", "olga", "marie"))
    space.change("policies/networks.yaml", "name: here", f"name: here\napplies_to: [{known}]")
    space.write(POLICY, HIDE)
    for settings in ("kind: Space\nname: test\n", NONE):
        space.write("space.yaml", settings).cli.ok("apply", "--yes", "--now", NOW.isoformat())
    return folder


@pytest.fixture
def opening(opening_folder: Path, tmp_path: Path) -> Space:
    """A private copy of it."""
    shutil.copytree(opening_folder, tmp_path / "space", symlinks=True)
    return Space(tmp_path / "space")


class Way(NamedTuple):
    """A change that opens something: in which file, what becomes what, to whom, and how it is approved."""

    path: str
    before: str
    after: str
    opened: str
    approved: str
    """What the new text becomes when pia agrees to it."""


PEOPLE, ANALYST = "policies/people.yaml", "marie, role: business-analyst"
WAYS = {
    "a group that grows": Way(
        "policies/groups.yaml", "[marie]\napproved_by: pia", "[marie, pia]\napproved_by: pia", "pia",
        "[marie, pia]\napproved_by: sophie",
    ),
    "more members": Way(
        "projects/q/project.yaml", "[olga]", "[olga, mona]", "mona", "[olga, mona]\napproved_by: pia",
    ),
    "an entry that opens": Way(
        "catalog/inner.yaml", "on-request", "open", "olga, pia", "open\napproved_by: pia",
    ),
    "a higher clearance": Way(
        PEOPLE, ANALYST, f"{ANALYST}, clearance: internal", "marie",
        f"{ANALYST}, clearance: internal, approved_by: pia",
    ),
    "another role": Way(
        PEOPLE, ANALYST, "marie, role: data-worker", "marie",
        "marie, role: data-worker, approved_by: pia",
    ),
    "a role's clearance": Way(
        "policies/roles.yaml", "look", "look", "marie", "",
    ),
    "a network that covers more people": Way(
        "policies/networks.yaml", "user:olga, user:marie]", "user:olga, user:marie, user:leo]", "leo",
        "user:olga, user:marie, user:leo]\napproved_by: pia",
    ),
    "a data policy without its rows": Way(
        POLICY, "rows: a = '1'\n", "", "romain", "approved_by: pia\n",
    ),
    "a data policy with other rows": Way(
        POLICY, "a = '1'", "a <> '0'", "romain", "a <> '0'\napproved_by: pia",
    ),
    "a weaker mask": Way(
        POLICY, "{a: hash}", "{a: 'prefix:1'}", "romain", "{a: 'prefix:1'}\napproved_by: pia",
    ),
    "a data policy for others": Way(
        POLICY, "group:veiled", "user:leo", "romain", "user:leo\napproved_by: pia",
    ),
    "a group that a data policy names, and that shrinks": Way(
        "policies/groups.yaml", "[romain]", "[]", "romain", "[]\napproved_by: pia",
    ),
}  # fmt: skip
ROLE = "title: Business Analyst\ndescription: Reads shared dashboards, looks through the catalogue and previews what they are cleared for.\nclearance: public"  # noqa: E501
WAYS["a role's clearance"] = Way(
    "policies/roles.yaml", ROLE, ROLE.replace("public", "internal"), "marie",
    ROLE.replace("public", "internal\napproved_by: pia"),
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_whatever_opens_data_is_where_the_approval_is_missing(way: Way, opening: Space) -> None:
    opening.change(way.path, way.before, way.after)
    (found,) = too_many(opening, limit=NONE)
    assert found.span.file.rpartition("/specs/")[2] == way.path
    assert found.summary.endswith(f" {way.opened}.")
    if way.after:
        opening.change(way.path, way.after, way.approved)
    else:
        opening.change(way.path, "name: hide\n", f"name: hide\n{way.approved}")
    assert too_many(opening, limit=NONE) == []


def test_a_data_policy_that_is_gone_is_told_at_what_it_hid(opening: Space) -> None:
    opening.remove(POLICY)
    path = "projects/p/datasets/inner.yaml"
    (found,) = too_many(opening, limit=NONE)
    assert places([found]) == [(path, 1)]
    assert "Let someone agree to it with `declassify` here." in found.detail
    text = (opening.folder / "specs" / path).read_text(encoding="utf-8")
    opening.write(path, text + "declassify: {reason: No longer needed, approved_by: pia}\n")
    assert too_many(opening, limit=NONE) == []


def test_a_stronger_mask_and_a_further_filter_open_nothing(opening: Space) -> None:
    opening.change(POLICY, "{a: hash}", "{a: 'null'}")
    opening.write("policies/also.yaml", HIDE.replace("hide", "also").replace("a = '1'", "a <> '2'"))
    assert too_many(opening, limit=NONE) == []


def test_an_approval_that_was_there_before_answers_for_nothing_new(opening: Space) -> None:
    opening.change("policies/groups.yaml", "[marie]", "[marie, pia]")
    (found,) = too_many(opening, limit=NONE)
    assert "`approved_by: pia` was there before and answered for an earlier change." in found.detail


def test_a_limit_that_is_raised_holds_from_the_next_plan_on(opening: Space) -> None:
    opening.change("projects/q/project.yaml", "[olga]", "[olga, mona]")
    for limit in (NONE.replace("0}", "50}"), "kind: Space\nname: test\n"):
        assert places(too_many(opening, limit=limit)) == [("projects/q/project.yaml", 1)]


def test_what_a_project_newly_makes_is_no_news_to_its_members(space: Space) -> None:
    space.write("projects/p/datasets/new.yaml", DATASET.format(name="new", level="internal", owner=""))
    assert too_many(space, limit=NONE) == []


def test_a_dataset_whose_level_falls_is_told_itself(opening: Space) -> None:
    opening.change("projects/q/datasets/shut.yaml", "restricted", "internal")
    assert places(too_many(opening, limit=NONE)) == [("projects/q/datasets/shut.yaml", 1)]
