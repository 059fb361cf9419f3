"""Datasets that are collected from where people's data is collected: they hold the same people."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.origins import place_of
from engine.core.space import Space
from engine.diagnostics import Diagnostic, error

Compiled = Mapping[Address, CompiledDataset]


def copy_mistakes(space: Space, compiled: Compiled) -> Iterator[Diagnostic]:
    """Datasets without a unit that are collected from the same place as one with units."""
    places = {a: place for a in compiled if (place := place_of(space.datasets[a])) is not None}
    yield from unprotected_copies(space, compiled, places)


def unprotected_copies(
    space: Space, compiled: Compiled, contents: Mapping[Address, Hashable]
) -> Iterator[Diagnostic]:
    """Datasets without a unit whose content (equal things are equal contents) is that of one with units."""
    people: dict[Hashable, Address] = {}
    for address, content in sorted(contents.items()):
        if compiled[address].unit is not None and compiled[address].min_cell:
            people.setdefault(content, address)
    for address, content in sorted(contents.items()):
        node, first = space.datasets[address], people.get(content)
        free = compiled[address].unit is None or not compiled[address].min_cell
        if first is not None and free and node.declassify is None:
            yield error(
                "unit-missing",
                node.span("from"),
                f"{address} is collected from the same data as {first}, whose rows are people's.",
                f"Write `protect: {{unit: ..., min_cell: {compiled[first].min_cell}}}` there too, "
                "or `declassify: {reason, approved_by}`.",
            )
