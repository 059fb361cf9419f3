"""What README.md promises, typed as it says."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import REPOSITORY, Cli

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


class Example(NamedTuple):
    """One `$ engine ...` line: its words, and the exit code its comment says (0 when it says none)."""

    words: tuple[str, ...]
    code: int


def examples(text: str) -> Iterator[Example]:
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            program, *words = shlex.split(line.removeprefix("$ "), comments=True)
            assert program == "engine", line
            said = re.search(r"# exit code (\d)", line)
            yield Example(tuple(words), int(said[1]) if said else 0)


EXAMPLES = tuple(examples(README))


@pytest.fixture(scope="module")
def reader(applied_demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A copy of the applied demo where README's reader types."""
    folder = tmp_path_factory.mktemp("reader") / "demo"
    shutil.copytree(applied_demo_folder, folder, symlinks=True)
    return Cli(folder)


def test_readme_has_examples() -> None:
    assert len(EXAMPLES) > 10
    assert any(example.code == 1 for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: " ".join(example.words)[:50])
def test_every_console_example_ends_as_readme_says(reader: Cli, example: Example) -> None:
    done = reader(*example.words)
    assert done.returncode == example.code, done.stderr
    assert done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_changing_something_goes_as_readme_says(applied_copy: Cli) -> None:
    flow = applied_copy.folder / "specs/projects/studio-romain/dataflows/get_started.yaml"
    text = flow.read_text(encoding="utf-8")
    flow.write_text(text.replace("limit 5", "limit 10"), encoding="utf-8")
    assert "rebuild  dataset/studio-romain/top_oa" in applied_copy.ok("plan")
    applied_copy.ok("apply", "--yes")
    assert "No changes" in applied_copy.ok("plan")

    flow.write_text(
        text.replace("limit 5", "limit 10 -- a comment").replace(
            "select oa, doctors", "select  oa,  doctors"
        ),
        encoding="utf-8",
    )
    assert "No changes" in applied_copy.ok("plan")

    flow.write_text(text.replace("select oa, doctors", "select oa, doctor"), encoding="utf-8")
    wrong = applied_copy("validate")
    assert wrong.returncode == 1
    assert re.search(r'get_started\.yaml:\d+:\d+: .*Did you mean "doctors"', wrong.stderr)


def test_giving_marie_a_clearance_is_told_as_what_she_gains(applied_copy: Cli) -> None:
    people = applied_copy.folder / "specs/policies/people.yaml"
    text = people.read_text(encoding="utf-8")
    people.write_text(text.replace("name: marie\n", "name: marie\nclearance: internal\n"), encoding="utf-8")
    entry = "catalog/medecins_accredites_has"
    told = r"\+ user:marie: see -> see, preview.*\n *dataset/open-data/medecins_accredites_has\n"
    assert re.search(told, applied_copy.ok("plan"))
    assert applied_copy("can", "marie", "preview", entry).returncode == 1
    applied_copy.ok("apply", "--yes")
    applied_copy.ok("can", "marie", "preview", entry)


def test_a_space_of_ones_own_starts_as_readme_says(cli: Cli) -> None:
    told = cli.ok("init", "my-space")
    assert "Next: cd my-space, then engine plan, then engine apply." in told
    own = Cli(cli.folder / "my-space")
    own.ok("plan")
    own.ok("apply", "--yes")
    assert "No changes" in own.ok("plan")


def test_every_file_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
