"""Checks as SQL: what is counted is the rows that fail, and no value leaves the database.

A check over the dataset alone is one aggregate, so that all of them are one query and the file is read
once. `references` and `sql` read other datasets too and are a query each.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.adapters.parquet_store_sql import literal, quoted
from engine.addresses import Address, catalog_address, dataset_address, dataset_reference
from engine.core.types import to_duckdb
from engine.model.checks import AcceptedValues, Check, Freshness, References, RowCount

if TYPE_CHECKING:
    from sqlglot import exp

SELF = "self"
"""The view that is checked."""
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True, slots=True)
class FailingRows:
    """A query for the rows that fail, and the datasets it reads: view name in the query to address."""

    sql: str
    reads: Mapping[str, Address] = field(default_factory=dict)


def check_name(check: Check) -> str:
    """The name the author gave, or one made of the check: `not_null(num_rpps, oa)`."""
    if check.name is not None:
        return check.name
    match getattr(check, check.verb):
        case RowCount() as rows:
            bounds = ((word, getattr(rows, word)) for word in ("min", "max"))
            return f"row_count({', '.join(f'{word} {n}' for word, n in bounds if n is not None)})"
        case AcceptedValues(column=column) | Freshness(column=column):
            return f"{check.verb}({column})"
        case References() as link:
            return f"references({link.column} to {link.to}.{link.key})"
        case tuple() as columns:
            return f"{check.verb}({', '.join(columns)})"
        case _:
            return "sql"


def aggregate(check: Check, types: Mapping[str, str], today: datetime.date) -> str | None:
    """The number of failing rows as an aggregate over the dataset; None when one is not enough.

    `types` are the dataset's columns and their type words. Freshness is counted from the first moment of
    `today`, in UTC; a dataset without a value is not fresh. A row count fails by the rows that are lacking
    or too many.
    """
    if check.not_null is not None:
        return f"count(*) filter ({' or '.join(f'{quoted(c)} is null' for c in check.not_null)})"
    if check.unique is not None:
        whole = " and ".join(f"{quoted(c)} is not null" for c in check.unique)
        key = ", ".join(quoted(c) for c in check.unique)
        return f"count(*) filter ({whole}) - count(distinct ({key})) filter ({whole})"
    if check.accepted_values is not None:
        return _unaccepted(check.accepted_values, types)
    if check.row_count is not None:
        low, high = check.row_count.min, check.row_count.max
        lacking = f"{low or 0} - count(*)"
        return f"greatest(0, {lacking}{'' if high is None else f', count(*) - {high}'})"
    if check.freshness is not None:
        age, column = check.freshness.max_age, check.freshness.column
        oldest = datetime.datetime.combine(today, datetime.time()) - datetime.timedelta(
            seconds=int(age[:-1]) * SECONDS[age[-1]]
        )
        latest = f"max(try_cast({quoted(column)} as timestamp))"
        return f"case when {latest} >= timestamp '{oldest}' then 0 else 1 end"
    return None


def _unaccepted(accepted: AcceptedValues, types: Mapping[str, str]) -> str:
    """Rows whose value is not among the accepted, each read as the column's type; null is no value."""
    kind = to_duckdb(types[accepted.column])
    spelled = [str(v).lower() if isinstance(v, bool) else str(v) for v in accepted.values if v is not None]
    values = ", ".join(f"try_cast({literal(value)} as {kind})" for value in spelled)
    column = quoted(accepted.column)
    return f"count(*) filter ({column} is not null and not list_contains([{values}]::{kind}[], {column}))"


def orphans(
    link: References, project: str, types: Mapping[str, str], other: Mapping[str, str]
) -> FailingRows:
    """Rows whose value stands nowhere in the other dataset's key; `types`, `other` are both's columns."""
    to = dataset_reference(link.to, project)
    column, key = f"s.{quoted(link.column)}", f"o.{quoted(link.key)}"
    if types[link.column] != other[link.key]:
        column, key = f"cast({column} as varchar)", f"cast({key} as varchar)"
    view = str(to)
    sql = f"from {SELF} as s anti join {quoted(view)} as o on {column} = {key} where {column} is not null"
    return FailingRows(sql, {view: to})


def author_rows(sql: str, project: str, today: datetime.date) -> FailingRows:
    """An author's `sql` check: `{self}` is the dataset, other names are datasets, the day is `today`."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql.replace("{self}", SELF), dialect="duckdb")
    reads: dict[str, Address] = {}
    for table in list(tree.find_all(exp.Table)):
        address = _meant(table, project)
        if address is not None:
            reads[str(address)] = address
            alias = table.alias or table.name
            table.set("db", None)
            table.set("this", exp.to_identifier(str(address), quoted=True))
            table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return FailingRows(tree.transform(_of_the_day, today).sql("duckdb"), reads)


def _meant(table: exp.Table, project: str) -> Address | None:
    """The dataset a table name means; None for the checked one and for the query's own CTEs."""
    from sqlglot import exp

    if not isinstance(table.this, exp.Identifier):
        return None
    if table.db:
        return catalog_address(table.name) if table.db == "catalog" else dataset_address(table.db, table.name)
    own = {cte.alias.lower() for cte in table.root().find_all(exp.CTE)}
    return None if table.name.lower() in own | {SELF} else dataset_address(project, table.name)


_MOMENTS = {
    "current_date": "date", "today": "date", "localtimestamp": "timestamp", "now": "timestamptz",
    "current_localtimestamp": "timestamp", "current_timestamp": "timestamptz",
    "get_current_timestamp": "timestamptz", "transaction_timestamp": "timestamptz", "current_time": "time",
    "localtime": "time", "current_localtime": "time", "get_current_time": "time",
}  # fmt: skip
"""What reads the clock, and its type."""


def _of_the_day(node: exp.Expr, today: datetime.date) -> exp.Expr:
    """The clock in a check is the first moment of the day it is run for: a second run says the same."""
    from sqlglot import exp

    if not isinstance(node, exp.Func):
        return node
    name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
    if name in _MOMENTS:
        return _moment(today, _MOMENTS[name])
    if name == "ago" and len(node.expressions) == 1:
        ago = exp.Sub(this=_moment(today, "timestamptz"), expression=node.expressions[0].copy())
        return exp.Paren(this=ago)
    if name == "age" and len(node.expressions) == 1:
        return exp.Anonymous(this="age", expressions=[_moment(today, "timestamp"), *node.expressions])
    return node


def _moment(today: datetime.date, kind: str) -> exp.Expr:
    from sqlglot import exp

    text = {"date": f"{today}", "time": "00:00:00"}.get(kind, f"{today} 00:00:00")
    return exp.cast(exp.Literal.string(text), kind)
