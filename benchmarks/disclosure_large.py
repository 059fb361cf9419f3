"""Makes a large protected space in a folder: many people, and pages of ten tiles with three filters each.

    python benchmarks/disclosure_large.py FOLDER [--units 100000] [--pages 20]

`benchmarks/disclosure.py --large` measures it.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
from pathlib import Path

FILTERS = {
    "sex": ["f", "m"],
    "age": ["0-17", "18-34", "35-49", "50-64", "65-79", "80+"],
    "region": [f"R{i}" for i in range(1, 9)],
    "year": [str(year) for year in range(2021, 2026)],
    "insurance": ["public", "private", "none"],
    "smoker": ["yes", "no"],
}
OTHERS = {
    "ward": [f"ward {i}" for i in range(1, 7)],
    "disease": [f"D{i}" for i in range(1, 13)],
    "outcome": ["home", "care", "died"],
}
TILES = (
    '{kpi: "count(*)", from: d, title: People}',
    "{kpi: \"count(*) filter (where outcome = 'died') / count(*)\", from: d, title: Died, format: pct1}",
    '{kpi: "avg(income)", from: d, title: Income, format: integer}',
    '{chart: bar, from: d, x: "count(*)", y: disease, sort: -x, title: By disease}',
    '{chart: bar, from: d, x: "count(*)", y: ward, sort: -x, title: By ward}',
    '{chart: line, from: d, x: year, y: "count(*)", title: By year}',
    '{chart: column, from: d, x: ward, y: "count(*)", series: outcome, stack: zero, title: Ward and outcome}',
    '{chart: heatmap, from: d, x: region, y: disease, value: "count(*)", title: Region and disease}',
    '{chart: bar, from: d, x: "avg(income)", y: region, title: Income by region}',
    '{table: d, title: Age, pivot: {rows: [age], columns: [sex], values: ["count(*)"]}, totals: [row]}',
)
HEAD = {
    "space.yaml": "kind: Space\nname: large\ntitle: Large\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\n",
    "projects/p/people.yaml": "kind: Dataset\nname: people\ntitle: People\nfrom: {file: people.csv}\n"
    "protect: {unit: pid, min_cell: 5}\ncolumns:\n  - {name: pid, type: string, tags: [personal]}\n"
    + "".join(f"  - {{name: {name}, type: string}}\n" for name in [*FILTERS, *OTHERS])
    + "  - {name: income, type: integer}\n",
}


def people(units: int) -> list[list[str]]:
    """Rows of so many people; some values are much rarer than others."""
    drawn = random.Random(7)
    columns = {**FILTERS, **OTHERS}
    weights = {name: [drawn.gammavariate(2, 1) + 0.1 for _ in values] for name, values in columns.items()}
    rows = [["pid", *columns, "income"]]
    for i in range(units):
        chosen = [drawn.choices(columns[name], weights[name])[0] for name in columns]
        rows.append([f"P{i:07d}", *chosen, str(int(drawn.lognormvariate(10, 0.6)))])
    return rows


def page(name: str, filters: tuple[str, ...]) -> str:
    """A dashboard of ten tiles with these filters."""
    told = "\n".join(f"  - {{name: {f}, from: d, column: {f}, type: select}}" for f in filters)
    rows = "\n".join(f"  - [{tile}]" for tile in TILES)
    return (
        f"kind: Dashboard\nname: {name}\ntitle: {name}\ndatasets: {{d: people}}\n"
        f"filters:\n{told}\nrows:\n{rows}\n"
    )


def make(folder: Path, units: int, pages: int) -> None:
    """Write the space."""
    crosses = list(itertools.combinations(FILTERS, 3))
    files = dict(HEAD)
    for i in range(pages):
        files[f"projects/p/dashboards/page{i}.yaml"] = page(f"page{i}", crosses[i % len(crosses)])
    for name, text in files.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with (folder / "specs/projects/p/people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(people(units))


def main() -> None:
    """Make the space that is asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--units", type=int, default=100_000)
    asked.add_argument("--pages", type=int, default=20)
    given = asked.parse_args()
    make(given.folder, given.units, given.pages)


if __name__ == "__main__":
    main()
