"""Where the files that a spec names are: relative to the spec, never outside the space's root."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path

from engine.adapters.sources.complaints import Asked, mistake
from engine.diagnostics import DataMistake, SourceSpan, did_you_mean


@dataclass(frozen=True, slots=True)
class Place:
    """A file of the space: where it is, and how messages name it."""

    path: Path
    shown: str


class Places:
    """Finds the files that documents of one specs folder name."""

    def __init__(self, specs_folder: Path) -> None:
        self._specs = specs_folder.resolve()
        self._root = self._specs.parent

    def of_origin(self, asked: Asked, text: str) -> Place:
        """The file that `asked` names as its origin. Raises DataMistake at the name in the document."""
        key = "python" if asked.spec.from_.python is not None else "file"
        return self.beside(asked.document.file, text, asked.span("from", key))

    def beside(self, document: str, text: str, span: SourceSpan) -> Place:
        """The file named `text` in `document` (its path as shown). Raises DataMistake at `span`.

        The path is relative to the document; neither it nor a link on its way may leave the folder that
        holds the specs, and it may not enter a hidden folder or a store: those are other doors' to open.
        """
        if Path(text).is_absolute() or "\\" in text or "\0" in text:
            raise mistake(
                "outside-root",
                span,
                "The path is not relative.",
                "Write it relative to this file, with forward slashes.",
            )
        written = Path(os.path.normpath(self._document(document).parent / text))
        shown = posixpath.normpath(posixpath.join(posixpath.dirname(document), text))
        if not self._inside(written) or not self._inside(written.resolve()):
            raise mistake(
                "outside-root",
                span,
                f'"{text}" leaves the folder that holds the specs.',
                "Files that specs name lie beside the specs folder or in it, links included.",
            )
        self._not_hidden(written, span)
        self._not_hidden(written.resolve(), span)
        if not written.is_file():
            raise self._absent(written, shown, span)
        return Place(written.resolve(), shown)

    def _document(self, shown: str) -> Path:
        """The real path of a document; shown paths start where the specs folder's own path does."""
        for base in (Path.cwd(), self._root, self._specs):
            path = base / shown
            path = path.parent.resolve() / path.name
            if path.is_relative_to(self._specs) and path.is_file():
                return path
        return Path(os.path.normpath(self._root / shown))

    def _inside(self, path: Path) -> bool:
        return path.is_relative_to(self._root)

    def _not_hidden(self, path: Path, span: SourceSpan) -> None:
        within = path.relative_to(self._root)
        folders = [self._root.joinpath(*within.parts[:n]) for n in range(1, len(within.parts))]
        hidden = any(part.startswith(".") for part in within.parts)
        if hidden or any((folder / "state.db").exists() for folder in folders):
            raise mistake(
                "hidden-path",
                span,
                "The path leads into a hidden folder or a store.",
                "Name a dataset of the space by its reference, not by its file.",
            )

    def _absent(self, path: Path, shown: str, span: SourceSpan) -> DataMistake:
        if path.is_dir():
            return mistake("no-file", span, f'"{shown}" is a folder.', "Name one file in it.")
        neighbours = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        near = did_you_mean(path.name, (n for n in neighbours if not n.startswith(".")))
        return mistake("no-file", span, f'There is no file "{shown}".', near)
