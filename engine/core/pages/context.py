"""A dashboard with what its parts are bound against, and how mistakes in it are worded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.addresses import Address
from engine.core.binding import Binder, BindError
from engine.core.compiled import CompiledDataset
from engine.core.document import Path
from engine.core.pages.expressions import NotAnExpression
from engine.core.pages.walk import acts_on, datasets_of, types_of
from engine.core.provenance import Provenance, provenance_of
from engine.core.space import Resource, Space
from engine.core.state import VersionColumn
from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.model.dashboard import Dashboard, PageFilter


@dataclass(frozen=True)
class PageContext:
    """One dashboard, its datasets by their name in it, and the binder."""

    space: Space
    resource: Resource[Dashboard]
    datasets: Mapping[str, CompiledDataset]
    compiled: Mapping[Address, CompiledDataset]
    """Every dataset of the space."""
    binder: Binder

    @staticmethod
    def of(
        space: Space,
        resource: Resource[Dashboard],
        compiled: Mapping[Address, CompiledDataset],
        binder: Binder,
    ) -> PageContext:
        """The context of one dashboard."""
        found = datasets_of(space, resource.address, resource.spec, compiled)
        return PageContext(space, resource, found, compiled, binder)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all datasets written, those that could not be compiled included."""
        return tuple(self.resource.spec.datasets)

    @property
    def complete(self) -> bool:
        """Whether every dataset of the page is known; if not, follow-up mistakes are not told."""
        return len(self.datasets) == len(self.names)

    def knows(self, name: str) -> bool:
        """Whether the page has a dataset of that name."""
        return name in self.resource.spec.datasets

    def types(self, name: str) -> dict[str, str]:
        """Columns and types of a dataset that is known."""
        return types_of(self.datasets[name])

    def columns(self, name: str) -> tuple[VersionColumn, ...]:
        """The same, as the binder takes them."""
        return tuple(VersionColumn(c.name, c.type) for c in self.datasets[name].columns)

    def floor(self, name: str) -> int:
        """The smallest cell of a dataset that this page may show."""
        return max(self.datasets[name].min_cell, self.resource.spec.min_cell or 0)

    def naming(self, name: str, columns: Iterable[str]) -> tuple[str, ...]:
        """Those of the columns that name single people of a protected dataset: its unit, personal ones.

        Those that are computed of the unit, too, and those that tell of other people than the row's own.
        """
        dataset = self.datasets[name]
        if not self.floor(name):
            return ()
        origin = provenance_of(dataset, self.compiled)
        mixed = origin.mixed | origin.naming if isinstance(origin, Provenance) else frozenset[str]()
        return tuple(
            c for c in columns if c == dataset.unit or c in mixed or "personal" in dataset.tags.get(c, ())
        )

    def filters(self, name: str) -> tuple[PageFilter, ...]:
        """The filters that act on a dataset."""
        return tuple(f for f in self.resource.spec.filters if name in acts_on(f, self.datasets))

    def error(self, code: str, path: Path, summary: str, detail: str = "") -> Diagnostic:
        """A mistake at a place of the document."""
        return error(code, self.resource.span(*path), summary, detail)

    def bind_error(self, path: Path, mistake: BindError) -> Diagnostic:
        """A mistake inside the SQL text at a place of the document."""
        span = self.resource.document.text_span(path, mistake.line, mistake.column)
        return error("bad-expression", span, mistake.message)

    def not_understood(self, path: Path, mistake: NotAnExpression) -> Diagnostic:
        """An expression at a place of the document that is none."""
        said = str(mistake).rstrip(".")
        said = said[:1].upper() + said[1:] + ("" if said.endswith("?") else ".")
        return self.error("bad-expression", path, said)

    def unknown_dataset(self, path: Path, name: str) -> Diagnostic:
        """`from` names no dataset of the page."""
        known = did_you_mean(name, self.names)
        return self.error("unknown-dataset", path, f'The page has no dataset called "{name}".', known)

    def unknown_column(self, path: Path, column: str, name: str) -> Diagnostic:
        """A column that a dataset lacks."""
        known = did_you_mean(column, self.types(name))
        return self.error("unknown-column", path, f'Dataset "{name}" has no column "{column}".', known)
