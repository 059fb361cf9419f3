"""The doors of a page: for each of its datasets the file that its reader may see, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import digest
from engine.core.pages.protection import Followed, Held, held_of
from engine.core.pages.walk import datasets_of
from engine.core.provenance import provenance_of
from engine.core.space import Resource, Space
from engine.diagnostics import WorldFailure
from engine.model.base import Text
from engine.model.dashboard import Dashboard
from engine.policy.decision import Decision, Obligations
from engine.ports import Workbench
from engine.usecases.published import Published


@dataclass(frozen=True)
class Door:
    """One dataset of a page as its reader may see it: the file, and the floor that holds."""

    dataset: CompiledDataset
    path: Path
    floor: int
    labels: Mapping[str, Text] = field(default_factory=dict)
    complementary: bool = True
    origin: Followed = None
    """Which units its rows are made of, where there is a floor and that can be told."""
    narrowed: bool = False
    """Whether rows are kept from the reader, or columns masked."""
    masked: bool = False
    """Whether columns are masked or left out."""
    lacking: bool = False
    """Whether columns are left out."""
    held: Held = field(default_factory=Held)
    """How its numbers are protected beside the floor."""
    audience: str = ""
    """Empty where policy keeps nothing from the reader, else a hash of what it keeps."""


def dashboard_of(space: Space, page: Address) -> Resource[Dashboard]:
    """The dashboard of that address. Raises WorldFailure when there is none."""
    found = next((r for r in space.of(Dashboard) if r.address == page), None)
    if found is None:
        raise WorldFailure(f"there is no {page}.")
    return found


def reader_doors(
    bench: Workbench, published: Published, page: Resource[Dashboard], decision: Decision
) -> dict[str, Door]:
    """The file of every dataset of the page, narrowed to what the decision on its reader leaves."""
    assert decision.allow, "a page is opened by a decision that allows it"
    return _doors(bench, published, page, lambda dataset: _duties(decision, dataset))


def operator_doors(bench: Workbench, published: Published, page: Resource[Dashboard]) -> dict[str, Door]:
    """The file of every dataset of the page with all columns and rows: for the operator, and for audits."""
    return _doors(bench, published, page, everything)


def everything(dataset: CompiledDataset) -> Obligations:
    """What is left of a dataset where nothing is kept back."""
    return Obligations({column.name: "clear" for column in dataset.columns})


def _doors(
    bench: Workbench,
    published: Published,
    page: Resource[Dashboard],
    duties: Callable[[CompiledDataset], Obligations],
) -> dict[str, Door]:
    found = datasets_of(published.space, page.address, page.spec, published.compiled)
    return {
        name: door_of(bench, published, dataset, duties(dataset), page.spec.min_cell or 0)
        for name, dataset in found.items()
    }


def door_of(
    bench: Workbench, published: Published, dataset: CompiledDataset, duties: Obligations, floor: int = 0
) -> Door:
    """The file of a dataset, narrowed to what `duties` leave, under a floor that may only be raised."""
    held = published.space.datasets[dataset.address].protect
    highest = max(dataset.min_cell, floor, duties.min_cell)
    lacking = not all(column.name in duties.columns for column in dataset.columns)
    return Door(
        dataset=dataset,
        path=bench.slices.slice(published.applied.versions[dataset.address], duties),
        floor=highest,
        labels=_labels(published, dataset),
        complementary=held is None or held.complementary,
        origin=provenance_of(dataset, published.compiled) if highest else None,
        narrowed=duties.narrows,
        held=_held(dataset, published, duties) if highest else Held(),
        audience=_audience(duties),
        masked=lacking or any(mask != "clear" for mask in duties.columns.values()),
        lacking=lacking,
    )


def _labels(published: Published, dataset: CompiledDataset) -> dict[str, Text]:
    """Titles of a dataset's columns: its own, else those of the columns they pass on."""
    declared = {c.name: c.title for c in published.space.datasets[dataset.address].columns}
    found: dict[str, Text] = {}
    for column in dataset.columns:
        title = declared.get(column.name)
        if title is None and column.kind == "identity" and len(column.sources) == 1:
            source = column.sources[0]
            if source.dataset in published.compiled and source.dataset != dataset.address:
                title = _labels(published, published.compiled[source.dataset]).get(source.column)
        if title is not None:
            found[column.name] = title
    return found


def _held(dataset: CompiledDataset, published: Published, duties: Obligations) -> Held:
    held = held_of(dataset, published.space, published.compiled)
    return replace(held, rounding=max(held.rounding, duties.rounding))


def _audience(duties: Obligations) -> str:
    masks = {column: mask for column, mask in duties.columns.items() if mask != "clear"}
    return digest([masks, duties.rows]) if duties.narrows else ""


def _duties(decision: Decision, dataset: CompiledDataset) -> Obligations:
    duties = decision.datasets.get(dataset.address)
    if duties is None:
        raise WorldFailure(f"policy says nothing about {dataset.address} on a page, so it is not shown.")
    return duties
