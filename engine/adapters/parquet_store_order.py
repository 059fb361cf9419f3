"""Which queries give the same rows however many threads run them. The rest run on one thread.

The store promises equal bytes for equal logic and inputs. Sorting takes care of the order of rows; it
cannot mend a float sum added up in another order, a `limit` that cuts through ties, or `row_number()`
over equals.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.compiled import CompiledDataset
from engine.core.state import VersionColumn


def needs_one_thread(dataset: CompiledDataset, inputs: Iterable[VersionColumn]) -> bool:
    """Whether the rows of the dataset's query could depend on threads; in doubt, yes."""
    import sqlglot
    from sqlglot import exp

    if dataset.ordered:
        return True
    tree = sqlglot.parse_one(dataset.query, dialect="duckdb")
    by_order = (exp.Window, exp.Limit, exp.Offset, exp.Fetch, exp.TableSample, exp.Anonymous, exp.Pivot)
    if tree.find(*by_order) or any(d.args.get("on") for d in tree.find_all(exp.Distinct)):
        return True
    aggregates = tuple(tree.find_all(exp.AggFunc))
    summing = [a for a in aggregates if isinstance(a, exp.Sum | exp.Avg)]
    if summing and _floats(tree, inputs):
        return True
    safe = (exp.Sum, exp.Avg, exp.Count, exp.CountIf, exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr)
    return any(not isinstance(a, safe) or a.find(exp.Order) for a in aggregates)


def _floats(tree: object, inputs: Iterable[VersionColumn]) -> bool:
    """Whether a sum in the query may add floats: anything but plain columns and whole-number arithmetic."""
    from sqlglot import exp

    assert isinstance(tree, exp.Expression)
    if any("float" in column.type for column in inputs):
        return True
    exact = (exp.Sum, exp.Avg, exp.Count, exp.Min, exp.Max, exp.Coalesce, exp.Case, exp.If, exp.And, exp.Or)
    return any(
        isinstance(node, exp.Div | exp.Cast) or (isinstance(node, exp.Func) and not isinstance(node, exact))
        for node in tree.walk()
    )
