"""The author's query as text: without comments and line breaks, and with its order made definite."""

from __future__ import annotations

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokenizer_core import Token, TokenType

_AFTER_ORDER = frozenset({TokenType.LIMIT, TokenType.OFFSET, TokenType.FETCH, TokenType.USING})
_QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.HEREDOC_STRING, TokenType.BYTE_STRING})


def tokens_of(sql: str) -> list[Token]:
    """The tokens of a text, without the `;` at its end."""
    found = list(DuckDB().tokenize(sql))
    while found and found[-1].token_type is TokenType.SEMICOLON:
        found.pop()
    return found


def canonical_text(sql: str, tokens: list[Token]) -> str:
    """The same text with every comment and run of white space between tokens made one space.

    Tokens stay as written, letter by letter, so the engine reads exactly what the author wrote.
    """
    parts: list[str] = []
    end = -1
    for token in tokens:
        if parts and token.start > end + 1:
            parts.append(" ")
        parts.append(sql[token.start : token.end + 1])
        end = token.end
    return "".join(parts)


def is_read_by_halves(tokens: list[Token]) -> bool:
    """Whether the parser reads something in the text as if it were something else.

    It takes `~`, which matches the whole text, for `regexp_matches`, which looks anywhere in it.
    """
    return any("~" in t.text and t.token_type not in _QUOTED for t in tokens)


def is_faithful(text: str, tokens: list[Token]) -> bool:
    """Whether the text has the same tokens, so that the engine reads in it what the author wrote."""
    return words(tokens_of(text)) == words(tokens)


def with_definite_order(sql: str, tokens: list[Token], outputs: int) -> str | None:
    """The canonical text whose outermost ORDER BY also names every output, so that ties are equal rows.

    None when the text has no outermost ORDER BY.
    """
    place = _order_end(tokens)
    if place is None:
        return None
    keys = ", ".join(str(number + 1) for number in range(outputs))
    head, tail = canonical_text(sql, tokens[:place]), canonical_text(sql, tokens[place:])
    return f"{head}, {keys} {tail}".rstrip()


def _order_end(tokens: list[Token]) -> int | None:
    """Where the outermost ORDER BY ends, as a position among the tokens."""
    depth, start = 0, None
    for position, token in enumerate(tokens):
        if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE):
            depth += 1
        elif token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE):
            depth -= 1
        elif depth == 0 and token.token_type is TokenType.ORDER_BY:
            start = position
    if start is None:
        return None
    depth = 0
    for position in range(start, len(tokens)):
        kind = tokens[position].token_type
        if kind in (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE):
            depth += 1
        elif kind in (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE):
            depth -= 1
        elif depth == 0 and kind in _AFTER_ORDER:
            return position
    return len(tokens)


def words(tokens: list[Token]) -> tuple[str, ...]:
    """What a text says token by token, for queries that are compared as texts only."""
    return tuple(
        f"{t.token_type.name}:{t.text if t.token_type in _QUOTED else t.text.lower()}" for t in tokens
    )
