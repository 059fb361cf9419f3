"""The lineage of a dataset's columns as a drawing: what each is made from, and what it goes into."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.usecases.site.values import ColumnFacts, DatasetFacts
from engine.usecases.site.values_basic import Link
from renderers.html.portal_graph import Drawing, Spot, placed

TALLEST = 24
"""Most boxes one above the other; the table below the drawing has all of them."""

Ref = tuple[Link, str]


def column_drawing(facts: DatasetFacts, href: Callable[[Link], str]) -> Drawing | None:
    """Three columns of boxes: sources, the dataset's own columns, uses. None where there are too many."""
    own = [column for column in facts.columns if column.sources or column.uses]
    before = _spots("from", (ref for column in own for ref in column.sources))
    after = _spots("to", (ref for column in own for ref in column.uses))
    middle = [Spot(("own", c.name), facts.link, c.name, c.type, "self") for c in own]
    columns = [column for column in (before, middle, after) if column]
    if not own or max(map(len, columns)) > TALLEST:
        return None
    return placed(columns, [edge for column in own for edge in _edges(column)], href)


def _spots(side: str, refs: Iterable[Ref]) -> list[Spot]:
    return [
        Spot((side, link.address, name), link, name, link.title, "box") for link, name in dict.fromkeys(refs)
    ]


def _edges(column: ColumnFacts) -> Iterable[tuple[tuple[object, ...], tuple[object, ...]]]:
    for link, name in column.sources:
        yield ("from", link.address, name), ("own", column.name)
    for link, name in column.uses:
        yield ("own", column.name), ("to", link.address, name)
