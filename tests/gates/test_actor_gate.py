"""`plan --actor`: each change is decided by the actor's own rights."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.conftest import Cli
from tests.gates.conftest import DATASET, Space

Edit = Callable[[Space], Space]
NEW_DATASET = DATASET.format(name="new", level="internal", owner="")
PAGE = "kind: Dashboard\nname: two\ndatasets: {d: out}\nrows: [[{table: d}]]\n"
ENTRY = "kind: CatalogEntry\nname: inner\ndataset: p/inner\n"
STUDIO = "kind: Project\nname: studio-romain\npersonal: true\nowner: romain\n"


def written(path: str, text: str) -> Edit:
    return lambda space: space.write(path, text)


def changed(path: str, before: str, after: str) -> Edit:
    return lambda space: space.change(path, before, after)


def both(*edits: Edit) -> Edit:
    def edit(space: Space) -> Space:
        for one in edits:
            one(space)
        return space

    return edit


GRANT_FILE = "policies/grants/asked.yaml"
NEW_REQUEST = """\
kind: Grant
name: more
dataset: catalog/deep
to: project:p
actions: [preview]
purpose: Work
until: 2027-06-30
requested_by: {by}
"""
APPROVED = NEW_REQUEST + "approved_by: olga\nstatus: approved\n"
ROWS = "kind: DataPolicy\nname: rows\ndatasets: [p/inner]\nto: mona\nrows: a = '1'\n"
SELECT = """\
kind: Dataflow
name: own
inputs: {{t: {reference}}}
steps:
  - output: own
    sql: select a from t
