"""What is written about a dataset's columns, held against the columns it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.core.compiled import CompiledDataset
from engine.core.compiling.collected import type_word
from engine.core.space import Collected, DatasetNode
from engine.diagnostics import Diagnostic, did_you_mean, error

TIMES = ("date", "timestamp", "timestamptz")


def declared_mistakes(node: DatasetNode, dataset: CompiledDataset) -> tuple[Diagnostic, ...]:
    """Every declared column, unit and time column that the dataset lacks or has otherwise."""
    types = {c.name: c.type for c in dataset.columns}
    found = [*_unit(node, types), *_protection(node, dataset.min_cell), *_time_column(node, types)]
    if not isinstance(node.producer, Collected):
        found += _columns(node, types)
    return tuple(found)


def unknown_column(
    node: DatasetNode, name: str, known: Mapping[str, str], *at: str | int, of: str = ""
) -> Diagnostic:
    """The diagnostic for a column that is not there."""
    where = of or str(node.address)
    summary = f'There is no column "{name}" in {where}.'
    return error("unknown-column", node.span(*at), summary, did_you_mean(name, known))


def _columns(node: DatasetNode, types: Mapping[str, str]) -> Iterator[Diagnostic]:
    """A step's declared columns: each is one it yields, of the type that is written."""
    for index, column in enumerate(node.columns):
        if column.name not in types:
            yield unknown_column(node, column.name, types, "columns", index, "name")
        elif column.type is not None:
            yield from _type(node, index, column.type, types[column.name])


def _type(node: DatasetNode, index: int, written: str, actual: str) -> Iterator[Diagnostic]:
    place = node.span("columns", index, "type")
    try:
        wanted = type_word(written)
    except ValueError as mistake:
        yield error("type", place, f"{mistake}.")
        return
    if wanted != actual:
        name = node.columns[index].name
        detail = "Cast it in the step, or write the type it has."
        yield error("type", place, f'Column "{name}" is {actual}, not {written}.', detail)


def _unit(node: DatasetNode, types: Mapping[str, str]) -> Iterator[Diagnostic]:
    if node.protect is not None and node.protect.unit is not None and node.protect.unit not in types:
        yield unknown_column(node, node.protect.unit, types, "protect", "unit")


def _protection(node: DatasetNode, floor: int) -> Iterator[Diagnostic]:
    """What `protect` cannot hold to: all of it needs a floor, and a dominant share must be someone's."""
    protect = node.protect
    if protect is None:
        return
    wanted = {"round": protect.round, "dominance": protect.dominance, "zeros": protect.zeros == "suppress"}
    for key, value in wanted.items():
        if value and not floor:
            yield error(
                "protect-floor", node.span("protect", key),
                f"`{key}` protects nothing without a smallest cell.", "Write `min_cell` beside it.",
            )  # fmt: skip
    if protect.dominance is not None and protect.unit is None and isinstance(node.producer, Collected):
        yield error(
            "protect-unit", node.span("protect", "dominance"), "Nobody is known to contribute to a sum.",
            "Write `unit`: the column that tells contributors apart.",
        )  # fmt: skip


def _time_column(node: DatasetNode, types: Mapping[str, str]) -> Iterator[Diagnostic]:
    if node.declared.incremental is None:
        return
    name = node.declared.incremental.time_column
    if name not in types:
        yield unknown_column(node, name, types, "incremental", "time_column")
    elif types[name] not in TIMES:
        summary = (
            f'Column "{name}" is {types[name]}; partitions need a {", ".join(TIMES[:-1])} or {TIMES[-1]}.'
        )
        yield error("type", node.span("incremental", "time_column"), summary)
