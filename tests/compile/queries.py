"""Random queries, each with many ways to write it and many ways to change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

TABLES = {
    "t": (("a", "integer"), ("b", "integer"), ("c", "string")),
    "u": (("a", "integer"), ("d", "integer")),
}


@dataclass(frozen=True)
class Node:
    """An expression: an operator over parts, or a column or constant without parts."""

    text: str
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Query:
    """A query over t, or t joined with u. Columns are written `t.a` and so on."""

    items: tuple[Node, ...]
    join: str
    where: tuple[Node, ...]
    grouped: bool
    distinct: bool
    ordered: bool
    wrapped: str
    """`plain`, or `filter`: a filter on the first item around it all."""


@dataclass(frozen=True)
class Style:
    """How a query is written; no choice here means anything."""

    flips: tuple[bool, ...]
    aliases: tuple[str, str]
    cte: bool
    upper: bool
    comment: bool
    by_number: bool

    def flip(self, depth: int) -> bool:
        return self.flips[depth % len(self.flips)]


COLUMNS = [Node("t.a"), Node("t.b"), Node("u.d")]
COMMUTES = ("+", "*", "=", "<>", "and", "or")
TURNS = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def numbers(joined: bool) -> st.SearchStrategy[Node]:
    columns = COLUMNS if joined else COLUMNS[:2]
    leaves = st.sampled_from(columns) | st.integers(0, 3).map(lambda n: Node(str(n)))
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda op, x, y: Node(op, (x, y)), st.sampled_from(["+", "-", "*"]), inner, inner
        ),
        max_leaves=3,
    )


def conditions(joined: bool) -> st.SearchStrategy[Node]:
    compared = st.builds(
        lambda op, x, y: Node(op, (x, y)),
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        numbers(joined),
        numbers(joined),
    )
    return st.recursive(
        compared,
        lambda inner: st.builds(
            lambda op, x, y: Node(op, (x, y)), st.sampled_from(["and", "or"]), inner, inner
        ),
        max_leaves=3,
    )


AGGREGATES = ("sum", "min", "max", "count")


@st.composite
def queries(draw: st.DrawFn) -> Query:
    join = draw(st.sampled_from(["", "join", "left join"]))
    joined = bool(join)
    grouped = draw(st.booleans())
    plain = draw(st.lists(numbers(joined), min_size=1, max_size=2))
    if grouped:
        made = draw(st.lists(st.tuples(st.sampled_from(AGGREGATES), numbers(joined)), max_size=2))
    else:
        windows = st.sampled_from(["sum over", "count over", "rank over"])
        made = draw(st.lists(st.tuples(windows, numbers(joined)), max_size=1))
    items = (*plain, *(Node(name, (inner,)) for name, inner in made))
    return Query(
        items,
        join,
        tuple(draw(st.lists(conditions(joined), max_size=2))),
        grouped,
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from(["plain", "filter"])),
    )


styles = st.builds(
    Style,
    st.lists(st.booleans(), min_size=1, max_size=7).map(tuple),
    st.sampled_from([("t", "u"), ("x", "y"), ("u1", "t1")]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def written(query: Query, style: Style) -> str:
    """The query as SQL in one style."""
    first, second = style.aliases
    source = f"t as {first}"
    if query.join:
        on = _expression(Node("=", (Node("t.a"), Node("u.a"))), style, 0)
        source += f" {query.join} u as {second} on {on}"
    items = ", ".join(f"{_expression(n, style, i)} as i{i}" for i, n in enumerate(query.items))
    where = list(query.where)
    if style.flip(3):
        where.reverse()
    text = f"select {'distinct ' if query.distinct else ''}{items} from {source}"
    if where:
        text += " where " + " and ".join(f"({_expression(n, style, i)})" for i, n in enumerate(where))
    if query.grouped:
        keys = [i for i, n in enumerate(query.items) if n.text not in AGGREGATES]
        names = [str(i + 1) if style.by_number else f"i{i}" for i in keys]
        text += " group by " + ", ".join(reversed(names) if style.flip(2) else names)
    if query.wrapped == "filter":
        outer = "select * from {} where i0 > 1"
        text = f"with w as ({text}) " + outer.format("w") if style.cte else outer.format(f"({text}) as v")
    if query.ordered:
        count = len(query.items)
        names = [str(i + 1) if style.by_number else f"i{i}" for i in range(count)]
        text += " order by " + ", ".join(names)
    if style.comment:
        text = "-- a comment\n" + text.replace(" from ", " /* and */\n from ")
    return text.upper() if style.upper else text


def _expression(node: Node, style: Style, depth: int) -> str:
    if not node.parts:
        table, _, column = node.text.partition(".")
        return f"{style.aliases[table == 'u']}.{column}" if column else node.text
    parts = [_expression(part, style, depth + 1 + i) for i, part in enumerate(node.parts)]
    if node.text.endswith(" over"):
        name = node.text.removesuffix(" over")
        inner = "" if name == "rank" else parts[0]
        return f"{name}({inner}) over (order by {parts[0]})"
    if node.text in AGGREGATES:
        return f"{node.text}({parts[0]})"
    operator = node.text
    if style.flip(depth) and operator in COMMUTES:
        parts.reverse()
    elif style.flip(depth) and operator in TURNS:
        operator, parts = TURNS[operator], parts[::-1]
    if operator == "<>" and style.flip(depth + 1):
        operator = "!="
    return f"({' '.join([parts[0], operator, parts[1]])})"


def _constant(query: Query) -> Query:
    return replace(query, where=(*query.where, Node("<>", (Node("t.a"), Node("7")))))


def _operator(query: Query) -> Query:
    first = query.items[0]
    return replace(query, items=(Node("-", (first, Node("9"))), *query.items[1:]))


def _join_kind(query: Query) -> Query:
    turned = {"join": "left join", "left join": "join", "": ""}
    return replace(query, join=turned[query.join]) if query.join else _constant(query)


CHANGES: tuple[Callable[[Query], Query], ...] = (
    _constant,
    _operator,
    _join_kind,
    lambda q: replace(q, distinct=not q.distinct),
    lambda q: replace(q, ordered=not q.ordered),
    lambda q: replace(q, wrapped="plain" if q.wrapped == "filter" else "filter"),
    lambda q: replace(q, items=q.items[::-1] if len(set(q.items)) > 1 else (*q.items, Node("5"))),
    lambda q: replace(q, where=(Node("<=", (Node("t.b"), Node("2"))),)),
)
