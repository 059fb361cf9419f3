"""Graphs of boxes and arrows as plain SVG: layered left to right, no style attributes, linked boxes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from engine.addresses import Address
from engine.usecases.site.values import Graph, Node
from engine.usecases.site.values_basic import Link

BOX_WIDTH, BOX_HEIGHT = 220, 46
GAP_X, GAP_Y = 56, 14
MARGIN = 6
LETTERS = 27
"""How many letters of a title fit a box."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box where it stands."""

    link: Link
    href: str
    x: int
    y: int
    title: str
    sub: str
    css: str
    name: str
    """Both in full, for those who don't see the box."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands in a box, before it has a place."""

    key: Hashable
    link: Link
    title: str
    sub: str
    css: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph ready for the template."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    paths: tuple[str, ...]
    tips: tuple[str, ...]


def drawing(graph: Graph, href: Callable[[Link], str], kind: Callable[[str], str]) -> Drawing | None:
    """Where every box and arrow goes; None for a graph with nothing to connect. `kind` names a kind."""
    if len(graph.nodes) < 2:
        return None
    columns = [[_spot(node, kind) for node in column] for column in _ordered(_columns(graph.nodes), graph)]
    return placed(columns, graph.edges, href)


def placed(
    columns: Sequence[Sequence[Spot]],
    between: Iterable[tuple[Hashable, Hashable]],
    href: Callable[[Link], str],
) -> Drawing:
    """The boxes of each column one below the other, columns from left to right, and arrows between them."""
    tallest = max(map(len, columns))
    boxes: dict[Hashable, Box] = {}
    for x, column in enumerate(columns):
        top = (tallest - len(column)) * (BOX_HEIGHT + GAP_Y) // 2
        for y, spot in enumerate(column):
            at = MARGIN + x * (BOX_WIDTH + GAP_X), MARGIN + top + y * (BOX_HEIGHT + GAP_Y)
            boxes[spot.key] = _box(spot, href, *at)
    edges = [(boxes[a], boxes[b]) for a, b in between if a in boxes and b in boxes]
    return Drawing(
        width=2 * MARGIN + len(columns) * (BOX_WIDTH + GAP_X) - GAP_X,
        height=2 * MARGIN + tallest * (BOX_HEIGHT + GAP_Y) - GAP_Y,
        boxes=tuple(boxes.values()),
        paths=tuple(_path(a, b) for a, b in edges),
        tips=tuple(_tip(b) for _, b in edges),
    )


def _columns(nodes: Sequence[Node]) -> list[list[Node]]:
    layers = sorted({node.layer for node in nodes})
    return [[n for n in nodes if n.layer == layer] for layer in layers]


def _ordered(columns: list[list[Node]], graph: Graph) -> list[list[Node]]:
    """Each column sorted by the mean height of what its boxes come from: fewer crossings."""
    place: dict[Address, float] = {}
    before: dict[Address, list[Address]] = {}
    for source, target in graph.edges:
        before.setdefault(target, []).append(source)
    ordered = []
    for column in columns:
        heights = {n.link.address: _height(before.get(n.link.address, ()), place) for n in column}
        row = sorted(column, key=lambda n: (heights[n.link.address], n.link))
        place |= {n.link.address: (i + 0.5) / len(row) for i, n in enumerate(row)}
        ordered.append(row)
    return ordered


def _height(sources: Sequence[Address], place: dict[Address, float]) -> float:
    known = [place[s] for s in sources if s in place]
    return sum(known) / len(known) if known else 0.5


def _spot(node: Node, kind: Callable[[str], str]) -> Spot:
    address = node.link.address
    sub = kind(address.kind) + (f" · {address.project}" if address.project else "")
    css = "self" if node.own else "page" if address.kind == "dashboard" else "box"
    return Spot(address, node.link, node.link.title, sub, css)


def _box(spot: Spot, href: Callable[[Link], str], x: int, y: int) -> Box:
    short = spot.title if len(spot.title) <= LETTERS else spot.title[: LETTERS - 1].rstrip() + "…"
    sub = spot.sub if len(spot.sub) <= 32 else spot.sub[:31] + "…"
    return Box(spot.link, href(spot.link), x, y, short, sub, spot.css, f"{spot.title}, {spot.sub}")


def _path(a: Box, b: Box) -> str:
    x1, y1 = a.x + BOX_WIDTH, a.y + BOX_HEIGHT // 2
    x2, y2 = b.x - 7, b.y + BOX_HEIGHT // 2
    bend = max((x2 - x1) // 2, 18)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _tip(b: Box) -> str:
    x, y = b.x, b.y + BOX_HEIGHT // 2
    return f"M{x} {y}l-8 -4v8z"
