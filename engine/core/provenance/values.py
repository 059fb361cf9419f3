"""What following a dataset to its units yields. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.addresses import Address

UNIT = "__unit"
"""The column of a provenance that holds the unit's value."""
ROW = "__row"
"""The column of a provenance that holds the number of the origin's row, from 0."""

Form = Literal["count", "distinct", "sum", "avg", "quantile", "formula", "derived"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A column that is computed of units.

    `count`, `distinct`, `sum` and `avg` are exactly `count(argument)`, `count(distinct argument)`,
    `sum(argument)` and `avg(argument)` of a cell's rows of the provenance; without an argument they are
    `count(*)` and `count(distinct __unit)`. A `formula` combines such aggregates, with constants too; what
    is `derived` is computed of other cells or not known.
    """

    form: Form
    argument: str = ""
    """SQL over the columns of the provenance's `sql`."""
    parts: tuple[Figure, ...] = ()
    """Of a formula, the aggregates that it combines: who knows some of them can work out the others."""

    @property
    def aggregates(self) -> tuple[Figure, ...]:
        """What it is made of: its parts, or itself."""
        return self.parts or (self,)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A figure over units that may not be computed."""

    column: str
    """As it is named; empty where it has no name."""
    expression: str
    why: str


@dataclass(frozen=True)
class Provenance:
    """A dataset as units: each of its rows beside the rows of units it is made of.

    Grouping `sql` by `columns` gives the cells of a grouped dataset (at least them, when it is not `whole`);
    for rows of units the rows of `sql` are the dataset's rows.
    """

    sql: str
    """Over the names in `tables`: the dataset's describing `columns`, `__unit`, `__row`, and arguments of
    figures under names that begin with `__`."""
    tables: Mapping[str, Address]
    """Names in `sql` to the datasets whose file is read."""
    unit_of: frozenset[Address]
    """The datasets in which the units were declared."""
    rows_of: Address | None
    """The dataset whose row numbers `__row` are, in file order; None when `__row` is NULL. A number may
    stand in several rows, where a join made several of one."""
    columns: tuple[str, ...]
    """Columns of the dataset that are in `sql`: all of rows of units, the keys of cells."""
    grouped: bool
    """Whether the dataset's rows are cells."""
    whole: bool = True
    """Whether no cell was left out after grouping; a cell's own keys may have been chosen among."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """Of cells, the columns that are computed of units; with `columns` these are all there are."""
    mixed: frozenset[str] = frozenset()
    """Of rows of units, the columns whose values depend on other units, too."""
    naming: frozenset[str] = frozenset()
    """Of rows of units, the columns that are computed of who the unit is."""


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """A dataset that comes from units, whose rows cannot be told to be of this or that one."""

    why: str
