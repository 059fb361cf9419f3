"""Compiled datasets as a json text, and back: what is kept with the applied state."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.addresses import Address
from engine.core.compiled import ColumnLogic, ColumnRef, CompiledDataset, Increment
from engine.diagnostics import WorldFailure

FORMAT = 1


def compiled_to_json(compiled: Mapping[Address, CompiledDataset]) -> str:
    """One text for all; equal datasets give equal texts. Their order is kept."""
    datasets = [_written(dataset) for dataset in compiled.values()]
    value = {"format": FORMAT, "datasets": datasets}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_compiled_text(text: str) -> bool:
    """Whether the text says that it has the form this version of the engine reads."""
    return text.startswith(f'{{"format":{FORMAT},')


def compiled_from_json(text: str) -> dict[Address, CompiledDataset]:
    """The datasets again, in the order given. Raises WorldFailure for a text of another version."""
    try:
        value = json.loads(text)
        if value["format"] != FORMAT:
            raise ValueError(value["format"])
        return {dataset.address: dataset for dataset in map(_read, value["datasets"])}
    except (ValueError, KeyError, TypeError, IndexError):
        raise WorldFailure(
            "what was compiled at the last apply cannot be read by this version of the engine.",
            "apply again with this version.",
        ) from None


def _written(dataset: CompiledDataset) -> dict[str, Any]:
    value = {
        "address": str(dataset.address),
        "columns": [[c.name, c.type, c.kind, _refs(c.sources), c.logic] for c in dataset.columns],
        "inputs": {name: str(address) for name, address in dataset.inputs.items()},
        "query": dataset.query,
        "rows": dataset.rows,
        "row_sources": _refs(dataset.row_sources),
        "ordered": dataset.ordered,
        "logic": dataset.logic,
        "sensitivity": dataset.sensitivity,
        "tags": {name: list(tags) for name, tags in sorted(dataset.tags.items())},
        "levels": dict(sorted(dataset.levels.items())),
        "min_cell": dataset.min_cell,
        "unit": dataset.unit,
    }
    return value if dataset.increment is None else {**value, "increment": asdict(dataset.increment)}


def _refs(refs: tuple[ColumnRef, ...]) -> list[list[str]]:
    return [[str(ref.dataset), ref.column] for ref in refs]


def _read(value: Mapping[str, Any]) -> CompiledDataset:
    return CompiledDataset(
        address=_address(value["address"]),
        columns=tuple(
            ColumnLogic(name, type_, kind, _read_refs(sources), logic)
            for name, type_, kind, sources, logic in value["columns"]
        ),
        inputs={name: _address(address) for name, address in value["inputs"].items()},
        query=value["query"],
        rows=value["rows"],
        row_sources=_read_refs(value["row_sources"]),
        ordered=value["ordered"],
        logic=value["logic"],
        sensitivity=value["sensitivity"],
        tags={name: tuple(tags) for name, tags in value["tags"].items()},
        levels=value["levels"],
        min_cell=value["min_cell"],
        unit=value["unit"],
        increment=Increment(**value["increment"]) if "increment" in value else None,
    )


def _read_refs(refs: list[list[str]]) -> tuple[ColumnRef, ...]:
    return tuple(ColumnRef(_address(dataset), column) for dataset, column in refs)


@functools.lru_cache(maxsize=100_000)
def _address(text: str) -> Address:
    """The address; texts repeat a lot, and parsing one checks it by a pattern."""
    return Address.parse(text)
