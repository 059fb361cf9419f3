"""Which partitions an apply will compute, as far as a plan can know; origins at hand are read for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.foreseen import (
    Foreseen,
    after_input,
    foreseen_in_words,
    lost_in_words,
    unforeseen_in_words,
)
from engine.core.partitions import continues
from engine.core.plan import Desired
from engine.core.space import Collected
from engine.core.state import Applied, Version
from engine.diagnostics import DataMistake
from engine.ports import Workbench
from engine.usecases.intervals import Cut, intervals_of_collected, kept_partitions

NOTHING = Foreseen()


def extents(bench: Workbench, desired: Desired, applied: Applied) -> Mapping[Address, str]:
    """For every incremental dataset that changes: which of its partitions, in words.

    `applied` is under the names of now. Raises WorldFailure.
    """
    found: dict[Address, Foreseen] = {}
    words: dict[Address, str] = {}
    for address, dataset in desired.compiled.items():
        before = applied.versions.get(address)
        if before is None or not continues(dataset, before):
            lost = lost_in_words(dataset, before) if before else ""
            words |= {address: lost} if lost else {}
            continue
        if before.fingerprint == desired.identities[address].fingerprint:
            found[address] = NOTHING
            continue
        foreseen = _foreseen(bench, desired, applied, dataset, before, found)
        if foreseen is not None:
            found[address] = foreseen
        told = foreseen_in_words(before, foreseen) if foreseen else unforeseen_in_words(dataset, before)
        words[address] = told
    return words


def _foreseen(
    bench: Workbench,
    desired: Desired,
    applied: Applied,
    dataset: CompiledDataset,
    before: Version,
    known: Mapping[Address, Foreseen],
) -> Foreseen | None:
    """What of one dataset will be computed; None where only computing will tell."""
    if isinstance(desired.space.datasets[dataset.address].producer, Collected):
        return _of_origin(bench, desired, dataset, before)
    followed = dataset.increment.follows if dataset.increment else None
    others = [source for name, source in dataset.inputs.items() if name != followed]
    if followed is None or not all(_same(desired, applied, source) for source in others):
        return None
    of_input = known.get(dataset.inputs[followed])
    return None if of_input is None else after_input(dataset, before, of_input)


def _same(desired: Desired, applied: Applied, address: Address) -> bool:
    version = applied.versions.get(address)
    return version is not None and version.fingerprint == desired.identities[address].fingerprint


def _of_origin(
    bench: Workbench, desired: Desired, dataset: CompiledDataset, before: Version
) -> Foreseen | None:
    """The rows of an origin at hand, compared with what is published of them."""
    node = desired.space.datasets[dataset.address]
    if not bench.collector.stamp(node):
        return None
    cut = Cut(bench, dataset, before, None, "")
    try:
        staged = bench.collector.ahead(node, [p.interval for p in kept_partitions(cut)])
    except DataMistake:
        return None  # apply tells it, with everything else that is wrong
    work = intervals_of_collected(cut, desired.identities[dataset.address].fingerprint)
    found = bench.warehouse.compare_partitions(staged, dataset, before, work.intervals)
    return found if staged.whole else replace(found, late=())
