"""Where the parts of a dashboard stand: its datasets, tabs, rows and tiles with their YAML paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.addresses import Address, AddressError, dataset_reference
from engine.core.compiled import CompiledDataset
from engine.core.document import Path
from engine.core.space import Space
from engine.model.base import Text
from engine.model.dashboard import Dashboard, PageDataset, PageFilter
from engine.model.tiles import AnyTile, Row


@dataclass(frozen=True, slots=True)
class Placed:
    """A tile, its place in the document, and its id in the page."""

    tile: AnyTile
    path: Path
    id: str


@dataclass(frozen=True, slots=True)
class PlacedTab:
    """A tab with its rows of tiles; the only one of a page without tabs has no slug."""

    slug: str
    title: Text
    rows: tuple[tuple[Placed, ...], ...]


def tabs(page: Dashboard) -> tuple[PlacedTab, ...]:
    """The tabs of a page, tiles numbered in reading order."""
    parts: list[tuple[str, Text, tuple[Row, ...], Path]] = [
        (t.slug, t.title, t.rows, ("tabs", k, "rows")) for k, t in enumerate(page.tabs)
    ]
    found = []
    number = 0
    for slug, title, rows, path in parts or [("", "", page.rows, ("rows",))]:
        placed = []
        for i, row in enumerate(rows):
            placed.append(tuple(Placed(t, (*path, i, j), f"t{number + j + 1}") for j, t in enumerate(row)))
            number += len(row)
        found.append(PlacedTab(slug, title, tuple(placed)))
    return tuple(found)


def tiles(page: Dashboard) -> Iterator[Placed]:
    """Every tile of a page, in reading order."""
    for tab in tabs(page):
        for row in tab.rows:
            yield from row


def page_dataset(written: str | PageDataset) -> PageDataset:
    """A dataset of a page in full form."""
    return written if isinstance(written, PageDataset) else PageDataset(dataset=written)


def datasets_of(
    space: Space, address: Address, page: Dashboard, compiled: Mapping[Address, CompiledDataset]
) -> dict[str, CompiledDataset]:
    """The page's datasets by their name in it; those that don't exist are left out (resolve says so)."""
    found = {}
    for name, written in page.datasets.items():
        try:
            reference = dataset_reference(page_dataset(written).dataset, address.project)
        except AddressError:
            continue
        dataset = compiled.get(space.dataset_of(reference))
        if dataset is not None:
            found[name] = dataset
    return found


def types_of(dataset: CompiledDataset) -> dict[str, str]:
    """Columns of a dataset and their types."""
    return {column.name: column.type for column in dataset.columns}


def acts_on(spec: PageFilter, datasets: Mapping[str, CompiledDataset]) -> tuple[str, ...]:
    """The datasets of the page a filter acts on: those named, or all that have its column."""
    if spec.applies_to is not None:
        return spec.applies_to
    return tuple(name for name, dataset in datasets.items() if dataset.column(spec.column) is not None)


def dashboard_reference(text: str, project: str) -> Address:
    """The dashboard that a link names: `name` in the same project, or `project/name`."""
    first, slash, rest = text.partition("/")
    return Address("dashboard", first, rest) if slash else Address("dashboard", project, text)
