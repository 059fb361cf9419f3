"""Promotion and rollback are judged by the actor's own rights to everything that they change."""

from __future__ import annotations

from tests.conftest import Cli, WriteSpace
from tests.e2e.small_space import change, small_space_inside

FLOW = "specs/projects/p/dataflows/flow.yaml"
PEOPLE = """\
kind: User
name: olga
role: worker
---
kind: Role
name: manager
clearance: internal
allow:
  - {on: group, actions: [see, create, update, delete], when: any}
  - {on: dataset, actions: [see, preview, use, create, update, delete], when: member}
  - {on: dataflow, actions: [see, create, update, delete, run], when: member}
---
kind: User
name: sophie
role: manager
---
kind: Group
name: friends
members: [ana]
"""


def prepared(write_space: WriteSpace) -> Cli:
    """Prod as applied, and an environment in which ana's dataflow and sophie's group are changed."""
    cli = small_space_inside(write_space, **{"specs/policies/more.yaml": PEOPLE})
    change(cli, "specs/projects/p/project.yaml", "[ana]", "[ana, sophie]")
    cli.ok("apply", "--yes")
    change(cli, FLOW, "id + 1", "id + 10")
    return cli


def refused(cli: Cli, *words: str) -> str:
    """What a refused command says; it must have moved nothing."""
    before = cli.ok("runs", "--format", "json")
    done = cli(*words, "--yes")
    assert done.returncode == 1
    assert cli.ok("runs", "--format", "json") == before
    return str(done.stderr)


def test_who_may_not_change_a_dataset_may_not_promote_or_roll_back_to_another(
    write_space: WriteSpace,
) -> None:
    cli = prepared(write_space)
    cli.ok("--env", "pr-42", "apply", "--yes")
    said = refused(cli, "promote", "pr-42", "--actor", "olga")
    assert "error[not-allowed]: olga may not update dataset/p/c." in said
    assert "flow.yaml" in said
    cli.ok("promote", "pr-42", "--yes", "--actor", "ana")
    assert "olga may not" in refused(cli, "rollback", "--actor", "olga")
    assert "is no user" in refused(cli, "rollback", "--actor", "nobody")
    cli.ok("rollback", "--yes", "--actor", "ana")


def test_a_group_is_only_moved_by_those_who_may_change_groups(write_space: WriteSpace) -> None:
    cli = prepared(write_space)
    change(cli, "specs/policies/more.yaml", "members: [ana]", "members: [ana, olga]")
    cli.ok("--env", "pr-42", "apply", "--yes")
    said = refused(cli, "promote", "pr-42", "--actor", "ana")
    assert "ana may not update group/friends." in said
    assert said.count("ana may not update group/friends") == 1
    cli.ok("promote", "pr-42", "--yes", "--actor", "sophie")


def test_other_data_of_what_nobody_edited_is_moved_by_those_who_may_update_it(
    write_space: WriteSpace,
) -> None:
    cli = prepared(write_space)
    cli.ok("apply", "--yes")
    change(cli, "specs/data/users.csv", "3,c@x.org,cid", "4,d@x.org,dan")
    cli.ok("apply", "--yes")
    assert "olga may not update dataset/p/users" in refused(cli, "rollback", "--actor", "olga")
    cli.ok("rollback", "--yes", "--actor", "ana")
