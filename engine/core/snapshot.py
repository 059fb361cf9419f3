"""The applied specs as one json text, and back to resources that resolve to the same Space.

The first part holds what the documents mean, by address, and is the same for any order of files and keys,
any comments and any formatting. Places of documents, which move with all of these, are a part of their own.
Files that the specs carry are texts of their own, named here by hash.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from engine.addresses import Address
from engine.core.document import Document, Path, Place, Places, Texts
from engine.core.space import Resource, Space
from engine.diagnostics import WorldFailure
from engine.model.base import Spec
from engine.model.kinds import KINDS

FORMAT = 1


def snapshot_text(space: Space) -> str:
    """The text of all specs: canonical json."""
    value = {
        "format": FORMAT,
        "resources": {
            str(address): meaning_of(space.resources[address]) for address in sorted(space.resources)
        },
        "files": {path: _digest(_carried(content)) for path, content in sorted(space.files.items())},
        "places": {str(address): _places(space.resources[address]) for address in sorted(space.resources)},
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def snapshot_documents(space: Space) -> dict[str, str]:
    """The texts that a snapshot needs beside itself, by their hash: carried files, in base64."""
    texts = map(_carried, space.files.values())
    return {_digest(text): text for text in texts}


def is_snapshot_text(text: str) -> bool:
    """Whether the text says that it has the form this version of the engine reads."""
    return text.startswith(f'{{"format":{FORMAT},')


def meaning_of(resource: Resource[Spec]) -> dict[str, Any]:
    """What the author wrote, keys in the order of the model; the order of free names is the author's."""
    dumped = resource.spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    meaning: dict[str, Any] = _ordered(resource.document.data, dumped)
    return meaning


def resources_from_snapshot(text: str) -> tuple[Resource[Spec], ...]:
    """The resources of a snapshot, in address order. Raises WorldFailure for one of another version."""
    value = _parsed(text)
    try:
        return tuple(
            _resource(Address.parse(address), data, value["places"][address])
            for address, data in value["resources"].items()
        )
    except (ValidationError, ValueError, KeyError, TypeError, IndexError):
        raise _unreadable() from None


def files_from_snapshot(text: str, document: Callable[[str], str]) -> Mapping[str, bytes]:
    """The carried files of a snapshot; each is fetched with `document` when it is first looked at."""
    return CarriedFiles(_parsed(text)["files"], document)


class CarriedFiles(Mapping[str, bytes]):
    """Files by path, read when looked at and remembered."""

    def __init__(self, digests: Mapping[str, str], document: Callable[[str], str]) -> None:
        self._digests = dict(digests)
        self._document = document
        self._known: dict[str, bytes] = {}

    def __getitem__(self, path: str) -> bytes:
        if path not in self._known:
            text = self._document(self._digests[path])
            try:
                self._known[path] = base64.b64decode(text, validate=True)
            except binascii.Error:
                raise _unreadable() from None
        return self._known[path]

    def __contains__(self, path: object) -> bool:
        return path in self._digests

    def __iter__(self) -> Iterator[str]:
        return iter(self._digests)

    def __len__(self) -> int:
        return len(self._digests)


def _ordered(written: Any, like: Any) -> Any:
    """`written` with the keys of every mapping in the order they have in `like`."""
    if isinstance(written, dict) and isinstance(like, dict):
        return {key: _ordered(written[key], value) for key, value in like.items()}
    if isinstance(written, list) and isinstance(like, list):
        return [_ordered(one, other) for one, other in zip(written, like, strict=True)]
    return written


def _places(resource: Resource[Spec]) -> list[Any]:
    document = resource.document
    return [document.file, document.index, _shallow(document.values), _shallow(document.keys)]


def _shallow(places: Mapping[Path, Any]) -> list[list[Any]]:
    """The places of the document, its keys and its steps: what is shown of what has been applied."""
    paths = sorted((p for p in places if len(p) < 2 or (len(p) == 2 and p[0] == "steps")), key=_numbered)
    found = []
    for path in paths:
        span = places[path]
        found.append([*path, [span.file, span.line, span.column]])
    return found


def _numbered(path: Path) -> tuple[str, ...]:
    return tuple(part if isinstance(part, str) else f"{part:09}" for part in path)


def _resource(address: Address, data: dict[str, Any], places: list[Any]) -> Resource[Spec]:
    spec = KINDS[data["kind"]].model_validate(data)
    file, index, values, keys = places
    document = Document(
        file, index, data, Places(file, _raw(values, file)), Places(file, _raw(keys, file)), Texts(file, {})
    )
    return Resource(address, spec, document)


def _raw(places: list[list[Any]], file: str) -> dict[Path, Place]:
    return {
        tuple(path): (line, column) if where == file else (line, column, where)
        for *path, (where, line, column) in places
    }


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise _unreadable() from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _unreadable()
    return value


def _carried(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _unreadable() -> WorldFailure:
    return WorldFailure(
        "the specs of the last apply cannot be read by this version of the engine.",
        "apply again with this version.",
    )
