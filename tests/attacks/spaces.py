"""The space that every attack is made on: 58 people, a few of whom have what nobody should learn."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from tests.conftest import Cli

NOW = "2026-11-24"
FLOOR = 5
COUNTS = {
    "HIV": {"R1": 3, "R2": 0, "R3": 2, "R4": 4},
    "Flu": {"R1": 8, "R2": 7, "R3": 6, "R4": 6},
    "Asthma": {"R1": 6, "R2": 6, "R3": 5, "R4": 5},
}
FIRST = ("Adela", "Brann", "Cyra", "Dunstan", "Elke", "Fenwick", "Greta", "Hollis")
LAST = ("Ashgrove", "Bexworth", "Colvane", "Drummle", "Everscar", "Fallowby", "Gristead", "Hawtrey")
RARE = {"Ysmarsh": 3, "Quernby": 2}
"""Towns of fewer people than the floor: their very names are not told."""
TOWNS = ("Aber", "Brom", "Carn")
RICHEST = 987654


@dataclass(frozen=True)
class Person:
    """One row of the dataset."""

    pid: str
    fullname: str
    sex: str
    region: str
    disease: str
    birth: datetime.date
    income: int
    visited: datetime.date
    town: str


def _person(i: int, disease: str, region: str) -> Person:
    names = f"{FIRST[i % 8]} {LAST[i // 8]}"
    towns = [town for town, n in RARE.items() for _ in range(n)]
    return Person(
        pid=f"K{(i + 11) * 7919 % 99991:05d}V",
        fullname="Xanthe Quillfeather" if i == 0 else names,
        sex="FM"[(i + i // 7) % 2],
        region=region,
        disease=disease,
        birth=datetime.date(1931, 7, 19) + datetime.timedelta(days=i * 463),
        income=RICHEST if i == 0 else 21013 + (i * i * 7919 + i * 1117) % 80021,
        visited=datetime.date(2024, 1 + i % 6, 1 + i * 11 % 28),
        town=towns[i - 20] if 20 <= i < 20 + len(towns) else TOWNS[i % 3],
    )


def _people() -> tuple[Person, ...]:
    cells = [(d, r) for d, regions in COUNTS.items() for r, n in regions.items() for _ in range(n)]
    return tuple(_person(i, disease, region) for i, (disease, region) in enumerate(cells))


PEOPLE = _people()
GONE = PEOPLE[:3]
"""Those three whom another figure of all people leaves out."""
FEWER = PEOPLE[3:]
COLUMNS = {
    "pid": "string, tags: [personal]",
    "fullname": "string, tags: [personal]",
    "sex": "string",
    "region": "string",
    "disease": "string",
    "birth": "date",
    "income": "integer",
    "visited": "date",
    "town": "string",
}
PROTECT = "{unit: pid, min_cell: 5}"
POLICIES = """
kind: Role
name: viewer
clearance: public
allow:
  - {on: dashboard, actions: [read], when: shared}
---
kind: Role
name: analyst
clearance: public
allow:
  - {on: dashboard, actions: [read], when: shared}
  - {on: catalog, actions: [see], when: any}
---
kind: User
name: vera
role: viewer
---
kind: User
name: cato
role: analyst
---
kind: Network
name: here
cidrs: [127.0.0.0/8]
"""
REGIONS = """
kind: Dataset
name: regions
title: Regions
from: {file: ../../../regions.csv}
columns: [{name: code, type: string}, {name: zone, type: string}]
"""
BASE = {
    "space.yaml": "kind: Space\nname: test\ntitle: Test\n",
    "policies.yaml": POLICIES,
    "regions.csv": "code,zone\nR1,North\nR2,North\nR3,South\nR4,South\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: A project\nmembers: []\n",
    "projects/p/datasets/regions.yaml": REGIONS,
    "catalog/people.yaml": "kind: CatalogEntry\nname: people\ndataset: p/people\naccess: on-request\n",
}
SHARE = "share: [{to: vera, access: read}, {to: cato, access: read}]\n"


def csv_of(people: Iterable[Person], header: str | None = None) -> str:
    """People as the file that the dataset is collected from."""
    lines = [header or ",".join(field.name for field in fields(Person))]
    lines += [",".join(str(value) for value in astuple(person)) for person in people]
    return "\n".join(lines) + "\n"


def dataset(
    name: str = "people",
    file: str = "people.csv",
    protect: str | None = PROTECT,
    more: str = "",
    columns: Mapping[str, str] | None = None,
) -> str:
    """The document of a dataset of people."""
    listed = "".join(f"  - {{name: {n}, type: {t}}}\n" for n, t in (columns or COLUMNS).items())
    head = f"kind: Dataset\nname: {name}\ntitle: Some people\nfrom: {{file: ../../../{file}}}\n"
    rule = f"protect: {protect}\n" if protect else ""
    return f"{head}columns:\n{listed}sensitivity: restricted\n{rule}{more}"


def page(
    name: str, tiles: Iterable[str], datasets: str = "{people: people}", more: str = ""
) -> dict[str, str]:
    """A dashboard that is shared with the viewer, each tile a line of YAML flow and a row of its own."""
    head = f"kind: Dashboard\nname: {name}\ntitle: Page\ndatasets: {datasets}\n{SHARE}{more}"
    rows = "".join(f"  - - {tile}\n" for tile in tiles)
    return {f"projects/p/dashboards/{name}.yaml": f"{head}rows:\n{rows}"}


def flow(
    name: str, steps: Mapping[str, str], inputs: str = "{people: people}", more: str = ""
) -> dict[str, str]:
    """A dataflow with a step of SQL for each output; `more` goes to every step."""
    head = f"kind: Dataflow\nname: {name}\ninputs: {inputs}\nsteps:\n"
    body = "".join(f"  - output: {out}\n    sql: {sql!r}\n{more}" for out, sql in steps.items())
    return {f"projects/p/dataflows/{name}.yaml": head + body}


def entry(name: str) -> dict[str, str]:
    """A catalogue entry for a dataset of the same name."""
    text = f"kind: CatalogEntry\nname: {name}\ndataset: p/{name}\naccess: on-request\n"
    return {f"catalog/{name}.yaml": text}


def write(folder: Path, files: Mapping[str, str], people: Iterable[Person] = PEOPLE) -> Cli:
    """The space over these people with these further files below `specs/`, written and not applied."""
    texts = {**BASE, "people.csv": csv_of(people), "projects/p/datasets/people.yaml": dataset(), **files}
    for name, text in texts.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Cli(folder)
