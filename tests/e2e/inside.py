"""The real command line inside this process: the same commands without a process each, for many of them."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from engine.cli.main import main
from tests.conftest import Cli


@dataclass(frozen=True)
class Inside(Cli):
    """`engine` in a folder, called as a function. A bug comes out as its exception."""

    def __call__(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run `engine` with the words; the caller looks at the exit code."""
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(main, words, env=env, catch_exceptions=False)
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def copied(folder: Path, to: Path) -> Inside:
    """A private copy of a folder with a space, times of files included."""
    shutil.copytree(folder, to, symlinks=True)
    return Inside(to)
