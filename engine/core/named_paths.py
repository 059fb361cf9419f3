"""Every path that a spec names, and whether it stays where paths may lead."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.document import Path, SourceFile
from engine.diagnostics import Diagnostic, SourceSpan, error
from engine.model.base import Spec
from engine.model.dashboard import Dashboard
from engine.model.dataflow import Dataflow
from engine.model.dataset import Dataset
from engine.model.notebook import Notebook
from engine.model.source import SourceSpec
from engine.model.tiles import Image, Map, Row

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A path as written (a function's module without the function), and where it is written."""

    where: Path
    text: str
    carried: bool
    """Whether the file belongs to the specs (code, picture, geometry); data files do not."""


def named_paths(spec: Spec) -> Iterator[NamedPath]:
    """All paths in a document, in the order written."""
    if isinstance(spec, Dataset):
        if spec.from_.file is not None:
            yield NamedPath(("from", "file"), spec.from_.file, False)
        if spec.from_.python is not None:
            yield NamedPath(("from", "python"), _module(spec.from_.python), True)
    elif isinstance(spec, Dataflow):
        for index, step in enumerate(spec.steps):
            if step.python is not None:
                yield NamedPath(("steps", index, "python"), _module(step.python), True)
    elif isinstance(spec, Dashboard):
        yield from _in_page(spec)
    elif isinstance(spec, Notebook):
        yield NamedPath(("file",), spec.file, True)
    elif isinstance(spec, SourceSpec) and spec.path is not None:
        yield NamedPath(("path",), spec.path, False)


def leaves(file: SourceFile, text: str) -> str:
    """Why a path that `file` names may not be followed; empty when it may.

    Decided by the text alone. Links are the adapters' concern.
    """
    if _SCHEME.match(text):
        return "it is no path relative to this file."
    if "\\" in text:
        return "folders are separated with `/`."
    if text.startswith(("/", "~")):
        return "it must be relative to this file."
    folder = posixpath.join("specs", posixpath.dirname(file.within))
    target = posixpath.normpath(posixpath.join(folder, text))
    if target == ".." or target.startswith("../"):
        return "it leads out of the folder that holds the specs."
    return ""


def path_mistake(file: SourceFile, span: SourceSpan, text: str) -> Diagnostic | None:
    """The diagnostic for a path that may not be followed."""
    reason = leaves(file, text)
    if not reason:
        return None
    detail = "Keep what the specs name in the repository, and name it relative to this file."
    return error("path", span, f'The path "{text}" may not be used: {reason}', detail)


def _module(function: str) -> str:
    return function.rpartition(":")[0]


def _in_page(page: Dashboard) -> Iterator[NamedPath]:
    yield from _in_rows(("rows",), page.rows)
    for index, tab in enumerate(page.tabs):
        yield from _in_rows(("tabs", index, "rows"), tab.rows)


def _in_rows(where: Path, rows: tuple[Row, ...]) -> Iterator[NamedPath]:
    for line, row in enumerate(rows):
        for column, tile in enumerate(row):
            place = (*where, line, column)
            if isinstance(tile, Image):
                yield NamedPath((*place, "image"), tile.image, True)
            elif isinstance(tile, Map) and tile.geometry is not None:
                yield NamedPath((*place, "geometry"), tile.geometry, True)
