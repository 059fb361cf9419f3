"""A refusal never widens what is shown: policy goes away at the n-th question of a command, for every n."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.attacks.fading import Fading
from tests.conftest import Cli, lacking
from tests.policy.opa import OpaProcess, opa_binary

pytestmark = pytest.mark.opa
ROWS = [
    ("Ysolde Quark", "Zone75", 41),
    ("Barnaby Flint", "Zone75", 42),
    ("Corisande Wick", "Zone92", 43),
    ("Dirk Marrow", "Zone69", 44),
]
FILES = {
    "network.yaml": "kind: Network\nname: here\ncidrs: [127.0.0.0/8]\n",
    "people.yaml": """
kind: Role
name: reader
clearance: internal
allow:
  - {on: dashboard, actions: [see, read], when: shared}
  - {on: dataset, actions: [see, preview, export, use], when: member}
  - {on: catalog, actions: [see], when: any}
  - {on: catalog, actions: [preview, export, use], when: clearance}
---
{kind: User, name: eve, role: reader}
---
{kind: User, name: ann, role: reader}
---
{kind: DataPolicy, name: narrow, datasets: [p/people], to: eve, rows: "dep = 'Zone75'", columns: {name: hash}}
---
{kind: CatalogEntry, name: people, dataset: p/people, access: open}
""",
    "projects/p/project.yaml": "kind: Project\nname: p\ntitle: P\nmembers: [eve, ann]\n",
    "projects/p/people.yaml": "kind: Dataset\nname: people\ntitle: People\nsensitivity: internal\n"
    "from: {file: people.csv}\ncolumns:\n  - {name: name, type: string}\n  - {name: dep, type: string}\n"
    "  - {name: age, type: integer}\n",
    "projects/p/people.csv": "name,dep,age\n" + "".join(f"{n},{d},{a}\n" for n, d, a in ROWS),
    "projects/p/page.yaml": "kind: Dashboard\nname: page\ntitle: Page\ndatasets: {d: people}\n"
    "share: [{to: eve, access: read}]\nrows:\n  - - {table: d, columns: [name, dep, age]}\n"
    "    - {kpi: 'count(*)', from: d, title: Rows}\n",
    "projects/p/other.yaml": "kind: Dashboard\nname: other\ntitle: Other\ndatasets: {d: people}\n"
    "share: [{to: ann, access: read}]\nrows:\n  - - {table: d, columns: [name, dep, age]}\n",
}
CANARIES = [name for name, *_ in ROWS] + ["Zone92", "Zone69"]
OUT = "OUT"
COMMANDS: dict[str, tuple[str, ...]] = {
    "query": ("query", "select * from p.people", "--as", "eve", "--format", "json"),
    "query of two": ("query", "select * from p.people, catalog.people c", "--as", "eve", "--format", "csv"),
    "preview": ("preview", "p/people", "--as", "eve", "--format", "json"),
    "preview of an entry": ("preview", "catalog/people", "--as", "eve", "--format", "json"),
    "can": ("can", "eve", "preview", "dataset/p/people", "--format", "json"),
    "who-can": ("who-can", "read", "dashboard/p/page", "--format", "json"),
    "export csv": ("export", "p/people", "--as", "eve", "--out", OUT),
    "export parquet": ("export", "p/people", "--as", "eve", "--format", "parquet", "--out", OUT),
    "export of a page": ("export", "dashboard/p/page", "--as", "eve", "--format", "csv", "--out", OUT),
    "export of another's page": (
        "export",
        "dashboard/p/other",
        "--as",
        "eve",
        "--format",
        "csv",
        "--out",
        OUT,
    ),
    "render": ("render", "--as", "eve", "--out", OUT),
    "render for all members": ("render", "--as", "project:p", "--out", OUT),
    "render by audience": ("render", "--audience", "project:p", "--out", OUT),
    "diff": ("diff", "dataset/p/people", "--env", "old", "--with", "prod", "--as", "eve", "--format", "json"),
}


@dataclass(frozen=True)
class Space:
    """A space whose policy engine stands behind a door that can be shut."""

    cli: Cli
    door: Fading

    def outcome(self, words: tuple[str, ...]) -> tuple[int, str, dict[str, bytes]]:
        """The exit code, what stdout says, and every byte that was written."""
        out = self.cli.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        done = self.cli(*(str(out / "it") if word == OUT else word for word in words))
        files = {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, files


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    binary = opa_binary()
    if binary is None:
        lacking("the OPA program")
    folder, server = tmp_path_factory.mktemp("fading"), OpaProcess(str(binary)).start()
    door = Fading(server.port)
    url = door.start()
    settings = f"kind: Space\nname: s\ntitle: S\npolicy: {{engine: opa, url: '{url}', timeout: 30s}}\n"
    for name, text in {**FILES, "space.yaml": settings}.items():
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    cli = Cli(folder)
    cli.ok("--env", "old", "apply", "--yes")
    cli.ok("apply", "--yes")
    yield Space(cli, door)
    door.stop()
    server.stop()


BY_DAY = ("query of two", "preview", "can", "export csv", "export of a page", "render", "diff")
"""One of each sort; every night (scripts/nightly-disclosure) all, and the engine away for good, too."""
NIGHT = bool(os.environ.get("ENGINE_NIGHTLY"))


@pytest.mark.parametrize("name", COMMANDS if NIGHT else BY_DAY)
def test_output_is_what_policy_allows_or_there_is_none(space: Space, name: str) -> None:
    words = COMMANDS[name]
    space.door.shut(0, 0)
    honest = space.outcome(words)
    questions = space.door.asked
    assert questions > 0, "nothing is told without asking"
    told = honest[1] + "".join(c.decode("utf-8", "replace") for c in honest[2].values())
    if "ann" not in told and "audience" not in name and "who-can" not in name:
        assert [canary for canary in CANARIES[:4] if canary in told] == []
    for n in range(1, questions + 1):
        for last in (n, 10_000) if NIGHT else (n,):
            space.door.shut(n, last)
            code, said, files = space.outcome(words)
            if (code, said, files) == honest:
                continue
            assert code == 1, f"question {n} to {last}"
            assert files == {}, f"question {n} to {last}"
            assert [canary for canary in CANARIES if canary in said] == [], f"question {n} to {last}"
