"""What SQL in specs may say: one query, or one expression, over the tables it is given and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from engine.core.binding_errors import BindError, mistake_at
from engine.core.binding_steady import check_stable
from engine.core.binding_tokens import tokens_of
from engine.diagnostics import did_you_mean

__all__ = ["check_query", "check_stable", "parse_expression", "parse_query", "tokens_of"]

_LEAD = "SELECT\n"

_STARTS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.VALUES, TokenType.L_PAREN})
_FORBIDDEN = (
    exp.DML, exp.DDL, exp.Command, exp.Describe, exp.Summarize, exp.Into, exp.Copy, exp.Drop, exp.Attach,
    exp.Pragma, exp.Set, exp.Placeholder, exp.Parameter,
)  # fmt: skip
_SOURCES = (exp.Table, exp.Subquery, exp.Values, exp.Unnest, exp.Lateral, exp.Pivot, exp.Query, exp.Paren)


def parse_query(sql: str) -> exp.Query:
    """The one SELECT-like query that the text is. Raises BindError when it is anything else."""
    tokens = tokens_of(sql)
    if not tokens:
        raise BindError("This SQL is empty; write one SELECT.")
    if tokens[0].token_type not in _STARTS:
        word = tokens[0].text.upper()
        more = f" at the start; write `from ({word.lower()} ...)`" if word in ("PIVOT", "UNPIVOT") else ""
        raise mistake_at(sql, tokens[0].start, f"Write one SELECT; {word} is not allowed{more}.")
    _refuse_second(sql, tokens)
    tree = _parsed(sql, None)
    if isinstance(tree, exp.Values):
        tree = exp.select("*").from_(tree)
    if not isinstance(tree, exp.Query):
        raise BindError("Write one SELECT.")
    return tree


def parse_expression(text: str) -> exp.Expr:
    """The one scalar expression that the text is: no list, no alias, no query around it."""
    tokens = tokens_of(text)
    if not tokens:
        raise BindError("This expression is empty.")
    _refuse_second(text, tokens)
    tree = _parsed(f"{_LEAD}{text}\n", text)
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or _more_than_a_list(tree):
        raise BindError("Write one expression, such as oa is not null.")
    found = tree.expressions[0]
    if isinstance(found, exp.Alias):
        raise BindError(f'Write the expression without "as {found.alias}"; the key before it names it.')
    if isinstance(found, exp.Star) or (isinstance(found, exp.Column) and isinstance(found.this, exp.Star)):
        raise BindError("Write one expression; * is many columns.")
    alone: exp.Expr = found.copy()
    for node in alone.walk():
        if "start" in node.meta:
            node.meta["start"] -= len(_LEAD)
    return alone


def _more_than_a_list(tree: exp.Select) -> bool:
    return any(value for name, value in tree.args.items() if name not in ("expressions", "kind"))


def _refuse_second(sql: str, tokens: Sequence[Token]) -> None:
    for token, following in itertools.pairwise(tokens):
        if token.token_type is TokenType.SEMICOLON:
            raise mistake_at(sql, following.start, "Write one statement; nothing may follow the semicolon.")


def _parsed(sql: str, inside: str | None) -> exp.Expr:
    """The parsed text; places are told in `inside`, which is one line further down, if it is given."""
    try:
        parser = Dialect.get_or_raise("duckdb").parser()
        trees = [t for t in parser.parse(tokens_of(sql), sql) if t is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near, line = str(first.get("highlight") or ""), int(first.get("line") or 1)
        column = max(1, int(first.get("col") or 1) - len(near) + 1)
        at_end = f' near "{near}"' if near else ""
        lift = 0 if inside is None else 1
        raise BindError(f"This SQL is not understood{at_end}.", max(1, line - lift), column) from None
    except RecursionError:
        raise BindError("This SQL is nested too deeply.") from None
    if len(trees) != 1:
        raise BindError("Write exactly one statement.")
    tree: exp.Expr = trees[0]
    return tree


def check_query(sql: str, tree: exp.Expr, tables: Collection[str]) -> None:
    """That a tree only reads, and reads nothing but `tables` and its own CTEs. Raises BindError."""
    for node in tree.walk():
        if isinstance(node, _FORBIDDEN):
            raise _about(sql, node, f"{_called(node)} is not allowed here; write one plain SELECT.")
        if isinstance(node, exp.TableSample):
            raise _about(sql, node, "A sample is another one each time; use the low-code verb `sample`.")
        if isinstance(node, exp.Pivot):
            _check_pivot(sql, node)
        if isinstance(node, exp.From | exp.Join) and not isinstance(node.this, _SOURCES):
            raise _about(sql, node.this, f"{_called(node.this)} cannot be read from here.")
        if isinstance(node, exp.Table):
            _check_table(sql, node, tables)


def _check_table(sql: str, table: exp.Table, tables: Collection[str]) -> None:
    if isinstance(table.this, exp.GenerateSeries):
        return
    if not isinstance(table.this, exp.Identifier):
        message = f"{_called(table.this)} reads from outside; name an input or earlier output."
        raise _about(sql, table, message)
    name = table.name
    if table.args.get("db") or table.args.get("catalog"):
        full = table.sql("duckdb")
        raise _about(sql, table, f"There is no table {full} here; name an input or earlier output.")
    if name.lower() not in {t.lower() for t in tables} and name.lower() not in _visible(table):
        guess = did_you_mean(name, tables)
        raise _about(sql, table, f'There is no table "{name}" here. {guess}'.rstrip())


def _visible(node: exp.Expr) -> set[str]:
    """Names of the CTEs that a table at this place can mean, in lower case."""
    names: set[str] = set()
    child, parent = node, node.parent
    while parent is not None:
        if isinstance(parent, exp.With):
            for cte in parent.expressions:
                if cte is child and not parent.recursive:
                    break
                names.add(cte.alias.lower())
                if cte is child:
                    break
        elif (above := parent.args.get("with_")) is not None and above is not child:
            names.update(cte.alias.lower() for cte in above.expressions)
        child, parent = parent, parent.parent
    return names


def _check_pivot(sql: str, pivot: exp.Pivot) -> None:
    if pivot.args.get("unpivot"):
        return
    # Standard SQL names the columns in `fields`; DuckDB's short form, after `on`, in `expressions`.
    over = pivot.args.get("fields") or pivot.expressions
    if not over or not all(isinstance(e, exp.In) for e in over):
        message = "The columns of a pivot must be known beforehand: list its values, `on x in ('a', 'b')`."
        raise _about(sql, pivot, message)


def _about(sql: str, node: exp.Expr, message: str) -> BindError:
    """A mistake at the place of the node, or of the first part of it that has one."""
    for part in node.walk():
        start = part.meta.get("start")
        if start is not None:
            return mistake_at(sql, int(start), message)
    return BindError(message)


def _called(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.name)
    if isinstance(node, exp.Func):
        return str(node.sql_name()).lower()
    return type(node).__name__.upper()
