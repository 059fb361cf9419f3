"""Partials: `use: partials/footer.yaml` in a dashboard stands for the tiles that file holds, and
`theme: partials/theme.yaml` in the space for the tokens.

A page as written becomes the page as meant before it is validated; the places of what came from a
partial point into the partial.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.document import Path, Place, SourceFile
from engine.core.yaml_tree import Tree
from engine.diagnostics import Diagnostic, SourceSpan, did_you_mean, error

MAX_NESTED = 8
MAX_TILES = 2_000
"""Tiles that the partials of one page may add."""

_PARAMETER = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_DEEP = "/x" * 64
"""Stands for the specs folder: deep enough that a path climbing out of it still shows that it does."""
_RELATIVE = ("image", "geometry")
"""Keys of a tile that hold a path relative to the file they stand in."""

Scalar = str | int | float | bool | None


def is_partial(file: SourceFile) -> bool:
    """Whether a file holds tiles for pages to use, and no documents: it lies under a `partials` folder."""
    return "partials" in file.within.split("/")[:-1]


@dataclass
class Expander:
    """Expands pages; `partials` are the trees of all partials by their path within the specs."""

    partials: Mapping[str, Tree]
    found: list[Diagnostic] = field(default_factory=list)
    _added: int = 0

    def page(self, tree: Tree, file: SourceFile) -> Tree:
        """The page with every `use` replaced. What cannot be replaced stays, and `found` says why."""
        self._added = 0
        for path, row in list(_rows_with_use(tree.data)):
            pieces: list[tuple[Tree, str]] = []
            for index in range(len(row)):
                pieces += self._expanded(_part(tree, (*path, index)), file.within, ())
            tree = _with_row(tree, path, [_from_here(piece, at, file.within) for piece, at in pieces])
        return tree

    def space(self, tree: Tree, file: SourceFile) -> Tree:
        """The space's document with the tokens in the place of the path of their partial."""
        written = tree.data.get("theme")
        if not isinstance(written, str):
            return tree
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file.within), written))
        partial = self.partials.get(target)
        if partial is None:
            self._unknown(tree.span("theme"), written, posixpath.dirname(file.within))
            return _with(tree, ("theme",), Tree(tree.file, tree.index, {}, {}, {}, {}))
        return _with(tree, ("theme",), _part(partial, ()))

    def _unknown(self, span: SourceSpan, written: str, folder: str) -> None:
        known = [posixpath.relpath(path, folder or ".") for path in self.partials]
        detail = (
            did_you_mean(written, known) or "A partial is a YAML file in a `partials` folder of the specs."
        )
        self.found.append(error("unknown-partial", span, f'There is no partial "{written}".', detail))

    def _expanded(self, tile: Tree, at: str, inside: tuple[str, ...]) -> list[tuple[Tree, str]]:
        """The tiles that a tile in file `at` stands for, each with the file it was written in."""
        data = tile.data
        if not _is_use(data):
            return [(tile, at)]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(at), data["use"]))
        partial = self.partials.get(target)
        parameters = data.get("with", {})
        if not self._may_use(tile, at, target, inside) or partial is None or not isinstance(parameters, dict):
            return [(tile, at)]
        self._check_parameters(tile, partial, parameters)
        many = isinstance(partial.data, list)
        parts = [_part(partial, (i,)) for i in range(len(partial.data))] if many else [_part(partial, ())]
        own = {key: value for key, value in data.items() if key not in ("use", "with")}
        if own and many:
            detail = "Write it in the partial, or make that a single tile."
            summary = f'"{next(iter(own))}" cannot be given to several tiles at once.'
            self.found.append(error("partial", tile.document().key_span(next(iter(own))), summary, detail))
        filled = [_filled(part, parameters) for part in parts]
        if own and not many:
            filled = [_overridden(filled[0], tile, own)]
        return [piece for part in filled for piece in self._expanded(part, target, (*inside, target))]

    def _may_use(self, tile: Tree, at: str, target: str, inside: tuple[str, ...]) -> bool:
        self._added += 1
        span, written = tile.span("use"), tile.data["use"]
        if target not in self.partials:
            self._unknown(span, written, posixpath.dirname(at))
        elif target in inside or len(inside) >= MAX_NESTED:
            summary = f'The partial "{written}" uses itself or nests more than {MAX_NESTED} deep.'
            self.found.append(error("partial", span, summary, "Write the tiles out."))
        elif self._added > MAX_TILES:
            if self._added == MAX_TILES + 1:
                summary = f"The partials of this page hold more than {MAX_TILES:,} tiles."
                self.found.append(error("partial", span, summary, "Use fewer."))
        else:
            return True
        return False

    def _check_parameters(self, tile: Tree, partial: Tree, parameters: Mapping[str, Any]) -> None:
        known = {name for text in _texts(partial.data) for name in _PARAMETER.findall(text)}
        for name in parameters:
            if name not in known:
                summary = f'The partial "{tile.data["use"]}" has no parameter "{name}".'
                span = tile.document().key_span("with", name)
                self.found.append(error("partial", span, summary, did_you_mean(name, known)))


