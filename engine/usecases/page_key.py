"""What a page is made from, as one hash: a page whose key is known need not be computed to be drawn."""

from __future__ import annotations

import datetime
import hashlib
import posixpath

from engine.core.fingerprint import digest
from engine.core.named_paths import named_paths
from engine.core.space import Resource
from engine.model.dashboard import Dashboard
from engine.usecases.page_doors import Door
from engine.usecases.page_releases import Releases
from engine.usecases.pages import is_stale, languages_of, project_title


def page_key(shared: Releases, page: Resource[Dashboard], now: datetime.date) -> str:
    """A hash of all that `page_model` computes a page from: equal keys, equal models.

    Of protected datasets it holds what is withheld, which depends on all other pages.
    """
    doors, space = shared.doors(page), shared.published.space
    as_of = shared.as_of(page)
    return digest(
        [
            [str(page.address), project_title(space, page.address.project), languages_of(space)],
            [repr(page.spec), as_of, is_stale(page.spec, as_of, now)],
            [[name, *_read(shared, door)] for name, door in sorted(doors.items())],
            shared.key(page),
            _pictures(shared, page),
        ]
    )


def _read(shared: Releases, door: Door) -> list[str]:
    """A dataset of the page as its reader sees it: a slice's file is named by what is in it."""
    logic = shared.published.applied.logics.get(door.dataset.address, "")
    guarded = [door.floor, door.complementary, door.narrowed, door.masked, door.audience]
    return [
        *[door.path.name, repr(sorted(door.labels.items())), repr(door.dataset), logic],
        *map(repr, [*guarded, door.held, door.origin]),
    ]


def _pictures(shared: Releases, page: Resource[Dashboard]) -> list[list[str]]:
    """The files that the page names, by their content."""
    folder = posixpath.dirname(page.document.file)
    named = [posixpath.normpath(posixpath.join(folder, found.text)) for found in named_paths(page.spec)]
    files = shared.published.space.files
    return [[path, hashlib.sha256(files.get(path, b"")).hexdigest()] for path in named]
