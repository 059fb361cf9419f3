"""What holds of units: they are inherited, and what may be computed over them.

A unit is a person. Everything computed of a dataset with units is of these units, whatever is written; what
is otherwise is somebody's reviewed decision (`declassify`), whose approval is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from engine.addresses import Address
from engine.core.compiled import ColumnLogic, ColumnRef, CompiledDataset
from engine.core.space import Collected, DatasetNode, Derived
from engine.diagnostics import Diagnostic, error
from engine.model.base import Protect

if TYPE_CHECKING:
    from engine.core.provenance import Provenances, Refusal

Compiled = Mapping[Address, CompiledDataset]


def comes_of_units(dataset: CompiledDataset, compiled: Compiled, before: frozenset[Address]) -> bool:
    """Whether units are in a dataset or upstream of it; `before` are the earlier datasets that are so."""
    inputs = set(dataset.inputs.values())
    freed = dataset.min_cell == 0 and any(compiled[a].min_cell for a in inputs)
    return dataset.unit is not None or (not freed and not inputs.isdisjoint(before))


def floor_of(node: DatasetNode, inputs: Sequence[Address], compiled: Compiled) -> int:
    """The disclosure floor: the highest of its own and its inputs', unless a reviewed one is written."""
    protect = node.protect or Protect()
    if _replaces(node) and "min_cell" in protect.model_fields_set:
        return protect.min_cell
    return max([protect.min_cell, *(compiled[address].min_cell for address in inputs)])


def unit_of(
    node: DatasetNode,
    columns: Sequence[ColumnLogic],
    inputs: Sequence[Address],
    compiled: Compiled,
    of_units: frozenset[Address],
) -> str | None:
    """The column of units: an input's unit as it was; a written one where there is none to inherit."""
    written = node.protect.unit if node.protect is not None else None
    passed = passed_on(columns, inputs, compiled)
    if written in {c.name for c in columns} and (
        written in passed or _replaces(node) or of_units.isdisjoint(inputs)
    ):
        return written
    return next(iter(passed), None)


def passed_on(
    columns: Sequence[ColumnLogic], inputs: Sequence[Address], compiled: Compiled
) -> tuple[str, ...]:
    """The columns that hold an input's unit as it was, those of the first input first."""
    units = [ColumnRef(a, u) for a in inputs if (u := compiled[a].unit) is not None]
    # a column of a union comes from several: each must be a unit
    own = [c for c in columns if c.kind == "identity" and c.sources and set(c.sources) <= set(units)]
    return tuple(dict.fromkeys(c.name for unit in units for c in own if unit in c.sources))


def unit_mistakes(
    node: DatasetNode, dataset: CompiledDataset, compiled: Compiled, of_units: frozenset[Address],
    provenances: Provenances,
) -> tuple[Diagnostic, ...]:  # fmt: skip
    """What a step does to units without anybody answering for it."""
    if node.declassify is not None or isinstance(node.producer, Collected):
        return ()
    inputs = tuple(dict.fromkeys(dataset.inputs.values()))
    found = [*_changed(node, dataset, inputs, compiled, of_units)]
    if dataset.min_cell and not of_units.isdisjoint(inputs):
        found += [_undisclosable(node, r) for r in provenances.refusals(dataset)]
    return tuple(found)


def answers_for(
    node: DatasetNode, dataset: CompiledDataset, of_units: frozenset[Address], provenances: Provenances
) -> bool:
    """Whether a step's `declassify` says something of units."""
    inputs = set(dataset.inputs.values())
    if node.declassify is None or isinstance(node.producer, Collected) or of_units.isdisjoint(inputs):
        return False
    return node.protect is not None or bool(provenances.refusals(dataset))


def _replaces(node: DatasetNode) -> bool:
    """Whether what is written of protection holds whatever the inputs say."""
    return node.declassify is not None and node.protect is not None and isinstance(node.producer, Derived)


def _changed(
    node: DatasetNode, dataset: CompiledDataset, inputs: Sequence[Address], compiled: Compiled,
    of_units: frozenset[Address],
) -> Iterator[Diagnostic]:  # fmt: skip
    """A written unit that is not the inherited one."""
    written = node.protect.unit if node.protect is not None else None
    if written is None or dataset.column(written) is None or of_units.isdisjoint(inputs):
        return
    passed = passed_on(dataset.columns, inputs, compiled)
    if written in passed:
        return
    first = next(a for a in inputs if a in of_units)
    inherited = f'the column "{passed[0]}"' if passed else f"the unit of {first}"
    yield error(
        "unit-changed",
        node.span("protect", "unit"),
        f'The unit "{written}" is not {inherited}, which {node.address} inherits.',
        "Leave `unit` out: it is inherited. Otherwise write `declassify: {reason, approved_by}` there.",
    )


def _undisclosable(node: DatasetNode, refusal: Refusal) -> Diagnostic:
    from engine.core.provenance.figures import ALLOWED

    assert isinstance(node.producer, Derived)
    which = f'Column "{refusal.column}" computes' if refusal.column else "A column computes"
    return error(
        "not-disclosable",
        node.span(node.producer.step.form),
        f"{which} `{refusal.expression}` over units, which is not disclosable: {refusal.why}.",
        f"Use {ALLOWED}; or keep one row per unit, or write `declassify: {{reason, approved_by}}` there.",
    )
