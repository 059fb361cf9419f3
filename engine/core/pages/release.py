"""The release: every value that may reach a page. HTML, JSON, CSV, SVG and alt texts are drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from engine.addresses import Address
from engine.core.pages.expressions import Formula
from engine.model.base import Text
from engine.model.dashboard import Dashboard, PageFilter
from engine.model.tiles import AnyTile


class Mark(Enum):
    """Why a number is not there."""

    SUPPRESSED = "suppressed"
    """A small cell, or one that would give a small cell away; the page never says which of the two."""
    UNAVAILABLE = "not available"
    """A number made of parts of which at least one is suppressed."""


Value = str | int | float | bool | None
LeafKind = Literal["sum", "count", "min", "max", "distinct", "values", "lone"]
Cell = Value | Mark
"""Dates and times are ISO 8601 text."""
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an answer: how it is named to people, and its type in SPECS.md's words."""

    name: str
    label: Text
    type: str
    measure: bool
    format: str | None = None
    width: float | None = None
    """How wide the bins are whose lower ends its values are; None where they are values as they are."""

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.type in ("integer", "float") or self.type.startswith("decimal")

    @property
    def temporal(self) -> bool:
        """Whether its values are dates or times."""
        return self.type in ("date", "timestamp", "timestamptz")


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows as they are shown before anyone filters: fields, and one tuple a row."""

    fields: tuple[Field, ...]
    rows: tuple[Row, ...]

    def index(self, name: str) -> int:
        """The position of the field called `name`."""
        return next(i for i, f in enumerate(self.fields) if f.name == name)


@dataclass(frozen=True, slots=True)
class LeafCells:
    """The cells of one aggregate by group and filter point: what a filtered page adds up, exactly.

    `sum count min max`: one value for each group and point. `distinct`: units that occur at exactly the
    same points of a group, and how many they are. `values`: how often each value occurs (for quantiles).
    `lone`: cells that say something alone and never together (distinct units under a disclosure floor).
    """

    kind: LeafKind
    groups: tuple[int, ...]
    points: tuple[int | tuple[int, ...], ...]
    values: tuple[Cell, ...]
    counts: tuple[int, ...] = ()
    quantile: float | None = None

    def __len__(self) -> int:
        return len(self.groups)


@dataclass(frozen=True, slots=True)
class Cube:
    """An answer cut by the filters that act on it: groups x filter points, from which a page filters."""

    filters: tuple[str, ...]
    """Names of the filters, in the order of each point's values."""
    points: tuple[Row, ...]
    groups: tuple[Row, ...]
    """The values of the dimensions of each group."""
    leaves: tuple[LeafCells, ...] = ()
    formulas: tuple[Formula, ...] = ()
    """How each measure is made of the leaves."""
    rows: tuple[int, ...] = ()
    """For a listing, which is not aggregated: the point of each row of the grid."""

    @property
    def size(self) -> int:
        """How many rows it puts into the page: leaves with the same cells share them."""
        return sum(len(groups) for groups, _ in {(leaf.groups, leaf.points) for leaf in self.leaves}) + len(
            self.rows
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query of a tile yields: the grid, and the cube when filters act on it."""

    grid: Grid
    cube: Cube | None = None
    sort: tuple[int, bool] | None = None
    """Index of the field that orders the rows, and whether downwards."""
    limit: int | None = None

    @property
    def single(self) -> Cell:
        """The one value of an answer without dimensions."""
        return self.grid.rows[0][0] if self.grid.rows and self.grid.rows[0] else None


@dataclass(frozen=True, slots=True)
class PageTile:
    """One tile: what the author wrote and the answers to its queries, by purpose (`main`, `spark`...)."""

    id: str
    """Unique in the page: `t1`, `t2`..."""
    spec: AnyTile
    answers: Mapping[str, Answer] = field(default_factory=dict)
    numbers: Mapping[str, Answer] = field(default_factory=dict)
    """Answers to the expressions in its texts, by the text between the braces."""
    headline: int | None = None
    """Which of `title_if` holds; None for none."""
    picture: bytes = b""
    """The image or geometry file it names."""


@dataclass(frozen=True, slots=True)
class PageTab:
    """A part of the page; a page without tabs has one with an empty slug."""

    slug: str
    title: Text
    rows: tuple[tuple[PageTile, ...], ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A filter with what it offers, and the combinations with the filters it depends on."""

    spec: PageFilter
    options: tuple[Value, ...]
    """Distinct values; the lowest and highest for a range."""
    default: tuple[Value, ...]
    """What is chosen at first; two ends (or None) for a range; empty for no choice."""
    parents: tuple[str, ...] = ()
    combinations: tuple[tuple[Value, ...], ...] = ()
    """Distinct (parents..., own value)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: the only one, or the one for a value of `each`."""

    slug: str
    """Empty for the first."""
    parameters: Mapping[str, str]
    controls: tuple[Control, ...]
    tabs: tuple[PageTab, ...]
    numbers: Mapping[str, Answer] = field(default_factory=dict)
    """Answers to the expressions in the page's title and summary."""

    @property
    def tiles(self) -> tuple[PageTile, ...]:
        """All tiles, in reading order."""
        return tuple(tile for tab in self.tabs for row in tab.rows for tile in row)

    @property
    def size(self) -> int:
        """How many rows of data the page carries."""
        answers = [*self.numbers.values()]
        answers += [a for t in self.tiles for a in (*t.answers.values(), *t.numbers.values())]
        return sum(a.cube.size if a.cube else len(a.grid.rows) for a in answers)


@dataclass(frozen=True, slots=True)
class PageModel:
    """A dashboard for one reader: all sheets with all their values, and nothing else."""

    address: Address
    spec: Dashboard
    project_title: Text
    as_of: str
    """ISO 8601, UTC: how old the data is."""
    stale: bool
    languages: tuple[str, ...]
    min_cell: int
    sheets: tuple[Sheet, ...]
    dashboards: Mapping[str, Address] = field(default_factory=dict)
    """Dashboards that tiles link to, by the reference written."""
