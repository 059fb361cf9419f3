"""How one reader sees the pages: the doors of each, its day, and the units behind its datasets."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.pages.answers import plain
from engine.core.pages.origins import Origin, itself
from engine.core.pages.questions import Cut, cut
from engine.core.pages.release import Value
from engine.core.pages.sql import range_sql
from engine.core.space import Resource
from engine.model.dashboard import Dashboard
from engine.policy.decision import Obligations, Request
from engine.ports import PolicyEngine, Workbench
from engine.usecases.page_asking import Asking
from engine.usecases.page_doors import Door, door_of, doors_of
from engine.usecases.published import Published


@dataclass(frozen=True)
class Base:
    """A file of units that tables are cut from, and the dataset whose columns it has."""

    dataset: Address
    path: Path
    audience: str = ""
    """Empty for those from whom policy keeps nothing, else a hash of what it keeps."""


@dataclass
class Views:
    """Every page of the space as one reader sees it; worked out on first need."""

    bench: Workbench
    published: Published
    reader: str | None = None
    """None for the operator, of whom policy is asked nothing."""
    now: datetime.date = datetime.date.min
    ip: str = "127.0.0.1"
    asking: Asking = field(init=False)
    _doors: dict[Address, Mapping[str, Door]] = field(default_factory=dict)
    _days: dict[Address, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asking = Asking(self.bench.warehouse, self.bench.cache)

    @cached_property
    def _policy(self) -> PolicyEngine:
        return self.bench.policy(self.published.policy_data)

    def doors(self, page: Resource[Dashboard]) -> Mapping[str, Door]:
        """The doors of a page as the reader sees it, or as the operator does where they may not."""
        if page.address not in self._doors:
            decision = None
            if self.reader is not None:
                request = Request(self.reader, "read", page.address, ip=self.ip, now=self.now)
                decided = self._policy.decide(request)
                decision = decided if decided.allow else None
            made = doors_of(self.bench, self.published, page.address, page.spec, decision)
            self._doors[page.address] = made
        return self._doors[page.address]

    def as_of(self, page: Resource[Dashboard]) -> str:
        """How old a page's data is: as the author says, or the latest time its versions were collected."""
        if page.address not in self._days:
            self._days[page.address] = self._age(page)
        return self._days[page.address]

    def _age(self, page: Resource[Dashboard]) -> str:
        doors = self.doors(page)
        if page.spec.as_of is not None:
            name, _, column = page.spec.as_of.partition(".")
            _, high = self.asking.fetch(doors[name].path, range_sql(column, ())).rows[0]
            if high is not None:
                return str(plain(high))
        versions = self.published.applied.versions
        return max((versions[door.dataset.address].data_time for door in doors.values()), default="")

    def door(self, dataset: CompiledDataset) -> Door:
        """A dataset as its operator sees it."""
        columns = {c.name: "clear" for c in dataset.columns}
        return door_of(self.bench, self.published, dataset, Obligations(columns))

    def clear(self, dataset: Address) -> Path:
        """The file of all columns and rows of a dataset."""
        columns = {c.name: "clear" for c in self.published.compiled[dataset].columns}
        version = self.published.applied.versions[dataset]
        return self.bench.slices.slice(version, Obligations(columns))

    def base(self, door: Door) -> tuple[Base, Origin]:
        """The file whose units a dataset's cells count, and its columns over that file's.

        A reader from whom rows are kept, or columns masked, is shown cells of what is left.
        """
        if door.origin is None or (door.narrowed and not door.origin.grouped):
            return Base(door.dataset.address, door.path, door.audience), itself(door.dataset)
        return Base(door.origin.base, self.clear(door.origin.base)), door.origin

    def cells(self, door: Door) -> Cut | None:
        """The table that a dataset of cells is; None when that is not known."""
        origin = door.origin
        if origin is None or not origin.grouped or door.masked:
            return None
        return cut((origin.condition,), origin.columns.values())

    @cached_property
    def described(self) -> Mapping[Base, tuple[Door, ...]]:
        """What is published under a floor, as its operator sees it, by the units it is made of."""
        found: dict[Base, list[Door]] = {}
        for dataset in self.published.compiled.values():
            if dataset.min_cell and dataset.address in self.published.applied.versions:
                door = self.door(dataset)
                found.setdefault(self.base(door)[0], []).append(door)
        return {base: tuple(doors) for base, doors in found.items()}

    def total(self, door: Door) -> Cut | None:
        """The number of all rows of a dataset of units, as a table over its base.

        None for a dataset of cells, and where it is not known which units of its inputs are in it.
        """
        inputs = (self.published.compiled[source] for source in door.dataset.inputs.values())
        origin = self.base(door)[1]
        lost = origin.base == door.dataset.address and any(dataset.min_cell for dataset in inputs)
        return None if door.dataset.unit is None or lost else cut((origin.condition,), ())


def each(spec: Dashboard) -> Iterator[dict[str, Value]]:
    """The parameters of each sheet of a page: every combination of the values of `each`."""
    names = list(spec.each or {})
    for values in itertools.product(*(spec.each or {}).values()):
        yield dict(zip(names, values, strict=True))


def day_of(as_of: str) -> datetime.date:
    """The day that a filter's relative default counts from."""
    return datetime.date.fromisoformat(as_of[:10]) if as_of else datetime.date(1970, 1, 1)
