"""From what a document says of its origin to bytes at hand: a file, a URL, a source, a fetch function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.adapters.sources.complaints import Asked, mistake, origin_mistake
from engine.adapters.sources.content import Content, unpacked
from engine.adapters.sources.places import Place, Places
from engine.core.origins import url_in
from engine.core.space import Collected, Resource
from engine.diagnostics import DataMistake
from engine.model.source import SourceSpec


@dataclass(frozen=True, slots=True)
class Origins:
    """Where datasets come from. Everything wrong is raised as DataMistake or WorldFailure."""

    places: Places

    def local(self, collected: Collected) -> Place | None:
        """The local file that is the origin; None when it is elsewhere."""
        asked = collected.resource
        origin = asked.spec.from_
        if origin.file is not None:
            return self.places.beside(asked.document.file, origin.file, asked.span("from", "file"))
        if origin.source is not None:
            return self._local_source(asked, _source(collected))
        return None

    def open(self, collected: Collected, folder: Path) -> Content:
        """The origin's bytes as a local file, unpacked; `folder` takes what is made on the way."""
        asked = collected.resource
        place = self.local(collected)
        if place is not None:
            content = Content(place.path, place.shown, place.path.name)
        elif asked.spec.from_.python is not None:
            from engine.adapters.sources.fetch_function import fetch_by_function

            content = fetch_by_function(collected, folder)
        else:
            from engine.adapters.sources.web import fetch_url

            content = fetch_url(_url(collected), asked, collected.rules, folder)
        return unpacked(content, folder, collected.rules.max_bytes)

    def is_database(self, collected: Collected) -> bool:
        """Whether the origin is a SQLite file, which is queried rather than parsed."""
        named = collected.resource.spec.from_.source is not None
        return named and _source(collected).spec.type == "sqlite"

    def _local_source(self, asked: Asked, source: Resource[SourceSpec]) -> Place | None:
        if source.spec.type == "url":
            return None
        if source.spec.path is None:
            raise _no_path(source)
        text = source.spec.path
        if source.spec.type == "file":
            table = asked.spec.from_.table
            if table is None or "/" in table or "\\" in table or table in (".", ".."):
                hint = "Write `table:` with the name of a file in the source's folder."
                raise origin_mistake(asked, "bad-source", "A file source is read by file name.", hint)
            text = f"{text.rstrip('/')}/{table}"
            return self.places.beside(source.document.file, text, asked.span("from", "table"))
        return self.places.beside(source.document.file, text, source.span("path"))


def _no_path(source: Resource[SourceSpec]) -> DataMistake:
    return mistake("bad-source", source.span("type"), "The source has no `path`.")


def _url(collected: Collected) -> str:
    asked = collected.resource
    origin = asked.spec.from_
    if origin.url is not None:
        return origin.url
    base = _source(collected).spec.url
    if base is None or origin.table is None:
        hint = "A url source has a `url`, and the dataset names what is below it as `table`."
        raise origin_mistake(asked, "bad-source", "The source gives no address to read.", hint)
    return url_in(base, origin.table)


def _source(collected: Collected) -> Resource[SourceSpec]:
    """The source that a dataset is bound to. Raises DataMistake when it may not be read through."""
    asked, found = collected.resource, collected.source
    name = asked.spec.from_.source or ""
    if found is None:
        raise origin_mistake(asked, "unknown-source", f'There is no source "{name}".')
    if asked.address.project not in found.spec.allow_projects:
        raise origin_mistake(
            asked,
            "source-not-allowed",
            f'Source "{name}" is not open to project "{asked.address.project}".',
            "A platform manager adds the project to its `allow_projects`.",
        )
    if found.spec.type not in ("url", "file", "sqlite"):
        raise origin_mistake(
            asked,
            "not-yet-supported",
            f'Sources of type "{found.spec.type}" are not yet supported by this version.',
            "It reads url, file and sqlite sources; else export the table, or write a fetch function.",
        )
    return found
