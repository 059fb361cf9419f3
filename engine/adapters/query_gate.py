"""The gate before a user's SQL: one SELECT over tables it names, or a refusal with a code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.adapters.query_child_functions import TABLE_FUNCTIONS
from engine.diagnostics import QueryRefused

if TYPE_CHECKING:
    from sqlglot import exp

LONGEST = 50_000
"""Characters of a query."""

Name = tuple[str, str]

MESSAGES = {
    "binding": "the query does not fit the tables: a name or type in it is wrong.",
    "conversion": "a value does not convert to the type the query asks for.",
    "failed": "the query failed.",
    "memory": "the query needs more memory than a query may use.",
    "not-a-select": "only one SELECT may be run.",
    "not-allowed": "the query uses something that is not allowed here.",
    "overflow": "a number in the query grows too large for its type.",
    "syntax": "the query is not understood.",
    "timeout": "the query takes longer than a query may take.",
    "too-complex": "the query is too long or nested too deeply.",
    "too-large": "the answer is larger than an answer may be.",
    "unknown-column": "there is no such column here.",
    "unknown-function": "the query calls a function that is unknown or not allowed here.",
    "unknown-table": "there is no such table that you may query.",
}
HINTS = {
    "conversion": "try_cast gives null where a value does not convert.",
    "not-a-select": "write SELECT, or DESCRIBE, SUMMARIZE, PIVOT or UNPIVOT over tables.",
    "too-large": "aggregate, or add a limit.",
    "unknown-table": 'tables are project.dataset or catalog.entry, quoted where needed: "my-project".people.',
}


def refused(code: str, name: str = "") -> QueryRefused:
    """The refusal of a code; `name` must stand in the query's own text."""
    message = MESSAGES.get(code, MESSAGES["failed"])
    told = f"{message[:-1]}: {name}." if name else message
    return QueryRefused(code, f"{code}: {told}", HINTS.get(code, ""))


@dataclass(frozen=True, slots=True)
class Gated:
    """A query that passed."""

    sql: str
    """What is run."""
    shape: str
    """What is judged by DuckDB's own parser: `sql`, with known columns where a pivot finds them itself."""
    names: frozenset[Name]
    """The `(schema, table)` names it reads."""


def gate(sql: str) -> Gated:
    """Let one SELECT through (or DESCRIBE, SUMMARIZE, PIVOT, UNPIVOT). Raises QueryRefused."""
    tree = _parsed(sql)
    for node in tree.walk():
        _judge(node)
    names = frozenset(name for name in map(_name, _tables(tree)) if name is not None)
    shape = _with_known_columns(tree)
    # A pivot that finds its columns itself runs as written anew from the tree, of which the shape is made.
    written = sql.strip().rstrip(";") if shape is None else tree.sql("duckdb", comments=False)
    return Gated(written, written if shape is None else shape, names)


def _parsed(sql: str) -> exp.Expr:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.tokenizer_core import TokenType

    if len(sql) > LONGEST or "\0" in sql:
        raise refused("too-complex" if len(sql) > LONGEST else "syntax")
    starts = {
        TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.VALUES, TokenType.L_PAREN,
        TokenType.TABLE, TokenType.DESCRIBE, TokenType.SUMMARIZE, TokenType.PIVOT, TokenType.UNPIVOT,
    }  # fmt: skip
    try:
        tokens = sqlglot.tokenize(sql, read="duckdb")
        if not tokens or tokens[0].token_type not in starts:
            raise refused("not-a-select")
        if any(t.token_type is TokenType.SEMICOLON for t in tokens[:-1]):
            raise refused("not-a-select")
        (tree,) = (t for t in sqlglot.parse(sql, read="duckdb") if t is not None)
    except SqlglotError as mistake:
        raise refused("syntax", _place(mistake)) from None
    except RecursionError:
        raise refused("too-complex") from None
    except ValueError:
        raise refused("not-a-select") from None
    if not isinstance(tree, exp.Query | exp.Values | exp.Describe | exp.Summarize | exp.Pivot):
        raise refused("not-a-select")
    return tree


def _place(mistake: Exception) -> str:
    """Where the parser stopped, if it says so."""
    (first, *_) = getattr(mistake, "errors", None) or [{}]
    known = first.get("line") and first.get("col")
    return f"line {first['line']}, column {first['col']}" if known else ""


def _judge(node: exp.Expr) -> None:
    """Refuse what is no reading of tables by name."""
    from sqlglot import exp

    forbidden = (
        exp.DML, exp.DDL, exp.Command, exp.Into, exp.Copy, exp.Drop, exp.Attach, exp.Detach, exp.Pragma,
        exp.Set, exp.Placeholder, exp.Parameter, exp.SessionParameter, exp.Lock,
    )  # fmt: skip
    if isinstance(node, forbidden) and not isinstance(node, exp.Query):
        raise refused("not-allowed")
    sources = (exp.Table, exp.Subquery, exp.Values, exp.Unnest, exp.Lateral, exp.Pivot, exp.Query, exp.Paren)
    if isinstance(node, exp.From | exp.Join) and not isinstance(node.this, sources):
        raise refused("not-allowed")
    if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
        called = node.this.name if isinstance(node.this, exp.Anonymous) else node.this.sql_name()
        if not isinstance(node.this, exp.Func) or called.lower() not in TABLE_FUNCTIONS:
            raise refused("unknown-function")


def _tables(tree: exp.Expr) -> Iterator[exp.Table]:
    from sqlglot import exp

    return (table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier))


def _name(table: exp.Table) -> Name | None:
    """The name a table has; None for one of the query's own parts."""
    if table.catalog:
        raise refused("unknown-table")
    if table.db:
        return table.db, table.name
    if table.name.lower() not in _own_parts(table):
        raise refused("unknown-table")
    return None


def _own_parts(node: exp.Expr) -> set[str]:
    """Names, in lower case, of the common table expressions around a place in the query."""
    from sqlglot import exp

    names: set[str] = set()
    parent = node.parent
    while parent is not None:
        within = parent if isinstance(parent, exp.With) else parent.args.get("with_")
        if within is not None:
            names.update(cte.alias.lower() for cte in within.expressions)
        parent = parent.parent
    return names


def _with_known_columns(tree: exp.Expr) -> str | None:
    """The query with every self-finding PIVOT given one column; None when there is no such PIVOT."""
    from sqlglot import exp

    def is_open(node: exp.Expr) -> bool:
        finds = isinstance(node, exp.Pivot) and not node.args.get("unpivot")
        return finds and any(not isinstance(e, exp.In) for e in node.expressions)

    if not any(map(is_open, tree.walk())):
        return None
    shape = tree.copy()
    for pivot in [node for node in shape.walk() if is_open(node)]:
        known = [
            e if isinstance(e, exp.In) else exp.In(this=e.copy(), expressions=[exp.Literal.string("x")])
            for e in pivot.expressions
        ]
        pivot.set("expressions", known)
    return shape.sql("duckdb", comments=False)
