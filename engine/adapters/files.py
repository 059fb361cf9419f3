"""Specs in a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from engine.core.document import SourceFile
from engine.core.yaml_reader import MAX_BYTES
from engine.diagnostics import WorldFailure

MAX_OTHER = 64 << 20
"""Bytes of a file that a spec names: code, a picture, geometry."""
_ENDINGS = (".yaml", ".yml")


class FolderSpecs:
    """A SpecSource over a folder, read once: a command sees one state of the files.

    Nothing outside the folder that holds the specs folder is ever read, through links neither.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder.resolve().parent

    def read(self) -> Sequence[SourceFile]:
        """All YAML files of the space in path order, partials among them. Raises WorldFailure."""
        return self._files

    def rules(self) -> Sequence[SourceFile]:
        """The Rego modules beside the policies, in path order. Raises WorldFailure."""
        found = []
        for path in sorted((self._folder / "policies").glob("*.rego")):
            shown = path.as_posix()
            try:
                content = _content(self._inside(path), MAX_BYTES, shown)
            except OSError as failure:
                raise _unreadable(shown, failure) from None
            if content is not None:
                found.append(SourceFile(shown, content, self._folder.as_posix()))
        return found

    def read_other(self, path: str) -> bytes | None:
        """A file that a spec names, by its path as in diagnostics; None when there is none.

        Raises WorldFailure when it is too large, cannot be read, or lies outside the space.
        """
        try:
            return _content(self._inside(Path(path)), MAX_OTHER, path)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as failure:
            raise _unreadable(path, failure) from None

    @cached_property
    def _files(self) -> tuple[SourceFile, ...]:
        if not self._folder.is_dir():
            raise WorldFailure(
                f"there is no folder {self._folder}.", "name it with --specs, or make one with `engine init`."
            )
        found = []
        for path in self._walk(self._folder, frozenset()):
            shown = path.as_posix()
            try:
                content = _content(path, MAX_BYTES + 1, None)
            except OSError as failure:
                raise _unreadable(shown, failure) from None
            if content is not None:
                found.append(SourceFile(shown, content, self._folder.as_posix()))
        return tuple(sorted(found, key=lambda file: file.path))

    def _walk(self, folder: Path, above: frozenset[Path]) -> Iterator[Path]:
        """YAML files below a folder, hidden ones left out, each folder of a chain of links once."""
        real = folder.resolve()
        if real in above:
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as failure:
            raise _unreadable(folder.as_posix(), failure) from None
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith(".") or not (entry.is_dir() or entry.name.endswith(_ENDINGS)):
                continue
            if entry.is_symlink():
                self._inside(path)
            if entry.is_dir():
                yield from self._walk(path, above | {real})
            elif entry.is_file():
                yield path

    def _inside(self, path: Path) -> Path:
        """The path without links. Raises WorldFailure when it leads out of the space."""
        real = path.resolve()
        if not real.is_relative_to(self._root):
            raise WorldFailure(
                f"{path.as_posix()} leads out of {self._root}.", "keep what the specs name in the repository."
            )
        return real


def _content(path: Path, limit: int, refuse_as: str | None) -> bytes | None:
    """The bytes of a regular file, at most `limit`; a longer one is cut, or refused under a name."""
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        content = file.read(limit + 1)
    if len(content) <= limit:
        return content
    if refuse_as is not None:
        raise WorldFailure(f"{refuse_as} is larger than {limit >> 20} MiB.", "specs name small files only.")
    return content[:limit]


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for a writer, should the file be a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unreadable(path: str, failure: OSError) -> WorldFailure:
    return WorldFailure(f"cannot read {path}: {failure.strerror}.", "check the file's permissions.")
