"""Mistakes in what builds on compiled datasets: row filters, dashboards and dataflow tests.

Remembered by all they are found from: for all at once, and for each dashboard, so that one that changed is
the only one to be bound again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.compiling.memory import Memory
from engine.core.document import SourceFile
from engine.core.fingerprint import digest
from engine.core.space import Resource, Space
from engine.diagnostics import Diagnostic, Severity, SourceSpan
from engine.model.base import Spec
from engine.model.dashboard import Dashboard
from engine.model.dataflow_test import DataflowTest
from engine.model.policies import DataPolicy

if TYPE_CHECKING:
    from engine.core.binding import Binder

Found = tuple[Diagnostic, ...]


@dataclass
class Bound:
    """Finds the mistakes in what the files build on compiled datasets."""

    files: Sequence[SourceFile]
    memory: Memory
    binder: Callable[[], Binder]

    def mistakes(self, space: Space, compiled: Mapping[Address, CompiledDataset]) -> Found:
        """All mistakes, in no order."""
        meant = [
            [str(a), d.logic, d.sensitivity, [[c.name, c.type] for c in d.columns]]
            for a, d in compiled.items()
        ]
        carried = [[path, _hash(content)] for path, content in sorted(space.files.items())]
        pages = tuple(space.of(Dashboard))
        alone = _only(pages, space)
        others = digest([[f for f in self._facts.items() if f[0] not in alone], carried, meant])
        known = sorted(str(page.address) for page in pages)

        def everything() -> Found:
            found = self._remembered(("others", others), lambda: self._others(space, compiled))
            for page in pages:
                reached = [self._facts[file] for file in _reached(page, space)]
                facts = ("page", str(page.address), others, known, reached)
                found += self._remembered(facts, partial(self._page, space, page, compiled))
            return found

        return self._remembered(("bound", others, list(self._facts.items())), everything)

    @cached_property
    def _facts(self) -> dict[str, str]:
        """The hash of every file of the specs, by path."""
        return {file.path: _hash(file.content) for file in self.files}

    def _remembered(self, facts: Sequence[object], find: Callable[[], Found]) -> Found:
        key = self.memory.key(*facts)
        known = self.memory.recall(key)
        if known is not None:
            return tuple(_diagnostic(entry) for entry in json.loads(known))
        found = find()
        self.memory.keep(key, json.dumps([d.as_json() for d in found]))
        return found

    def _others(self, space: Space, compiled: Mapping[Address, CompiledDataset]) -> Found:
        """Mistakes in row filters and dataflow tests; what the space has none of is not even imported."""
        found: Found = ()
        if any(space.of(DataPolicy)):
            from engine.policy.row_filters import row_filter_diagnostics

            found += row_filter_diagnostics(space, compiled, self.binder())
        if any(space.of(DataflowTest)):
            from engine.usecases.dataflow_tests import run_tests

            found += run_tests(space, compiled, self.binder())
        return found

    def _page(
        self, space: Space, page: Resource[Dashboard], compiled: Mapping[Address, CompiledDataset]
    ) -> Found:
        from engine.core.pages.bind import page_diagnostics

        return page_diagnostics(space, page, compiled, self.binder())


def _only(pages: Sequence[Resource[Dashboard]], space: Space) -> frozenset[str]:
    """The files that hold dashboards and nothing else."""
    rest = (r.document.file for r in space.resources.values() if not _is_page(r))
    return frozenset(page.document.file for page in pages) - frozenset(rest)


def _is_page(resource: Resource[Spec]) -> bool:
    return isinstance(resource.spec, Dashboard)


def _reached(page: Resource[Dashboard], space: Space) -> list[str]:
    """The files of a page and of the pages it links to."""
    from engine.core.pages.walk import dashboard_reference, tiles
    from engine.model.tiles import Link

    links = (placed.tile.link for placed in tiles(page.spec))
    named = {dashboard_reference(li.dashboard, page.address.project) for li in links if isinstance(li, Link)}
    targets = (space.resources[a] for a in sorted(named) if a in space.resources)
    return [page.document.file, *(target.document.file for target in targets)]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _diagnostic(entry: Mapping[str, str | int]) -> Diagnostic:
    """The diagnostic that its json form says."""
    span = SourceSpan(str(entry["file"]), int(entry["line"]), int(entry["column"]))
    severity = Severity(str(entry["severity"]))
    return Diagnostic(severity, str(entry["code"]), span, str(entry["summary"]), str(entry["detail"]))
