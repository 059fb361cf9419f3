"""What is collected keeps the level and tags it was published with, unless somebody answers for less.

Derived datasets are held to their inputs when they are compiled (core/compiling/protection.py); what
nobody derives is only known by what is applied.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.moves import earlier_names
from engine.core.space import Collected, DatasetNode
from engine.diagnostics import Diagnostic, SourceSpan, error
from engine.policy.gates import Governance
from engine.policy.gates_narrowing import is_reviewed_anew

ADVICE = "Leave it as it is, or write `declassify: {reason, approved_by}` there, approved with this change."


def lowering_gates(before: Governance | None, after: Governance) -> tuple[Diagnostic, ...]:
    """An error for every level or tag that a collected dataset, or a column of it, would lose unreviewed.

    Columns are compared by what they are called in their origin, so that a new name hides nothing.
    """
    if before is None:
        return ()
    renamed = earlier_names(after.space, before.space.addresses)
    return tuple(
        finding
        for address, node in after.space.datasets.items()
        if isinstance(node.producer, Collected) and address in after.compiled
        for finding in _findings(before, after, renamed.get(address, address), node)
    )


def _findings(
    before: Governance, after: Governance, known_as: Address, node: DatasetNode
) -> Iterator[Diagnostic]:
    known = before.space.datasets.get(known_as)
    if known is None or known_as not in before.compiled or _is_reviewed(before, after, known, node):
        return
    old, new = before.compiled[known_as], after.compiled[node.address]
    if _is_lower(after, old.sensitivity, new.sensitivity):
        summary = f"{node.address} was {old.sensitivity} and would be {new.sensitivity}."
        yield _error(node.span("sensitivity"), summary)
    names = _origins(known)
    earlier = {names.get(column.name, column.name): column.name for column in old.columns}
    now = _origins(node)
    for column in new.columns:
        was = earlier.get(now.get(column.name, column.name))
        if was is not None:
            yield from _of_column(after, old, new, was, column.name, node)


def _of_column(
    after: Governance, old: CompiledDataset, new: CompiledDataset, was: str, name: str, node: DatasetNode
) -> Iterator[Diagnostic]:
    place, said = _place(node, name), f"column {node.address}.{name}"
    gone = sorted({*old.tags.get(was, ())} - {*new.tags.get(name, ())})
    if gone:
        yield _error(place, f"{said} would lose the tag{'s' * (len(gone) > 1)} {', '.join(gone)}.")
    level, lower = old.levels.get(was, old.sensitivity), new.levels.get(name, new.sensitivity)
    if level != old.sensitivity and _is_lower(after, level, lower):
        yield _error(place, f"{said} was {level} and would be {lower}.")


def _is_reviewed(before: Governance, after: Governance, known: DatasetNode, node: DatasetNode) -> bool:
    """Whether the plan brings the dataset a review of its own, also where it is renamed in one go."""
    if known.address == node.address:
        return is_reviewed_anew(node.address, before, after)
    return node.declassify is not None and node.declassify != known.declassify


def _is_lower(after: Governance, old: str, new: str) -> bool:
    """By the planned order of levels; a level that is no more was above all."""
    levels = after.levels
    return (levels.index(old) if old in levels else len(levels)) > levels.index(new)


def _origins(node: DatasetNode) -> dict[str, str]:
    """What each declared column is called where it is collected from."""
    return {column.name: column.from_ or column.name for column in node.columns}


def _place(node: DatasetNode, name: str) -> SourceSpan:
    index = next((i for i, column in enumerate(node.columns) if column.name == name), None)
    return node.span() if index is None else node.span("columns", index)


def _error(place: SourceSpan, summary: str) -> Diagnostic:
    return error("lowered", place, summary, ADVICE)
