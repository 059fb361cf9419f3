"""Plans the same layered graph with this engine, dbt-duckdb and SQLMesh, side by side in one run.

    python benchmarks/peers.py --dbt PATH/TO/dbt --sqlmesh PATH/TO/sqlmesh [--datasets 1000]

Install the peers in environments of their own (`pip install dbt-duckdb`, `pip install sqlmesh`): their pins
and ours differ. Each figure is of a whole process with all it starts: the time of processors (user and
system), which other work on the machine disturbs little, and the time by the clock:

* cold plan: no state, no cache (`dbt compile` without target/; `sqlmesh plan` answered no);
* no-op plan: everything applied, nothing changed (`dbt compile` knows no "nothing to do");
* root change: one dataset of the first derived layer is computed differently.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from layered_graph import graph, write_graph
from timing import Spent, median, spent

ENGINE = str(Path(sys.executable).parent / "engine")


@dataclass(frozen=True)
class Tool:
    """How one tool is told to apply, to plan, and to forget what it knows."""

    name: str
    apply: tuple[tuple[str, ...], ...]
    plan: tuple[str, ...]
    forget: tuple[str, ...]
    answer: str = ""


def tools(dbt: str | None, sqlmesh: str | None) -> list[Tool]:
    """The tools that are there, this engine first."""
    found = [Tool("engine", ((ENGINE, "apply", "--yes"),), (ENGINE, "plan"), (".dataspace",))]
    if dbt:
        profile = ("--profiles-dir", ".", "--quiet")
        found.append(
            Tool(
                "dbt",
                ((dbt, "build", *profile),),
                (dbt, "compile", *profile),
                ("target", "bench.duckdb"),
            )
        )
    if sqlmesh:
        found.append(
            Tool(
                "sqlmesh",
                ((sqlmesh, "plan", "--auto-apply", "--no-prompts"),),
                (sqlmesh, "plan", "--no-prompts"),
                (".cache", "bench.duckdb", "bench.duckdb.wal"),
                answer="n\n" * 5,
            )
        )
    return found


def measure(tool: Tool, datasets: int, folder: Path, times: int) -> dict[str, Spent]:
    """The figures of one tool."""
    write_graph(tool.name, datasets, folder)

    def run(words: tuple[str, ...]) -> Spent:
        return spent(words, folder, tool.answer, "Aborted")

    def cold() -> Spent:
        for name in tool.forget:
            target = folder / name
            shutil.rmtree(target, ignore_errors=True) if target.is_dir() else target.unlink(missing_ok=True)
        return run(tool.plan)

    figures = {"cold plan": median([cold() for _ in range(times)])}
    for words in tool.apply:
        figures["apply"] = run(words)
    figures["no-op plan"] = median([run(tool.plan) for _ in range(times)])
    root = next(node for node in graph(datasets) if node.reads)
    path = next(p for top in ("specs", "models") for p in (folder / top).rglob(f"{root.name}.*"))
    path.write_text(path.read_text(encoding="utf-8").replace(" as value", " + 1 as value"), encoding="utf-8")
    figures["root-change plan"] = median([run(tool.plan) for _ in range(times)])
    return figures


def main() -> None:
    """Measure and print one table with ratios to this engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--datasets", type=int, default=1000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--dbt")
    parser.add_argument("--sqlmesh")
    asked = parser.parse_args()
    results: dict[str, dict[str, Spent]] = {}
    for tool in tools(asked.dbt, asked.sqlmesh):
        with tempfile.TemporaryDirectory() as name:
            results[tool.name] = measure(tool, asked.datasets, Path(name), asked.times)
    print(
        f"{asked.datasets} datasets; seconds of processors / by the clock (processors against the engine's)"
    )
    for figure in next(iter(results.values())):
        ours = results["engine"][figure].processor
        cells = (
            f"{name} {r[figure].processor:7.2f} / {r[figure].wall:7.2f} ({r[figure].processor / ours:5.1f}x)"
            for name, r in results.items()
        )
        print(f"  {figure:<18}" + "   ".join(cells))


if __name__ == "__main__":
    main()
