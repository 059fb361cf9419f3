"""`run` works on what is applied: whatever the working tree says by now, nobody applied it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Cli

HONEST, HOSTILE = "Honest Harriet", "Hostile Hubert"
MODULE = f"""
def rows():
    import pyarrow as pa
    return pa.table({{"who": ["{HONEST}"]}})
"""
FILES = {
    "space.yaml": "kind: Space\nname: s\ntitle: S\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "people.yaml": "kind: User\nname: eve\nrole: reader\n---\nkind: Role\nname: reader\nclearance: internal\n"
    "allow:\n  - {on: dataset, actions: [see, preview, use], when: member}\n",
    "sources/folder.yaml": "kind: Source\nname: folder\ntype: file\npath: ../../data\nallow_projects: [p]\n",
    "sources/base.yaml": """
kind: Source
name: base
type: sqlite
path: ../../data/good.db
allow_projects: [p]
""",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\nmembers: [eve]\n",
    "projects/p/file.yaml": "kind: Dataset\nname: file\nfrom: {file: ../../../data/good.csv}\n",
    "projects/p/folder.yaml": "kind: Dataset\nname: folder\nfrom: {source: folder, table: good.csv}\n",
    "projects/p/base.yaml": "kind: Dataset\nname: base\nfrom: {source: base, table: t}\n",
    "projects/p/asked.yaml": "kind: Dataset\nname: asked\nfrom: {source: base, query: 'select who from t'}\n",
    "projects/p/code.yaml": "kind: Dataset\nname: code\nfrom: {python: 'code.py:rows'}\n"
    "columns: [{name: who, type: string}]\n",
    "projects/p/code.py": MODULE,
    "projects/p/flow.yaml": "kind: Dataflow\nname: flow\ninputs: {file: file}\nsteps:\n"
    "  - {sql: 'select who from file', output: out}\n",
    "projects/p/python.yaml": "kind: Dataflow\nname: python\ninputs: {file: file}\nsteps:\n"
    "  - {python: 'step.py:step', output: out_python}\n",
    "projects/p/step.py": "def step(file):\n    return file.select('who')\n",
}
Edit = Callable[[Path], None]


def put(path: str, before: str, after: str) -> Edit:
    """Replace a text in a file of the specs."""

    def edit(folder: Path) -> None:
        text = (folder / "specs" / path).read_text("utf-8")
        assert before in text
        (folder / "specs" / path).write_text(text.replace(before, after), "utf-8")

    return edit


EDITS: dict[str, Edit] = {
    "a source's folder": put("sources/folder.yaml", "../../data", "../../other"),
    "a source's database": put("sources/base.yaml", "good.db", "bad.db"),
    "a source's type": put("sources/folder.yaml", "type: file", "type: url"),
    "a dataset's file": put("projects/p/file.yaml", "good.csv", "bad.csv"),
    "a dataset's table of a folder": put("projects/p/folder.yaml", "good.csv", "bad.csv"),
    "a dataset's query": put("projects/p/asked.yaml", "select who from t", f"select ''{HOSTILE}'' as who"),
    "a dataset's source": put(
        "projects/p/base.yaml", "source: base, table: t", "source: folder, table: bad.csv"
    ),
    "a fetch function": put("projects/p/code.py", HONEST, HOSTILE),
    "a fetch function's module": lambda folder: (folder / "specs/projects/p/code.py").unlink(),
    "another function": put("projects/p/code.yaml", "code.py:rows", "step.py:step"),
    "a step's query": put("projects/p/flow.yaml", "select who from file", f"select ''{HOSTILE}'' as who"),
    "a step's code": put("projects/p/step.py", "file.select('who')", f"file.mutate(who='{HOSTILE}')"),
    "who may use a source": put("sources/base.yaml", "allow_projects: [p]", "allow_projects: []"),
    "no sources at all": lambda folder: [f.unlink() for f in (folder / "specs/sources").iterdir()] and None,
    "the rules of collecting": put("space.yaml", "title: S", "title: S\ncollect: {max_bytes: 1}"),
    "a broken space": put("space.yaml", "title: S", "titel: S"),
}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unapplied")
    for name, text in FILES.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for place, who in (("data/good", HONEST), ("data/bad", HOSTILE), ("other/good", HOSTILE)):
        path = folder / place
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".csv").write_text(f"who\n{who}\n", encoding="utf-8")
        with sqlite3.connect(path.with_suffix(".db")) as base:
            base.execute("create table t (who text)")
            base.execute("insert into t values (?)", [who])
        base.close()
    Cli(folder).ok("apply", "--yes")
    return folder


@pytest.mark.parametrize("name", EDITS)
def test_a_run_collects_and_computes_by_what_is_applied(applied: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "space"
    shutil.copytree(applied, folder, symlinks=True)
    EDITS[name](folder)
    cli = Cli(folder)
    done = cli("run", "--format", "json")
    assert "Traceback" not in done.stderr
    datasets = ("file", "folder", "base", "asked", "code", "out", "out_python")
    sql = " union all ".join(f"select '{dataset}' as d, who from p.{dataset}" for dataset in datasets)
    said = cli("query", sql, "--as", "eve", "--format", "json").stdout
    assert HOSTILE not in said
    assert said.count(HONEST) == len(datasets) or "broken" in name
