"""Spaces with incremental datasets, driven through the real command line in this process."""

from __future__ import annotations

import csv
import datetime
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal

import duckdb
from click.testing import CliRunner, Result

from engine.cli.main import main

Row = tuple[int, str | None, int]
"""An order: its number, its day (None for no time) and its amount."""

SPACE = """
    kind: Space
    name: test
    store: ../.dataspace
    ---
    kind: Role
    name: worker
    clearance: internal
    allow:
      - {on: dataset, actions: [see, preview, export, use, create, update, delete, run], when: member}
    ---
    kind: User
    name: ana
    role: worker
    ---
    kind: User
    name: eve
    role: worker
    ---
    kind: Network
    name: here
    cidrs: [127.0.0.0/8]
    applies_to: everyone
    ---
    kind: Source
    name: shop
    type: sqlite
    path: data/shop.db
    allow_projects: [p]
"""
ORDERS = """
    kind: Dataset
    name: {name}
    from: {origin}
    columns:
      - {{name: id, type: integer}}
      - {{name: day, from: ordered on, type: date}}
      - {{name: amount, type: integer}}
    {more}
"""
ORIGINS = {
    "file": "{file: ../../../data/orders.csv}",
    "sqlite": "{source: shop, table: orders}",
}


class IncrementalSpace:
    """A folder with one incremental dataset, `p.orders`, and the same orders as one file, `p.whole`."""

    def __init__(self, folder: Path, origin: Literal["file", "sqlite"] = "file") -> None:
        self.folder = folder
        self.origin = origin
        self.write("space.yaml", SPACE)
        self.write("projects/p/project.yaml", "kind: Project\nname: p\nmembers: [ana]\n")
        self.dataset("whole", "")
        self.orders("incremental: {time_column: day, partition: month}")

    def write(self, path: str, text: str) -> None:
        """Write a spec."""
        file = self.folder / "specs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def dataset(self, name: str, more: str) -> None:
        """Write a dataset that reads all orders; `more` are further lines of its document."""
        text = dedent(ORDERS).format(name=name, origin=ORIGINS[self.origin], more=dedent(more))
        self.write(f"projects/p/datasets/{name}.yaml", text)

    def orders(self, more: str) -> None:
        """Write the incremental dataset anew."""
        self.dataset("orders", more)

    def flow(self, *steps: str) -> None:
        """Write the dataflow over `orders`: its steps, each a YAML mapping."""
        text = "kind: Dataflow\nname: flow\ninputs: {orders: orders, whole: whole}\nsteps:\n"
        self.write("projects/p/dataflows/flow.yaml", text + "".join(f"  - {step}\n" for step in steps))

    def fill(self, rows: Sequence[Row]) -> None:
        """Make the origin hold exactly these orders."""
        folder = self.folder / "specs/data"
        folder.mkdir(parents=True, exist_ok=True)
        if self.origin == "file":
            with (folder / "orders.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([("id", "ordered on", "amount"), *rows])
            return
        with sqlite3.connect(folder / "shop.db") as database:
            database.execute("drop table if exists orders")
            database.execute('create table orders (id integer, "ordered on" text, amount integer)')
            database.executemany("insert into orders values (?, ?, ?)", rows)
        database.close()

    def __call__(self, *words: str) -> Result:
        """Run `engine` with these words; the caller looks at the exit code."""
        specs = str(self.folder / "specs")
        return CliRunner().invoke(main, ["--specs", specs, *words], catch_exceptions=False)

    def ok(self, *words: str) -> str:
        """Run `engine` with these words, which must succeed; returns stdout."""
        done = self(*words)
        assert done.exit_code == 0, f"engine {' '.join(words)}: {done.exit_code}\n{done.output}"
        return done.stdout

    def apply(self, *words: str) -> dict[str, str]:
        """Apply, after which a plan is empty; what was said of each dataset, by its name."""
        said = self.said(self.ok(*words, "apply", "--yes", "--format", "json"))
        assert json.loads(self.ok(*words, "plan", "--format", "json"))["changes"] == []
        return said

    def backfill(self, name: str, first: str, end: str) -> dict[str, str]:
        """Backfill a dataset, after which a plan is empty; what was said of each dataset."""
        words = ("backfill", f"dataset/p/{name}", "--from", first, "--to", end, "--yes", "--format", "json")
        said = self.said(self.ok(*words))
        assert json.loads(self.ok("plan", "--format", "json"))["changes"] == []
        return said

    def said(self, report: str) -> dict[str, str]:
        """What the run in a report said of each dataset: its message, else its status."""
        steps = json.loads(report)["steps"]
        return {s["address"].rpartition("/")[2]: s.get("message") or s["status"] for s in steps}

    def reasons(self, name: str) -> tuple[str, list[str]]:
        """The action a plan has for a dataset, and why; an empty action for none."""
        changes = json.loads(self.ok("plan", "--format", "json"))["changes"]
        found = [(c["action"], c["reasons"]) for c in changes if c["address"] == f"dataset/p/{name}"]
        return found[0] if found else ("", [])

    def rows(self, name: str, *words: str) -> list[list[Any]]:
        """All published rows of a dataset, sorted, as its readers get them."""
        out = str(self.folder / "exported.parquet")
        self.ok(*words, "export", f"dataset/p/{name}", "--as", "ana", "--format", "parquet", "--out", out)
        with duckdb.connect() as database:
            rows = database.execute(f"from '{out}' order by all").fetchall()
        return [[v.isoformat() if isinstance(v, datetime.date) else v for v in row] for row in rows]

    def intervals(self, name: str) -> dict[str, int | None]:
        """The published intervals of a dataset and their number of rows, None below the floor."""
        shown = json.loads(self.ok("show", f"dataset/p/{name}", "--format", "json"))
        return {p["interval"]: p["rows"] for p in shown["intervals"]["partitions"]}

    def files(self, name: str) -> dict[str, tuple[int, int]]:
        """Every Parquet file of a dataset's versions: which file it is, and when it was written."""
        found = sorted((self.folder / ".dataspace/versions/p" / name).glob("*.parquet"))
        return {f.name: (f.stat().st_ino, f.stat().st_mtime_ns) for f in found}


def orders(*days: str | None, first: int = 1) -> list[Row]:
    """An order for each day, numbered from `first`."""
    return [(number, day, number % 7) for number, day in enumerate(days, first)]


THREE_MONTHS = orders("2025-01-05", "2025-01-31", "2025-02-01", "2025-02-28", "2025-03-15")
