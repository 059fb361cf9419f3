"""Where units come from: datasets that declare them, and what hands them on."""

from __future__ import annotations

from collections.abc import Mapping

from engine.addresses import Address
from engine.core.compiled import CompiledDataset

Compiled = Mapping[Address, CompiledDataset]


def upstream(dataset: CompiledDataset, compiled: Compiled) -> tuple[CompiledDataset, ...]:
    """The dataset and all that it is made of, inputs first."""
    found: dict[Address, CompiledDataset] = {}
    waiting = [dataset]
    while waiting:
        here = waiting[-1]
        inputs = [compiled[a] for a in here.inputs.values() if a in compiled and a not in found]
        if inputs and here.address not in found:
            waiting += inputs
            continue
        waiting.pop()
        found.setdefault(here.address, here)
    return tuple(found.values())


def freed(dataset: CompiledDataset, compiled: Compiled) -> bool:
    """Whether a step's floor was taken away, for which somebody answers: its rows are open."""
    floors = [compiled[a].min_cell for a in dataset.inputs.values() if a in compiled]
    return dataset.unit is None and dataset.min_cell == 0 and any(floors)


def passed_units(dataset: CompiledDataset, compiled: Compiled) -> list[bool]:
    """Of each source of a dataset's unit whether it is an input's unit; empty when it is not handed on."""
    column = dataset.column(dataset.unit or "")
    if column is None or column.kind != "identity":
        return []
    return [ref.dataset in compiled and compiled[ref.dataset].unit == ref.column for ref in column.sources]


def is_origin(dataset: CompiledDataset, compiled: Compiled) -> bool:
    """Whether a dataset's units are declared there, and no part of them is handed on to it."""
    return dataset.unit is not None and not any(passed_units(dataset, compiled))
