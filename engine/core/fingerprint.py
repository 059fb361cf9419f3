"""Version fingerprints: the identity of logic together with the content it is applied to.

Every column of a dataset has a version of its own, made of its logic, of what decides the rows, and of
the versions of exactly the columns it is computed from. A change therefore travels along columns: a new
column upstream moves nothing that does not read it.

Names of datasets are no part of it: inputs are told apart by the order in which the query first reads
them, so that a renamed dataset keeps its version, and so do its readers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import Address
from engine.core.compiled import ALGORITHM, ColumnRef, CompiledDataset

UNKNOWN = "?"
"""The stamp of an origin that only collecting will tell: equal to no content."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a dataset's content is determined by: the whole, its rows, and each column."""

    fingerprint: str
    rows: str
    columns: Mapping[str, str]


def digest(value: Any) -> str:
    """Hex SHA-256 (first 32 digits) of a value's canonical json."""
    text = _CANONICAL.encode(value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
"""Made once: a plan hashes tens of thousands of values."""


def identity(dataset: CompiledDataset, stamp: str, inputs: Mapping[Address, Identity]) -> Identity:
    """The identity of a dataset: of a collected one by `stamp`, of a derived one by its inputs'.

    `stamp` is empty for a derived dataset, unless partitions of it are kept as they were published; the
    empty stamp on a collected one gives the identity of the logic alone. `inputs` must hold every dataset in
    `dataset.inputs`.
    """

    def versions(refs: tuple[ColumnRef, ...]) -> list[str]:
        # In the order given: which source plays which part is part of the identity.
        return [inputs[ref.dataset].columns[ref.column] for ref in refs]

    tables = [inputs[address].rows for address in dataset.inputs.values()]
    # How rows are cut decides the order they stand in, and with it what readers of that order see.
    cut = [dataset.increment.cut] if dataset.increment else []
    rows = digest([dataset.rows, stamp, tables, versions(dataset.row_sources), *cut])
    columns = {c.name: digest([c.logic, rows, versions(c.sources)]) for c in dataset.columns}
    shape = [[c.name, c.type, columns[c.name]] for c in dataset.columns]
    return Identity(digest([ALGORITHM, rows, dataset.ordered, shape]), rows, columns)


def identities(
    compiled: Mapping[Address, CompiledDataset], stamps: Mapping[Address, str]
) -> dict[Address, Identity]:
    """The identity of every dataset; `compiled` is in dependency order, inputs first."""
    known: dict[Address, Identity] = {}
    for address, dataset in compiled.items():
        known[address] = identity(dataset, stamps.get(address, ""), known)
    return known
