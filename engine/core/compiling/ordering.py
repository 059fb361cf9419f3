"""ORDER BY, LIMIT and OFFSET: what they say about rows, and whether they leave ties open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from engine.core.compiling.terms import Output, Traced, Untraceable, merge, term

TraceKey = Callable[[exp.Expr], Traced]


@dataclass(frozen=True, slots=True)
class Ordering:
    """The order and bounds of a query's rows."""

    keys: tuple[Traced, ...]
    total: bool
    """Whether rows that tie in all keys are equal in all outputs."""
    bounds: tuple[Traced, ...]

    @property
    def ordered(self) -> bool:
        """Whether there is an order at all."""
        return bool(self.keys)


def ordering(query: exp.Expr, outputs: tuple[Output, ...], trace: TraceKey) -> Ordering:
    """What the query says of order and bounds; `trace` reads a key that is no output of its own."""
    keys, told = [], set()
    clause = query.args.get("order")
    for ordered in clause.expressions if clause is not None else ():
        if isinstance(ordered.this, exp.Var) and ordered.this.name.upper() == "ALL":
            values = [o.value for o in outputs]
        else:
            values = [_output(ordered.this, outputs) or trace(ordered.this)]
        told |= {v.term for v in values}
        keys += [_key(ordered, value) for value in values]
    total = bool(keys) and {o.value.term for o in outputs} <= told
    bounds = tuple(
        _bound(query.args[word], trace) for word in ("limit", "offset") if query.args.get(word) is not None
    )
    return Ordering(tuple(keys), total, bounds)


def _key(ordered: exp.Ordered, value: Traced) -> Traced:
    down, nulls_first = bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first"))
    if ordered.args.get("with_fill") is not None:
        raise Untraceable("with fill")
    return Traced(term("key", value.term, down, nulls_first), value.sources, marks=value.marks)


def _output(node: exp.Expr, outputs: tuple[Output, ...]) -> Traced | None:
    """The output that a bare name or a number in ORDER BY means; names of outputs go before columns."""
    if isinstance(node, exp.Literal) and not node.is_string:
        if not node.name.isdigit() or not 1 <= int(node.name) <= len(outputs):
            raise Untraceable("order by")
        return outputs[int(node.name) - 1].value
    if isinstance(node, exp.Column) and not node.table:
        found = [o.value for o in outputs if o.name.lower() == node.name.lower()]
        return found[0] if len(found) == 1 else None
    return None


def _bound(node: exp.Expr, trace: TraceKey) -> Traced:
    """A limit or offset: its number and its options (percent, ties)."""
    parts = {k: v for k, v in node.args.items() if v not in (None, False, [])}
    values = [trace(v) for k, v in sorted(parts.items()) if k in ("expression", "count", "this")]
    options = node.args.get("limit_options")
    said = options.sql("duckdb") + repr(sorted(map(str, options.args.items()))) if options is not None else ""
    if parts.keys() - {"expression", "count", "this", "limit_options", "direction"}:
        raise Untraceable("limit")
    return Traced(term(type(node).__name__, said, *(v.term for v in values)), merge(values).sources)
