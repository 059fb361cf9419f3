"""What is written of a column wherever it is collected: levels and tags hold for the origin column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.addresses import Address
from engine.core.origins import origin_columns, tidy
from engine.core.space import Collected, DatasetNode
from engine.model.dataset import Column, Dataset


@dataclass(frozen=True, slots=True)
class Written:
    """What one document says of an origin column."""

    dataset: Address
    level: str | None
    """As written for the column or its whole dataset; None where nothing is."""
    tags: frozenset[str]


class Sayings:
    """What all datasets of a place say of its columns, read once for all columns of one of them."""

    def __init__(self, spec: Dataset, place: Sequence[DatasetNode]) -> None:
        self._origins = origin_columns(spec)
        self._of_all: list[Written] = []
        self._named: dict[str, list[Written]] = {}
        for other in place:
            assert isinstance(other.producer, Collected), "datasets of a place are collected"
            self._read(other.address, other.producer.resource.spec)

    def of(self, column: str) -> list[Written]:
        """What each dataset, this one included, says of what the column is read from."""
        return [*self._named.get(self._origins.get(column) or tidy(column), ()), *self._of_all]

    def _read(self, address: Address, spec: Dataset) -> None:
        if not spec.columns:  # all columns are collected
            self._of_all.append(Written(address, spec.sensitivity, frozenset(spec.tags)))
        origins = origin_columns(spec)
        for column in spec.columns:
            tags = frozenset((*spec.tags, *column.tags))
            said = Written(address, column.sensitivity or spec.sensitivity, tags)
            self._named.setdefault(origins[column.name], []).append(said)


def highest(written: Sequence[Written], rank: Callable[[str], int]) -> Written | None:
    """Whoever says the highest level; None where nobody says any."""
    said = [one for one in written if one.level is not None]
    return max(said, key=lambda one: rank(one.level or ""), default=None)


def is_said(spec: Dataset, declared: Column | None) -> bool:
    """Whether a level is written for a column, rather than taken for granted."""
    return spec.sensitivity is not None or bool(declared and declared.sensitivity)