"""

CASES: tuple[tuple[str, Edit, dict[str, set[str]]], ...] = (
    (
        "only platform managers create projects",
        written("projects/r/project.yaml", "kind: Project\nname: r\n"),
        {"romain": {"create project/r"}, "mona": {"create project/r"}, "sophie": set()},
    ),
    (
        "a project is created with what is in it, for those it has as members",
        both(
            written("projects/r/project.yaml", "kind: Project\nname: r\nmembers: [sophie]\n"),
            written("projects/r/datasets/new.yaml", NEW_DATASET),
            written("catalog/new.yaml", "kind: CatalogEntry\nname: new\ndataset: r/new\n"),
        ),
        {"sophie": set(), "pia": {"create dataset/r/new"}, "mona": {
            "create project/r", "create dataset/r/new", "create catalog/new",
        }},
    ),
    (
        "members are the manager's to change, and the platform manager's",
        changed("projects/p/project.yaml", "[romain, sophie]", "[romain, sophie, olga]"),
        {"romain": {"update project/p"}, "olga": {"update project/p"}, "mona": set(), "pia": set()},
    ),
    (
        "a manager names no other managers",
        changed("projects/p/project.yaml", "[mona]", "[mona, romain]"),
        {"mona": {"update project/p"}, "pia": set()},
    ),
    (
        "nobody makes themselves a member of another project",
        changed("projects/q/project.yaml", "[olga]", "[olga, romain]"),
        {"romain": {"update project/q"}, "mona": {"update project/q"}},
    ),
    (
        "policy is the platform managers'",
        both(
            changed("policies/people.yaml", "leo, role: viewer", "leo, role: data-worker"),
            changed("policies/groups.yaml", "[marie]", "[marie, leo]"),
            changed("policies/networks.yaml", "127.0.0.0/8", "127.0.0.0/8, 10.0.0.0/8"),
            changed("space.yaml", "name: test", "name: test\ntitle: Test"),
            written("policies/rows.yaml", ROWS),
            changed("policies/roles.yaml", "clearance: public", "clearance: internal"),
        ),
        {"sophie": set(), "mona": {
            "update user/leo", "update group/readers", "update network/here", "update space/test",
            "create datapolicy/rows", "update role/viewer", "update role/business-analyst",
        }},
    ),
    (
        "a studio is created by its owner, with all in it",
        both(
            written("projects/studio-romain/project.yaml", STUDIO),
            written("projects/studio-romain/datasets/new.yaml", NEW_DATASET),
        ),
        {"romain": set(), "sophie": {"create project/studio-romain", "create dataset/studio-romain/new"}},
    ),
    (
        "a dataset is its project's, one that a dataflow makes as well",
        both(
            written("projects/p/datasets/new.yaml", NEW_DATASET),
            changed("projects/p/dataflows/flow.yaml", "select a from", "select a || '!' as a from"),
        ),
        {"romain": set(), "olga": {"create dataset/p/new", "update dataset/p/out", "use dataset/p/inner"},
         "pia": {"create dataset/p/new", "update dataset/p/out", "use dataset/p/inner"}},
    ),
    (
        "what is rebuilt in another project only because of it is not the actor's change",
        changed("projects/p/dataflows/flow.yaml", "select a from", "select upper(a) as a from"),
        {"mona": set()},
    ),
    (
        "reading a dataset of another project takes the right to use it",
        written("projects/p/dataflows/own.yaml", SELECT.format(reference="q/deep")),
        {"romain": {"use dataset/q/deep"}, "olga": {
            "create dataflow/p/own", "create dataset/p/own",
        }},
    ),
    (
        "an open entry within clearance may be used",
        written("projects/p/dataflows/own.yaml", SELECT.format(reference="catalog/open")),
        {"romain": set()},
    ),
    (
        "an entry on request may not be used without a grant, a page over it neither",
        written("projects/p/dashboards/two.yaml", PAGE.replace("d: out", "d: catalog/deep")),
        {"romain": {"use dataset/q/deep"}},
    ),
    (
        "whoever may edit a page by a share does not share it",
        both(
            changed("projects/p/dashboards/page.yaml", "name: page", "name: page\ntitle: Page"),
            changed("projects/p/dashboards/page.yaml", "access: edit}", "access: edit}\n  - {to: marie}"),
        ),
        {"olga": {"share dashboard/p/page"}, "romain": set(), "marie": {
            "update dashboard/p/page", "share dashboard/p/page",
        }},
    ),
    (
        "only the share of a page changes",
        changed("projects/p/dashboards/page.yaml", "access: edit}", "access: read}"),
        {"olga": {"share dashboard/p/page"}, "romain": set()},
    ),
    (
        "a page that is created shared is shared",
        written("projects/p/dashboards/two.yaml", PAGE + "share: [{to: marie}]\n"),
        {"romain": set(), "olga": {"create dashboard/p/two", "share dashboard/p/two"}},
    ),
    (
        "a schedule is set by those who may",
        changed("projects/p/dataflows/flow.yaml", "name: flow", 'name: flow\nschedule: "0 6 * * *"'),
        {"romain": set(), "olga": {"update dataflow/p/flow", "schedule dataflow/p/flow"}},
    ),
    (
        "an entry is created by the project that owns the dataset",
        written("catalog/inner.yaml", ENTRY),
        {"romain": set(), "olga": {"create catalog/inner"}, "pia": {"create catalog/inner"}},
    ),
    (
        "an entry's words are also the platform managers' to change",
        changed("catalog/deep.yaml", "name: deep", "name: deep\ntitle: Deep"),
        {"olga": set(), "pia": set(), "romain": {"update catalog/deep"}},
    ),
    (
        "an entry is not pointed at a dataset of a project one is not in",
        changed("catalog/open.yaml", "q/open", "p/inner"),
        {"olga": {"update catalog/open"}},
    ),
    (
        "a data worker applies for themselves only",
        written("policies/grants/more.yaml", NEW_REQUEST.format(by="romain")),
        {"romain": set(), "mona": {"create grant/more"}, "marie": {"create grant/more"}, "sophie": set()},
    ),
    (
        "whose role does not apply does not apply",
        written("policies/grants/more.yaml", NEW_REQUEST.format(by="marie")),
        {"marie": {"request catalog/deep"}},
    ),
    (
        "approving is the owner's and the platform managers'",
        changed(GRANT_FILE, "status: requested", "status: approved\napproved_by: olga"),
        {"olga": set(), "sophie": set(), "romain": {"approve grant/asked", "approve catalog/deep"},
         "mona": {"approve grant/asked", "approve catalog/deep"}},
    ),
    (
        "a grant that comes approved is approved by whoever brings it",
        written("policies/grants/more.yaml", APPROVED.format(by="romain")),
        {"olga": set(), "pia": set(), "romain": {"approve grant/more", "approve catalog/deep"}},
    ),
    (
        "a platform manager does not approve their own application",
        written("policies/grants/more.yaml", APPROVED.format(by="pia")),
        {"pia": {"approve grant/more"}, "sophie": set()},
    ),
    (
        "an approved grant is not made wider by whom it was given to",
        changed("policies/grants/given.yaml", "[preview]", "[preview, export, use]"),
        {"mona": {"approve grant/given", "approve catalog/deep"}, "olga": set()},
    ),
    (
        "whoever applied may change and withdraw what is still open",
        both(changed(GRANT_FILE, "purpose: Work", "purpose: Other work")),
        {"romain": set(), "mona": {"update grant/asked"}, "olga": set()},
    ),
    (
        "a request is refused by those who may approve it",
        changed(GRANT_FILE, "status: requested", "status: refused"),
        {"olga": set(), "pia": set(), "mona": {"update grant/asked"}},
    ),
    (
        "becoming the owner does not help to approve in the same plan",
        both(
            changed("projects/q/datasets/deep.yaml", "owner: olga", "owner: mona"),
            changed(GRANT_FILE, "status: requested", "status: approved\napproved_by: sophie"),
        ),
        {"mona": {"update dataset/q/deep", "approve catalog/deep"}},
    ),
    (
        "a change of form only is nobody's to refuse",
        changed("projects/q/datasets/deep.yaml", "kind: Dataset\n", "# said otherwise\nkind: Dataset\n"),
        {"leo": set()},
    ),
)  # fmt: skip


@pytest.mark.parametrize(("edit", "refused"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_changes_are_decided_by_the_actors_own_rights(
    edit: Edit, refused: dict[str, set[str]], space: Space
) -> None:
    edit(space)
    assert {actor: space.refused(actor) for actor in refused} == refused


def test_a_removal_takes_the_right_to_delete(space: Space) -> None:
    space.remove("catalog/open.yaml")
    assert space.refused("romain") == {"delete catalog/open"}
    assert space.refused("olga") == set()


def test_an_open_request_is_withdrawn_by_whoever_made_it(space: Space) -> None:
    space.remove(GRANT_FILE)
    assert space.refused("romain") == set()
    assert space.refused("mona") == {"delete grant/asked"}


def test_a_data_worker_merges_nothing_that_is_not_theirs_and_is_told_why(space: Space) -> None:
    space.write("projects/r/project.yaml", "kind: Project\nname: r\n")
    done = space.cli("plan", "--actor", "romain", "--now", "2026-11-24", "--format", "json")
    assert done.returncode == 1
    assert "specs/projects/r/project.yaml:1:1: error[not-allowed]" in done.stderr
    assert "romain may not create project/r." in done.stderr
    (refusal,) = [d for d in json.loads(done.stdout)["diagnostics"] if d["severity"] == "error"]
    assert "role data-worker does not give create on a project" in refusal["detail"]
    assert space.cli("apply", "--yes", "--actor", "romain", "--now", "2026-11-24").returncode == 1
    space.cli.ok("apply", "--yes", "--actor", "sophie", "--now", "2026-11-24")


def test_an_unknown_actor_may_do_nothing(space: Space) -> None:
    space.change("policies/groups.yaml", "[marie]", "[]")
    assert space.refused("nobody") == {"update group/readers"}


def test_an_actor_nobody_has_heard_of_is_refused_even_where_nothing_changes(applied_demo: Cli) -> None:
    done = applied_demo("plan", "--actor", "romian")
    assert done.returncode == 1
    assert 'The actor "romian" is no user. Did you mean "romain"?' in done.stderr
    assert applied_demo("plan", "--actor", "romain").returncode == 0
