"""What all tests share: the repository, real and hostile inputs, and what a missing server means."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]
CHROMIUM = Path("/usr/bin/chromium")


def lacking(what: str) -> None:
    """A missing server or browser: a failure in CI, elsewhere a skip that says why."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real and hostile inputs beside the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared inputs are not beside the repository")
    return folder


@dataclass(frozen=True)
class Cli:
    """The real `engine` command in a folder of its own."""

    folder: Path

    def __call__(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run `engine` with the words; the caller looks at the exit code."""
        return subprocess.run(
            [str(REPOSITORY / ".venv/bin/engine"), *words],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def ok(self, *words: str) -> str:
        """Run `engine` with the words, which must succeed; returns stdout."""
        done = self(*words)
        assert done.returncode == 0, (
            f"engine {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command line in an empty folder."""
    return Cli(tmp_path)


@pytest.fixture
def demo(tmp_path: Path) -> Cli:
    """The command line in a folder with a copy of the demo's specs, nothing applied."""
    shutil.copytree(REPOSITORY / "specs", tmp_path / "specs")
    return Cli(tmp_path)


@pytest.fixture(scope="session")
def applied_demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the demo has been applied once. Read only: copy it to change it."""
    folder = tmp_path_factory.mktemp("applied-demo")
    shutil.copytree(REPOSITORY / "specs", folder / "specs")
    Cli(folder).ok("apply", "--yes", "--now", "2026-11-24")
    return folder


@pytest.fixture
def applied_demo(applied_demo_folder: Path) -> Cli:
    """The command line where the demo is applied, for tests that only read."""
    return Cli(applied_demo_folder)


@pytest.fixture
def applied_copy(applied_demo_folder: Path, tmp_path: Path) -> Cli:
    """The command line in a private copy of the applied demo, for tests that change things."""
    shutil.copytree(applied_demo_folder, tmp_path / "demo", symlinks=True)
    return Cli(tmp_path / "demo")


WriteSpace = Callable[..., Cli]


@pytest.fixture
def write_space(tmp_path: Path) -> WriteSpace:
    """Write `{path: text}` below a new folder, `specs/space.yaml` included unless given."""

    def write(files: dict[str, str]) -> Cli:
        texts = {"specs/space.yaml": "kind: Space\nname: test\n", **files}
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Cli(tmp_path)

    return write


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium, driven by Playwright; one for all tests, which Playwright wants."""
    if not CHROMIUM.exists():
        lacking("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
