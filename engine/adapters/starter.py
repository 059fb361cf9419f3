"""The files of a new space, as shipped in `engine/starter/`."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from engine.diagnostics import WorldFailure

CI_FILES = (".github/workflows/data-space.yml", ".gitlab-ci.yml")
NAMES = {"dot-github": ".github", "dot-gitlab-ci.yml": ".gitlab-ci.yml", "dot-gitignore": ".gitignore"}
"""Shipped under names without a dot, so that no tool acts on them here."""


def starter_files(*, only_ci: bool) -> dict[str, bytes]:
    """Path to bytes of every file of a new space, or only of its CI files; sorted."""
    found = dict(sorted(_walk(files("engine") / "starter", "")))
    return {name: text for name, text in found.items() if not only_ci or name in CI_FILES}


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.name.startswith(("__", ".")):
            continue
        name = f"{prefix}{NAMES.get(entry.name, entry.name)}"
        found += _walk(entry, f"{name}/") if entry.is_dir() else [(name, entry.read_bytes())]
    return found


def write_anew(folder: Path, name: str, text: bytes, head: str) -> bool:
    """Write a generated file over an older one of its kind; whether there was a difference.

    What does not begin with `head` was written by somebody else and is kept. Raises WorldFailure.
    """
    path = folder / name
    try:
        known = path.read_bytes()
        if known == text or not known.startswith(head.encode()):
            return False
        path.write_bytes(text)
    except OSError as failure:
        raise WorldFailure(f"cannot write {path}: {failure.strerror}.", "choose another folder.") from None
    return True


def write_new(folder: Path, texts: dict[str, bytes]) -> tuple[list[str], list[str]]:
    """Write what is not there yet; returns the names written and those kept. Raises WorldFailure."""
    written, kept = [], []
    for name, text in texts.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as out:
                out.write(text)
            written.append(name)
        except FileExistsError:
            kept.append(name)
        except OSError as failure:
            message = f"cannot write {path}: {failure.strerror}."
            raise WorldFailure(message, "choose another folder.") from None
    return written, kept
