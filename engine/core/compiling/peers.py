"""What is written of a column wherever it is collected: levels and tags hold for the origin column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.addresses import Address
from engine.core.origins import origin_column, origin_columns
from engine.core.space import Collected, DatasetNode
from engine.model.dataset import Column, Dataset


@dataclass(frozen=True, slots=True)
class Written:
    """What one document says of an origin column."""

    dataset: Address
    level: str | None
    """As written for the column or its whole dataset; None where nothing is."""
    tags: frozenset[str]


def written_of(column: str, node: DatasetNode, place: Sequence[DatasetNode]) -> Iterator[Written]:
    """What each dataset of a place, this one included, says of what `column` of `node` is read from."""
    origin = origin_column(node, column)
    for other in place:
        assert isinstance(other.producer, Collected), "datasets of a place are collected"
        yield from _said(other.address, other.producer.resource.spec, origin)


def _said(address: Address, spec: Dataset, origin: str) -> Iterator[Written]:
    named = [c for c, (_, read) in zip(spec.columns, origin_columns(spec), strict=True) if read == origin]
    for column in named:
        yield Written(address, column.sensitivity or spec.sensitivity, frozenset((*spec.tags, *column.tags)))
    if not named and not spec.columns:  # all columns are collected
        yield Written(address, spec.sensitivity, frozenset(spec.tags))


def highest(written: Sequence[Written], rank: Callable[[str], int]) -> Written | None:
    """Whoever says the highest level; None where nobody says any."""
    said = [one for one in written if one.level is not None]
    return max(said, key=lambda one: rank(one.level or ""), default=None)


def is_said(spec: Dataset, declared: Column | None) -> bool:
    """Whether a level is written for a column, rather than taken for granted."""
    return spec.sensitivity is not None or bool(declared and declared.sensitivity)
