"""The tokens of SQL texts."""

from __future__ import annotations

import functools

import sqlglot
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token

from engine.core.binding_errors import BindError, mistake_at

LONGEST = 1_000_000
"""Characters of one SQL text: more is refused before anything parses it."""


def tokens_of(sql: str) -> list[Token]:
    """The tokens of a text, its comments aside. Raises BindError on an open quote and the like."""
    if len(sql) > LONGEST:
        raise BindError(f"This SQL is longer than {LONGEST} characters.")
    if "\0" in sql:
        raise mistake_at(sql, sql.index("\0"), "This SQL has a NUL character in it.")
    try:
        return list(_tokens(sql))
    except TokenError:
        raise BindError("A quote or comment is opened here and never closed.") from None


@functools.lru_cache(maxsize=64)
def _tokens(sql: str) -> tuple[Token, ...]:
    """The tokens of the texts that were looked at last: each is judged by several rules, and parsed."""
    return tuple(sqlglot.tokenize(sql, read="duckdb"))
