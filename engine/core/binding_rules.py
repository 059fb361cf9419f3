"""What SQL in specs may say: one query over the tables it is given, the same rows whenever it runs.

The rules are allow-lists over sqlglot's tree where a tree says it all, and look at tokens where a name
may be spelled in ways the tree normalises (`random()`, `"random"()`, `x.random()`).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from engine.core.binding_errors import BindError, mistake_at
from engine.diagnostics import did_you_mean

LONGEST = 1_000_000
"""Characters of one SQL text: more is refused before anything parses it."""

CLOCK = frozenset({
    "now", "today", "ago", "age", "current_date", "current_time", "current_timestamp", "current_localtime",
    "current_localtimestamp", "localtime", "localtimestamp", "get_current_time", "get_current_timestamp",
    "transaction_timestamp",
})  # fmt: skip
"""What reads the clock. (`age` of two times does not, and is allowed.)"""

UNSTABLE = CLOCK | frozenset({
    "random", "setseed", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval", "currval", "getenv",
    "getvariable", "current_setting", "current_user", "session_user", "user", "current_role",
    "current_catalog", "current_database", "current_schema", "current_schemas", "in_search_path",
    "current_query", "current_query_id", "current_connection_id", "current_transaction_id", "txid_current",
    "stats", "sleep_ms", "write_log", "reservoir_quantile",
})  # fmt: skip
"""What gives another answer another time or elsewhere: every function DuckDB calls volatile, and more."""

_BARE = frozenset({
    "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user",
    "session_user", "user", "current_role", "current_catalog", "current_schema",
})  # fmt: skip
"""Those that work without parentheses."""

_LEAD = "SELECT\n"

_STARTS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.VALUES, TokenType.L_PAREN})
_BEFORE_NAME = frozenset({TokenType.DOT, TokenType.ALIAS})
_ENDS_VALUE = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.STRING, TokenType.NUMBER}
)
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
        raise mistake_at(sql, tokens[0].start, f"Write one SELECT; {tokens[0].text.upper()} is not allowed.")
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
    for node in found.walk():
        if "start" in node.meta:
            node.meta["start"] -= len(_LEAD)
    inner: exp.Expr = found
    return inner


def _more_than_a_list(tree: exp.Select) -> bool:
    return any(value for name, value in tree.args.items() if name not in ("expressions", "kind"))


def tokens_of(sql: str) -> list[Token]:
    """The tokens of a text, its comments aside. Raises BindError on an open quote and the like."""
    if len(sql) > LONGEST:
        raise BindError(f"This SQL is longer than {LONGEST} characters.")
    if "\0" in sql:
        raise mistake_at(sql, sql.index("\0"), "This SQL has a NUL character in it.")
    try:
        return list(sqlglot.tokenize(sql, read="duckdb"))
    except TokenError:
        raise BindError("A quote or comment is opened here and never closed.") from None


def _refuse_second(sql: str, tokens: Sequence[Token]) -> None:
    for token, following in itertools.pairwise(tokens):
        if token.token_type is TokenType.SEMICOLON:
            raise mistake_at(sql, following.start, "Write one statement; nothing may follow the semicolon.")


def _parsed(sql: str, inside: str | None) -> exp.Expr:
    """The parsed text; places are told in `inside`, which is one line further down, if it is given."""
    try:
        trees = [t for t in sqlglot.parse(sql, read="duckdb") if t is not None]
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
    over = [*pivot.expressions, *pivot.args.get("fields", ())]
    if not over or not all(isinstance(e, exp.In) for e in over):
        message = "The columns of a pivot must be known beforehand: list its values, `on x in ('a', 'b')`."
        raise _about(sql, pivot, message)


def check_stable(sql: str, columns: Collection[str], clock: bool) -> None:
    """That nothing in the text answers otherwise another time. `clock` allows what reads the clock."""
    refused = UNSTABLE - CLOCK if clock else UNSTABLE
    known = {c.lower() for c in columns}
    tokens = tokens_of(sql)
    for position, token in enumerate(tokens):
        name = token.text.lower()
        if name not in refused or token.token_type is TokenType.STRING:
            continue
        if _calls(tokens, position) if _is_called(tokens, position) else _is_bare(tokens, position, known):
            message = f"{name} gives another answer another time; a dataset must be the same when made again."
            raise mistake_at(sql, token.start, message)


def _is_called(tokens: Sequence[Token], position: int) -> bool:
    return position + 1 < len(tokens) and tokens[position + 1].token_type is TokenType.L_PAREN


def _calls(tokens: Sequence[Token], position: int) -> bool:
    """Whether a call counts: all do, but `age` of two times."""
    return tokens[position].text.lower() != "age" or not _has_comma(tokens, position + 1)


def _has_comma(tokens: Sequence[Token], opening: int) -> bool:
    depth = 0
    for token in tokens[opening:]:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 1 and token.token_type is TokenType.COMMA:
            return True
        if depth == 0:
            return False
    return False


def _is_bare(tokens: Sequence[Token], position: int, columns: Collection[str]) -> bool:
    name, kind = tokens[position].text.lower(), tokens[position].token_type
    if name not in _BARE or kind is TokenType.IDENTIFIER or name in columns:
        return False
    before = tokens[position - 1].token_type if position else None
    return before not in _BEFORE_NAME and before not in _ENDS_VALUE


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
