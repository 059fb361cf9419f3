"""What obligations leave of a dataset, as SQL. A mask or predicate that is not understood is an error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from engine.adapters.parquet_store_sql import literal, quoted
from engine.core.state import VersionColumn
from engine.core.types import to_duckdb
from engine.policy.decision import Obligations

SELF = "self"
"""The name predicates may use for the dataset."""
REDACTED = "•••"
HASH_DIGITS = 16


class CannotOblige(Exception):
    """An obligation that cannot be carried out; the message names it, never a value."""


def slice_query(columns: tuple[VersionColumn, ...], obligations: Obligations, salt: str) -> str:
    """The rows and columns that obligations leave, in the dataset's order of columns.

    Predicates see clear values, masks come after. Where anything is hidden the rows are put in a new order,
    by what is left of them: the stored order would tell how hidden values compare. Raises CannotOblige.
    """
    known = {column.name: column for column in columns}
    unknown = sorted(set(obligations.columns) - set(known))
    if unknown:
        raise CannotOblige(f'the policy speaks of a column "{unknown[0]}" that the data lacks')
    if not obligations.columns:
        raise CannotOblige("the policy shows no column at all")
    shown = {c.name: obligations.columns[c.name] for c in columns if c.name in obligations.columns}
    masked = ", ".join(f"{_masked(known[n], mask, salt)} as {quoted(n)}" for n, mask in shown.items())
    kept = " and ".join(f"({predicate(text, known)})" for text in obligations.rows) or "true"
    hides = len(shown) < len(columns) or any(mask != "clear" for mask in shown.values())
    order = f" order by {', '.join(map(quoted, shown))}" if hides else ""
    return f"from (select {masked} from (select * from {SELF} where {kept})){order}"


def predicate(text: str, columns: Collection[str]) -> str:
    """A row predicate as SQL, parsed and written anew: one expression over the dataset's own columns.

    Raises CannotOblige.
    """
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from engine.core.binding_errors import BindError
    from engine.core.binding_rules import check_stable, parse_expression

    try:
        tree = parse_expression(text)
        check_stable(text, columns, clock=False)
    except (BindError, SqlglotError, RecursionError):
        raise CannotOblige("a row filter is not one expression that always answers alike") from None
    if tree.find(exp.Query, exp.Table, exp.Placeholder, exp.Parameter, exp.AggFunc, exp.Window):
        raise CannotOblige("a row filter reads more than the row")
    return tree.sql("duckdb", comments=False)


def _masked(column: VersionColumn, mask: str, salt: str) -> str:
    name, _, number = mask.partition(":")
    make = _MASKS.get(name)
    if make is None or bool(number) != (name in ("prefix", "round")) or (number and not number.isdigit()):
        raise CannotOblige(f'the mask "{mask}" is unknown')
    if name == "hash":
        return _hashed(column, salt)
    masked = make(column, number)
    if masked is None:
        raise CannotOblige(f'the mask "{mask}" does not fit column "{column.name}" of type {column.type}')
    return masked


def _hashed(column: VersionColumn, salt: str) -> str:
    """A keyed hash: equal values stay equal, also across datasets, and no table of hashes undoes it."""
    value = f"cast({quoted(column.name)} as varchar)"
    inner = f"sha256({literal(salt)} || {value})"
    return f"substr(sha256({literal(salt)} || {inner}), 1, {HASH_DIGITS})"


def _clear(column: VersionColumn, _: str) -> str | None:
    return quoted(column.name)


def _redacted(column: VersionColumn, _: str) -> str | None:
    return literal(REDACTED) if column.type == "string" else _null(column, "")


def _null(column: VersionColumn, _: str) -> str | None:
    return f"cast(null as {to_duckdb(column.type)})"


def _year(column: VersionColumn, _: str) -> str | None:
    """The first moment of the year: the column keeps its type."""
    if column.type not in ("date", "timestamp", "timestamptz"):
        return None
    return f"cast(date_trunc('year', {quoted(column.name)}) as {to_duckdb(column.type)})"


def _prefix(column: VersionColumn, number: str) -> str | None:
    """The first characters of a text."""
    return f"left({quoted(column.name)}, {int(number)})" if column.type == "string" else None


def _rounded(column: VersionColumn, number: str) -> str | None:
    """The nearest multiple of the number, halves away from zero; null where that leaves the type."""
    step, value, kind = int(number), quoted(column.name), to_duckdb(column.type)
    if step == 0 or step > 10**15:
        return None
    if column.type == "integer":
        half = f"case when {value} < 0 then -{step // 2} else {step // 2} end"
        return f"try_cast((cast({value} as hugeint) + {half}) // {step} * {step} as {kind})"
    if column.type == "float" or column.type.startswith("decimal"):
        return f"try_cast(round({value} / {step}) * {step} as {kind})"
    return None


_MASKS: Mapping[str, Callable[[VersionColumn, str], str | None]] = {
    "clear": _clear,
    "redact": _redacted,
    "hash": _clear,
    "null": _null,
    "year": _year,
    "prefix": _prefix,
    "round": _rounded,
}
