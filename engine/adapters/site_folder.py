"""Published pages as folders: a tree per content hash, and a link per environment that moves in one step."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from engine.addresses import is_name
from engine.diagnostics import WorldFailure

KEPT = 3
"""Trees that no environment points at and that are kept all the same, the latest ones."""


class SiteFolder:
    """A SiteWriter: trees in `<store>/sites/<hash>`, links to them in `<store>/site/<environment>`.

    A tree that is published is never written to; should it be damaged, a new one is written beside it.
    `drawn_by` names the code that draws the pages; it is kept beside each tree, not in it.
    """

    def __init__(self, store: Path, drawn_by: str = "") -> None:
        self._drawn_by = drawn_by
        self._trees = store / "sites"
        self._links = store / "site"

    def publish(self, environment: str, pages: Mapping[str, bytes]) -> str:
        """Write the tree beside the published one, whole or not at all; returns its hash.

        Nothing is switched yet. Raises WorldFailure.
        """
        self._link(environment)
        digests = {path: hashlib.sha256(pages[path]).digest() for path in sorted(pages)}
        site = _hash(digests)
        with _reported(self._trees):
            tree = self._whole(site) or self._write(site, pages, digests)
            if _drawn_by(tree) != self._drawn_by:  # the same pages, though other code drew them
                self._list(tree, digests)
        return site

    def switch(self, environment: str, site: str) -> Path:
        """Make the tree of that hash the published one, in one step; returns the folder it is at.

        Raises WorldFailure when no whole tree of that hash is there.
        """
        link = self._link(environment)
        tree = self._whole(site)
        if tree is None:
            raise WorldFailure(f"the pages {site[:12]} are missing or damaged.", "apply again to draw them.")
        with _reported(self._links):
            self._links.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._links, prefix=".part-") as folder:
                beside = Path(folder, "link")
                beside.symlink_to(Path("..", "sites", tree.name))
                os.replace(beside, link)
            _sync(self._links)
            self._clean()
        return link

    def current(self, environment: str) -> str:
        """Hash of the published tree; empty when there is none or a page of it was altered or removed."""
        try:
            name = os.readlink(self._link(environment)).rpartition("/")[2]
        except OSError:
            return ""
        site = name.partition("-")[0]
        return site if _is_whole(self._trees / name) else ""

    def is_drawn_as_now(self, environment: str) -> bool:
        """Whether the code that would draw the pages today drew the published tree."""
        try:
            name = os.readlink(self._link(environment)).rpartition("/")[2]
        except OSError:
            return False
        return _drawn_by(self._trees / name) == self._drawn_by

    def _link(self, environment: str) -> Path:
        if not is_name(environment):
            raise WorldFailure(
                f'"{environment}" is no name for an environment.', "use letters, digits, - and _."
            )
        return self._links / environment

    def _whole(self, site: str) -> Path | None:
        """A tree of that hash that is as it was written."""
        trees = sorted(self._trees.glob(f"{site}*")) if site else []
        return next((tree for tree in trees if tree.is_dir() and _is_whole(tree)), None)

    def _write(self, site: str, pages: Mapping[str, bytes], digests: Mapping[str, bytes]) -> Path:
        self._trees.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=self._trees, prefix=".part-"))
        try:
            beside.chmod(0o755)
            for path, content in sorted(pages.items()):
                _write_page(beside, path, content)
            _sync_tree(beside)
            tree = self._free(site)
            os.rename(beside, tree)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        self._list(tree, digests)
        return tree

    def _list(self, tree: Path, digests: Mapping[str, bytes]) -> None:
        """Say beside a finished tree what it holds and what drew it."""
        said = {"drawn_by": self._drawn_by, "files": _listed(tree, digests)}
        _write_whole(_list_of(tree), json.dumps(said, separators=(",", ":")).encode())
        _sync(self._trees)

    def _free(self, site: str) -> Path:
        """A name for a tree of that hash that no folder has: a damaged one keeps its own."""
        number = 0
        while (tree := self._trees / (f"{site}-{number}" if number else site)).exists():
            number += 1
        return tree

    def _clean(self) -> None:
        """Remove trees that nothing points at, but the latest few, and what was left half-written."""
        pointed = {
            os.readlink(link).rpartition("/")[2] for link in self._links.iterdir() if link.is_symlink()
        }
        trees = [t for t in self._trees.iterdir() if t.is_dir() and not t.name.startswith(".part-")]
        idle = [tree for tree in trees if tree.name not in pointed]
        idle.sort(key=lambda tree: (tree.stat().st_mtime_ns, tree.name), reverse=True)
        for tree in idle[KEPT:]:
            _list_of(tree).unlink(missing_ok=True)
            shutil.rmtree(tree, ignore_errors=True)


@contextlib.contextmanager
def _reported(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        raise WorldFailure(
            f"cannot write pages to {folder}: {failure.strerror}.", "check the disk."
        ) from None


def _hash(digests: Mapping[str, bytes]) -> str:
    """The hash of a tree: of every path and its content."""
    whole = hashlib.sha256()
    for path, digest in sorted(digests.items()):
        whole.update(path.encode() + b"\0" + digest)
    return whole.hexdigest()[:40]


def _write_page(tree: Path, path: str, content: bytes) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        raise ValueError(f"a page's path must lie inside the site: {path!r}")
    file = tree.joinpath(*parts)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _list_of(tree: Path) -> Path:
    """The file beside a tree that says what it holds; a tree without one was not finished."""
    return tree.with_name(f"{tree.name}.json")


def _listed(tree: Path, digests: Mapping[str, bytes]) -> dict[str, list[Any]]:
    found = {}
    for path, digest in sorted(digests.items()):
        known = (tree / path).stat()
        found[path] = [known.st_size, known.st_mtime_ns, digest.hex()]
    return found


def _is_whole(tree: Path) -> bool:
    """Whether every page is as it was written: by size and time, and by content where the time differs."""
    try:
        listed = json.loads(_list_of(tree).read_bytes())["files"]
        return all(_is_page(tree / path, *known) for path, known in listed.items())
    except (OSError, ValueError, TypeError, AttributeError, LookupError):
        return False


def _drawn_by(tree: Path) -> str:
    try:
        return str(json.loads(_list_of(tree).read_bytes())["drawn_by"])
    except (OSError, ValueError, TypeError, LookupError):
        return ""


def _is_page(file: Path, size: int, time: int, digest: str) -> bool:
    known = file.stat()
    if known.st_size != size:
        return False
    return known.st_mtime_ns == time or hashlib.sha256(file.read_bytes()).hexdigest() == digest


def _write_whole(file: Path, content: bytes) -> None:
    beside = file.with_name(f".part-{file.name}")
    beside.write_bytes(content)
    _sync(beside)
    os.replace(beside, file)


def _sync_tree(tree: Path) -> None:
    """Wait until all files and folders of a tree have reached the disk; many at once are written together."""
    found = [tree, *tree.rglob("*")]
    with ThreadPoolExecutor(max_workers=32) as pool:
        list(pool.map(_sync, found))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
