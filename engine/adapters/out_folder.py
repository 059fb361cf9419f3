"""A tree of files in a folder of the user's choice: written whole, and never over somebody else's files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from engine.diagnostics import WorldFailure

MARK = ".drawn-by-engine"
"""Stands in every folder written here: such a folder may be replaced."""
MARKED = "This folder was drawn by `engine render` and is replaced whole when it is drawn again.\n"


def write_tree(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Make `folder` hold exactly `files`, all at once; returns it, absolute.

    A folder that is neither empty nor written here before is left alone. Raises WorldFailure.
    """
    target = Path(os.path.abspath(folder))
    _check(target, folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.part-", dir=target.parent) as beside:
            fresh = Path(beside) / "tree"
            _write(fresh, {**files, MARK: MARKED.encode()})
            _swap(fresh, target, Path(beside) / "old")
    except OSError as failure:
        raise WorldFailure(f"cannot write {folder}: {failure.strerror}.", "choose another --out.") from None
    return target


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Put `fresh` in the place of `target`; when that fails, what was there is put back."""
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def _check(target: Path, shown: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise WorldFailure(f"{shown} is no folder.", "choose another --out.")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise WorldFailure(
            f"{shown} holds files that `engine render` did not write.", "choose a new or empty --out."
        )


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    for name in sorted(files):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
