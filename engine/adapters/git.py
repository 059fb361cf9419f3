"""What git knows about the specs."""

from __future__ import annotations

import subprocess
from pathlib import Path


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