def partial_mistakes(tree: Tree) -> tuple[Diagnostic, ...]:
    """What is wrong with a partial as a whole: it is one tile or a list of tiles."""
    tiles = tree.data if isinstance(tree.data, list) else [tree.data]
    if tiles and all(isinstance(tile, dict) for tile in tiles):
        return ()
    return (error("partial", tree.span(), "A partial is one tile or a list of tiles."),)


def _is_use(tile: Any) -> bool:
    return isinstance(tile, dict) and isinstance(tile.get("use"), str)


def _rows_with_use(page: Mapping[str, Any]) -> Iterator[tuple[Path, list[Any]]]:
    places: list[tuple[Path, Any]] = [(("rows",), page.get("rows"))]
    tabs = page.get("tabs")
    for index, tab in enumerate(tabs if isinstance(tabs, list) else ()):
        if isinstance(tab, dict):
            places.append((("tabs", index, "rows"), tab.get("rows")))
    for path, rows in places:
        for line, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, list) and any(map(_is_use, row)):
                yield (*path, line), row


def _part(tree: Tree, path: Path) -> Tree:
    """The part of a tree at `path`, as a tree of its own."""
    data = tree.data
    for step in path:
        data = data[step]
    cut = len(path)

    def below(places: Mapping[Path, Any]) -> dict[Path, Any]:
        return {p[cut:]: _in_file(place, tree.file) for p, place in places.items() if p[:cut] == path}

    return Tree(tree.file, tree.index, data, below(tree.values), below(tree.keys), below(tree.texts))


def _in_file(place: Any, file: str) -> Any:
    """A place (or a text's place and indent) that says which file it is in."""
    if isinstance(place[0], tuple):
        return _in_file(place[0], file), place[1]
    return place if len(place) == 3 else (*place, file)


def _with(tree: Tree, path: Path, piece: Tree) -> Tree:
    """The tree with the value at `path` made another. The tree given stays as it is."""
    cut = len(path)

    def joined(name: str) -> dict[Path, Any]:
        places: dict[Path, Any] = getattr(tree, name)
        kept = {p: place for p, place in places.items() if p[:cut] != path or len(p) == cut}
        theirs: dict[Path, Any] = getattr(piece, name)
        return kept | {(*path, *p): place for p, place in theirs.items() if p}

    data = _replaced(tree.data, path, piece.data)
    return Tree(tree.file, tree.index, data, joined("values"), joined("keys"), joined("texts"))


def _with_row(tree: Tree, path: Path, pieces: list[Tree]) -> Tree:
    """The tree with the row at `path` made of other tiles. The tree given stays as it is."""
    cut = len(path)

    def joined(name: str) -> dict[Path, Any]:
        places: dict[Path, Place] = getattr(tree, name)
        kept = {p: place for p, place in places.items() if p[:cut] != path or len(p) == cut}
        for index, piece in enumerate(pieces):
            kept |= {(*path, index, *p): place for p, place in getattr(piece, name).items()}
        return kept

    data = _replaced(tree.data, path, [piece.data for piece in pieces])
    return Tree(tree.file, tree.index, data, joined("values"), joined("keys"), joined("texts"))


def _replaced(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = _replaced(data[path[0]], path[1:], value)
    return copy


def _filled(part: Tree, parameters: Mapping[str, Scalar]) -> Tree:
    """The part with `{{ name }}` replaced where a parameter has that name; others stay for the page."""
    return Tree(part.file, part.index, _fill(part.data, parameters), part.values, part.keys, part.texts)


def _fill(data: Any, parameters: Mapping[str, Scalar]) -> Any:
    if isinstance(data, dict):
        return {key: _fill(value, parameters) for key, value in data.items()}
    if isinstance(data, list):
        return [_fill(value, parameters) for value in data]
    if not isinstance(data, str):
        return data
    whole = _PARAMETER.fullmatch(data)
    if whole and whole[1] in parameters:
        return parameters[whole[1]]
    return _PARAMETER.sub(lambda m: _shown(parameters[m[1]]) if m[1] in parameters else m[0], data)


def _shown(value: Scalar) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _overridden(part: Tree, use: Tree, own: Mapping[str, Any]) -> Tree:
    """The single tile of a partial with what the page writes beside `use`."""
    data = {**part.data, **own}

    def both(name: str) -> dict[Path, Any]:
        theirs = {p: at for p, at in getattr(part, name).items() if not p or p[0] not in own}
        return theirs | {p: at for p, at in getattr(use, name).items() if p and p[0] in own}

    return Tree(part.file, part.index, data, both("values"), both("keys"), both("texts"))


def _from_here(tile: Tree, at: str, page: str) -> Tree:
    """The tile with its paths relative to the page instead of to the partial."""
    if at == page or not isinstance(tile.data, dict):
        return tile
    data = dict(tile.data)
    for key in _RELATIVE:
        if isinstance(data.get(key), str) and not data[key].startswith("/"):
            target = posixpath.join(_DEEP, posixpath.dirname(at), data[key])
            data[key] = posixpath.relpath(target, posixpath.join(_DEEP, posixpath.dirname(page)))
    return Tree(tile.file, tile.index, data, tile.values, tile.keys, tile.texts)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
