"""docs/reference.md says all that may be written and typed, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.main import COMMANDS
from engine.core.reference import kinds
from tests.conftest import Cli

REGENERATE = "run: python scripts/write_reference.py > docs/reference.md"


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs/reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", ["40", "200"])
def test_the_reference_is_what_the_code_says_on_every_terminal(
    repository: Path, page: str, columns: str
) -> None:
    written = subprocess.run(
        [sys.executable, "scripts/write_reference.py"],
        cwd=repository,
        env={**os.environ, "COLUMNS": columns},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert written == page, REGENERATE


def test_every_command_that_help_lists_is_in_the_reference(cli: Cli, page: str) -> None:
    listed = cli.ok("--help").partition("Commands:\n")[2]
    names = {line.split()[0] for line in listed.splitlines() if line.strip()}
    assert names == set(COMMANDS)
    assert [name for name in sorted(names) if f"### engine {name}\n" not in page] == []


def test_every_command_that_help_lists_says_its_own_help(cli: Cli) -> None:
    for name in COMMANDS:
        assert cli.ok(name, "--help").startswith(f"Usage: engine {name}")


def test_every_kind_is_in_the_reference(page: str) -> None:
    names = [kind.name for kind in kinds()]
    assert "Dataset" in names
    assert [name for name in names if f"### {name}\n" not in page] == []
