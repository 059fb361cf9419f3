"""Meaning as hashes: two expressions with the same term give the same values over the same rows.

A term is the hash of an expression's canonical form, built from the bottom up. A relation is what a query
yields: a term for what decides its rows, and one for each output.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from engine.core.compiled import Kind
from engine.core.compiling.analysed import Ref

Term = str
Mark = Literal["aggregate", "window", "explode", "subquery", "order"]
"""What an expression does beside computing a value of its row; `order`: its value depends on row order."""


def term(*parts: object) -> Term:
    """The hash of a node: its name and the terms, texts and numbers below it."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


class Untraceable(Exception):
    """The query says something this package does not follow; it is then taken as one opaque whole."""


@dataclass(frozen=True, slots=True)
class Traced:
    """An expression: its term, the table columns it is computed from, and how."""

    term: Term
    sources: frozenset[Ref] = frozenset()
    kind: Kind = "expression"
    marks: frozenset[Mark] = frozenset()
    plain: bool = True
    """Whether it is computed from its own row alone, so that it means the same before and after a filter."""
    numeric: bool = False
    """Whether it is known to be a number, so that `+` and `*` commute (on lists they do not)."""


@dataclass(frozen=True, slots=True)
class Output:
    """A column that a relation yields."""

    name: str
    value: Traced


@dataclass(frozen=True, slots=True)
class Relation:
    """What a query, table or subquery yields."""

    outputs: tuple[Output, ...]
    rows: Term
    row_sources: frozenset[Ref] = frozenset()
    sensitive: bool = False
    """Whether which rows it has depends on the physical order of the tables it reads."""
    ordered: bool = False
    ties: bool = False
    """Whether rows that differ may be equal in its outermost order."""
    picks: bool = False
    """Whether it keeps some rows by their place in its order."""

    @property
    def indefinite(self) -> bool:
        """Whether what it yields depends on the physical order of the tables it reads."""
        return self.sensitive or (self.picks and self.ties)


NOTHING: frozenset[Ref] = frozenset()
UNMARKED: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class Merged:
    """What several expressions have in common with an expression made of them."""

    sources: frozenset[Ref] = field(default=NOTHING)
    marks: frozenset[Mark] = field(default=UNMARKED)
    plain: bool = True


def merge(parts: Iterable[Traced]) -> Merged:
    """Sources and marks of an expression that is computed from `parts`."""
    found = tuple(parts)
    return Merged(
        frozenset().union(*(p.sources for p in found)),
        frozenset().union(*(p.marks for p in found)),
        all(p.plain for p in found),
    )


def sources_of(outputs: Iterable[Output]) -> frozenset[Ref]:
    """All table columns that any of the outputs is computed from."""
    return frozenset().union(*(o.value.sources for o in outputs))
