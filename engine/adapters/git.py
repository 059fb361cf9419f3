"""What git knows about the specs."""

from __future__ import annotations

import contextlib
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.diagnostics import WorldFailure


def head_commit(folder: Path) -> str:
    """The commit that `folder` is at, with `-dirty` when files differ from it; empty outside of git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@contextlib.contextmanager
def checked_out(folder: Path, ref: str) -> Iterator[Path]:
    """`folder` as it is at a commit, in a temporary folder. Raises WorldFailure.

    Only what git knows is in it. The checkout itself is not touched.
    """
    with tempfile.TemporaryDirectory(prefix="engine-git-") as name:
        archive, into = Path(name, "tree.tar"), Path(name, "tree")
        into.mkdir()
        commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if _git(folder, "ls-tree", commit.strip(), "."):  # git cannot archive a tree without files
            _git(folder, "archive", "--format=tar", f"--output={archive}", commit.strip(), ".")
            with tarfile.open(archive) as tar:
                tar.extractall(into, filter="data")
        yield into


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=120, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise WorldFailure("git did not answer.", "install git, or plan without --against.") from None
    if done.returncode:
        raise WorldFailure(f"git does not know that commit in {folder}.", "name a branch, tag or commit.")
    return done.stdout
