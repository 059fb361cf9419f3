"""All dashboards of a site: those that were drawn before are kept, the others drawn on all processors."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from engine.usecases.site.values import SitePage
from renderers.html.chart_svg import Remembers
from renderers.html.dashboard import Part, framed, parts_of
from renderers.html.drawing_code import drawing_code
from renderers.html.layout import Layout

if TYPE_CHECKING:
    from engine.core.pages.release import PageModel

MANY = 12
"""Pages from which starting processes costs less than they save."""
MOST_PROCESSES = 8


def board_files(
    pages: Sequence[SitePage], layout: Layout, cache: Remembers | None = None
) -> dict[str, bytes]:
    """Site path to bytes of every dashboard's pages, without what they share."""
    kept = {page.address: found for page in pages if (found := _kept(page, cache)) is not None}
    missing = [page for page in pages if page.address not in kept]
    for page, parts in zip(missing, _drawn(missing, cache), strict=True):
        kept[page.address] = parts
        if cache is not None and page.key:
            cache.put(_key(page), _packed(parts))
    return {
        path: content
        for page in pages
        for part in kept[page.address]
        for path, content in framed(part, layout).items()
    }


def _drawn(pages: Sequence[SitePage], cache: Remembers | None) -> Iterator[tuple[Part, ...]]:
    """The parts of each page, in order. The next is computed while processes draw the last."""
    processes = min(MOST_PROCESSES, _processors())
    if len(pages) < MANY or processes < 2:
        for page in pages:
            yield parts_of(page.make(), cache)
        return
    # Not forked: DuckDB's and V8's threads would not come along.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context) as pool:
        waiting = []
        for page in pages:
            model = page.make()
            waiting.append((model, pool.submit(parts_of, model, cache)))
        for model, future in waiting:
            yield _result(model, future, cache)


def _result(model: PageModel, future: Future[tuple[Part, ...]], cache: Remembers | None) -> tuple[Part, ...]:
    """What a process has drawn; drawn here when it died, which a machine short of memory makes it do."""
    try:
        return future.result()
    except BrokenProcessPool:
        return parts_of(model, cache)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _kept(page: SitePage, cache: Remembers | None) -> tuple[Part, ...] | None:
    found = cache.get(_key(page)) if cache is not None and page.key else None
    return None if found is None else _unpacked(found)


def _key(page: SitePage) -> str:
    return f"board-{drawing_code()}-{page.key}"


def _packed(parts: Sequence[Part]) -> bytes:
    """Parts as one value: a line of JSON that says what follows and how long each is, then the bytes."""
    said = [
        (p.path, p.lang, p.title, p.project, len(p.body), [(name, len(c)) for name, c in p.files.items()])
        for p in parts
    ]
    contents = (content for p in parts for content in (p.body, *p.files.values()))
    return b"".join((json.dumps(said, ensure_ascii=False).encode(), b"\n", *contents))


def _unpacked(packed: bytes) -> tuple[Part, ...]:
    said, _, rest = packed.partition(b"\n")
    contents = io.BytesIO(rest)
    return tuple(
        Part(
            path, lang, title, contents.read(length), (project, home),
            {name: contents.read(size) for name, size in files},
        )
        for path, lang, title, (project, home), length, files in json.loads(said)
    )  # fmt: skip
