"""A change travels as a pull request: branch, plan, merge, apply, revert, on a bare git repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import REPOSITORY, Cli, WriteSpace
from tests.e2e.inside import Inside
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


def commands_of(folder: Path, file: str, *keys: str | int) -> list[str]:
    """The shell commands of a job in a CI file that `init` wrote, without installing the engine."""
    job = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
    for key in keys:
        job = job[key]
    lines = [step["run"] for step in job if "run" in step] if isinstance(job[0], dict) else job
    return [line for line in lines if not line.startswith("pip install")]


GITHUB, GITLAB = ".github/workflows/data-space.yml", ".gitlab-ci.yml"


@pytest.mark.parametrize(
    ("file", "keys", "told"),
    [
        (GITHUB, ("jobs", "plan", "steps"), {"GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": "summary.md"}),
        (GITLAB, ("plan", "script"), {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}),
    ],
)
def test_the_plan_job_of_the_ci_files_runs_without_secrets_and_tells_the_plan(
    cli: Cli, tmp_path: Path, file: str, keys: tuple[str, ...], told: dict[str, str]
) -> None:
    cli.ok("init", "new")
    new = cli.folder / "new"
    git(new, "init", "--quiet", "--initial-branch", "main")
    git(new, "add", "-A")
    git(new, "commit", "--quiet", "-m", "A space")
    author = cloned(new, tmp_path / "author")
    git(author.folder, "switch", "--quiet", "-c", "title")
    change(
        author,
        "specs/projects/first-project/datasets/consultations.yaml",
        "title: Consultations",
        "title: All",
    )
    git(author.folder, "commit", "--quiet", "-am", "Another title")
    script = "\n".join(commands_of(author.folder, file, *keys))
    assert "secrets." not in (author.folder / file).read_text(encoding="utf-8")
    path = f"{REPOSITORY / '.venv/bin'}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=author.folder,
        env={"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY), **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    plan = (author.folder / "plan.md").read_text(encoding="utf-8")
    assert "**metadata** `dataset/first-project/consultations`: metadata changed: title" in plan
    assert not (author.folder / ".dataspace/versions").exists()


def test_only_the_main_branch_applies_and_the_record_names_who_merged(cli: Cli) -> None:
    cli.ok("init", "new")
    new = Inside(cli.folder / "new")
    github = yaml.safe_load((new.folder / GITHUB).read_text(encoding="utf-8"))
    assert github["jobs"]["apply"]["if"] == "github.event_name == 'push'"
    assert github[True]["push"] == {"branches": ["main"]}  # YAML 1.1 reads the key `on` as true
    gitlab = yaml.safe_load((new.folder / GITLAB).read_text(encoding="utf-8"))
    assert gitlab["apply"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
    words = [commands_of(new.folder, file, *keys) for file, keys in APPLY]
    assert words == [["engine apply --yes"]] * 2
    assert new("apply", "--yes", env={"GITHUB_ACTOR": "ana-at-work"}).returncode == 0
    assert json.loads(new.ok("runs", "--format", "json"))[0]["actor"] == "ana-at-work"


APPLY: list[tuple[str, tuple[str, ...]]] = [
    (GITHUB, ("jobs", "apply", "steps")),
    (GITLAB, ("apply", "script")),
]


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


def test_init_with_ci_in_an_empty_folder_writes_the_whole_space_with_its_owners(cli: Cli) -> None:
    cli.ok("init", "--ci", "new")
    new = Cli(cli.folder / "new")
    assert "first-project/ admin@example.org" in (new.folder / "CODEOWNERS").read_text(encoding="utf-8")
    assert (new.folder / ".gitlab-ci.yml").is_file()
    new.ok("validate")


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


def test_code_owners_are_written_anew_when_owners_change_and_never_over_ones_own(demo: Cli) -> None:
    demo.ok("init", "--ci")
    file, before = demo.folder / "CODEOWNERS", (demo.folder / "CODEOWNERS").read_text(encoding="utf-8")
    assert demo("init", "--ci").returncode == 1
    change(
        demo,
        "specs/projects/open-data/datasets/medecins_accredites_has.yaml",
        "owner: sophie",
        "owner: romain",
    )
    demo.ok("init", "--ci")
    assert "medecins_accredites_has.yaml romain@example.org" in file.read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8") != before
    file.write_text("* @us\n", encoding="utf-8")
    demo("init", "--ci")
    assert file.read_text(encoding="utf-8") == "* @us\n"
