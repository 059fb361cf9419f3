"""Files to resources: every document of every file, validated; all mistakes of all files at once.

What refers to what is not looked at here (resolve.py does), nor what SQL means (compiling does).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from engine.addresses import Address, is_name
from engine.core.document import Document, SourceFile
from engine.core.load_repair import fragment, lost_outputs, repaired
from engine.core.load_shapes import shape_mistakes
from engine.core.named_paths import named_paths, path_mistake
from engine.core.partials import Expander, is_partial, partial_mistakes
from engine.core.space import Resource
from engine.core.unsound import Unsound
from engine.core.yaml_reader import read_trees
from engine.core.yaml_tree import Tree
from engine.diagnostics import Diagnostic, did_you_mean, error, in_order
from engine.model.base import ProjectSpec, Spec, found
from engine.model.kinds import KINDS

MAX_TOLD = 200
"""Mistakes told of one file."""


def load(files: Sequence[SourceFile]) -> tuple[tuple[Resource[Spec], ...], tuple[Diagnostic, ...]]:
    """Every document as a resource, in path order, and everything wrong with their shape.

    A document with mistakes is still there if its address is known: repaired where that loses nothing
    that others build on, else as `Unsound`. Never raises, whatever the bytes.
    """
    loader = _Loader()
    ordered = sorted(files, key=lambda file: file.path)
    expander = Expander(loader.partials([file for file in ordered if is_partial(file)]), loader.found)
    resources: list[Resource[Spec]] = []
    for file in ordered:
        if not is_partial(file):
            before = len(loader.found)
            for tree in loader.trees(file):
                resources += loader.resource(tree, file, expander)
            _shorten(loader.found, before)
    return tuple(resources), in_order(loader.found)


def _shorten(found: list[Diagnostic], start: int) -> None:
    """Tell only of the first mistakes of a file that is wrong throughout."""
    more = len(found) - start - MAX_TOLD
    if more > 0:
        del found[start + MAX_TOLD :]
        summary = f"There are {more:,} more mistakes in this file."
        found.append(error("more-mistakes", found[-1].span, summary, "They are told once these are gone."))


class _Loader:
    """Collects what is found wrong while files are read."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def trees(self, file: SourceFile) -> tuple[Tree, ...]:
        """The YAML documents of a file."""
        trees, mistakes = read_trees(file)
        self.found += mistakes
        return trees

    def partials(self, files: Sequence[SourceFile]) -> Mapping[str, Tree]:
        """The sound partials, by path within the specs."""
        sound: dict[str, Tree] = {}
        for file in files:
            trees = self.trees(file)
            for tree in trees[1:]:
                self.found.append(error("partial", tree.span(), "A partial is one document."))
            for tree in trees[:1]:
                mistakes = partial_mistakes(tree)
                self.found += mistakes
                if not mistakes:
                    sound[file.within] = tree
        return sound

    def resource(self, tree: Tree, file: SourceFile, expander: Expander) -> Iterator[Resource[Spec]]:
        """The resource that a document defines, if it can be told which."""
        spec = self._kind(tree)
        if spec is None:
            return
        if tree.data["kind"] == "Dashboard":
            tree = expander.page(tree, file)
        elif tree.data["kind"] == "Space":
            tree = expander.space(tree, file)
        document = tree.document()
        address = self._address(document, spec, file)
        value, rest = self._validated(document, spec)
        if address is None:
            return
        if value is not None and self._has_bad_path(document, value, file):
            value, rest = None, value
        yield Resource(address, value or Unsound(name=address.name, fragment=rest), document)
        for name in lost_outputs(document, value) if value is not None else ():
            yield Resource(Address("dataset", address.project, name), Unsound(name=name), document)

    def _has_bad_path(self, document: Document, value: Spec, file: SourceFile) -> bool:
        """Whether the document names a path that may not be followed: nobody is to follow it then."""
        mistakes = [path_mistake(file, document.span(*n.where), n.text) for n in named_paths(value)]
        self.found += [mistake for mistake in mistakes if mistake is not None]
        return any(mistakes)

    def _kind(self, tree: Tree) -> type[Spec] | None:
        if not isinstance(tree.data, dict):
            summary = f"A document is a mapping with a `kind`, but this is {found(tree.data)}."
            self.found.append(error("no-kind", tree.span(), summary))
            return None
        kind = tree.data.get("kind")
        if isinstance(kind, str) and kind in KINDS:
            return KINDS[kind]
        if "kind" in tree.data:
            summary = f"There is no kind of document called {found(kind).removeprefix('the text ')}."
            detail = did_you_mean(str(kind), KINDS) or f"Kinds are {', '.join(KINDS)}."
            self.found.append(error("unknown-kind", tree.span("kind"), summary, detail))
        else:
            summary = "The document does not say its `kind`."
            self.found.append(error("no-kind", tree.span(), summary, f"Kinds are {', '.join(KINDS)}."))
        return None

    def _address(self, document: Document, spec: type[Spec], file: SourceFile) -> Address | None:
        name = document.data.get("name")
        project = self._project(document, file) if issubclass(spec, ProjectSpec) else ""
        if project is None or not isinstance(name, str) or not is_name(name):
            return None  # what is wrong with a name is said where the shape is
        return Address(spec.address_kind, project, name)

    def _project(self, document: Document, file: SourceFile) -> str | None:
        """The project that a document belongs to: its folder says so, or `project:`."""
        parts = file.within.split("/")
        folder = parts[1] if parts[0] == "projects" and len(parts) > 2 else ""
        written: Any = document.data.get("project")
        if folder and not is_name(folder):
            summary = f'The folder "{folder}" is no project\'s name.'
            detail = 'Names have letters, digits, "_" and "-".'
        elif isinstance(written, str) and folder and written != folder:
            summary = f'The document says `project: {written}` but lies in the folder of project "{folder}".'
            detail = "Leave `project` out, or move the file."
        elif folder or (isinstance(written, str) and is_name(written)):
            return folder or written
        elif written is not None:
            return None
        else:
            summary = f"A {document.data['kind']} belongs to a project, and this one does not say which."
            detail = "Move the file below projects/<project>/, or add `project: <project>`."
        self.found.append(error("project", document.span("project"), summary, detail))
        return None

    def _validated(self, document: Document, spec: type[Spec]) -> tuple[Spec | None, Spec | None]:
        """The document validated, or repaired; else what is left of it for checking references."""
        try:
            return spec.model_validate(document.data), None
        except ValidationError as failure:
            mistakes = shape_mistakes(document, spec, failure)
            self.found += [mistake.diagnostic for mistake in mistakes]
            return repaired(document, spec, mistakes), fragment(document, spec, mistakes)
