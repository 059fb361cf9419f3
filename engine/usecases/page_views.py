"""How one reader sees the pages: the doors of each, its day, and whose units are behind its datasets."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.fingerprint import digest
from engine.core.pages.answers import plain
from engine.core.pages.expressions import quoted
from engine.core.pages.ledger import SourceText, TableName
from engine.core.pages.questions import Cut, Told
from engine.core.pages.release import Value
from engine.core.pages.sql import range_sql
from engine.core.provenance import Provenance
from engine.core.space import Resource
from engine.model.dashboard import Dashboard
from engine.policy.decision import Obligations
from engine.ports import Workbench
from engine.usecases.page_asking import Asking
from engine.usecases.page_doors import Door, door_of, operator_doors, reader_doors
from engine.usecases.page_families import Family, families
from engine.usecases.page_reader import PageReader
from engine.usecases.published import Published


@dataclass(frozen=True)
class Source:
    """Where the rows of a dataset are read together with the unit that each is of."""

    sql: str
    tables: Mapping[str, Path]
    numbered: str = ""
    """The file whose rows `__row` numbers; empty where it numbers none."""

    @property
    def reading(self) -> SourceText:
        """The same without where the files are."""
        files = sorted((name, path.name) for name, path in self.tables.items())
        return SourceText(self.sql, tuple(files), self.numbered)

    @property
    def name(self) -> str:
        """A hash of all that its rows follow from: files are named by what is in them."""
        return digest([self.sql, self.reading.files])


@dataclass
class Views:
    """Every page of the space as one reader sees it; worked out on first need."""

    bench: Workbench
    published: Published
    reader: PageReader | None = None
    """None for the operator, of whom policy is asked nothing."""
    asking: Asking = field(init=False)
    _doors: dict[Address, Mapping[str, Door]] = field(default_factory=dict)
    _others: dict[Address, Mapping[str, Door]] = field(default_factory=dict)
    _days: dict[Address, str] = field(default_factory=dict)
    _clear: dict[Address, Path] = field(default_factory=dict)
    named: dict[str, Source] = field(init=False, default_factory=dict)
    """Every source that a table is cut from, by its name."""
    _sources: dict[tuple[Address, str], Source | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asking = Asking(self.bench.warehouse, self.bench.cache)

    def doors(self, page: Resource[Dashboard]) -> Mapping[str, Door]:
        """The doors that a page is drawn from: its reader's, or the operator's for the operator alone.

        Raises Refused when the reader may not read it.
        """
        if page.address not in self._doors:
            self._doors[page.address] = self._opened(page)
        return self._doors[page.address]

    def _opened(self, page: Resource[Dashboard]) -> Mapping[str, Door]:
        if self.reader is None:
            return operator_doors(self.bench, self.published, page)
        return reader_doors(self.bench, self.published, page, self.reader.opens(page.address))

    def counted(self, page: Resource[Dashboard]) -> Mapping[str, Door]:
        """The doors whose figures are out: the reader's, or the operator's of a page that only others read.

        They tell the audit which tables there are. Nothing is drawn from them.
        """
        if self.reader is None or self.reader.may_read(page.address):
            return self.doors(page)
        if page.address not in self._others:
            self._others[page.address] = operator_doors(self.bench, self.published, page)
        return self._others[page.address]

    def as_of(self, page: Resource[Dashboard]) -> str:
        """How old a page's data is: as the author says, or the latest time its versions were collected."""
        if page.address not in self._days:
            self._days[page.address] = self._age(page)
        return self._days[page.address]

    def _age(self, page: Resource[Dashboard]) -> str:
        doors = self.counted(page)
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
        if dataset not in self._clear:
            columns = {c.name: "clear" for c in self.published.compiled[dataset].columns}
            version = self.published.applied.versions[dataset]
            self._clear[dataset] = self.bench.slices.slice(version, Obligations(columns))
        return self._clear[dataset]

    def source(self, door: Door) -> Source | None:
        """Where a dataset's units are read; None when nobody knows whose rows they are.

        A reader from whom rows are kept, or columns masked, is shown cells of what is left.
        """
        key = (door.dataset.address, door.path.name if self._apart(door) else "")
        if key not in self._sources:
            self._sources[key] = self._own(door) if self._apart(door) else self._followed(door)
        return self._sources[key]

    def _apart(self, door: Door) -> bool:
        """Whether a reader's rows are a matter of their own, beside what all others are shown."""
        return door.narrowed and not (isinstance(door.origin, Provenance) and door.origin.grouped)

    def _own(self, door: Door) -> Source | None:
        unit = door.dataset.unit
        if unit is None:
            return None
        sql = f"SELECT *, {quoted(unit)} AS __unit, row_number() OVER () - 1 AS __row FROM t0"
        return Source(sql, {"t0": door.path}, door.path.name)

    def _followed(self, door: Door) -> Source | None:
        origin = door.origin
        if not isinstance(origin, Provenance):
            return None
        tables = {name: self.clear(address) for name, address in sorted(origin.tables.items())}
        numbered = "" if origin.rows_of is None else self.clear(origin.rows_of).name
        return Source(origin.sql, tables, numbered)

    def family(self, door: Door) -> Family | None:
        """Whose data it is; None when nobody knows."""
        if self.source(door) is None:
            return None
        if self._apart(door):
            return Family((door.dataset.address,), door.audience, door.path)
        assert isinstance(door.origin, Provenance), "a source is followed"
        return next((f for f in self.families if door.origin.unit_of & set(f.origins)), None)

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The people whose data is in the space: datasets that hold the same units are of one family."""
        return families(self.published, self.clear, self.asking)

    def table(self, door: Door, told: Told) -> TableName | None:
        """What a table over a dataset is called; None when nobody knows whose rows they are."""
        source = self.source(door)
        if source is None:
            return None
        self.named[source.name] = source
        return TableName(str(door.dataset.address), source.name, told.cut, told.figure)

    def cells(self, door: Door) -> TableName | None:
        """The table that a dataset of cells is; None when that is not known."""
        origin = door.origin
        if not isinstance(origin, Provenance) or not origin.grouped or door.masked:
            return None
        return self.table(door, Told(Cut((), tuple(map(quoted, origin.columns))), "units"))

    @cached_property
    def described(self) -> Mapping[Family, tuple[Door, ...]]:
        """What is published under a floor, as its operator sees it, by the people it is about."""
        found: dict[Family, list[Door]] = {}
        for dataset in self.published.compiled.values():
            if dataset.min_cell and dataset.address in self.published.applied.versions:
                door = self.door(dataset)
                family = self.family(door)
                if family is not None:
                    found.setdefault(family, []).append(door)
        return {family: tuple(doors) for family, doors in found.items()}

    def total(self, door: Door) -> TableName | None:
        """The number of all rows of a dataset of units; None for a dataset of cells."""
        grouped = isinstance(door.origin, Provenance) and door.origin.grouped
        return None if grouped else self.table(door, Told(Cut((), ())))


def each(spec: Dashboard) -> Iterator[dict[str, Value]]:
    """The parameters of each sheet of a page: every combination of the values of `each`."""
    names = list(spec.each or {})
    for values in itertools.product(*(spec.each or {}).values()):
        yield dict(zip(names, values, strict=True))


def day_of(as_of: str) -> datetime.date:
    """The day that a filter's relative default counts from."""
    return datetime.date.fromisoformat(as_of[:10]) if as_of else datetime.date(1970, 1, 1)
