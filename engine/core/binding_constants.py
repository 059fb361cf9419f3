"""Texts in SQL that must be numbers or dates and are not: DuckDB would only say so over the first row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from engine.core.binding_errors import BindError, mistake_at
from engine.core.binding_tokens import tokens_of
from engine.core.state import VersionColumn
from engine.core.types import from_duckdb, to_duckdb

Tables = Mapping[str, Sequence[VersionColumn]]
Complaint = Callable[[str], str]
"""What DuckDB says against a query of constants; empty when it works."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_CHECKED = frozenset({"integer", "float", "boolean", "date", "time", "timestamp", "timestamptz", "uuid"})


def check_constants(sql: str, tree: exp.Expr, tables: Tables, complaint: Complaint) -> None:
    """That every text that is cast, or compared with a column of another type, is of that type.

    A column is only judged where it can be told which it is. Raises BindError at the first that is not.
    """
    for text, word in _meant(tree, tables):
        literal = text.sql("duckdb")
        if (word in _CHECKED or word.startswith("decimal")) and complaint(
            f"SELECT CAST(CAST({literal} AS {to_duckdb(word)}) AS VARCHAR)"
        ):
            raise _at(sql, text.name, f"{literal} is no {word}.")


def _meant(tree: exp.Expr, tables: Tables) -> Iterator[tuple[exp.Literal, str]]:
    """Each text constant and the type word it is meant to be of."""
    for node in tree.walk():
        if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
            if _is_text(node.this):
                yield node.this, from_duckdb(node.to.sql("duckdb"))
            continue
        for column, others in _compared(node):
            word = _word(column, tables)
            if word is not None:
                yield from ((other, word) for other in others if _is_text(other))


def _is_text(node: object) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def _compared(node: exp.Expr) -> Iterator[tuple[exp.Column, list[exp.Literal]]]:
    pairs: list[tuple[object, list[object]]] = []
    if isinstance(node, _COMPARISONS):
        pairs = [(node.this, [node.expression]), (node.expression, [node.this])]
    elif isinstance(node, exp.In):
        pairs = [(node.this, list(node.expressions))]
    elif isinstance(node, exp.Between):
        pairs = [(node.this, [node.args.get("low"), node.args.get("high")])]
    for column, others in pairs:
        if isinstance(column, exp.Column):
            yield column, [o for o in others if isinstance(o, exp.Literal)]


def _word(column: exp.Column, tables: Tables) -> str | None:
    """The column's type, when the query it stands in reads plain tables and one of them has it."""
    select = column.find_ancestor(exp.Select)
    known = {name.lower(): columns for name, columns in tables.items()}
    read = known if select is None else _plain_tables(select, known)
    if read is None or (select is not None and _is_alias(column.name, select)):
        return None
    if column.table:
        read = {name: columns for name, columns in read.items() if name == column.table.lower()}
    words = {c.type for columns in read.values() for c in columns if c.name.lower() == column.name.lower()}
    return words.pop() if len(words) == 1 else None


def _is_alias(name: str, select: exp.Select) -> bool:
    return any(isinstance(e, exp.Alias) and e.alias.lower() == name.lower() for e in select.expressions)


def _plain_tables(
    select: exp.Select, known: Mapping[str, Sequence[VersionColumn]]
) -> dict[str, Sequence[VersionColumn]] | None:
    """The tables that the query itself reads, by alias; None when it reads anything else."""
    start = select.args.get("from_")
    sources = [
        *([start.this] if start is not None else []),
        *(j.this for j in select.args.get("joins") or ()),
    ]
    ctes = _cte_names(select)
    found: dict[str, Sequence[VersionColumn]] = {}
    for source in sources:
        name = source.name.lower()
        if (
            not isinstance(source, exp.Table)
            or name in ctes
            or name not in known
            or source.args.get("pivots")
        ):
            return None
        found[source.alias_or_name.lower()] = known[name]
    return found


def _cte_names(select: exp.Select) -> Collection[str]:
    return {cte.alias.lower() for cte in select.root().find_all(exp.CTE)}


def _at(sql: str, text: str, message: str) -> BindError:
    """The mistake at the first place where the text stands."""
    for token in tokens_of(sql):
        if token.token_type is TokenType.STRING and token.text == text:
            return mistake_at(sql, token.start, message)
    return BindError(message)
