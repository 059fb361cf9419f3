"""What compiling a dataset yields: typed columns, one query, lineage, logic hashes. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.addresses import Address

ALGORITHM = 1
"""Version of how logic is hashed. When it changes, plans say "re-fingerprint", never "rebuild"."""

Kind = Literal["identity", "count", "expression"]
"""How a column comes from its sources: as it was, as a count of rows or values, or otherwise."""


@dataclass(frozen=True, order=True, slots=True)
class ColumnRef:
    """A column of a dataset."""

    dataset: Address
    column: str

    def __str__(self) -> str:
        return f"{self.dataset}.{self.column}"


@dataclass(frozen=True, slots=True)
class ColumnLogic:
    """One output column: its type in SPECS.md's words, where it comes from, and its logic's hash."""

    name: str
    type: str
    kind: Kind
    sources: tuple[ColumnRef, ...]
    logic: str
    """Hex hash of the column's canonical expression over its sources (not of the rows' logic)."""


@dataclass(frozen=True, slots=True)
class Increment:
    """How an incremental dataset is cut into partitions, and what of them an apply looks at again."""

    time_column: str
    partition: Literal["day", "month"]
    lookback: int | None = None
    """How many published partitions before the newest an apply may restate; None for all of them."""
    follows: str | None = None
    """The table in the query whose partitions alone decide the rows of an interval, other tables being
    read whole; None when a row may come from anywhere."""

    @property
    def cut(self) -> str:
        """How rows are told apart, in words: `month of ordered_on`."""
        return f"{self.partition} of {self.time_column}"


@dataclass(frozen=True, slots=True)
class CompiledDataset:
    """A dataset ready to be planned.

    `query` is the author's query over the names in `inputs`, without comments and with an outermost
    `order by` made definite; it is empty for a collected dataset.
    """

    address: Address
    columns: tuple[ColumnLogic, ...]
    inputs: Mapping[str, Address]
    """Only the inputs the query reads, in the order it first does: table name in `query` to dataset."""
    query: str
    rows: str
    """Hex hash of the logic that chooses, groups and orders rows."""
    row_sources: tuple[ColumnRef, ...]
    """Columns that decide which rows there are (filters, joins, groups)."""
    ordered: bool
    """Whether the query gives an order of its own; if not, rows are written `order by all`."""
    logic: str
    """Hex hash of everything that decides the content, inputs' content apart."""
    sensitivity: str
    """The level that holds: the highest of its columns' and the declared."""
    tags: Mapping[str, tuple[str, ...]]
    """Tags of each column, propagated along lineage, sorted; columns without tags are left out."""
    levels: Mapping[str, str]
    """Level of each column: inherited along lineage, raised or (declassified) lowered by what is written."""
    min_cell: int
    """Disclosure floor: the highest of its own and its inputs'."""
    unit: str | None
    """The column whose distinct values are the units of the floor, when it is in the dataset."""
    increment: Increment | None = None
    """How it is cut into partitions, if it is."""

    def column(self, name: str) -> ColumnLogic | None:
        """The column of that name, if there is one."""
        return next((c for c in self.columns if c.name == name), None)
