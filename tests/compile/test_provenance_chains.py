"""A long chain of datasets, each provenance held against what DuckDB says the dataset is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

import duckdb
import pytest

from engine.addresses import Address
from engine.core.compiled import CompiledDataset
from engine.core.provenance import NotFollowed, Provenance, Provenances
from tests.compile.provenance_chain import (
    ALL,
    BY_VALUE,
    CELLS,
    FREE,
    NOT_FOLLOWED,
    PARTIAL,
    PEOPLE,
    REGIONS,
    ROWS,
    people,
    visits,
)
from tests.compile.spaces import Folder, address


class Built:
    """The space compiled, and every dataset in it computed."""

    def __init__(self, folder: Folder) -> None:
        folder.write("specs/projects/p/datasets/people.yaml", PEOPLE)
        for name, text in {
            "people": people(), "visits": visits(), "regions": REGIONS, "counts": "area,n\nx,7\n",
        }.items():  # fmt: skip
            folder.write(f"specs/data/{name}.csv", text)
        steps = "".join(
            f"  - output: {name}\n    declassify: {{reason: test, approved_by: sophie}}\n"
            f"    sensitivity: internal\n    sql: |\n{indent(sql, ' ' * 6)}\n"
            for name, sql in ALL.items()
        )
        inputs = "inputs: {people: people, visits: visits, regions: regions, counts: counts}\n"
        folder.write(
            "specs/projects/p/dataflows/flow.yaml", f"kind: Dataflow\nname: flow\n{inputs}steps:\n{steps}"
        )
        checked = folder.check()
        errors = [str(d) for d in checked.diagnostics if d.severity == "error"]
        assert errors == []
        self.compiled: Mapping[Address, CompiledDataset] = checked.compiled
        self.provenances = Provenances(self.compiled)
        self.db = duckdb.connect()
        for dataset in self.compiled.values():
            self._compute(dataset, folder)

    def _compute(self, dataset: CompiledDataset, folder: Folder) -> None:
        name = dataset.address.name
        if not dataset.query:
            file = folder.root / f"specs/data/{name}.csv"
            self.db.execute(f"create table d_{name} as select * from read_csv('{file}')")
            return
        reads = ", ".join(f'"{n}" as (select * from d_{a.name})' for n, a in dataset.inputs.items())
        self.db.execute(f"create table d_{name} as with {reads} select * from ({dataset.query})")

    def of(self, name: str) -> Provenance | NotFollowed | None:
        return self.provenances.of(self.compiled[address(name)])

    def followed(self, name: str) -> Provenance:
        found = self.of(name)
        assert isinstance(found, Provenance), found
        return found

    def rows(self, sql: str, found: Provenance | None = None) -> list[tuple[Any, ...]]:
        tables = found.tables if found is not None else {}
        reads = ", ".join(f"{n} as (select * from d_{a.name})" for n, a in tables.items())
        return self.db.execute(f"with {reads} {sql}" if reads else sql).fetchall()

    def dataset(self, name: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        return self.rows(f"select {', '.join(map(quoted, columns)) or '1'} from d_{name}")


def quoted(name: str) -> str:
    return f'"{name}"'


def counted(rows: list[tuple[Any, ...]]) -> Counter[str]:
    return Counter(repr(tuple(round(v, 6) if isinstance(v, float) else v for v in row)) for row in rows)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = Built(Folder(Path(tmp_path_factory.mktemp("space"))))
    yield made
    made.db.close()


@pytest.mark.parametrize("name", [*ROWS, *BY_VALUE])
def test_rows_of_units_are_the_rows_of_the_dataset(built: Built, name: str) -> None:
    found = built.followed(name)
    assert not found.grouped
    names = [c.name for c in built.compiled[address(name)].columns]
    assert list(found.columns) == names
    shown = ", ".join(map(quoted, names))
    assert counted(built.rows(f"select {shown} from ({found.sql})", found)) == counted(
        built.dataset(name, names)
    )
    unit = built.compiled[address(name)].unit
    if unit is not None:
        wrong = f'select * from ({found.sql}) where "{unit}" is distinct from __unit'
        assert built.rows(wrong, found) == []
    assert built.rows(f"select * from ({found.sql}) where __unit is null", found) == []


@pytest.mark.parametrize("name", [*ROWS])
def test_row_numbers_are_those_of_the_origin(built: Built, name: str) -> None:
    found = built.followed(name)
    if found.rows_of is None:
        assert built.rows(f"select 1 from ({found.sql}) where __row is not null", found) == []
        return
    unit = "pid" if found.rows_of.name == "people" else "person"
    origin = f"(select {unit} as u, row_number() over () - 1 as r from d_{found.rows_of.name})"
    both = f"({found.sql}) s left join {origin} o on o.r = s.__row"
    wrong = f"select * from {both} where o.u is distinct from __unit"
    assert built.rows(wrong, found) == []


@pytest.mark.parametrize("name", BY_VALUE)
def test_what_is_not_followed_by_rows_is_read_by_its_unit(built: Built, name: str) -> None:
    found = built.followed(name)
    assert found.tables == {"t0": address("limited" if name == "after_limited" else name)}
    assert found.rows_of is None
    assert "pid" not in found.mixed


@pytest.mark.parametrize(
    ("name", "mixed"),
    [
        ("limited", set()), ("ranked", {"place"}), ("share", {"share"}), ("beside_cells", {"n"}),
        ("qualified_once", set()), ("own_window", set()), ("each", set()), ("plain", set()),
    ],
)  # fmt: skip
def test_columns_that_depend_on_other_people_are_told(built: Built, name: str, mixed: set[str]) -> None:
    assert built.followed(name).mixed == mixed


@pytest.mark.parametrize("name", CELLS)
def test_cells_are_the_groups_of_their_rows(built: Built, name: str) -> None:
    found = built.followed(name)
    assert found.grouped
    assert found.whole
    exact = {n: f for n, f in found.figures.items() if f.form in ("count", "distinct", "sum", "avg")}
    keys = [quoted(c) for c in found.columns]
    shown = [*keys, *(figure(f.form, f.argument) for f in exact.values())] or ["1"]
    sql = f"select {', '.join(shown)} from ({found.sql}) group by {', '.join(keys) or '()'}"
    columns = [*found.columns, *exact]
    assert counted(built.rows(sql, found)) == counted(built.dataset(name, columns))
    names = [c.name for c in built.compiled[address(name)].columns]
    assert sorted([*found.columns, *found.figures]) == sorted(names)


def figure(form: str, argument: str) -> str:
    word = {"count": "count({})", "distinct": "count(distinct {})", "sum": "sum({})", "avg": "avg({})"}[form]
    return word.format(argument or ("*" if form == "count" else "__unit"))


@pytest.mark.parametrize("name", PARTIAL)
def test_cells_that_were_left_out_are_told(built: Built, name: str) -> None:
    found = built.followed(name)
    assert found.grouped
    assert not found.whole
    assert built.dataset(name, ["region"])


@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_what_cannot_be_told_is_not_followed(built: Built, name: str) -> None:
    found = built.of(name)
    assert isinstance(found, NotFollowed), found
    assert found.why


@pytest.mark.parametrize("name", FREE)
def test_without_units_upstream_there_is_nothing_to_follow(built: Built, name: str) -> None:
    assert built.of(name) is None
