"""A plan as a comment of a pull request: what is lost and who gains on top, within bounds, no markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.e2e.inside import Inside, copied
from tests.e2e.small_space import FILES, change

FLOW = "specs/projects/p/dataflows/flow.yaml"
PROJECT = "specs/projects/p/project.yaml"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small space, applied. Read only."""
    folder = tmp_path_factory.mktemp("markdown") / "space"
    for name, text in {**FILES, "specs/space.yaml": "kind: Space\nname: test\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    Inside(folder).ok("apply", "--yes")
    return folder


@pytest.fixture
def cli(applied: Path, tmp_path: Path) -> Inside:
    """The command line in a private copy of that space."""
    return copied(applied, tmp_path / "space")


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("### ")]


def test_removals_come_first_then_who_gains_and_much_is_cut_with_a_count(cli: Inside) -> None:
    people = "\n---\n".join(f"{{kind: User, name: person{n:03}, role: worker}}" for n in range(600))
    (cli.folder / "specs/policies/crowd.yaml").write_text(people + "\n", encoding="utf-8")
    members = ", ".join(f"person{n:03}" for n in range(600))
    change(cli, PROJECT, "members: [ana]", f"members: [ana, {members}]")
    change(cli, FLOW, "  - output: c\n    sql: select id + 1 as id from a\n", "")
    text = cli.ok("plan", "--format", "markdown")
    assert 50_000 < len(text.encode()) < 60_000
    assert text.startswith("**Plan: 1 to remove, 600 to create")
    assert headings(text)[:2] == ["### Removed", "### Who gains access, or sees data otherwise"]
    assert "- `-` **remove** `dataset/p/c`" in text
    last = text.splitlines()[-1]
    assert last.startswith("… and ")
    assert last.endswith("more lines: `engine plan --format json` shows all.")


def test_what_authors_call_things_is_no_markup_in_a_comment(cli: Inside) -> None:
    change(cli, FLOW, "lower(email) as email", 'lower(email) as "<img src=x> [see](http://x.org) @everyone"')
    text = cli.ok("plan", "--format", "markdown")
    assert "new columns: &lt;img src=x> \\[see\\](http://x.org) &#64;everyone" in text


def test_a_refused_plan_tells_its_mistakes_in_the_comment_too(cli: Inside) -> None:
    change(cli, FLOW, "select id from users", "select idd from users")
    done = cli("plan", "--format", "markdown")
    assert done.returncode == 1
    assert done.stdout.startswith("**The plan is refused: 1 error.**")
    assert f"`{FLOW}:8:17` error\\[sql\\]" in done.stdout


def test_a_plan_that_a_gate_refuses_still_tells_who_would_gain_after_the_errors(cli: Inside) -> None:
    change(cli, PROJECT, "members: [ana]", "members: [ana, ben]")
    more = "{kind: User, name: ben, role: worker}\n---\n{kind: Network, name: all, cidrs: [0.0.0.0/0]}\n"
    (cli.folder / "specs/policies/more.yaml").write_text(more, encoding="utf-8")
    change(cli, FLOW, "  - output: c\n    sql: select id + 1 as id from a\n", "")
    done = cli("plan", "--format", "markdown")
    assert done.returncode == 1
    assert headings(done.stdout) == [
        "### Errors",
        "### Removed",
        "### Who gains access, or sees data otherwise",
        "### Changes",
        "### Who loses access",
    ]
    assert "error\\[open-network\\]" in done.stdout
    assert "**It would do: 1 to remove, 2 to create" in done.stdout
    assert "`user:ben` on `dataset/p/a`" in done.stdout
    assert "Fingerprint" not in done.stdout  # nothing to apply


def test_who_is_shown_another_dataset_on_a_page_they_read_gains(applied_copy: Cli) -> None:
    page = applied_copy.folder / "specs/projects/studio-romain/dashboards/doctors.yaml"
    text = page.read_text(encoding="utf-8")
    page.write_text(
        text.replace("by_oa: doctors_by_oa", "by_oa: doctors_by_oa, five: top_oa"), encoding="utf-8"
    )
    told = applied_copy.ok("plan", "--format", "markdown")
    assert "### Who loses access" not in told
    assert "`user:romain` on `dashboard/studio-romain/doctors`" in told.split("### Who gains access")[1]


def test_no_value_of_the_data_is_in_a_comment(cli: Inside) -> None:
    change(cli, "specs/data/users.csv", "3,c@x.org,cid", "3,c@x.org,cid\n4,secret@x.org,dan")
    change(cli, FLOW, "lower(email)", "upper(email)")
    text = cli.ok("plan", "--format", "markdown").lower()
    assert "the content of its origin changed" in text
    assert "x.org" not in text
