"""The files that specs carry beside their YAML: Python modules, pictures, geometry, notebooks."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from engine.core.named_paths import NamedPath, named_paths
from engine.core.space import Resource, Space
from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.model.base import Spec


def named_files(space: Space) -> tuple[str, ...]:
    """The paths of all files that belong to the specs, as paths are shown to people, sorted.

    Data files are not among them. What a path may lead to was decided when it was loaded.
    """
    return tuple(sorted({resource.document.beside(named.text) for resource, named in _carried(space)}))


def missing_files(space: Space) -> tuple[Diagnostic, ...]:
    """A diagnostic for every place that names a file which `space.files` does not hold.

    A dataset's own origin is not among them: whoever collects it says so, also of its data file.
    """
    found = []
    for resource, named in _carried(space):
        if named.where[:1] == ("from",):
            continue
        path = resource.document.beside(named.text)
        if path not in space.files:
            near = _alike(named.text, resource.document.file, space)
            detail = did_you_mean(named.text, near) or f"It is looked for at {path}."
            summary = f'There is no file "{named.text}".'
            found.append(error("missing-file", resource.span(*named.where), summary, detail))
    return tuple(found)


def _alike(path: str, document: str, space: Space) -> list[str]:
    """The files of the same kind, as the document would name them."""
    ending, folder = posixpath.splitext(path)[1].lower(), posixpath.dirname(document)
    alike = (other for other in space.files if posixpath.splitext(other)[1].lower() == ending)
    return [posixpath.relpath(other, folder) for other in alike]


def _carried(space: Space) -> Iterator[tuple[Resource[Spec], NamedPath]]:
    for resource in space.resources.values():
        yield from ((resource, named) for named in named_paths(resource.spec) if named.carried)
