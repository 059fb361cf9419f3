"""SQL in specs gives the same rows whenever it runs: what would not is refused by name.

Names are looked for among tokens, because they may be spelled in ways that a tree normalises (`random()`,
`"random"()`, `x.random()`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from engine.core.binding_errors import mistake_at
from engine.core.binding_tokens import tokens_of

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

_BEFORE_NAME = frozenset({TokenType.DOT, TokenType.ALIAS})
_ENDS_VALUE = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.STRING, TokenType.NUMBER}
)


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
