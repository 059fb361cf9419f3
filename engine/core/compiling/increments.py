"""How an incremental dataset is cut, as written, and which input its partitions follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from engine.core.compiled import CompiledDataset, Increment
from engine.core.compiling.memory import Memory
from engine.model.dataset import Incremental


def increment_of(
    written: Incremental, whole: CompiledDataset, inputs: Mapping[str, CompiledDataset], memory: Memory
) -> Increment:
    """The increment of a dataset compiled without it; `inputs` by their names in its query."""
    increment = Increment(written.time_column, written.partition, written.lookback)
    cuts = [[name, dataset.increment.cut] for name, dataset in inputs.items() if dataset.increment]
    if not cuts:
        return increment
    key = memory.key("follows", whole.query, increment.cut, cuts)
    known = memory.recall(key)
    if known is not None:
        return replace(increment, follows=json.loads(known))
    # Parsing is kept from plans that need none.
    from engine.core.compiling.follows import followed_input

    follows = followed_input(whole, increment, inputs)
    memory.keep(key, json.dumps(follows))
    return replace(increment, follows=follows)
