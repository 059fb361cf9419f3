"""Where the files that a spec names are: relative to the spec, never outside the space's root."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path

from engine.adapters.sources.complaints import mistake
from engine.diagnostics import DataMistake, SourceSpan, did_you_mean


@dataclass(frozen=True, slots=True)
class Place:
    """A file of the space: where it is, and how messages name it."""

    path: Path
    shown: str


class Places:
    """Finds the files that documents of one specs folder name."""

    def __init__(self, specs_folder: Path) -> None:
        self._specs = os.path.realpath(specs_folder)
        self._root = os.path.dirname(self._specs)
        self._folders: dict[str, str] = {}
        self._closed: dict[str, bool] = {}

    def beside(self, document: str, text: str, span: SourceSpan) -> Place:
        """The file named `text` in `document` (its path as shown). Raises DataMistake at `span`.

        The path is relative to the document; neither it nor a link on its way may leave the folder that
        holds the specs, and it may not enter a hidden folder or a store: those are other doors' to open.
        """
        if text.startswith("/") or "\\" in text or "\0" in text:
            raise mistake(
                "outside-root",
                span,
                "The path is not relative.",
                "Write it relative to this file, with forward slashes.",
            )
        written = os.path.normpath(os.path.join(self._folder(document), text))
        shown = posixpath.normpath(posixpath.join(posixpath.dirname(document), text))
        real = os.path.realpath(written)
        if not (_within(written, self._root) and _within(real, self._root)):
            raise mistake(
                "outside-root",
                span,
                f'"{text}" leaves the folder that holds the specs.',
                "Files that specs name lie beside the specs folder or in it, links included.",
            )
        if self._is_closed(os.path.dirname(written)) or self._is_closed(os.path.dirname(real)):
            raise mistake(
                "hidden-path",
                span,
                "The path leads into a hidden folder or a store.",
                "Name a dataset of the space by its reference, not by its file.",
            )
        if not os.path.isfile(real):
            raise _absent(Path(written), shown, span)
        return Place(Path(real), shown)

    def _folder(self, document: str) -> str:
        """The real folder of a document; shown paths start where the specs folder's own path does."""
        within = posixpath.dirname(document)
        known = self._folders.get(within)
        if known is None:
            bases = (os.getcwd(), self._root, self._specs)
            folders = [os.path.realpath(os.path.join(base, within)) for base in bases]
            there = [f for f in folders if _within(f, self._specs) and os.path.isdir(f)]
            known = self._folders[within] = there[0] if there else folders[1]
        return known

    def _is_closed(self, folder: str) -> bool:
        """Whether the folder, or one above it in the space, is hidden or a store."""
        if folder == self._root:
            return False
        known = self._closed.get(folder)
        if known is None:
            above, name = os.path.split(folder)
            closed = name.startswith(".") or os.path.exists(os.path.join(folder, "state.db"))
            known = self._closed[folder] = closed or self._is_closed(above)
        return known


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _absent(path: Path, shown: str, span: SourceSpan) -> DataMistake:
    if path.is_dir():
        return mistake("no-file", span, f'"{shown}" is a folder.', "Name one file in it.")
    neighbours = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = did_you_mean(path.name, (n for n in neighbours if not n.startswith(".")))
    return mistake("no-file", span, f'There is no file "{shown}".', near)
