"""What authors get wrong, and what the command is given that makes no sense: told in lines, never a trace."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import Cli, WriteSpace

FLOW = "kind: Dataflow\nname: f\nschedule: {schedule}\nsteps: [{{output: o, sql: 'select 1 as x'}}]\n"


def of_flow(write_space: WriteSpace, schedule: str) -> Cli:
    return write_space(
        {
            "specs/projects/p/project.yaml": "kind: Project\nname: p\n",
            "specs/projects/p/f.yaml": FLOW.format(schedule=schedule),
        }
    )


@pytest.mark.parametrize("schedule", ["every day", "'99 * * * *'", "'0 6 * *'"])
def test_a_schedule_that_would_never_run_is_a_mistake(write_space: WriteSpace, schedule: str) -> None:
    done = of_flow(write_space, schedule)("validate")
    assert done.returncode == 1
    assert "specs/projects/p/f.yaml:3:11: error[wrong-value]: A schedule is minute, hour, day" in done.stderr


@pytest.mark.parametrize("schedule", ["'0 6 * * *'", "'*/15 8-18 * * 1-5'"])
def test_a_schedule_as_cron_writes_it_is_taken(write_space: WriteSpace, schedule: str) -> None:
    of_flow(write_space, schedule).ok("validate")


def test_the_later_of_two_spaces_is_the_second(write_space: WriteSpace) -> None:
    done = write_space({"specs/zz.yaml": "kind: Space\nname: other\n"})("validate")
    assert done.returncode == 1
    assert done.stderr.startswith("specs/zz.yaml:1:1: error[space]: There is a second Space document.")


HOSTILE = {
    "not YAML": b"kind: [Group\nname: x\n",
    "a tab": b"kind: Group\n\tname: x\n",
    "binary": bytes(range(256)) * 10,
    "UTF-16": "kind: Group\nname: x\n".encode("utf-16"),
    "a list": b"- a\n",
    "one word": b"hello\n",
    "a tag": b"kind: !!python/object/apply:os.system ['true']\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_is_no_document_is_told_with_its_line(write_space: WriteSpace, content: bytes) -> None:
    cli = write_space({})
    (cli.folder / "specs/x.yaml").write_bytes(content)
    for command in ("validate", "plan"):
        done = cli(command)
        assert done.returncode == 1
        assert done.stderr.startswith("specs/x.yaml:")
        assert "Traceback" not in done.stderr


WORDS = (
    ("plan", "--now", "2026-13-45"),
    ("plan", "--against", "nowhere"),
    ("apply", "--yes", "missing.plan"),
    ("apply", "--yes", "specs/space.yaml"),
    ("--env", "../../x", "plan"),
    ("query", "", "--as", "ann"),
    ("query", "drop table x", "--as", "ann"),
    ("query", "select " + "1+" * 60_000 + "1", "--as", "ann"),
    ("query", "select " + "(" * 3_000 + "1" + ")" * 3_000, "--as", "ann"),
    ("query", "select * from read_csv('/etc/passwd')", "--as", "ann"),
    ("show", "dataset/../../etc/passwd"),
    ("show", ""),
    ("can", "ann", "fly", "catalog/x"),
    ("render", "--as", "nobody"),
    ("render", "--out", "specs"),
    ("run", "dataset/p/nope", "--yes"),
    ("rollback", "prod-99999", "--yes"),
    ("promote", "nope", "--yes"),
    ("env", "drop", "prod", "--yes"),
    ("policy", "push"),
    ("schema", "Nothing"),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    folder = tmp_path_factory.mktemp("small")
    (folder / "specs").mkdir()
    text = """\
{kind: Space, name: small}
---
{kind: Role, name: r, clearance: public}
---
{kind: User, name: ann, role: r}
"""
    (folder / "specs/space.yaml").write_text(text, encoding="utf-8")
    cli = Cli(folder)
    cli.ok("apply", "--yes")
    return cli


@pytest.mark.parametrize("words", WORDS, ids=lambda words: " ".join(words)[:40])
def test_words_that_make_no_sense_are_refused_in_a_line_or_two(small: Cli, words: tuple[str, ...]) -> None:
    done = small(*words)
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stdout + done.stderr
    assert 1 <= len(done.stderr.splitlines()) <= 4
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["validate", "plan", "list", "runs", "render", "run", "gc"])
def test_a_folder_without_specs_is_told_and_left_empty(cli: Cli, command: str) -> None:
    done = cli(command)
    assert done.returncode == 1
    assert "there is no folder specs" in done.stderr
    assert list(cli.folder.iterdir()) == []


def test_the_first_pull_request_is_compared_with_a_branch_without_specs(cli: Cli) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *words], cwd=cli.folder, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch", "main")
    git("commit", "--quiet", "--allow-empty", "-m", "Nothing yet")
    cli.ok("init")
    told = cli.ok("plan", "--against", "main", "--format", "markdown")
    assert "**create** `dashboard/first-project/activity`" in told
    git("add", "-A")
    git("commit", "--quiet", "-m", "A space")
    assert "No changes" in cli.ok("plan", "--against", "main", "--format", "markdown")


def test_the_ci_files_compare_with_the_branch_that_is_merged_into(cli: Cli) -> None:
    cli.ok("init")
    github = Path(cli.folder, ".github/workflows/data-space.yml").read_text(encoding="utf-8")
    assert 'engine plan --against "origin/$GITHUB_BASE_REF" --format markdown' in github
    assert "shell: bash" in github
    gitlab = Path(cli.folder, ".gitlab-ci.yml").read_text(encoding="utf-8")
    assert "engine plan --against FETCH_HEAD --format markdown" in gitlab
