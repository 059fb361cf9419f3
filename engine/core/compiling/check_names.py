"""Names of other datasets in a check's SQL: `table`, `project.table` and `catalog.entry`."""

from __future__ import annotations

from sqlglot import exp

from engine.addresses import Address, catalog_address, dataset_address, is_name
from engine.core.binding_errors import mistake_at
from engine.core.binding_rules import parse_query

SELF = "self"


def named_tables(sql: str, project: str) -> tuple[str, dict[str, Address]]:
    """The query with one plain name for each other dataset it reads, and the dataset each name means.

    Lines stay as they are, so that places in the answer are places in the text. Raises BindError.
    """
    tree = parse_query(sql)
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)} | {SELF}
    meant: dict[str, Address] = {}
    edits: list[tuple[int, int, str]] = []
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or (not table.db and table.name.lower() in own):
            continue
        start, end = _extent(table)
        address = _address(table, project)
        if address is None or table.args.get("catalog"):
            raise mistake_at(
                sql, start, f"{table.sql('duckdb')} is no dataset: write table or project.table."
            )
        name = f"other_{len(meant)}"
        meant[name] = address
        alias = "" if table.alias else f" as {exp.to_identifier(table.name, quoted=True).sql('duckdb')}"
        edits.append((start, end, f"{name}{alias}"))
    for start, end, text in sorted(edits, reverse=True):
        sql = sql[:start] + text + sql[end + 1 :]
    return sql, meant


def _extent(table: exp.Table) -> tuple[int, int]:
    """Where the name of the table stands in the text: first and last character."""
    parts = [part for part in (table.args.get("catalog"), table.args.get("db"), table.this) if part]
    return min(p.meta["start"] for p in parts), max(p.meta["end"] for p in parts)


def _address(table: exp.Table, project: str) -> Address | None:
    if not is_name(table.name) or (table.db and not is_name(table.db)):
        return None
    if table.db:
        return catalog_address(table.name) if table.db == "catalog" else dataset_address(table.db, table.name)
    return dataset_address(project, table.name)
