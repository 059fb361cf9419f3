"""What a run removed stands in its record, beside what it built."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Cli

FILES = {
    "space.yaml": "kind: Space\nname: s\ntitle: S\n",
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "eve.yaml": "kind: User\nname: eve\nrole: reader\n",
    "role.yaml": "kind: Role\nname: reader\nclearance: internal\n"
    "allow:\n  - {on: dataset, actions: [see, preview, use], when: member}\n",
    "group.yaml": "kind: Group\nname: team\nmembers: [user:eve]\n",
    "narrow.yaml": "kind: DataPolicy\nname: narrow\ndatasets: [p/a]\nto: [eve]\nrows: x > 0\n",
    "entry.yaml": "kind: CatalogEntry\nname: c\ndataset: p/a\naccess: open\n",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\nmembers: [eve]\n",
    "projects/p/a.csv": "x\n1\n",
    "projects/p/a.yaml": "kind: Dataset\nname: a\ntitle: A\nfrom: {file: a.csv}\n",
    "projects/p/b.yaml": "kind: Dataset\nname: b\ntitle: B\nfrom: {file: a.csv}\n",
    "projects/p/flow.yaml": "kind: Dataflow\nname: flow\ninputs: {b: b}\n"
    "steps: [{sql: select * from b, output: c}]\n",
    "projects/p/page.yaml": "kind: Dashboard\nname: page\ntitle: P\ndatasets: {a: a}\nrows: [[{text: hi}]]\n",
}
REMOVALS = {
    "a page": (["projects/p/page.yaml"], ["dashboard/p/page"]),
    "a flow and what it makes": (["projects/p/flow.yaml"], ["dataset/p/c", "dataflow/p/flow"]),
    "a dataset after what is made of it": (
        ["projects/p/flow.yaml", "projects/p/b.yaml"],
        ["dataset/p/c", "dataset/p/b", "dataflow/p/flow"],
    ),
    "a data policy": (["narrow.yaml"], ["datapolicy/narrow"]),
    "an entry": (["entry.yaml"], ["catalog/c"]),
    "a group": (["group.yaml"], ["group/team"]),
}


@pytest.mark.parametrize("name", REMOVALS)
def test_a_removal_is_a_step_of_the_run(tmp_path: Path, name: str) -> None:
    files, gone = REMOVALS[name]
    for path, text in FILES.items():
        full = tmp_path / "specs" / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")
    cli = Cli(tmp_path)
    cli.ok("apply", "--yes")
    for path in files:
        (tmp_path / "specs" / path).unlink()
    said = json.loads(cli.ok("apply", "--yes", "--format", "json"))
    removed = [step["address"] for step in said["steps"] if step["action"] == "remove"]
    assert removed == gone
    (logged,) = json.loads(cli.ok("log", said["run"], "--format", "json"))
    assert [step["address"] for step in logged["steps"] if step["action"] == "remove"] == gone
    assert all(f"remove    {address}" in cli.ok("log", said["run"]) for address in gone)
    page = (tmp_path / ".dataspace/site/prod").resolve() / f"runs/{said['run']}.html"
    assert all(address.rpartition("/")[2] in page.read_text("utf-8") for address in gone)
    assert cli("plan", "--detailed-exitcode").returncode == 0
