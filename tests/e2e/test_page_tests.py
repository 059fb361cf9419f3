"""A dashboard's own tests block: of who sees what in the plan, of the data before publishing."""

from __future__ import annotations

from tests.conftest import Cli, WriteSpace
from tests.e2e.small_space import change, small_space

PAGE = "specs/projects/p/dashboards/page.yaml"
DASHBOARD = """\
kind: Dashboard
name: page
title: People
datasets: {users: users}
rows:
  - - {kpi: "count(id)", from: users, title: How many}
tests:
  - {expect: "count(users) > 2"}
"""


def published(cli: Cli) -> bytes:
    return (cli.folder / ".dataspace/site/prod/projects/p/dashboards/page.html").read_bytes()


def test_a_failing_expectation_publishes_nothing(write_space: WriteSpace) -> None:
    cli = small_space(write_space, **{PAGE: DASHBOARD})
    cli.ok("apply", "--yes")
    before = published(cli)
    change(cli, "specs/data/users.csv", "3,c@x.org,cid\n", "")
    done = cli("apply", "--yes")
    assert done.returncode == 1
    assert f"{PAGE}:8:" in done.stderr
    assert "page-test" in done.stderr
    assert published(cli) == before


def test_a_test_of_who_sees_what_is_asked_in_the_plan(write_space: WriteSpace) -> None:
    cli = small_space(write_space, **{PAGE: DASHBOARD + "  - {as: ana, sees: [email]}\n"})
    refused = cli("plan")
    assert refused.returncode == 1
    assert f"{PAGE}:9:" in refused.stderr
    assert 'ana does not see "email"' in refused.stderr
    change(cli, PAGE, "sees: [email]", "not: [email]")
    assert cli("plan").returncode == 0
