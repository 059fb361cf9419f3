"""A change travels as a pull request: branch, plan, merge, apply, revert, on a bare git repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.conftest import Cli, WriteSpace
from tests.e2e.small_space import change, small_space

FLOW = "specs/projects/p/dataflows/flow.yaml"


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def cloned(origin: Path, folder: Path) -> Cli:
    subprocess.run(["git", "clone", "--quiet", str(origin), str(folder)], check=True)
    return Cli(folder)


def test_a_change_is_planned_on_its_branch_merged_applied_and_reverted(
    write_space: WriteSpace, tmp_path: Path
) -> None:
    first = small_space(write_space, **{".gitignore": ".dataspace/\n"})
    git(first.folder, "init", "--quiet", "--initial-branch", "main")
    git(first.folder, "add", "-A")
    git(first.folder, "commit", "--quiet", "-m", "A space")
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(first.folder), str(origin)], check=True)
    server, author = cloned(origin, tmp_path / "server"), cloned(origin, tmp_path / "author")
    server.ok("apply", "--yes")

    git(author.folder, "switch", "--quiet", "-c", "upper")
    change(author, FLOW, "lower(email)", "upper(email)")
    change(author, "specs/projects/p/project.yaml", "members: [ana]", "members: []")
    git(author.folder, "commit", "--quiet", "-am", "Upper-case mail addresses")
    plan = json.loads(author.ok("plan", "--against", "main", "--format", "json"))
    assert {c["address"]: c["action"] for c in plan["changes"]} == {
        "dataset/p/a": "rebuild",
        "project/p": "access",
    }
    assert next(c for c in plan["changes"] if c["address"] == "dataset/p/a")["columns"] == ["email"]
    assert {(a["principal"], a["dataset"]) for a in plan["access"]} >= {("user:ana", "dataset/p/users")}
    text = author.ok("plan", "--against", "main", "--format", "markdown")
    assert text.startswith("**")
    assert "dataset/p/a" in text
    assert "a@x.org" not in text
    assert not (author.folder / ".dataspace/versions").exists()
    git(author.folder, "push", "--quiet", "origin", "upper")

    git(server.folder, "fetch", "--quiet", "origin")
    git(server.folder, "merge", "--quiet", "--no-ff", "-m", "Merge upper", "origin/upper")
    run = json.loads(server.ok("apply", "--yes", "--format", "json"))
    assert [s["address"] for s in run["steps"]] == ["dataset/p/a"]
    log = json.loads(server.ok("log", "--format", "json"))
    assert log[0]["commit"] == git(server.folder, "rev-parse", "HEAD")
    refused = server("query", "select * from p.a", "--as", "ana")
    assert refused.returncode == 1

    git(server.folder, "revert", "--no-edit", "-m", "1", "HEAD")
    again = json.loads(server.ok("apply", "--yes", "--format", "json"))
    assert [s["status"] for s in again["steps"]] == ["reused"]
    assert "a@x.org" in server.ok("query", "select * from p.a", "--as", "ana")


def test_a_plan_against_an_unknown_commit_says_so_in_one_line(write_space: WriteSpace) -> None:
    cli = small_space(write_space)
    git(cli.folder, "init", "--quiet")
    done = cli("plan", "--against", "nowhere")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "git does not know that commit" in done.stderr


def test_init_writes_a_space_that_applies(cli: Cli) -> None:
    cli.ok("init", "new")
    new = Cli(cli.folder / "new")
    assert (new.folder / ".github/workflows/data-space.yml").is_file()
    assert (new.folder / ".gitlab-ci.yml").is_file()
    run = json.loads(new.ok("apply", "--yes", "--format", "json"))
    assert run["status"] == "succeeded"
    before = (new.folder / "specs/space.yaml").read_text(encoding="utf-8")
    assert new("init").returncode == 1
    assert (new.folder / "specs/space.yaml").read_text(encoding="utf-8") == before


def test_the_starters_roles_are_those_of_the_demo(repository: Path) -> None:
    shipped = (repository / "engine/starter/specs/policies/roles.yaml").read_text(encoding="utf-8")
    assert shipped == (repository / "specs/policies/roles.yaml").read_text(encoding="utf-8")


def test_code_owners_are_those_the_specs_name(demo: Cli) -> None:
    demo.ok("init", "--ci")
    lines = (demo.folder / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    assert "/specs/ sophie@example.org" in lines
    assert "/specs/projects/studio-romain/ romain@example.org" in lines
    assert "/specs/projects/open-data/datasets/medecins_accredites_has.yaml sophie@example.org" in lines
    assert (demo.folder / ".github/workflows/data-space.yml").is_file()
