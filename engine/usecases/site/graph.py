"""The neighbourhood of a dataset as a graph of boxes: two hops either way, what the reader sees only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.addresses import Address
from engine.core.space import Collected
from engine.usecases.site.values import Graph, Node
from engine.usecases.site.values_basic import Link
from engine.usecases.site.visit import Visit

HOPS = 2
WIDEST = 24
"""Most boxes of a layer; the list beside the graph names up to as many."""

Neighbours = Callable[[Address], Iterable[Address]]


def sources(visit: Visit, address: Address) -> tuple[Address, ...]:
    """What a dataset or dashboard is made from directly, sorted."""
    compiled = visit.published.compiled.get(address)
    if compiled is not None:
        return tuple(sorted(set(compiled.inputs.values())))
    return visit.page_sources.get(address, ())


def lineage(visit: Visit, address: Address) -> tuple[Graph, tuple[Link, ...], tuple[Link, ...]]:
    """The graph around a resource, and the lists of what is upstream and downstream in it."""
    up = _around(visit, address, lambda a: sources(visit, a))
    down = _around(visit, address, lambda a: visit.uses.get(a, ()))
    return _graph(visit, {address, *up, *down}, {address}), visit.seen(up), visit.seen(down)


def _around(visit: Visit, start: Address, neighbours: Neighbours) -> tuple[Address, ...]:
    """What lies up to HOPS away and the reader sees, nearest first."""
    seen, row = {start: None}, [start]
    for _ in range(HOPS):
        row = sorted({n for a in row for n in neighbours(a) if n not in seen and visit.face(n)})[:WIDEST]
        seen |= dict.fromkeys(row)
    return tuple(seen)[1:]


def _graph(visit: Visit, shown: set[Address], own: set[Address]) -> Graph:
    faces = {a: face for a in sorted(shown) if (face := visit.face(a))}
    depth = _depths(visit, set(faces))
    nodes = tuple(Node(visit.link(face), depth[a], a in own) for a, face in faces.items())
    edges = ((faces[s], faces[target]) for target in faces for s in sources(visit, target) if s in faces)
    return Graph(nodes, tuple(edges))


def _depths(visit: Visit, shown: set[Address]) -> dict[Address, int]:
    """How far right each box stands: one further than all it is made from."""
    depth: dict[Address, int] = {}

    def of(address: Address) -> int:
        if address not in depth:
            inner = [of(s) for s in sources(visit, address) if s in shown]
            depth[address] = max(inner, default=-1) + 1
        return depth[address]

    for address in sorted(shown):
        of(address)
    return depth


def flow_graph(visit: Visit, outputs: Iterable[Address]) -> Graph:
    """The graph of a dataflow: what its outputs are made from, and the outputs."""
    made = set(outputs)
    return _graph(visit, made | {s for o in made for s in sources(visit, o)}, made)


def origin(visit: Visit, address: Address) -> str:
    """Where a dataset comes from, in a few words and without anything secret."""
    node = visit.space.datasets[address]
    if not isinstance(node.producer, Collected):
        return "computed"
    spec = node.producer.resource.spec.from_
    if spec.source is not None:
        return f"source {spec.source}"
    if spec.python is not None:
        return f"fetch function {spec.python.rpartition(':')[2]}"
    if spec.url is not None:
        return "web address"
    return f"file {(spec.file or '').rpartition('/')[2]}"
