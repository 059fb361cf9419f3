"""Checks bound before anything runs: their columns exist and their types fit; their SQL binds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.compiled import CompiledDataset
from engine.core.compiling.declared import TIMES, unknown_column
from engine.core.compiling.steps import Tools
from engine.core.space import DatasetNode, Space
from engine.core.state import VersionColumn
from engine.diagnostics import Diagnostic, did_you_mean, error
from engine.model.checks import AcceptedValues, Check, Freshness, References

SELF = "{self}"
Compiled = Mapping[Address, CompiledDataset]


@dataclass(frozen=True)
class Context:
    """What checks may refer to."""

    space: Space
    compiled: Compiled
    tools: Tools


def check_mistakes(node: DatasetNode, context: Context) -> tuple[Diagnostic, ...]:
    """Every mistake in the dataset's checks; the dataset itself has compiled."""
    types = _types(context.compiled[node.address])
    return tuple(d for i, check in enumerate(node.checks) for d in _check(node, i, check, types, context))


def _check(
    node: DatasetNode, index: int, check: Check, types: Mapping[str, str], context: Context
) -> Iterator[Diagnostic]:
    for verb in ("not_null", "unique"):
        for position, name in enumerate(getattr(check, verb) or ()):
            if name not in types:
                yield unknown_column(node, name, types, "checks", index, verb, position)
    if check.accepted_values is not None:
        yield from _accepted(node, index, check.accepted_values, types)
    if check.freshness is not None:
        yield from _freshness(node, index, check.freshness, types)
    if check.references is not None:
        yield from _references(node, index, check.references, types, context)
    if check.sql is not None:
        yield from _sql(node, index, check.sql, context)


def _types(dataset: CompiledDataset) -> dict[str, str]:
    return {column.name: column.type for column in dataset.columns}


def _accepted(
    node: DatasetNode, index: int, check: AcceptedValues, types: Mapping[str, str]
) -> Iterator[Diagnostic]:
    at = ("checks", index, "accepted_values")
    if check.column not in types:
        yield unknown_column(node, check.column, types, *at, "column")
        return
    kind = types[check.column]
    for position, value in enumerate(check.values):
        if value is not None and not _fits(value, kind):
            summary = f'{value!r} cannot be a value of column "{check.column}", which is {kind}.'
            hint = "Write it in quotes." if kind == "string" else ""
            yield error("type", node.span(*at, "values", position), summary, hint)


def _fits(value: Any, kind: str) -> bool:
    """Whether a value as written in YAML can be a value of the type."""
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int)
    if kind == "float" or kind.startswith("decimal"):
        return isinstance(value, int | float)
    if kind == "date":
        return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    return isinstance(value, str)


def _freshness(
    node: DatasetNode, index: int, check: Freshness, types: Mapping[str, str]
) -> Iterator[Diagnostic]:
    at = ("checks", index, "freshness", "column")
    if check.column not in types:
        yield unknown_column(node, check.column, types, *at)
    elif types[check.column] not in TIMES:
        summary = f'Column "{check.column}" is {types[check.column]}, which has no age.'
        yield error("type", node.span(*at), summary, "Freshness needs a date or a timestamp.")


def _references(
    node: DatasetNode, index: int, check: References, types: Mapping[str, str], context: Context
) -> Iterator[Diagnostic]:
    at = ("checks", index, "references")
    if check.column not in types:
        yield unknown_column(node, check.column, types, *at, "column")
    other = _dataset(check.to, node, context)
    if other is None:
        return  # an unknown reference is told by resolve, a broken dataset at its own place
    keys = _types(other)
    if check.key not in keys:
        yield unknown_column(node, check.key, keys, *at, "key", of=str(other.address))
    elif check.column in types and _family(types[check.column]) != _family(keys[check.key]):
        summary = f'Column "{check.column}" is {types[check.column]}, but "{check.key}" is {keys[check.key]}.'
        yield error("type", node.span(*at), summary, "A reference compares values of one sort.")


def _dataset(text: str, node: DatasetNode, context: Context) -> CompiledDataset | None:
    try:
        address = dataset_reference(text, node.address.project)
    except AddressError:
        return None
    return context.compiled.get(context.space.dataset_of(address))


def _family(kind: str) -> str:
    if kind in ("integer", "float") or kind.startswith("decimal"):
        return "number"
    return "time" if kind in TIMES else kind


def _sql(node: DatasetNode, index: int, sql: str, context: Context) -> Iterator[Diagnostic]:
    """The check's query over the dataset (`{self}`) and others of the space, bound like any query."""
    if SELF not in sql:
        yield error(
            "check",
            node.span("checks", index, "sql"),
            "The check does not read the dataset it belongs to.",
            "Write {self} for it, as in: select * from {self} where ...",
        )
        return
    memory = context.tools.memory
    facts = [
        [str(a), [[c.name, c.type] for c in d.columns]] for a, d in sorted(_readable(sql, node, context))
    ]
    key = memory.key("check", sql, str(node.address), facts)
    if memory.recall(key) is not None:
        return
    found = tuple(_bound(node, index, sql, context))
    yield from found
    if not found:
        memory.keep(key, "ok")


def _readable(sql: str, node: DatasetNode, context: Context) -> Iterator[tuple[Address, CompiledDataset]]:
    """The datasets whose names stand in the text: all that the query can read, and maybe more."""
    said = sql.lower()
    for address, dataset in context.compiled.items():
        if address == node.address or address.name.lower() in said:
            yield address, dataset
    for entry, offered in context.space.catalog.items():
        if entry.name.lower() in said and offered in context.compiled:
            yield entry, context.compiled[offered]


def _bound(node: DatasetNode, index: int, sql: str, context: Context) -> Iterator[Diagnostic]:
    from engine.core.binding import BindError
    from engine.core.compiling.check_names import named_tables

    tables = {"self": _columns(context.compiled[node.address])}
    text = sql.replace(SELF, "self".ljust(len(SELF)))
    try:
        text, meant = named_tables(text, node.address.project)
        for name, address in meant.items():
            other = context.compiled.get(context.space.dataset_of(address))
            if other is None and context.space.dataset_of(address) in context.space.datasets:
                return  # it did not compile, which is told at its own place
            if other is None:
                raise BindError(_unknown(address, context))
            tables[name] = _columns(other)
        context.tools.binder().columns(text, tables, clock=True)
    except BindError as mistake:
        document = node.producer.resource.document
        place = document.text_span((*node.path, "checks", index, "sql"), mistake.line, mistake.column)
        yield error("sql", place, mistake.message)


def _unknown(address: Address, context: Context) -> str:
    def spelled(known: Address) -> str:
        return f"{known.project or 'catalog'}.{known.name}"

    known = map(spelled, (*context.space.datasets, *context.space.catalog))
    return f'There is no dataset "{spelled(address)}". {did_you_mean(spelled(address), known)}'.rstrip()


def _columns(dataset: CompiledDataset) -> tuple[VersionColumn, ...]:
    return tuple(VersionColumn(c.name, c.type) for c in dataset.columns)
