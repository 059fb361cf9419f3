"""Golden folders: a change to one applied space, and all that the engine then says and does.

A folder of `cases/` holds `scenario.yaml` (the sentence it is about, and the commands when they are not the
usual ones), `change.patch` (what the author changes in `base/`) and `expected/`: the plan as json and as
Markdown, and the commands with what they print. Hashes, times and folders are written as `<...>`.

    UPDATE_SCENARIOS=1 .venv/bin/python -m pytest tests/scenarios     writes `expected/` anew: read the diff
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from engine.cli.main import main
from tests.conftest import REPOSITORY, Cli
from tests.e2e.test_upgrade import earlier_engine

HERE = Path(__file__).parent
CASES = sorted(folder for folder in (HERE / "cases").iterdir() if folder.is_dir())
USUAL = ("plan", "apply --yes", "plan")
DAY = "2026-11-24"
DATED = ("plan", "apply", "why", "promote", "rollback")
"""Commands that take the day as an input."""
VARYING = (
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "<hash>"),
    (re.compile(r"\b\d+\.\d s\b"), "<seconds> s"),
    (re.compile(r"file:///\S*/\.dataspace"), "<store>"),
    (re.compile(r"  done    pages, audited and drawn  <seconds> s\n"), ""),  # said only where it took long
)


@dataclass(frozen=True)
class Scenario:
    """What a scenario's folder says."""

    folder: Path
    sentence: str
    commands: tuple[str, ...]
    environment: str
    earlier_engine: bool

    @classmethod
    def read(cls, folder: Path) -> Scenario:
        """The scenario of a folder."""
        said = yaml.safe_load((folder / "scenario.yaml").read_text(encoding="utf-8"))
        commands = tuple(said.pop("commands", USUAL))
        return cls(
            folder, said["sentence"], commands, said.get("env", "prod"), said.get("earlier_engine", False)
        )


def base_space(folder: Path) -> Path:
    """The base space in a folder, nothing applied."""
    shutil.copytree(HERE / "base", folder)
    shutil.copy(REPOSITORY / "specs/policies/roles.yaml", folder / "specs/policies/roles.yaml")
    return folder


@pytest.fixture(scope="session")
def applied_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base space, applied once for all scenarios."""
    folder = base_space(tmp_path_factory.mktemp("scenarios") / "base")
    Cli(folder).ok("apply", "--yes", "--now", DAY)
    return folder


@pytest.fixture(scope="session")
def base_of_an_earlier_engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base space, applied by an engine that hashes logic in another way."""
    folder = base_space(tmp_path_factory.mktemp("scenarios") / "earlier")
    earlier_engine(Cli(folder), "apply", "--yes", "--now", DAY)
    return folder


def ran(*words: str) -> Result:
    """The real command line with these words, here and on the same day whenever that matters."""
    dated = ("--now", DAY) if any(word in DATED for word in words) else ()
    return CliRunner().invoke(main, [*words, *dated], catch_exceptions=False)


def steady(text: str) -> str:
    """The text without what varies."""
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return text


def transcript(commands: tuple[str, ...]) -> str:
    """Every command with what it prints and its exit code where that is not 0."""
    lines = []
    for command in commands:
        done = ran(*shlex.split(command))
        code = [f"[exit {done.exit_code}]"] if done.exit_code else []
        lines += [f"$ engine {command}", steady(done.output).rstrip("\n"), *code, ""]
    return "\n".join(lines)


def told(scenario: Scenario) -> dict[str, str]:
    """All that is compared, by file name. The commands come last: they apply the change."""
    environment = () if scenario.environment == "prod" else ("--env", scenario.environment)
    files = {
        f"plan.{suffix}": steady(ran(*environment, "plan", "--format", form).stdout)
        for form, suffix in (("json", "json"), ("markdown", "md"))
    }
    return files | {"commands.txt": transcript(scenario.commands)}


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_the_engine_says_and_does_what_the_golden_folder_holds(
    folder: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario.read(folder)
    base = "base_of_an_earlier_engine" if scenario.earlier_engine else "applied_base"
    space = tmp_path / "space"
    shutil.copytree(request.getfixturevalue(base), space, symlinks=True)
    patch = folder / "change.patch"
    if patch.exists():
        subprocess.run(["git", "apply", str(patch)], cwd=space, check=True)
    monkeypatch.chdir(space)
    found = told(scenario)
    expected = folder / "expected"
    if os.environ.get("UPDATE_SCENARIOS"):
        expected.mkdir(exist_ok=True)
        for name, text in found.items():
            (expected / name).write_text(text, encoding="utf-8")
    assert found == {name: (expected / name).read_text(encoding="utf-8") for name in found}


def test_a_scenario_names_the_sentence_it_is_about_and_is_read_with_others() -> None:
    scenarios = [Scenario.read(folder) for folder in CASES]
    assert len(scenarios) >= 22
    assert all(scenario.sentence for scenario in scenarios)
