"""Data policies follow the origin: what one narrows in a dataset it narrows in all that hold the same column.

A column that is read from the same origin column, in the dataset itself under another name or in another one
of the same place, is masked alike; rows are filtered by the same origin columns, and where one of these is
not there, no row is shown to those whom the policy narrows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.addresses import Address
from engine.core.compiled import ColumnLogic, CompiledDataset
from engine.core.origins import by_place, origin_column
from engine.core.space import Collected, DatasetNode, Space
from engine.model.dataset import Format
from engine.model.policies import DataPolicy
from engine.policy.masks import fits, strength

NO_ROW = "FALSE"


@dataclass(frozen=True, slots=True)
class Followed:
    """What a data policy does to one dataset."""

    rows: str | None
    columns: Mapping[str, str]
    """Masks by column."""


class Origins:
    """The datasets of each place, looked up once for all policies of a space."""

    def __init__(self, space: Space, compiled: Mapping[Address, CompiledDataset]) -> None:
        self._places = by_place(space)
        self._compiled = compiled

    def reached(self, policy: DataPolicy, governed: tuple[Address, ...]) -> dict[Address, Followed]:
        """Every dataset that the policy narrows: those it governs as written, and those of their places."""
        found = {address: Followed(policy.rows, self._own(policy, address)) for address in governed}
        for address in governed:
            for other in self._places.get(address, ()):
                if other.address not in found and other.address in self._compiled:
                    found[other.address] = self._other(policy, address, other)
        return found

    def _own(self, policy: DataPolicy, address: Address) -> Mapping[str, str]:
        node = self._node(address)
        masks = dict(policy.columns)
        if node is not None and address in self._compiled:
            for column, mask in self._masks(policy, node, node).items():
                masks.setdefault(column, mask)
        return masks

    def _other(self, policy: DataPolicy, named: Address, other: DatasetNode) -> Followed:
        node = self._node(named)
        assert node is not None, "datasets of one place are collected"
        return Followed(self._rows(policy, node, other), self._masks(policy, node, other))

    def _node(self, address: Address) -> DatasetNode | None:
        return next((n for n in self._places.get(address, ()) if n.address == address), None)

    def _masks(self, policy: DataPolicy, named: DatasetNode, other: DatasetNode) -> dict[str, str]:
        """The strongest mask of each column of `other` that is read from a masked origin column."""
        by_origin: dict[str, list[str]] = {}
        for name, mask in policy.columns.items():
            by_origin.setdefault(origin_column(named, name), []).append(mask)
        found = {}
        for column in self._compiled[other.address].columns:
            masks = by_origin.get(origin_column(other, column.name), ())
            fitting = [mask if fits(mask, column.type) else "redact" for mask in masks]
            if fitting:
                found[column.name] = max(fitting, key=strength)
        return found

    def _rows(self, policy: DataPolicy, named: DatasetNode, other: DatasetNode) -> str | None:
        """The filter over the other dataset's columns; none of its rows where it lacks one.

        Nor where it reads the same bytes otherwise, by another delimiter or header: whatever is called what
        then, nobody knows.
        """
        if format_of(named) != format_of(other):
            return NO_ROW
        if policy.rows is None:
            return None
        import sqlglot
        from sqlglot import exp
        from sqlglot.errors import SqlglotError

        names = self._names(named, other)
        try:
            tree = sqlglot.parse_one(policy.rows, dialect="duckdb")
        except SqlglotError:
            return NO_ROW
        for column in list(tree.find_all(exp.Column)):
            name = names.get(column.name.lower())
            if name is None:
                return NO_ROW
            column.set("this", exp.to_identifier(name, quoted=True))
        return tree.sql(dialect="duckdb")

    def _names(self, named: DatasetNode, other: DatasetNode) -> dict[str, str]:
        """For each column, in lower case, the other dataset's that is read alike from the same origin."""
        theirs: dict[tuple[str, ...], str] = {}
        for column in self._compiled[other.address].columns:
            theirs.setdefault(_read(other, column), column.name)
        found = {}
        for column in self._compiled[named.address].columns:
            name = theirs.get(_read(named, column))
            if name is not None:
                found[column.name.lower()] = name
        return found


def format_of(node: DatasetNode) -> Format | None:
    """How the bytes of a collected dataset are read, as written."""
    return node.producer.resource.spec.format if isinstance(node.producer, Collected) else None


def _read(node: DatasetNode, column: ColumnLogic) -> tuple[str, ...]:
    """What a column is read from, and how: equal for columns of equal values."""
    declared = next((c for c in node.columns if c.name == column.name), None)
    return origin_column(node, column.name), column.type, repr(declared and declared.parse)
