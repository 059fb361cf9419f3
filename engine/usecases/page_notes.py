"""What a page's author is told once its data is known: it is heavy, withholds, or begins with nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from engine.addresses import Address
from engine.core.pages.release import Control, PageModel, Value
from engine.core.space import Resource, Space
from engine.diagnostics import Diagnostic, in_order, warning
from engine.model.dashboard import Dashboard
from engine.usecases.page_doors import dashboard_of
from engine.usecases.page_withheld import TileShare, withheld_shares, withheld_warnings

MANY_ROWS, MOST_ROWS = 10_000, 50_000
"""Rows of data of one page from which its author is warned, and that it may carry: it opens slowly."""
LIGHTER = (
    "Aggregate its datasets in a dataflow, filter by fewer or coarser columns, "
    "or name with `applies_to` what each filter acts on."
)


@dataclass(frozen=True, slots=True)
class PageNotes:
    """What is known of a page once it is computed, and kept beside it: it holds no value of its data."""

    rows: int
    """How many rows of data it carries."""
    idle: tuple[int, ...]
    """Filters (by their place in the document) that begin with what none of the page's sheets offers."""
    withheld: tuple[TileShare, ...] = ()
    """Tiles that withhold something, and how much."""

    def as_bytes(self) -> bytes:
        """The notes as they are kept."""
        return json.dumps([self.rows, self.idle, [share.as_json() for share in self.withheld]]).encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self:
        """The notes that `as_bytes` wrote."""
        rows, idle, withheld = json.loads(kept)
        return cls(rows, tuple(idle), tuple(map(TileShare.from_json, withheld)))


def size_of(made: PageModel) -> int:
    """How many rows of data a page carries, or the heaviest of its sheets."""
    return max(sheet.size for sheet in made.sheets)


def notes_of(made: PageModel) -> PageNotes:
    """The notes on a page."""
    places = zip(*(sheet.controls for sheet in made.sheets), strict=True)
    idle = tuple(i for i, controls in enumerate(places) if all(map(_begins_with_nothing, controls)))
    return PageNotes(size_of(made), idle, withheld_shares(made))


def _begins_with_nothing(control: Control) -> bool:
    if control.spec.type not in ("select", "multiselect") or not control.default:
        return False
    return not set(map(_alike, control.default)) & set(map(_alike, control.options))


def _alike(value: Value) -> str:
    """What equal values have in common: 75 and 75.0 are one choice."""
    return repr(float(value)) if isinstance(value, int | float) else str(value)


def page_warnings(space: Space, notes: Iterable[tuple[Address, PageNotes]]) -> tuple[Diagnostic, ...]:
    """What the authors of pages are told, each at its place."""
    found: list[Diagnostic] = []
    for address, noted in notes:
        page = dashboard_of(space, address)
        if noted.rows > MANY_ROWS:
            summary = f"{address} carries {noted.rows:,} rows of data; beyond {MANY_ROWS:,} it opens slowly."
            found.append(warning("page-large", page.span(), summary, LIGHTER))
        found += [_idle(page, i) for i in noted.idle]
        found += withheld_warnings(page, noted.withheld)
    return in_order(found)


def _idle(page: Resource[Dashboard], place: int) -> Diagnostic:
    control = page.spec.filters[place]
    return warning(
        "filter-default",
        page.span("filters", place, "default"),
        f'Filter "{control.name}" begins with what "{control.column}" of "{control.from_}" does not hold: '
        "the page opens with nothing to show.",
        "Write a value of the column, or leave `default` out. Values are compared letter by letter.",
    )
