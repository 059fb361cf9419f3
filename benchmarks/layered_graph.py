"""Writes one layered graph of datasets as a space for this engine, and for dbt-duckdb and SQLMesh.

    python benchmarks/layered_graph.py --datasets 1000 --tool engine DIR

The graph: one tenth of the datasets are collected from small CSV files (seeds elsewhere), the rest are
SQL over one or two datasets of the layer before, ten layers in all. The same number gives the same graph.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LAYERS = 10
PROJECTS = 10


@dataclass(frozen=True)
class Node:
    """One dataset: its name, and the names it reads (none for a collected one)."""

    name: str
    layer: int
    reads: tuple[str, ...]


def graph(datasets: int) -> tuple[Node, ...]:
    """The nodes, what is read before what reads it."""
    chance = random.Random(datasets)
    per_layer = max(datasets // LAYERS, 1)
    nodes: list[Node] = []
    before: list[str] = []
    for index in range(datasets):
        layer = min(index // per_layer, LAYERS - 1)
        if index % per_layer == 0 and layer:
            before = [n.name for n in nodes if n.layer == layer - 1]
        reads = tuple(sorted(set(chance.choices(before, k=2)))) if layer else ()
        nodes.append(Node(f"d{index:05}", layer, reads))
    return tuple(nodes)


def query(node: Node, table: str = "{}") -> str:
    """The SQL of a derived node; `table` says how a name is written."""
    first = table.format(node.reads[0])
    if len(node.reads) == 1:
        return f"select id, grp, value + 1 as value, label from {first} where value is not null"
    second = table.format(node.reads[1])
    return (
        f"select a.id, a.grp, a.value + coalesce(b.value, 0) as value, upper(a.label) as label "
        f"from {first} as a left join {second} as b on a.id = b.id where a.value >= 0"
    )


def csv_text(node: Node) -> str:
    """Twenty rows of a collected node."""
    chance = random.Random(node.name)
    rows = (f"{i},g{i % 5},{chance.randrange(1000)},label {i}" for i in range(20))
    return "\n".join(["id,grp,value,label", *rows]) + "\n"


def engine_files(nodes: tuple[Node, ...]) -> Iterator[tuple[str, str]]:
    """The graph as a space of this engine: ten projects, one dataflow per derived dataset."""
    yield "specs/space.yaml", "kind: Space\nname: bench\nsensitivity: [public, internal]\n"
    yield (
        "specs/policies/people.yaml",
        "kind: Role\nname: worker\nclearance: internal\nallow:\n"
        "  - {on: dataset, actions: [see, preview, export, use, create, update, delete], when: member}\n"
        "---\nkind: User\nname: ana\nrole: worker\n"
        "---\nkind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    )
    project = {node.name: f"p{int(node.name[1:]) % PROJECTS}" for node in nodes}
    for name in sorted(set(project.values())):
        yield f"specs/projects/{name}/project.yaml", f"kind: Project\nname: {name}\nmembers: [ana]\n"
    for node in nodes:
        folder = f"specs/projects/{project[node.name]}"
        if not node.reads:
            yield f"specs/data/{node.name}.csv", csv_text(node)
            yield f"{folder}/datasets/{node.name}.yaml", _collected(node)
        else:
            inputs = ", ".join(f"{read}: {project[read]}/{read}" for read in node.reads)
            yield (
                f"{folder}/dataflows/{node.name}.yaml",
                f"kind: Dataflow\nname: flow_{node.name}\ninputs: {{{inputs}}}\nsteps:\n"
                f"  - output: {node.name}\n    sql: |\n      {query(node)}\n",
            )


def _collected(node: Node) -> str:
    return (
        f"kind: Dataset\nname: {node.name}\nsensitivity: public\n"
        f"from: {{file: ../../../data/{node.name}.csv}}\nformat: {{type: csv, encoding: utf-8}}\ncolumns:\n"
        "  - {name: id, type: integer}\n  - {name: grp, type: string}\n"
        "  - {name: value, type: integer}\n  - {name: label, type: string}\n"
    )


def dbt_files(nodes: tuple[Node, ...]) -> Iterator[tuple[str, str]]:
    """The graph as a dbt project on DuckDB."""
    yield "dbt_project.yml", "name: bench\nversion: '1.0'\nprofile: bench\nseed-paths: [seeds]\n"
    yield (
        "profiles.yml",
        "bench:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: bench.duckdb, threads: 2}\n",
    )
    for node in nodes:
        if node.reads:
            yield f"models/{node.name}.sql", query(node, "{{{{ ref('{}') }}}}") + "\n"
        else:
            yield f"seeds/{node.name}.csv", csv_text(node)


def sqlmesh_files(nodes: tuple[Node, ...]) -> Iterator[tuple[str, str]]:
    """The graph as a SQLMesh project on DuckDB."""
    yield (
        "config.yaml",
        "gateways:\n  local:\n    connection: {type: duckdb, database: bench.duckdb}\n"
        "default_gateway: local\nmodel_defaults: {dialect: duckdb, start: 2024-01-01}\n"
        "disable_anonymized_analytics: true\n",
    )
    for node in nodes:
        if node.reads:
            yield (
                f"models/{node.name}.sql",
                f"MODEL (name b.{node.name}, kind FULL);\n{query(node, 'b.{}')}\n",
            )
        else:
            yield f"seeds/{node.name}.csv", csv_text(node)
            yield (
                f"models/{node.name}.sql",
                f"MODEL (name b.{node.name}, kind SEED (path '../seeds/{node.name}.csv'),\n"
                "  columns (id INT, grp TEXT, value BIGINT, label TEXT));\n",
            )


TOOLS = {"engine": engine_files, "dbt": dbt_files, "sqlmesh": sqlmesh_files}


def write_graph(tool: str, datasets: int, folder: Path) -> None:
    """Write the graph of that many datasets for a tool into a folder."""
    for name, text in TOOLS[tool](graph(datasets)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--datasets", type=int, default=1000)
    parser.add_argument("--tool", choices=sorted(TOOLS), default="engine")
    asked = parser.parse_args()
    write_graph(asked.tool, asked.datasets, asked.folder)
